"""The reports of a run, made from what its directory holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from evaluator.errors import ConfigError
from evaluator.report.html.content import Origin, RunContent
from evaluator.report.html.page import html_report
from evaluator.report.junit import write_junit
from evaluator.report.markdown import markdown_report
from evaluator.report.summary import Summary
from evaluator.run.directory import appearing_whole
from evaluator.run.finished import FinishedRun, no_cases, read_finished
from evaluator.run.holding import held


def html_of(run: FinishedRun) -> str:
    """Return the page of a run.

    Raises:
        DataUnusable: No cases were judged, or a file cannot be read.
    """
    return html_report(
        RunContent(
            name=_name(run.path),
            summary=run.summary(),
            matrix=run.matrix,
            cases=run.cases(),
            origin=origin_of(run),
            reasons=run.reasons(),
            agreement=run.agreement(),
        )
    )


def markdown_of(run: FinishedRun) -> str:
    """Return the report of a run for pull requests.

    Raises:
        DataUnusable: No cases were judged, or a file cannot be read.
    """
    return markdown_report(run.summary(), run.reasons())


def _junit_of(run: FinishedRun, file: IO[str]) -> None:
    if run.threshold is None:
        raise no_cases(run.path)
    write_junit(file, run.summary(), run.cases, run.threshold)


Writer = Callable[[FinishedRun, IO[str]], object]

FORMS: Mapping[str, Writer] = {
    ".html": lambda run, file: file.write(html_of(run)),
    ".md": lambda run, file: file.write(markdown_of(run)),
    ".xml": _junit_of,
}
"""What writes a report, by the suffix of its file."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Reports that were made again.

    Attributes:
        summary: The run's result.
        files: Where they are.
    """

    summary: Summary
    files: tuple[Path, ...]


def render(path: Path, outputs: Sequence[Path]) -> Rendered:
    """Make reports of a finished run again, from its directory alone.

    Args:
        path: The run directory.
        outputs: Files whose suffix says which report they are; none for those that a run leaves in
            its directory.

    Raises:
        ConfigError: The run cannot be read or has not ended, or a suffix is of no report.
        DataUnusable: No cases were judged, or a file cannot be read.
        StorageFailed: A file cannot be written, or another process works in the directory.
    """
    for file in outputs:
        _writer(file)
    run = read_finished(path)
    summary = run.summary()
    if outputs:
        for file in outputs:
            write_report(run, file)
        return Rendered(summary, tuple(outputs))
    with held(path) as directory:
        files = (directory.page_file, directory.report_file)
        for file in files:
            write_report(run, file)
    return Rendered(summary, files)


def write_report(run: FinishedRun, path: Path) -> None:
    """Write the report that the suffix of a file says.

    Raises:
        ConfigError: The suffix is of no report.
        DataUnusable: No cases were judged, or a file of the run cannot be read.
        StorageFailed: The disk refuses.
    """
    write = _writer(path)
    with appearing_whole(path) as file:
        write(run, file)


def _writer(path: Path) -> Writer:
    writer = FORMS.get(path.suffix.lower())
    if writer is None:
        endings = ", ".join(FORMS)
        raise ConfigError(f"no report is written as {path.name}; end its name in {endings}.")
    return writer


def origin_of(run: FinishedRun) -> Origin:
    """Return what a run was made from.

    Raises:
        DataUnusable: It is a matrix alone.
    """
    record = run.record
    if record is None:
        raise no_cases(run.path)
    return Origin(
        command=record.command,
        started_at=record.started_at,
        versions=record.versions,
        fingerprints=record.fingerprints,
        config=record.config,
        rubric=record.rubric,
    )


def _name(path: Path) -> str:
    return path.resolve().name
