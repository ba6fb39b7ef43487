"""Settings as the flags of a command line that another machine or container will read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluator.storage.location import named


def flag(name: str) -> str:
    """Return the flag of a setting."""
    return f"--{name.replace('_', '-')}"


def flags_of(name: str, value: Any) -> Iterator[str]:
    """Yield what says a setting's value: a bare flag for True, one flag for each of several."""
    if value is True:
        yield flag(name)
    else:
        several = value if isinstance(value, tuple) else (value,)
        yield from (f"{flag(name)}={_written(one)}" for one in several)


def _written(value: Any) -> str:
    return named(value) if isinstance(value, Path) else str(value)
