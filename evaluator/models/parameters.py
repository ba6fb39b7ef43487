"""The parameters that a model can be given, and what values they take."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from evaluator.models.finding import nearest

Kind = Literal["int", "float", "bool", "text"]
Value = int | float | bool | str

TRUE, FALSE = ("1", "t", "true"), ("0", "f", "false")
INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
LARGEST = 2**63 - 1


class WrongParameter(Exception):
    """A parameter that is not known or that has a value it cannot take; its text says which."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Attributes:
        kind: What its value is.
        least: The least value that means anything.
        most: The largest one.
    """

    kind: Kind
    least: float = -math.inf
    most: float = math.inf

    @property
    def description(self) -> str:
        """What values it takes, in words, unless it takes any text."""
        if self.kind == "bool":
            return "true or false"
        what = "a whole number" if self.kind == "int" else "a number"
        if math.isinf(self.least):
            return what
        if math.isinf(self.most):
            return f"{what} from {self.least:g}"
        return f"{what} from {self.least:g} to {self.most:g}"


PARAMETERS: dict[str, Parameter] = {
    "frequency_penalty": Parameter("float", -2, 2),
    "main_gpu": Parameter("int", 0),
    "min_p": Parameter("float", 0, 1),
    "num_batch": Parameter("int", 1),
    "num_ctx": Parameter("int", 1),
    "num_gpu": Parameter("int", -1),
    "num_keep": Parameter("int", -1),
    "num_predict": Parameter("int", -2),
    "num_thread": Parameter("int", 0),
    "presence_penalty": Parameter("float", -2, 2),
    "repeat_last_n": Parameter("int", -1),
    "repeat_penalty": Parameter("float", 0),
    "seed": Parameter("int"),
    "stop": Parameter("text"),
    "temperature": Parameter("float", 0),
    "top_k": Parameter("int", 0),
    "top_p": Parameter("float", 0, 1),
    "typical_p": Parameter("float", 0, 1),
    "use_mmap": Parameter("bool"),
}

PASSED_OVER = frozenset(
    {
        "f16_kv",
        "logits_all",
        "low_vram",
        "mirostat",
        "mirostat_eta",
        "mirostat_tau",
        "penalize_newline",
        "tfs_z",
        "use_mlock",
        "vocab_only",
    }
)
"""What older versions of Ollama knew."""

REPEATABLE = "stop"


def parameter_value(name: str, text: str) -> Value:
    """Return the value of a parameter; a text as it is, blanks and all.

    Raises:
        WrongParameter: There is no such parameter, or it does not take that value.
    """
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise WrongParameter(f"there is no parameter {name}: {nearest(name, PARAMETERS)}")
    if parameter.kind == "text":
        return text
    value = _read(parameter.kind, text.strip())
    if value is None or not parameter.least <= value <= parameter.most:
        raise WrongParameter(f"{name} is {parameter.description}, not '{text.strip()[:40]}'")
    return value


def _read(kind: Kind, text: str) -> int | float | bool | None:
    """Return a text as a value of that kind, or None where it is none."""
    if kind == "bool":
        word = text.lower()
        return word in TRUE if word in TRUE + FALSE else None
    if kind == "int":
        number = int(text) if INTEGER.match(text) and len(text) <= len(str(LARGEST)) else None
        return number if number is not None and abs(number) <= LARGEST else None
    try:
        real = float(text)
    except ValueError:
        return None
    return real if math.isfinite(real) else None
