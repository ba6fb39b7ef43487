"""A URL stands for a path in the cache, and such a path for its URL: each tells the other.

So every stage works on plain paths, and whatever is printed or recorded names the URL.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from evaluator.backends.gguf import cache_dir
from evaluator.documents import shown
from evaluator.errors import ConfigError

FOLDER = "storage"
SCRATCH, COPIES = "scratch", "copies"

_URL = re.compile(r"([a-z][a-z0-9+.-]+(?:::[a-z][a-z0-9+.-]+)*)://(.*)", re.IGNORECASE | re.DOTALL)
_PARTS = "([a-z0-9+.-]+)/"
_LOCAL = rf"(?:{SCRATCH}|{COPIES}/[0-9a-f]{{16}})/{_PARTS}"


def is_url(text: str) -> bool:
    """Return whether a text names something by its URL, and not by its path."""
    return _URL.fullmatch(text) is not None


def located(text: str) -> Path:
    """Return the path that stands for a URL here; a path that is none stands for itself.

    Raises:
        ConfigError: The URL holds a key or a password, or cannot be a path.
    """
    path = _path(text)
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise ConfigError(f"{shown(text)} cannot be the name of a file or folder.")
    return path


def _path(text: str) -> Path:
    url = _URL.fullmatch(text)
    if url is None:
        return Path(text)
    protocol, rest = url[1].lower(), url[2]
    if "::" in protocol:
        raise ConfigError("a URL cannot hold another one (::): give the one behind it alone.")
    if "@" in rest.partition("/")[0] or "?" in rest or "#" in rest:  # without showing them
        raise ConfigError(
            "a URL cannot hold a user name, a password, ? or #: the key to a store comes from the "
            "environment or the identity of the machine, see docs/storage.md."
        )
    if protocol == "file":
        return Path(unquote(rest))
    parts = rest.rstrip("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise ConfigError(
            f"'{text}' is no URL of a file or folder: write {protocol}://BUCKET/NAME."
        )
    return _folder() / SCRATCH / protocol / Path(*parts)


def url_of(path: Path) -> str | None:
    """Return the URL that a path stands for, None where it stands for itself."""
    try:
        below = path.relative_to(_folder())
    except ValueError:
        return None
    found = re.fullmatch(_LOCAL + "(.+)", below.as_posix(), re.DOTALL)
    return f"{found[1]}://{found[2]}" if found else None


def named(path: Path) -> str:
    """Return what the user calls a path: its URL where it stands for one."""
    return url_of(path) or str(path)


def naming(text: str) -> str:
    """Return a text in which URLs stand where it says the paths that stand for them.

    A path that is written as `file://…` is meant as such, and stays.
    """
    marker = re.escape(f"{_folder().as_posix()}/")
    return re.sub(rf"(?<!file://){marker}{_LOCAL}", r"\1://", text)


def copy_of(path: Path, version: str) -> Path:
    """Return where a version of what a path stands for is copied to.

    Args:
        path: A path that stands for a URL.
        version: 16 hexadecimal digits.
    """
    return _folder() / COPIES / version / path.relative_to(_folder() / SCRATCH)


def copies_folder() -> Path:
    """Return the folder of all copies, a folder a version."""
    return _folder() / COPIES


def _folder() -> Path:
    return cache_dir().absolute() / FOLDER
