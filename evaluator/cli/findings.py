"""What the lint commands print, and how they end."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import click

findings_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="A line for each finding, or JSON [text].",
)


class Finding(Protocol):
    """One thing in a file that is not what it looks like; as a string its line, kind and text."""

    @property
    def is_error(self) -> bool:
        """Whether the file would not do what it says."""
        ...

    def model_dump(self) -> dict[str, Any]:
        """Return its fields."""
        ...


def print_findings(path: Path, findings: Sequence[Finding], form: str) -> int:
    """Print what was found in a file.

    Args:
        path: The file.
        findings: In the order of its lines.
        form: `text` or `json`.

    Returns:
        The exit code: 2 if anything would go wrong, 0 for warnings alone.
    """
    if form == "json":
        content = [{"file": str(path), **one.model_dump()} for one in findings]
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{path}:{one}")
    return 2 if any(one.is_error for one in findings) else 0
