"""Ends or holds a process at one of the system calls by which it reads and changes files.

Only calls below one folder count, in the order in which they are made: each that changes a file or
a folder, and each that opens a file to be read. What a power cut leaves is computed from what was
forced to the disk until then: a file's content by its `fsync`, the names in a folder by that
folder's.
"""

import errno
import io
import os
import random
import signal
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KILLED = -signal.SIGKILL
"""The exit code of whoever it ends."""

Arguments = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens at which call.

    Attributes:
        folder: The folder whose calls count.
        at: The number of the call, from 0.
        kind: `killed`: it is not made. `noted`: all are made, and told in the file `after`, one a
            line: what is called, and the name of the file. `torn`: half of it is, if it writes.
            `full`: it is refused for lack of room, and so is all that follows and takes any.
            `lost`, `reordered` and `torn-tail`: a power cut, after which only what was forced to
            the disk is there; or all names are, but of contents what was forced; or a part of the
            other contents as well, and zeros. `held`: it waits until the file `after` is there,
            and is made then.
        after: Where a power cut leaves what is there; or the file that ends the hold, or is told.
        name: How the names of the files begin whose calls count; all names begin so unless told.
        unforced: The name of a file whose name is not on the disk yet at the start.
    """

    folder: str
    at: int
    kind: str
    after: str = ""
    name: str = ""
    unforced: str = ""


class _CountedFile(io.RawIOBase):
    """A file that is written by calls that count."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, content: Any) -> int:
        return os.write(self._descriptor, content)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


class SystemCalls:
    """The calls of this process, from now on.

    Args:
        fate: What happens to it.
    """

    def __init__(self, fate: Fate) -> None:
        self._fate = fate
        self._folder = os.path.realpath(fate.folder)
        self._count = 0
        self._paths: dict[int, str] = {}
        self._contents: dict[int, bytes] = {}
        self._names: dict[str, dict[str, int]] = {}
        self._true = {name: getattr(os, name) for name in ("open", "write", "fsync", "close")}
        self._fdopen, self._io_open = os.fdopen, io.open
        self._remember_what_is_there()
        for name in ("replace", "rename", "unlink", "mkdir", "rmdir", "chmod"):
            setattr(os, name, self._counted(name, getattr(os, name)))
        os.open, os.close = self._open, self._close
        os.write, os.fsync = self._write, self._fsync  # type: ignore[assignment]
        os.fdopen, io.open = self._opened, self._opened_by_name  # type: ignore[assignment]

    def _remember_what_is_there(self) -> None:
        for folder, _, files in os.walk(self._folder):
            self._force_names(folder)
            self._names[folder].pop(self._fate.unforced, None)
            for file in files:
                path = Path(folder, file)
                self._contents[path.stat().st_ino] = path.read_bytes()

    def _is_inside(self, path: object) -> bool:
        if not isinstance(path, str | os.PathLike):
            return False
        absolute = os.path.abspath(path)  # noqa: PTH100
        inside = absolute == self._folder or absolute.startswith(self._folder + os.sep)
        return inside and Path(absolute).name.startswith(self._fate.name)

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(path: Any, *more: Any, **named: Any) -> Any:
            if "dir_fd" not in named and self._is_inside(path):
                self._next(name, path, takes_room=name == "mkdir")
            return call(path, *more, **named)

        return counted

    def _open(self, path: Any, flags: int, *more: Any, **named: Any) -> int:
        inside = self._is_inside(path)
        makes = inside and flags & os.O_CREAT and not os.path.lexists(path)
        if makes:
            self._next("open", path, takes_room=True)
        descriptor: int = self._true["open"](path, flags, *more, **named)
        if inside:
            self._paths[descriptor] = os.path.abspath(path)  # noqa: PTH100
        if makes:
            self._contents[os.fstat(descriptor).st_ino] = b""
        return descriptor

    def _opened(self, descriptor: int, mode: str = "r", **named: Any) -> Any:
        if descriptor not in self._paths or mode != "w":
            return self._fdopen(descriptor, mode, **named)
        return io.TextIOWrapper(io.BufferedWriter(_CountedFile(descriptor)), **named)

    def _opened_by_name(self, path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        if self._is_inside(path) and mode.startswith("r") and os.path.lexists(path):
            self._next("read", path, takes_room=False)
        return self._io_open(path, mode, *more, **named)

    def _close(self, descriptor: int) -> None:
        self._paths.pop(descriptor, None)
        self._true["close"](descriptor)

    def _write(self, descriptor: int, content: Any) -> int:
        if descriptor in self._paths:
            half = bytes(content)[: len(content) // 2]
            tear = lambda: self._true["write"](descriptor, half)  # noqa: E731
            self._next("write", self._paths[descriptor], takes_room=True, tear=tear)
        written: int = self._true["write"](descriptor, content)
        return written

    def _fsync(self, descriptor: int) -> None:
        path = self._paths.get(descriptor)
        if path is None:
            self._true["fsync"](descriptor)
            return
        status = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(status.st_mode)
        self._next("fsync", path, takes_room=not is_folder)
        with suppress(FileNotFoundError):  # what somebody deleted meanwhile can be forced, too
            if is_folder:
                self._force_names(path)
            else:
                self._contents[status.st_ino] = self._read(path)

    def _read(self, path: str | Path) -> bytes:
        with self._io_open(path, "rb") as file:
            content: bytes = file.read()
        return content

    def _force_names(self, folder: str) -> None:
        with os.scandir(folder) as entries:
            self._names[folder] = {entry.name: entry.inode() for entry in entries}

    def _next(
        self, name: str, path: Any, *, takes_room: bool, tear: Callable[[], object] | None = None
    ) -> None:
        number, self._count = self._count, self._count + 1
        if self._fate.kind == "noted":
            with self._io_open(self._fate.after, "a", encoding="utf-8") as told:
                told.write(f"{name} {Path(path).name}\n")
        elif self._fate.kind == "full":
            if number >= self._fate.at and takes_room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        elif number == self._fate.at and self._fate.kind == "held":
            while not Path(self._fate.after).exists():
                time.sleep(0.01)
        elif number == self._fate.at:
            if self._fate.kind == "torn" and tear is not None:
                tear()
            elif self._fate.kind not in ("killed", "torn"):
                self._cut_the_power()
            os.kill(os.getpid(), signal.SIGKILL)

    def _cut_the_power(self) -> None:
        """Write what is there when the power is back to another folder."""
        draw = random.Random(self._fate.at)
        self._restore(self._folder, Path(self._fate.after), draw)

    def _restore(self, folder: str, after: Path, draw: random.Random) -> None:
        after.mkdir(parents=True, exist_ok=True)
        if self._fate.kind == "lost" or not Path(folder).exists():
            names = self._names.get(folder, {})
        else:
            with os.scandir(folder) as entries:
                names = {entry.name: entry.inode() for entry in entries}
        for name, inode in names.items():
            path = Path(folder, name)
            if path.is_dir():
                self._restore(str(path), after / name, draw)
            else:
                (after / name).write_bytes(self._content(path, inode, draw))

    def _content(self, path: Path, inode: int, draw: random.Random) -> bytes:
        forced = self._contents.get(inode, b"")
        if self._fate.kind != "torn-tail" or not path.exists() or path.stat().st_ino != inode:
            return forced
        written = self._read(path)
        kept = draw.randint(len(forced), max(len(forced), len(written)))
        return written[:kept] + bytes(len(written) - kept)
