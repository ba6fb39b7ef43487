"""Checks a Modelfile before a server sees it."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from evaluator.errors import ConfigError
from evaluator.models.finding import Finding, error, nearest, warning
from evaluator.models.model_name import is_model_name
from evaluator.models.modelfile import (
    ADAPTER,
    FROM,
    LICENSE,
    MESSAGE,
    PARAMETER,
    REQUIRES,
    ROLES,
    TEMPLATE,
    Instruction,
    Modelfile,
    parse_modelfile,
)
from evaluator.models.parameters import (
    PASSED_OVER,
    REPEATABLE,
    WrongParameter,
    parameter_value,
)
from evaluator.models.template import takes_a_question, template_fault
from evaluator.paths import at_home, is_there

LARGEST_FILE = 1 << 20
REPEATED = frozenset({FROM, LICENSE, MESSAGE, PARAMETER})
LOOKS_LIKE_A_PATH = re.compile(r"^(\.{1,2}(/|$)|/|~)|\.(gguf|bin|safetensors)$|\\")
VERSION = re.compile(r"v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?\Z", re.ASCII)
TRAILING_COMMENT = re.compile(r"\s#\s")


def read_modelfile(path: Path) -> Modelfile:
    """Return what a Modelfile says.

    Raises:
        ConfigError: It cannot be read, is no text, or is far too large for one.
    """
    try:
        with path.open("rb") as content:
            raw = content.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ConfigError(f"{path} is larger than any Modelfile; name the Modelfile itself.")
        return parse_modelfile(raw.decode("utf-8-sig"))
    except OSError as reason:
        raise ConfigError(f"{path} cannot be read: {reason.strerror or reason}.") from reason
    except UnicodeDecodeError as reason:
        raise ConfigError(f"{path} is not UTF-8, as a Modelfile must be.") from reason


def lint(modelfile: Modelfile, folder: Path, *, has_source: bool = False) -> list[Finding]:
    """Return what is wrong with a Modelfile, by line.

    Args:
        modelfile: What it says.
        folder: Where its relative paths begin: its own folder.
        has_source: Whether what the model is made from is named elsewhere, so that the file need
            not hold a FROM that leads anywhere.
    """
    findings = [*modelfile.findings]
    for one in modelfile.instructions:
        check = CHECKS.get(one.name)
        if not one.value.strip() and (not one.quoted or one.name in {FROM, ADAPTER}):
            findings.append(error(one.line, f"{one.name} has no value"))
        elif check is not None:
            findings.extend(check(one, folder))
        findings.extend(_trailing_comment(one))
    findings.extend(_repeated(modelfile))
    findings.extend(_further_froms(modelfile))
    if has_source:
        findings = [one for one in findings if one.line not in _lines_of(modelfile, FROM)]
    elif not modelfile.values(FROM) and not _misspelt(modelfile):
        findings.append(error(1, "there is no FROM: say what the model is made from"))
    return sorted(findings, key=lambda one: one.line)


def _lines_of(modelfile: Modelfile, name: str) -> set[int]:
    return {one.line for one in modelfile.instructions if one.name == name}


def _misspelt(modelfile: Modelfile) -> bool:
    """Return whether a line that cannot be read may be the FROM that is missing."""
    return any(FROM in one.message for one in modelfile.findings)


def local_path(value: str, folder: Path) -> Path:
    """Return the file or folder that a value would name."""
    return folder / at_home(Path(value))


def _check_from(one: Instruction, folder: Path) -> Iterator[Finding]:
    path = local_path(one.value, folder)
    if is_there(path):
        return
    if LOOKS_LIKE_A_PATH.search(one.value):
        yield error(one.line, f"FROM names {path}, which does not exist")
    elif not is_model_name(one.value):
        yield error(
            one.line, f"FROM names neither a file that exists nor a model: '{one.value[:60]}'"
        )


def _check_adapter(one: Instruction, folder: Path) -> Iterator[Finding]:
    path = local_path(one.value, folder)
    if not is_there(path):
        yield error(one.line, f"ADAPTER names {path}, which does not exist")
    elif path.is_dir() and not (path / "adapter_config.json").is_file():
        yield error(one.line, f"ADAPTER names {path}, which holds no adapter_config.json")


def _check_parameter(one: Instruction, folder: Path) -> Iterator[Finding]:
    if one.key in PASSED_OVER:
        yield warning(one.line, f"Ollama passes over {one.key}: leave it out")
        return
    if one.key == REPEATABLE and not one.value:
        yield warning(one.line, f"{one.key} is empty: leave it out")
    try:
        parameter_value(one.key, one.value)
    except WrongParameter as reason:
        yield error(one.line, str(reason))


def _check_message(one: Instruction, folder: Path) -> Iterator[Finding]:
    if one.key not in ROLES:
        yield error(one.line, f"there is no role {one.key}: {nearest(one.key, ROLES)}")


def _check_requires(one: Instruction, folder: Path) -> Iterator[Finding]:
    if not VERSION.match(one.value.strip()):
        yield error(
            one.line, f"REQUIRES is a version such as 0.14.0, not '{one.value.strip()[:40]}'"
        )


def _check_template(one: Instruction, folder: Path) -> Iterator[Finding]:
    fault = template_fault(one.value)
    if fault is not None:
        yield error(one.line, fault)
    elif not takes_a_question(one.value):
        yield warning(
            one.line, "the template names neither .Prompt nor .Messages: no question gets through"
        )


def _trailing_comment(one: Instruction) -> Iterator[Finding]:
    if one.quoted or one.name not in {FROM, ADAPTER, PARAMETER, REQUIRES}:
        return
    if TRAILING_COMMENT.search(one.value):
        yield warning(one.line, "what follows # is part of the value: a comment has its own line")


def _further_froms(modelfile: Modelfile) -> Iterator[Finding]:
    """Yield each FROM that names another than the first, as where a model has a projector."""
    named = [one for one in modelfile.instructions if one.name == FROM]
    for one in named[1:]:
        if one.value != named[0].value:
            yield error(
                one.line,
                f"FROM names another model or file than on line {named[0].line}: leave one out, "
                "for only `ollama create` can register several",
            )


def _repeated(modelfile: Modelfile) -> Iterator[Finding]:
    """Yield what is said again where only the last counts, and what is said twice for nothing."""
    first_at: dict[tuple[str, ...], int] = {}
    for one in modelfile.instructions:
        said: tuple[str, ...] = (one.name, one.key)
        if (one.name == PARAMETER and one.key == REPEATABLE) or one.name in REPEATED - {PARAMETER}:
            said = (one.name, one.key, one.value)
        if one.name == MESSAGE:
            continue  # a conversation may repeat itself
        before = first_at.setdefault(said, one.line)
        if before == one.line:
            continue
        what = " ".join(part for part in (one.name, one.key) if part)
        if len(said) > len((one.name, one.key)):
            yield warning(one.line, f"{what} says again what line {before} says")
        else:
            severity = error if one.name == ADAPTER else warning
            yield severity(one.line, f"{what} stands on line {before}, too: only this one counts")


CHECKS: Mapping[str, Callable[[Instruction, Path], Iterator[Finding]]] = {
    FROM: _check_from,
    ADAPTER: _check_adapter,
    PARAMETER: _check_parameter,
    MESSAGE: _check_message,
    REQUIRES: _check_requires,
    TEMPLATE: _check_template,
}
