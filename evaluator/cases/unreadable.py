"""Why a file cannot be read, as its user is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluator.errors import DataUnusable


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Name the file and the way out where reading it as UTF-8 fails.

    Raises:
        DataUnusable: The file is missing, refused by the system or in another encoding.
    """
    try:
        yield
    except FileNotFoundError:
        raise DataUnusable(f"{path} does not exist.") from None
    except UnicodeDecodeError as error:
        raise DataUnusable(
            f"{path} is not UTF-8 (byte 0x{error.object[error.start]:02x} cannot be decoded): "
            "convert it, for example with iconv -f ENCODING -t UTF-8."
        ) from error
    except OSError as error:
        raise DataUnusable(
            f"{path} cannot be read: {reason_of(error.strerror or error)}."
        ) from error


def reason_of(said: object) -> str:
    """Return what a library said, on one line and without its full stop."""
    return " ".join(str(said).split()).rstrip(". ")
