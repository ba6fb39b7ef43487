"""Files to a server: hashed, skipped where they are there already, sent again where that failed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from evaluator.errors import JudgeUnavailable, ModelUnusable
from evaluator.models.mebibytes import Count
from evaluator.models.server import ModelServer, Refused
from evaluator.models.source import SourceFile

CHUNK = 1 << 20
ATTEMPTS = 4
FIRST_PAUSE = 1.0
"""Seconds before the second attempt; doubled before each further one."""

WRONG_DIGEST = "digest mismatch"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file with what it is called at a server.

    Attributes:
        file: The file.
        digest: SHA-256 of its content, after `sha256:`.
    """

    file: SourceFile
    digest: str


def hashed(file: SourceFile, count: Count) -> Blob:
    """Return a file with its digest, read in chunks.

    Raises:
        ModelUnusable: It cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                count(len(chunk))
    except OSError as error:
        raise ModelUnusable(f"{file.path} cannot be read: {error.strerror or error}.") from error
    return Blob(file, f"sha256:{digest.hexdigest()}")


class Uploader:
    """Sends files to one server.

    Args:
        server: Where to.
        pause: Seconds before the second attempt at a file.
    """

    def __init__(self, server: ModelServer, pause: float = FIRST_PAUSE) -> None:
        self._server = server
        self._pause = pause

    async def upload(self, blob: Blob, count: Count) -> bool:
        """Bring a file to the server, whole at each attempt.

        Args:
            blob: The file.
            count: Told of bytes as they are sent; of those sent again only beyond where an earlier
                attempt ended.

        Returns:
            Whether anything was sent: False where the server had it.

        Raises:
            ModelUnusable: The file changed since it was hashed, or cannot be read.
            JudgeUnavailable: The server does not take it.
        """
        sent = _Sent(count)
        failure: Exception | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(self._pause * 2 ** (attempt - 1))
            try:
                if await self._server.has_blob(blob.digest):
                    sent.reach(blob.file.size)
                    return failure is not None
                content = _pieces(blob.file, sent)
                await self._server.put_blob(blob.digest, blob.file.size, content)
                return True
            except (httpx.TransportError, Refused) as error:
                _require_unchanged(blob.file)
                if isinstance(error, Refused) and not _may_pass(error):
                    raise self._refused(blob, error) from error
                failure = error
        raise JudgeUnavailable(
            f"{blob.file.path} did not arrive at {self._server.url} in {ATTEMPTS} attempts "
            f"({str(failure) or type(failure).__name__}); run the same command again, which skips "
            "the files that are there."
        ) from failure

    def _refused(self, blob: Blob, error: Refused) -> JudgeUnavailable:
        if error.is_full_disk:
            return full_disk(self._server.url, error)
        return JudgeUnavailable(
            f"the server at {self._server.url} does not take {blob.file.path}: {error}; see in "
            "its log why, and whether a proxy in between limits what may be uploaded."
        )


def full_disk(url: str, error: Refused) -> JudgeUnavailable:
    """Return the error that the server has no room."""
    return JudgeUnavailable(
        f"the disk of the server at {url} is full ({error.said}); make room there, for example "
        "with `evaluator models remove`, and run the same command again, which skips the files "
        "that are there."
    )


class _Sent:
    """The furthest byte of a file that any attempt reached."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._furthest = 0

    def reach(self, position: int) -> None:
        if position > self._furthest:
            self._count(position - self._furthest)
            self._furthest = position


async def _pieces(file: SourceFile, sent: _Sent) -> AsyncIterator[bytes]:
    """Yield a file's content, exactly as many bytes as were announced.

    Raises:
        ModelUnusable: It ends before, or cannot be read.
    """
    position = 0
    try:
        with file.path.open("rb") as content:
            while chunk := content.read(min(CHUNK, file.size - position)):
                yield chunk
                position += len(chunk)
                sent.reach(position)
    except OSError as error:
        raise ModelUnusable(f"{file.path} cannot be read: {error.strerror or error}.") from error
    if position < file.size:
        raise _changed(file)


def _may_pass(error: Refused) -> bool:
    """Return whether an error may be gone at the next attempt."""
    if error.is_full_disk:
        return False
    return error.status >= httpx.codes.INTERNAL_SERVER_ERROR or WRONG_DIGEST in error.said


def _require_unchanged(file: SourceFile) -> None:
    try:
        state = file.path.stat()
    except OSError as error:
        raise ModelUnusable(f"{file.path} vanished during the upload.") from error
    if (state.st_size, state.st_mtime_ns) != (file.size, file.modified_ns):
        raise _changed(file)


def _changed(file: SourceFile) -> ModelUnusable:
    return ModelUnusable(
        f"{file.path} changed while it was uploaded; run the same command again when nothing "
        "writes there any more."
    )
