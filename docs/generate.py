"""Writes `docs/reference.md` from the code: every option, file and exit code.

Run `make docs` after a change of those; a test compares the page with the code.
"""

import inspect
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from evaluator.backends.ollama_facts import KEY_VARIABLE as OLLAMA_KEY
from evaluator.backends.openai import KEY_VARIABLES as OPENAI_KEYS
from evaluator.cli.main import COMMANDS, cli, exit_codes
from evaluator.run.configuration import FLAGS_ONLY
from evaluator.run.directory import RunDirectory
from evaluator.run.settings import (
    BenchSettings,
    DoctorSettings,
    JudgeSettings,
    MatrixSettings,
    RunSettings,
    Settings,
)

PAGE = Path(__file__).parent / "reference.md"
SETTINGS: dict[str, type[Settings]] = {
    "run": RunSettings,
    "judge": JudgeSettings,
    "matrix": MatrixSettings,
    "plan": RunSettings,
    "knitfab plan": RunSettings,
    "doctor": DoctorSettings,
    "bench": BenchSettings,
    "docker run": RunSettings,
}
"""Of the commands that write a run directory; the others have their options alone."""

ENVIRONMENT = {
    "`OLLAMA_HOST`": "The Ollama server, where neither the judge's name nor `--judge-url` says.",
    f"`{OLLAMA_KEY}`": "Key sent to an Ollama server behind a gateway.",
    **{
        f"`{name}`": "Key of an OpenAI-compatible server; the first counts." for name in OPENAI_KEYS
    },
    "`EVALUATOR_CACHE`": "Folder for the assembled embedded judge, 250 MB.",
}
DEFAULT_IN_HELP = re.compile(r"(?:^|\s+)\[([^\]]*)\]\.?$")


def reference() -> str:
    """Return the page."""
    return "\n".join(
        [
            "# Reference",
            "",
            "Generated from the code by `make docs`.",
            "",
            "## Commands",
            "",
            *_table(("command", "what it does"), _commands()),
            "",
            "## Options",
            "",
            "A setting is taken from its flag, else from its environment variable, else from the "
            "configuration file (`--config-file`, JSON or YAML), else from the preset, else it has "
            "its default. Its key in the file is the flag without dashes in front and with "
            "underscores inside; what only shapes the output (`--format`, `--log-format`, "
            "`--debug`) and `--fresh` have none.",
            "",
            *_table(("option", "commands", "environment", "default", "meaning"), _options()),
            "",
            "## Further environment variables",
            "",
            *_table(("variable", "meaning"), iter(ENVIRONMENT.items())),
            "",
            "## Files of a run directory",
            "",
            *_table(("file", "content"), _files()),
            "",
            "More about them: [the run directory](run-directory.md).",
            "",
            "## Exit codes",
            "",
            *_table(("code", "meaning"), _exit_codes()),
            "",
            "What to do about them: [exit codes](exit-codes.md).",
            "",
        ]
    )


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for row in (header, ("---",) * len(header), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _commands() -> Iterator[tuple[str, ...]]:
    for name, command in _all_commands():
        arguments = "".join(
            f" {one.make_metavar(click.Context(command))}"
            for one in command.params
            if isinstance(one, click.Argument)
        )
        meaning = COMMANDS.get(name) or (command.help or "").partition("\n")[0]
        yield f"`evaluator {name}{arguments}`", meaning


def _all_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its words; of a group, the commands in it."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        if isinstance(command, click.Group):
            for word, member in command.commands.items():
                yield f"{name} {word}", member
        else:
            yield name, command


def _options() -> Iterator[tuple[str, ...]]:
    """Yield each option once, with all commands that have it in the same sense."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, command in _all_commands():
        for option in command.params:
            if isinstance(option, click.Option):
                found.setdefault(_option(option, SETTINGS.get(name)), []).append(name)
    for (flags, variable, default, meaning), commands in found.items():
        yield flags, ", ".join(commands), variable, default, meaning


def _option(option: click.Option, kind: type[Settings] | None) -> tuple[str, ...]:
    flags = ", ".join(f"`{flag}`" for flag in option.opts)
    if isinstance(option.type, click.Choice):
        flags += f" {' '.join(map(str, option.type.choices))}"
    elif option.metavar:
        flags += f" {option.metavar}"
    variable = f"`{option.envvar}`" if option.envvar else ""
    meaning = DEFAULT_IN_HELP.sub("", option.help or "")
    return flags, variable, _default(option, kind), meaning and f"{meaning.rstrip('.')}."


def _default(option: click.Option, kind: type[Settings] | None) -> str:
    """Return the setting's default, which the option's help must not contradict."""
    shown = DEFAULT_IN_HELP.search(option.help or "")
    told = shown.group(1) if shown else ""
    if option.required:
        return "required"
    field = None if kind is None else kind.model_fields.get(option.name or "")
    if field is None or field.default in (None, False, ()) or option.name in FLAGS_ONLY:
        return told
    if field.is_required():
        return "required"
    values = field.default if isinstance(field.default, tuple) else (field.default,)
    default = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)
    if told and told != default:
        raise ValueError(f"the help of {option.opts[0]} says {told}, the setting is {default}")
    return default


def _files() -> Iterator[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        directory = RunDirectory(Path(folder))
        for name, member in inspect.getmembers(RunDirectory, lambda one: isinstance(one, property)):
            path = getattr(directory, name)
            if isinstance(path, Path) and path != directory.path:
                meaning = (inspect.getdoc(member) or "").partition("\n")[0]
                yield f"`{path.relative_to(directory.path)}`", meaning


def _exit_codes() -> Iterator[tuple[str, ...]]:
    for code, meaning in exit_codes().items():
        yield str(code), meaning


if __name__ == "__main__":
    PAGE.write_text(reference(), "utf-8")
