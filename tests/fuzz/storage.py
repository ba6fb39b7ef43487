"""URLs that people write, and what a store lists and holds that others write to."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from evaluator.backends.gguf import cache_dir
from evaluator.errors import ConfigError
from evaluator.run.finished import CASES_FILE, FILES_READ, MATRIX_FILE, RUN_FILE
from evaluator.storage import store
from evaluator.storage.copies import fetched
from evaluator.storage.lease import Lease, LeaseLost
from evaluator.storage.location import is_url, located, naming, url_of
from evaluator.storage.mirror_state import MirrorState
from evaluator.storage.remote_run import STATE, RemoteRun
from evaluator.storage.store import Store, StoreFailed
from fuzz.promise import Broken, environment, split, written

URL = "s3://bucket/run"
ROOT = "bucket/run"


def url(data: bytes, folder: Path) -> None:
    """A URL is found again by its path, which stays in the cache and can be asked for."""
    text = data.decode("utf-8", "replace")
    with environment({"EVALUATOR_CACHE": str(folder / "cache")}):
        path = located(text)
        naming(text)
        if not is_url(text) or text.lower().startswith("file:"):
            return
        path.exists()
        if ".." in path.parts or not path.is_relative_to(cache_dir()):
            raise Broken(f"{text!r} leads to {path}")
        named = url_of(path)
        if named is None or located(named) != path or naming(str(path)) != named:
            raise Broken(f"{text!r} is {path}, which is {named!r}")


class _Listed:
    """A store that lists objects of any names and sizes."""

    def __init__(self, objects: dict[str, bytes], off_by: int) -> None:
        self._objects = objects
        self._off_by = off_by

    def _told(self, path: str) -> dict[str, Any]:
        size = max(0, len(self._objects[path]) + self._off_by)
        return {"name": path, "type": "file", "size": size, "ETag": len(path)}

    def info(self, path: str) -> dict[str, Any]:
        if path in self._objects:
            return self._told(path)
        if any(name.startswith(path) for name in self._objects):
            return {"name": path, "type": "directory", "size": 0}
        raise FileNotFoundError(path)

    def find(self, path: str, detail: bool) -> dict[str, dict[str, Any]]:
        return {name: self._told(name) for name in self._objects if name.startswith(path)}

    def ls(self, path: str, detail: bool) -> list[dict[str, Any]]:
        return list(self.find(path, detail).values())

    def cat_file(self, path: str) -> bytes:
        if path not in self._objects:
            raise FileNotFoundError(path)
        return self._objects[path]

    def cat(self, paths: list[str]) -> dict[str, bytes]:
        return {path: self.cat_file(path) for path in paths}

    def get_file(self, path: str, target: str) -> None:
        Path(target).write_bytes(self.cat_file(path))

    def put_file(self, source: str, path: str) -> None:
        self._objects[path] = Path(source).read_bytes()

    def pipe_file(self, path: str, content: bytes, mode: str = "overwrite") -> None:
        self._objects[path] = content

    def rm_file(self, path: str) -> None:
        self.info(path)
        self._objects.pop(path, None)


@contextmanager
def _listing(objects: dict[str, bytes], off_by: int) -> Iterator[None]:
    true = store._filesystem
    store._filesystem = lambda protocol: _Listed(objects, off_by)
    try:
        yield
    finally:
        store._filesystem = true


def _objects(content: bytes) -> dict[str, bytes]:
    """Return an object for each line of an input: its name, a tabulator, and what it holds."""
    lines = (line.partition(b"\t") for line in content.split(b"\n")[:20])
    return {f"{ROOT}{name.decode('utf-8', 'replace')}": held for name, _, held in lines}


def _require_inside(folder: Path, *own: str) -> None:
    if {path.name for path in folder.iterdir()} - set(own):
        raise Broken(f"something was written outside: {sorted(folder.rglob('*'))}")


def listing(data: bytes, folder: Path) -> None:
    """Copying what a store lists writes into the cache alone, and needs no honest listing."""
    choice, content = split(data, 4)
    cache = {"EVALUATOR_CACHE": str(folder / "cache")}
    with environment(cache), _listing(_objects(content), choice // 2):
        path = located(URL)
        copy = fetched(path, ConfigError, FILES_READ if choice % 2 else None)
        if not copy.is_relative_to(cache_dir()):
            raise Broken(f"{URL} is copied to {copy}")
    _require_inside(folder, "cache")


def remote_run(data: bytes, folder: Path) -> None:
    """A run directory that others changed is brought down into its folder, or refused."""
    choice, content = split(data, 4)
    here = folder / "here"
    (here / ".journal").mkdir(parents=True)
    if choice % 2:
        state, _, content = content.partition(b"\n")
        written(here, STATE, state)
        written(here, RUN_FILE, b"{}")
        written(here, ".journal/answers.jsonl", b"1 {}\n2 {}\n")
        MirrorState.read(here / STATE)
    with _listing(_objects(content), choice // 2), suppress(StoreFailed, OSError):
        run = RemoteRun(
            here,
            Store(URL),
            record=RUN_FILE,
            results=(CASES_FILE, MATRIX_FILE),
            reopened=lambda: b"{}",
            session="here",
        )
        run.bring_down()
        run.remember()
        run.bring_up()
        run.finish()
    _require_inside(folder, "here")


def lease(data: bytes, folder: Path) -> None:
    """Whoever claims to hold a directory, in whatever words, is told in one line."""
    with _listing({f"{ROOT}/.holder.json": data}, 0):
        held = Lease(Store(URL))
        try:
            held.renew()
        except LeaseLost as lost:
            if len(str(lost)) > 500:
                raise Broken(f"{lost}") from lost
        held.release()
