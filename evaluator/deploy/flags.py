"""Settings as the flags of a command line that another machine or container will read."""

from collections.abc import Iterator
from typing import Any


def flag(name: str) -> str:
    """Return the flag of a setting."""
    return f"--{name.replace('_', '-')}"


def flags_of(name: str, value: Any) -> Iterator[str]:
    """Yield what says a setting's value: a bare flag for True, one flag for each of several."""
    if value is True:
        yield flag(name)
    else:
        yield from (
            f"{flag(name)}={one}" for one in (value if isinstance(value, tuple) else (value,))
        )
