"""The server's uploads and creations against the real client."""

import hashlib
import json
import struct
from pathlib import Path

import httpx
import ollama
import pytest

from .asking import client_of, serve


def gguf(path: Path, file_type: int = 1) -> Path:
    key, text = b"general.architecture", b"qwen2"
    values = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    key = b"general.file_type"
    values += struct.pack("<Q", len(key)) + key + struct.pack("<II", 4, file_type)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + values + b"\x00" * 1000)
    return path


def test_an_uploaded_file_becomes_a_model_with_the_real_client(tmp_path: Path) -> None:
    path = gguf(tmp_path / "m.gguf")
    with serve() as server, client_of(server) as client:
        digest = client.create_blob(path)
        assert server.blobs.all[digest].size == path.stat().st_size
        steps = [
            step.status
            for step in client.create(
                "mine", files={"m.gguf": digest}, quantize="q8_0", system="Hi", stream=True
            )
        ]
        assert steps == [
            "parsing GGUF",
            "quantizing F16 model to Q8_0",
            "writing manifest",
            "success",
        ]
        (listed,) = [one for one in client.list().models if one.model == "mine:latest"]
        assert listed.details is not None
        assert (listed.details.family, listed.details.quantization_level) == ("qwen2", "Q8_0")
        assert json.loads(server.catalogue.find("mine").made_with) == {"system": "Hi"}
        client.delete("mine")
        with pytest.raises(ollama.ResponseError, match="model 'mine' not found"):
            client.delete("mine")


def test_a_file_is_what_its_digest_says_or_is_refused() -> None:
    right = f"sha256:{hashlib.sha256(b'content').hexdigest()}"
    wrong = f"sha256:{'0' * 64}"
    with serve() as server:
        at = f"{server.url}/api/blobs"
        assert httpx.head(f"{at}/{right}").status_code == 404
        assert httpx.post(f"{at}/{right}", content=b"content").status_code == 201
        assert httpx.post(f"{at}/{right}", content=b"content").status_code == 200
        assert httpx.head(f"{at}/{right}").status_code == 200
        refused = httpx.post(f"{at}/{wrong}", content=b"content")
        assert refused.status_code == 400
        assert refused.json()["error"] == f'digest mismatch, expected "{wrong}", got "{right}"'
        assert httpx.post(f"{at}/../tags", content=b"x").status_code in {400, 404, 405}
        assert set(server.blobs.all) == {right}


@pytest.mark.parametrize(
    ("version", "body", "error"),
    [
        ("0.33.0", {"quantize": "q2_K"}, "unsupported quantization type Q2_K"),
        ("0.34.1", {"quantize": "q8_0"}, "only supported for safetensors imports"),
        ("0.34.1", {"adapters": {"a": "sha256:1"}}, "LoRA adapters are no longer supported"),
        ("0.33.0", {"files": {"../x": "sha256:1"}}, "file path must be relative"),
        ("0.33.0", {"files": {}}, "neither 'from' or 'files' was specified"),
        ("0.33.0", {"files": {"a": "sha256:1"}}, "invalid digest format"),
    ],
)
def test_refuses_what_that_version_refuses(
    tmp_path: Path, version: str, body: dict[str, object], error: str
) -> None:
    with serve(version=version) as server, client_of(server) as client:
        files = {"m.gguf": client.create_blob(gguf(tmp_path / "m.gguf"))}
        with pytest.raises(ollama.ResponseError, match=error):
            list(client.create("mine", stream=True, **{"files": files, **body}))  # type: ignore[arg-type]
