"""The files a comparison is written to, each in the form that its name ends with."""

from collections.abc import Callable, Iterable
from pathlib import Path

from evaluator.errors import ConfigError
from evaluator.report.comparison import ComparisonReport
from evaluator.report.comparison_markdown import comparison_markdown
from evaluator.report.html.comparison_page import comparison_page
from evaluator.run.directory import write_whole


def _json(report: ComparisonReport) -> str:
    return report.model_dump_json(indent=1) + "\n"


FORMS: dict[str, Callable[[ComparisonReport], str]] = {
    ".html": comparison_page,
    ".json": _json,
    ".md": comparison_markdown,
}
"""What makes a file's content, by the ending of its name."""


def require_known_forms(paths: Iterable[Path]) -> None:
    """Refuse files in a form that there is none of, before any work.

    Raises:
        ConfigError: A name ends otherwise.
    """
    for path in paths:
        if path.suffix.lower() not in FORMS:
            raise ConfigError(f"--output {path} must end with {', '.join(FORMS)}.")


def write_comparison(report: ComparisonReport, path: Path) -> None:
    """Write a comparison in the form that the file's name ends with.

    Raises:
        StorageFailed: The disk refuses.
    """
    write_whole(path, FORMS[path.suffix.lower()](report))
