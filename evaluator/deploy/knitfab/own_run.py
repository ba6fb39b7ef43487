"""Plans that run `evaluator`: whether what it reads and writes is mounted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import get_args

from evaluator.deploy.knitfab.findings import Finding, dropped, quoted, refused, warning
from evaluator.deploy.knitfab.mounts import Mount
from evaluator.deploy.knitfab.parts import Part
from evaluator.run.settings import KNITFAB_OUTPUT, JudgeSettings, RunSettings
from evaluator.storage.location import is_url

COMMANDS = ("run", "judge")
READING = {
    f"--{name.replace('_', '-')}"
    for kind in (RunSettings, JudgeSettings)
    for name, field in kind.model_fields.items()
    if name != "save_to" and Path in (field.annotation, *get_args(field.annotation))
} | {"--model", "--config-file"}
"""The options whose value is a path that the run reads."""


@dataclass(frozen=True, slots=True)
class OwnRun:
    """The options of a plan's `evaluator run` or `evaluator judge`.

    Attributes:
        line: Where its words begin.
        options: Each option's value and line; of one that is given twice, the last.
    """

    line: int
    options: Mapping[str, tuple[str, int]]


def own_run(entrypoint: Part | None, args: Part | None) -> OwnRun | None:
    """Return the run of a plan, or None where the plan runs something else."""
    words = [*_words(entrypoint), *_words(args)]
    texts = [text for text, _ in words]
    start = next(
        (
            place
            for place, text in enumerate(texts)
            if text in COMMANDS and _is_evaluator(texts[:place], has_own=not _words(entrypoint))
        ),
        None,
    )
    if start is None:
        return None
    options: dict[str, tuple[str, int]] = {}
    for (text, line), (following, _) in pairwise([*words[start + 1 :], ("", 0)]):
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            options[name] = (value if equals else following, line)
    return OwnRun(words[start][1], options)


def own_run_findings(
    run: OwnRun, inputs: Sequence[Mount], outputs: Sequence[Mount]
) -> Iterator[Finding]:
    """Yield what a run writes and reads outside of the plan's mounts."""
    if "--knitfab" not in run.options:
        message = (
            "without --knitfab, here or in its settings, a failed gate fails the Run, and nobody "
            "can use its results"
        )
        yield warning(run.line, message)
    yield from _writing(run, outputs)
    for option in sorted(READING & set(run.options)):
        path, line = run.options[option]
        if is_url(path):
            message = f"{option} {quoted(path)} is a URL, and a Run has no key: make it an input"
            yield warning(line, message)
        elif not path.startswith("/"):
            message = (
                f"{option} {quoted(path)} is relative, and so sought in the image's own folder"
            )
            yield refused(line, message)
        elif not any(mount.holds(path) for mount in inputs):
            message = f"{option} {quoted(path)} lies in no input; is it in the image?"
            yield warning(line, message)


def _writing(run: OwnRun, outputs: Sequence[Mount]) -> Iterator[Finding]:
    if "--save-to" in run.options:
        path, line = run.options["--save-to"]
    elif "--config-file" in run.options:
        return  # the settings may say
    else:
        path, line = (str(KNITFAB_OUTPUT) if "--knitfab" in run.options else "evaluation"), run.line
    if not any(mount.holds(path.rstrip("/")) for mount in outputs):
        message = f"the run writes to {quoted(path)}, which is in no output: its results are lost"
        yield dropped(line, message)


def _words(part: Part | None) -> list[tuple[str, int]]:
    items = () if part is None or part.items is None else part.items
    return [(item.text or "", item.line) for item in items]


def _is_evaluator(before: Sequence[str], *, has_own: bool) -> bool:
    """Whether words are how `evaluator` is called.

    Args:
        before: The words before the command's name.
        has_own: Whether the image's own entrypoint comes before them.
    """
    if not before:
        return has_own
    return before[-1].rpartition("/")[2] == "evaluator"
