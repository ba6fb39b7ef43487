"""Standard output and standard error, whatever they are: readers go, disks fill, shells close."""

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OUTPUT, MESSAGES = 1, 2


class _Output(io.FileIO):
    """What nobody reads any longer is written nowhere; that changes nothing of the command."""

    def write(self, content: "ReadableBuffer", /) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


class _Messages(io.FileIO):
    """What cannot be written is not said; that changes nothing of the command."""

    def write(self, content: "ReadableBuffer", /) -> int:
        written = None  # also where it would have to wait and may not
        with suppress(OSError):
            written = super().write(content)
        return memoryview(content).nbytes if written is None else written


def endure_every_stream() -> None:
    """Make of standard output and error what a run outlasts.

    A closed one is opened to nowhere: the next file that is opened would take its place. What a
    terminal cannot show is replaced.
    """
    for descriptor in (0, OUTPUT, MESSAGES):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(_Output(OUTPUT, "w", closefd=False), sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Messages(MESSAGES, "w", closefd=False), sys.stderr)


def _text(file: io.FileIO, like: TextIO | None) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=None if like is None else like.encoding,
        errors="replace",
        line_buffering=file.fileno() == MESSAGES or file.isatty(),
    )


def give_up_output() -> None:
    """Forget what could not be printed, which the interpreter would try once more at its end."""
    with suppress(OSError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), OUTPUT)
