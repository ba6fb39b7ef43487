"""Files arrive whole or not at all, whatever happens on the way."""

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from ollama_server import CutUpload, OllamaServer, Reset, Status

from evaluator.errors import JudgeUnavailable, ModelUnusable
from evaluator.models.server import Address, ModelServer
from evaluator.models.source import SourceFile
from evaluator.models.uploading import CHUNK, Blob, Uploader, hashed

from .serving import serving

SIZE = 3 * CHUNK + 17
UPLOAD, LOOK = "POST /api/blobs/", "HEAD /api/blobs/"


def file_of(path: Path) -> SourceFile:
    state = path.stat()
    return SourceFile(path.name, path, state.st_size, state.st_mtime_ns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(bytes(range(256)) * (SIZE // 256) + b"x" * (SIZE % 256))
    return path


def upload(server: OllamaServer, blob: Blob, counted: Callable[[int], None]) -> bool:
    async def work() -> bool:
        async with ModelServer(Address(server.url), timeout=60.0) as there:
            return await Uploader(there, pause=0.01).upload(blob, counted)

    return asyncio.run(work())


def methods(server: OllamaServer) -> list[str]:
    return [request.method for request in server.requests]


def test_a_file_is_hashed_in_chunks_and_arrives_as_it_is(path: Path) -> None:
    read: list[int] = []
    blob = hashed(file_of(path), read.append)
    assert blob.digest == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert read == [CHUNK, CHUNK, CHUNK, 17]
    sent: list[int] = []
    with serving() as server:
        assert upload(server, blob, sent.append)
        (there,) = server.blobs.all.values()
        assert (there.digest, there.size) == (blob.digest, SIZE)
        assert methods(server) == ["HEAD", "POST"]
        assert sum(sent) == SIZE
        sent.clear()
        server.forget_requests()
        assert not upload(server, blob, sent.append)  # there already
        assert (methods(server), sum(sent)) == (["HEAD"], SIZE)


@pytest.mark.parametrize("after_bytes", [0, CHUNK + 5])
def test_an_interrupted_upload_is_sent_again_whole(path: Path, after_bytes: int) -> None:
    blob = hashed(file_of(path), lambda _: None)
    sent: list[int] = []
    with serving(CutUpload(after_bytes=after_bytes, times=2)) as server:
        assert upload(server, blob, sent.append)
        assert server.blobs.all[blob.digest].size == SIZE
    assert sum(sent) == SIZE  # bytes that are sent again are not counted again


def test_an_answer_that_is_lost_does_not_send_the_file_twice(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    with serving(Reset(paths=(UPLOAD,), times=1)) as server:
        assert upload(server, blob, lambda _: None)
        assert methods(server) == ["HEAD", "POST", "HEAD"]


def test_a_file_damaged_on_the_way_is_sent_again_and_given_up_in_the_end(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    damaged = Status(paths=(UPLOAD,), code=400, error='digest mismatch, expected "a", got "b"')
    with serving(damaged) as server:
        with pytest.raises(JudgeUnavailable, match=r"did not arrive .* in 4 attempts .*mismatch"):
            upload(server, blob, lambda _: None)
        assert methods(server).count("POST") == 4


def test_a_file_that_changes_during_the_upload_is_told(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    path.write_bytes(b"y" * SIZE)
    os.utime(path, ns=(1, 1))
    with serving() as server:
        with pytest.raises(ModelUnusable, match="changed while it was uploaded"):
            upload(server, blob, lambda _: None)
        assert server.blobs.all == {}


def test_a_file_that_shrinks_or_vanishes_during_the_upload_is_told(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    path.write_bytes(b"short")
    with serving() as server, pytest.raises(ModelUnusable, match="changed while"):
        upload(server, blob, lambda _: None)
    path.unlink()
    with serving() as server, pytest.raises(ModelUnusable, match="cannot be read"):
        upload(server, blob, lambda _: None)


@pytest.mark.parametrize("code", [500, 507])
def test_a_full_disk_at_the_server_ends_it_at_once(path: Path, code: int) -> None:
    blob = hashed(file_of(path), lambda _: None)
    full = "write /root/.ollama/models/blobs/sha256-1: no space left on device"
    with serving(Status(paths=(UPLOAD,), code=code, error=full)) as server:
        with pytest.raises(JudgeUnavailable, match=r"the disk of the server .* is full"):
            upload(server, blob, lambda _: None)
        assert methods(server) == ["HEAD", "POST"]


def test_a_refusal_that_will_not_pass_ends_it_at_once(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    with serving(Status(paths=(UPLOAD,), code=413, error="too large")) as server:
        with pytest.raises(JudgeUnavailable, match=r"does not take .*too large \(HTTP 413\)"):
            upload(server, blob, lambda _: None)
        assert methods(server) == ["HEAD", "POST"]


def test_a_server_that_is_gone_is_told_after_a_few_attempts(path: Path) -> None:
    blob = hashed(file_of(path), lambda _: None)
    with serving() as server:
        pass
    with pytest.raises(JudgeUnavailable, match=r"did not arrive at .* in 4 attempts"):
        upload(server, blob, lambda _: None)


def test_memory_stays_flat_whatever_the_size(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    with path.open("wb") as content:
        content.truncate(64 * CHUNK)  # takes no room on the disk
    tracemalloc.start()
    try:
        blob = hashed(file_of(path), lambda _: None)
        with serving() as server:
            assert upload(server, blob, lambda _: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * CHUNK  # of 64: the server's own pieces are in it
