"""What lies below one URL, read and written object by object, whichever kind of store it is in."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import ConfigError

STORE_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
)
"""Where an S3 client finds its key and its server in the environment."""

BATCH_BYTES = 64 << 20
"""Objects that are read together take about so much memory."""

IMPATIENT = {
    "config_kwargs": {
        "connect_timeout": 10,
        "read_timeout": 30,
        "retries": {"max_attempts": 3, "mode": "standard"},
    }
}
"""S3's own defaults wait a minute for each of several attempts, longer than a pod has to end."""

OPTIONS: dict[str, dict[str, Any]] = {"s3": IMPATIENT, "s3a": IMPATIENT}
VERSIONS = ("ETag", "etag", "generation", "content_md5", "LastModified", "mtime", "created")
"""What the kinds of stores call that which changes with an object."""

TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "condition", "exists")


class StoreFailed(Exception):
    """A store did not do what was asked of it; the text says why, without a full stop."""


class NothingThere(StoreFailed):
    """There is no such object, folder or bucket."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of a store.

    Attributes:
        size: Bytes.
        version: Changes whenever the content does.
    """

    size: int
    version: str


class Store:
    """The objects whose URL begins with one URL.

    Names are relative to it, with `/` between their parts; the object at the URL itself is "".

    Args:
        url: The URL, without a `/` at its end.

    Raises:
        ConfigError: The kind of store is unknown, or what reads it is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        protocol, _, self._root = url.partition("://")
        self._files = _filesystem(protocol)
        if protocol in {"http", "https"}:
            self._root = url

    def objects(self, below: str = "") -> dict[str, StoredObject]:
        """Return the object at a name, or all whose names begin with it and `/`.

        Raises:
            NothingThere: There is none.
            StoreFailed: The store cannot be read.
        """
        start = self._at(below)
        with _translated():
            found = self._files.info(start)
            listed = (
                {start: found} if found["type"] == "file" else self._files.find(start, detail=True)
            )
        objects = {
            self._name(path): _stored(info)
            for path, info in listed.items()
            if not path.endswith("/")  # what some tools make for a folder
        }
        if not objects:
            raise NothingThere("there is nothing")
        return objects

    def beside(self) -> dict[str, StoredObject]:
        """Return the objects directly below the URL.

        Raises:
            StoreFailed: The store cannot be read.
        """
        return {name: _stored(info) for name, info in self._directly_below("file").items()}

    def folders(self) -> set[str]:
        """Return the names directly below the URL that have objects below them.

        Raises:
            StoreFailed: The store cannot be read.
        """
        return set(self._directly_below("directory"))

    def read(self, name: str) -> bytes | None:
        """Return an object's content, None where there is no such object.

        Raises:
            StoreFailed: The store cannot be read.
        """
        try:
            with _translated():
                content: bytes = self._files.cat_file(self._at(name))
        except NothingThere:
            return None
        return content

    def read_all(self, objects: Sequence[tuple[str, int]]) -> Iterator[bytes]:
        """Yield the contents of objects in their order, a few of them in memory at a time.

        Args:
            objects: Names and sizes in bytes.

        Raises:
            StoreFailed: One of them cannot be read.
        """
        for names in _batches(objects):
            with _translated():
                found = self._files.cat([self._at(name) for name in names])
            contents = {self._name(path): content for path, content in found.items()}
            yield from (contents[name] for name in names)

    def fetch(self, name: str, target: Path) -> None:
        """Copy an object into a file, which appears only when it is complete.

        Raises:
            NothingThere: There is no such object.
            StoreFailed: The store cannot be read.
            OSError: The file cannot be written.
        """
        unfinished = target.with_name(f".{target.name}.fetching")
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch()
        with _translated():
            self._files.get_file(self._at(name), str(unfinished))
        unfinished.replace(target)

    def put(self, name: str, source: Path) -> None:
        """Copy a file into an object.

        Raises:
            StoreFailed: The store refuses.
        """
        with _translated():
            self._files.put_file(str(source), self._at(name))

    def write(self, name: str, content: bytes) -> None:
        """Make or replace an object.

        Raises:
            StoreFailed: The store refuses.
        """
        with _translated():
            self._files.pipe_file(self._at(name), content)

    def create(self, name: str, content: bytes) -> None:
        """Make an object where there is none of that name; leave it alone where there is one.

        A store that knows no such condition replaces the object.

        Raises:
            StoreFailed: The store refuses.
        """
        try:
            with _translated():
                self._files.pipe_file(self._at(name), content, mode="create")
        except StoreFailed as error:
            is_there = isinstance(error.__cause__, FileExistsError)
            if not is_there and not any(word in str(error) for word in TAKEN):
                raise

    def delete(self, names: Collection[str]) -> None:
        """Delete objects, of which some may be gone already.

        Raises:
            StoreFailed: The store refuses.
        """
        for name in names:
            self.delete_one(name)

    def delete_one(self, name: str) -> None:
        """Delete an object that may be gone already.

        Raises:
            StoreFailed: The store refuses.
        """
        with suppress(NothingThere), _translated():
            self._files.rm_file(self._at(name))

    def _directly_below(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return what the store tells of each file or directory directly below the URL."""
        try:
            with _translated():
                listed = self._files.ls(self._root, detail=True)
        except NothingThere:
            return {}
        named = {self._name(info["name"]): info for info in listed if info["type"] == kind}
        return {name: info for name, info in named.items() if name}

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _name(self, path: str) -> str:
        root = self._root.strip("/")
        name = path.strip("/").removeprefix(root).strip("/")
        if "\0" in name or (name and {"..", ".", ""} & set(name.split("/"))):
            raise StoreFailed(f"the name {name!r} would lead elsewhere here")
        return name


def _filesystem(protocol: str) -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise ConfigError(
            f"{protocol}:// needs fsspec: pip install 'llm-judge-evaluator[s3]', or for another "
            "kind of store the package that fsspec reads it with."
        ) from error
    options = OPTIONS.get(protocol, {})
    try:
        return fsspec.filesystem(
            protocol, skip_instance_cache=True, use_listings_cache=False, **options
        )
    except ValueError as error:
        raise ConfigError(
            f"{protocol}:// is no kind of store that fsspec knows: write s3://BUCKET/NAME, or the "
            "path of a file."
        ) from error
    except ImportError as error:
        advice = (
            "pip install 'llm-judge-evaluator[s3]'" if protocol in OPTIONS else _one_line(error)
        )
        raise ConfigError(f"what reads {protocol}:// is not installed: {advice}.") from error


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what a store's own client raises, of which each has kinds of its own, into ours."""
    try:
        yield
    except StoreFailed:
        raise
    except FileNotFoundError as error:
        raise NothingThere("there is nothing") from error
    except PermissionError as error:
        raise StoreFailed(f"access is denied ({_one_line(error)})") from error
    except Exception as error:
        raise StoreFailed(_one_line(error)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _stored(info: dict[str, Any]) -> StoredObject:
    version = " ".join(str(info[key]) for key in VERSIONS if info.get(key))
    return StoredObject(int(info.get("size") or 0), version)


def _batches(objects: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    batch: list[str] = []
    total = 0
    for name, size in objects:
        if batch and total + size > BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(name)
        total += size
    if batch:
        yield batch
