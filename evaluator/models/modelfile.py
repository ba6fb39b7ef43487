"""A Modelfile as Ollama reads it: instructions with their values and lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.models.finding import Finding, error, nearest

FROM, ADAPTER, PARAMETER, TEMPLATE = "FROM", "ADAPTER", "PARAMETER", "TEMPLATE"
SYSTEM, MESSAGE, LICENSE, REQUIRES = "SYSTEM", "MESSAGE", "LICENSE", "REQUIRES"
RENDERER, PARSER, DRAFT = "RENDERER", "PARSER", "DRAFT"
INSTRUCTIONS = frozenset(
    {
        FROM,
        ADAPTER,
        PARAMETER,
        TEMPLATE,
        SYSTEM,
        MESSAGE,
        LICENSE,
        REQUIRES,
        RENDERER,
        PARSER,
        DRAFT,
    }
)
ROLES = ("system", "user", "assistant")

LONG, SHORT = '"""', '"'
LINE_ENDS = re.compile("\r\n|\r|\n")
BLANKS = " \t"
WORD = re.compile(r"[A-Za-z]+(?=[ \t])")
PARAMETER_NAME = re.compile(r"[A-Za-z0-9_]+(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Modelfile.

    Attributes:
        name: Which, in upper case.
        value: Its value without the quotes around it.
        line: Where it begins, from 1.
        key: The parameter that a PARAMETER sets, or the role of a MESSAGE; empty for all others.
        quoted: Whether the value stood in quotes.
    """

    name: str
    value: str
    line: int
    key: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Modelfile:
    """What a Modelfile says.

    Attributes:
        instructions: Those that can be read, in order.
        findings: What cannot be read.
    """

    instructions: tuple[Instruction, ...]
    findings: tuple[Finding, ...]

    def values(self, name: str) -> list[str]:
        """Return the values of an instruction, in order."""
        return [one.value for one in self.instructions if one.name == name]


def parse_modelfile(text: str) -> Modelfile:
    """Return what a Modelfile says; what cannot be read becomes a finding, and the rest is read on.

    Like Ollama: a comment has a line of its own, a value goes on to the end of the line, and one
    that begins with a quote goes on over lines until one ends with it.
    """
    instructions: list[Instruction] = []
    findings: list[Finding] = []
    for one in _Reader(text).all():
        if isinstance(one, Finding):
            findings.append(one)
        else:
            instructions.append(one)
    return Modelfile(tuple(instructions), tuple(findings))


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = LINE_ENDS.split(text.removeprefix("\ufeff"))
        self._at = 0

    def all(self) -> Iterator[Instruction | Finding]:
        """Yield every instruction, or why one cannot be read."""
        while self._at < len(self._lines):
            number, content = self._at + 1, self._lines[self._at].lstrip(BLANKS)
            self._at += 1
            if content and not content.startswith("#"):
                yield self._read(number, content)

    def _read(self, number: int, content: str) -> Instruction | Finding:
        word = WORD.match(content)
        if word is None:
            return error(number, _no_instruction(content))
        name, rest = word[0].upper(), content[word.end() :]
        if name not in INSTRUCTIONS:
            return error(
                number, f"there is no instruction {word[0]}: {nearest(name, INSTRUCTIONS)}"
            )
        key = ""
        if name in {PARAMETER, MESSAGE}:
            named = PARAMETER_NAME.match(rest.lstrip(BLANKS))
            if named is None:
                what = "the parameter's name" if name == PARAMETER else "the role"
                return error(number, f"{name} needs {what} and then a value")
            key, rest = named[0], rest.lstrip(BLANKS)[named.end() :]
        return self._valued(number, name, key, rest)

    def _valued(self, number: int, name: str, key: str, rest: str) -> Instruction | Finding:
        value = rest.strip()
        lines = [rest]
        while _is_open(value):
            if self._at == len(self._lines):
                mark = LONG if value.startswith(LONG) else SHORT
                return error(
                    number,
                    f"the value of {name} begins with {mark} and no line after it ends with {mark}",
                )
            lines.append(self._lines[self._at])
            self._at += 1
            value = "\n".join(lines).strip()
        bare = _unquoted(value)
        return Instruction(name, bare, number, key, quoted=bare != value)


def _no_instruction(content: str) -> str:
    first = next(iter(content.split(maxsplit=1)), content)
    if first.upper() in INSTRUCTIONS:
        return f"{first} has no value"
    return f"no instruction begins with {first[:40]!r}: {nearest(first.upper(), INSTRUCTIONS)}"


def _is_open(value: str) -> bool:
    """Return whether a value begins with a quote that is yet to be closed."""
    if value.startswith(LONG):
        return len(value) < 2 * len(LONG) or not value.endswith(LONG)
    return value.startswith(SHORT) and (len(value) < 2 * len(SHORT) or not value.endswith(SHORT))


def _unquoted(value: str) -> str:
    for mark in (LONG, SHORT):
        if value.startswith(mark):
            return value[len(mark) : -len(mark)]
    return value
