"""What `/api/chat` and `/api/generate` were asked, checked as Ollama checks it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .age import Abilities
from .reply import Document, Refused

MOST_TOP_LOGPROBS = 20
DEFAULT_CONTEXT = 4096
DEFAULT_KEEP = 4
DEFAULT_KEEP_ALIVE = timedelta(minutes=5)
FOREVER = timedelta(days=365 * 200)
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

RUNNER_INTEGERS = ("num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread")
INTEGERS = (*RUNNER_INTEGERS, "num_keep", "seed", "num_predict", "top_k", "repeat_last_n")
FLOATS = (
    "top_p",
    "min_p",
    "typical_p",
    "temperature",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
)
RUNNER_OPTIONS = (*RUNNER_INTEGERS, "use_mmap")
MEMBERS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "model": ("string", str),
    "prompt": ("string", str),
    "system": ("string", str),
    "raw": ("bool", bool),
    "stream": ("bool", bool),
    "truncate": ("bool", bool),
    "shift": ("bool", bool),
    "logprobs": ("bool", bool),
    "top_logprobs": ("int", int),
    "messages": ("[]api.Message", list),
    "options": ("map[string]interface {}", dict),
    "think": ("bool", (bool, str)),
    "keep_alive": ("api.Duration", (int, float, str)),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options that the server acts on.

    Attributes:
        num_ctx: Tokens of context.
        num_keep: Tokens kept at the beginning of a prompt that is cut.
        num_predict: Tokens to generate at most; None means no bound.
        runner: Those that a model is loaded with.
    """

    num_ctx: int
    num_keep: int
    num_predict: int | None
    runner: Document


def check_members(body: Document) -> None:
    """Check the types of the request's members.

    Raises:
        Refused: One is of a wrong type.
    """
    for name, (expected, types) in MEMBERS.items():
        given = body.get(name)
        wrong_bool = isinstance(given, bool) and types in (int, (int, float, str))
        if given is not None and (wrong_bool or not isinstance(given, types)):
            raise Refused(
                400,
                f"json: cannot unmarshal {_json_type(given)} into Go struct field .{name} "
                f"of type {expected}",
            )
    top = body.get("top_logprobs") or 0
    if not 0 <= top <= MOST_TOP_LOGPROBS:
        raise Refused(400, f"top_logprobs must be between 0 and {MOST_TOP_LOGPROBS}")


def options_of(body: Document, longest_context: int) -> Options:
    """Return the request's options.

    Args:
        body: The request.
        longest_context: Tokens that the model can take.

    Raises:
        Refused: One is of a wrong type.
    """
    given: Document = {
        key: option for key, option in (body.get("options") or {}).items() if option is not None
    }
    for key, option in given.items():
        number = isinstance(option, int | float) and not isinstance(option, bool)
        if key in INTEGERS and not number:
            raise Refused(500, f'option "{key}" must be of type integer')
        if key in FLOATS and not number:
            raise Refused(500, f'option "{key}" must be of type float32')
        if key == "use_mmap" and not isinstance(option, bool):
            raise Refused(500, f'option "{key}" must be of type boolean')
        if key == "stop" and not isinstance(option, list):
            raise Refused(500, f'option "{key}" must be of type array')
    num_predict = int(given.get("num_predict", -1))
    num_ctx = min(int(given.get("num_ctx", DEFAULT_CONTEXT)), longest_context)
    runner = {key: given[key] for key in RUNNER_OPTIONS if key in given}
    return Options(
        num_ctx=num_ctx,
        num_keep=int(given.get("num_keep", DEFAULT_KEEP)),
        num_predict=num_predict if num_predict > 0 else None,
        runner={**runner, "num_ctx": num_ctx, "shift": body.get("shift") is not False},
    )


def schema_of(body: Document, abilities: Abilities) -> Document | None:
    """Return the JSON schema that limits the answer, if one does.

    Raises:
        Refused: The format is neither `json` nor a schema, or the server knows no schemas.
    """
    form = body.get("format")
    if form in (None, "", "json"):
        return None
    if isinstance(form, dict):
        if not abilities.schemas:
            raise Refused(
                400,
                "json: cannot unmarshal object into Go struct field ChatRequest.format of type "
                "string",
            )
        return form if abilities.obeys_schemas else None
    shown = f'"\\"{form}\\""' if isinstance(form, str) else f'"{form}"'
    raise Refused(500, f'invalid format: {shown}; expected "json" or a valid JSON Schema object')


def keep_alive_of(body: Document) -> timedelta:
    """Return how long the model stays loaded.

    Raises:
        Refused: It is no duration.
    """
    given = body.get("keep_alive")
    if given is None:
        return DEFAULT_KEEP_ALIVE
    if isinstance(given, str):
        digits = given.removeprefix("-")
        parts = DURATION.findall(digits)
        if "".join(number + unit for number, unit in parts) != digits and digits != "0":
            raise Refused(400, f'time: invalid duration "{given}"')
        seconds = sum(float(number) * UNITS[unit] for number, unit in parts)
        given = -1.0 if given.startswith("-") else seconds
    return FOREVER if given < 0 else timedelta(seconds=given)


def _json_type(given: Any) -> str:
    if isinstance(given, bool):
        return "bool"
    for types, name in ((str, "string"), ((int, float), "number"), (list, "array")):
        if isinstance(given, types):
            return name
    return "object"
