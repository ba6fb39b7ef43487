"""How a model is to behave, whoever says so: a Modelfile, or options."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.errors import ConfigError
from evaluator.models.model_name import is_model_name
from evaluator.models.modelfile import (
    ADAPTER,
    DRAFT,
    FROM,
    LICENSE,
    MESSAGE,
    PARAMETER,
    PARSER,
    RENDERER,
    REQUIRES,
    SYSTEM,
    TEMPLATE,
    Instruction,
)
from evaluator.models.modelfile_lint import lint, local_path, read_modelfile
from evaluator.models.parameters import (
    PASSED_OVER,
    REPEATABLE,
    Value,
    WrongParameter,
    parameter_value,
)
from evaluator.models.template import template_fault

Parameters = dict[str, Value | list[Value]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is to behave.

    Attributes:
        members: What `/api/create` is told of it, by its own names.
        source: What the model is made from, where a Modelfile says.
        base: The base model of an adapter, by its name at the server or as a directory here, where
            a Modelfile says.
    """

    members: dict[str, Any] = field(default_factory=dict)
    source: Path | None = None
    base: str | None = None


def recipe_of_options(
    system: str | None, template: str | None, parameters: Sequence[str]
) -> Recipe:
    """Return what options say.

    Args:
        system: The system message.
        template: The prompt template.
        parameters: Each as NAME=VALUE.

    Raises:
        ConfigError: The template cannot be read, or a parameter is unknown or cannot have that
            value.
    """
    fault = template_fault(template or "")
    if fault is not None:
        raise ConfigError(f"--template: {fault}.")
    found: Parameters = {}
    for one in parameters:
        name, _, text = one.partition("=")
        if not text:
            raise ConfigError(f"--parameter is NAME=VALUE, not '{one}'.")
        try:
            _add(found, name.strip(), text)
        except WrongParameter as error:
            raise ConfigError(f"--parameter {one}: {error}.") from error
    members = {"system": system, "template": template, "parameters": found}
    return Recipe({name: said for name, said in members.items() if said})


def recipe_of_modelfile(path: Path, *, has_source: bool) -> Recipe:
    """Return what a Modelfile says.

    Args:
        path: The Modelfile.
        has_source: Whether what the model is made from is named elsewhere.

    Raises:
        ConfigError: It cannot be read, or something in it is wrong.
    """
    modelfile = read_modelfile(path)
    wrong = [one for one in lint(modelfile, path.parent, has_source=has_source) if one.is_error]
    if wrong:
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise ConfigError(
            f"{path}:{wrong[0].line}: {wrong[0].message}{more}; see them all with "
            f"`evaluator models lint {path}`."
        )
    if modelfile.values(DRAFT):
        raise ConfigError(f"{path} has a DRAFT, which only `ollama create` can register.")
    said = modelfile.instructions
    members: dict[str, Any] = {
        "system": _last(said, SYSTEM),
        "template": _last(said, TEMPLATE),
        "renderer": _last(said, RENDERER),
        "parser": _last(said, PARSER),
        "requires": (_last(said, REQUIRES) or "").strip().removeprefix("v"),
        "license": modelfile.values(LICENSE),
        "parameters": _parameters(said),
        "messages": [
            {"role": one.key, "content": one.value} for one in said if one.name == MESSAGE
        ],
    }
    source, base = _sources(said, path)
    return Recipe({name: given for name, given in members.items() if given}, source, base)


def _sources(said: Sequence[Instruction], path: Path) -> tuple[Path | None, str | None]:
    """Return what the model is made from, and its base model at the server."""
    named, adapter = _last(said, FROM), _last(said, ADAPTER)
    from_path = None if named is None else local_path(named, path.parent)
    is_local = from_path is not None and from_path.exists()
    if adapter is None:
        return (from_path if is_local else None), None
    if is_local and from_path is not None and from_path.is_dir():
        return local_path(adapter, path.parent), str(from_path)
    if is_local:
        raise ConfigError(
            f"{path} has its adapter's base model as a file: register the base model first and "
            "name it with FROM, or merge both with `evaluator models merge`."
        )
    base = named if named is not None and is_model_name(named) else None
    return local_path(adapter, path.parent), base


def _parameters(said: Sequence[Instruction]) -> Parameters:
    found: Parameters = {}
    for one in said:
        if one.name == PARAMETER and one.key not in PASSED_OVER:
            _add(found, one.key, one.value)
    return found


def _add(found: Parameters, name: str, text: str) -> None:
    value = parameter_value(name, text)
    if name != REPEATABLE:
        found[name] = value
        return
    before = found.get(name)
    found[name] = [*before, value] if isinstance(before, list) else [value]


def _last(said: Sequence[Instruction], name: str) -> str | None:
    return next((one.value for one in reversed(said) if one.name == name), None)
