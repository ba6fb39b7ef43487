"""A judge behind TLS is asked where its certificate is vouched for, and never else."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from openai_server import PlainServer
from tls import behind_tls

from evaluator.backends.naming import JudgeSpec, parse_judge
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Prompt
from evaluator.backends.tls import tls_context
from evaluator.errors import ConfigError, JudgeUnavailable

PROBE = Prompt("Decide.", (), "Is it?", ("Yes", "No"))
Server = Callable[[], AbstractContextManager[OllamaServer | PlainServer]]


def ollama() -> OllamaServer:
    return OllamaServer(ScriptedEngine(lambda _: {"Yes": 0.7, "No": 0.3}), [ServedModel("judge")])


def openai() -> PlainServer:
    return PlainServer(lambda _: "Yes", knows_schema=False)


def opened(spec: JudgeSpec) -> str:
    async def version() -> str:
        backend = open_backend(spec, timeout=60.0, concurrency=1, pull=None, probe=PROBE)
        async with backend:
            await backend.ask(PROBE)
            return backend.identity.model

    return asyncio.run(version())


@pytest.fixture(
    params=[("ollama:judge", ollama), ("openai:judge", openai)], ids=["ollama", "openai"]
)
def judge(request: pytest.FixtureRequest) -> tuple[str, Server]:
    found: tuple[str, Server] = request.param
    return found


def test_a_certificate_of_the_given_authority_is_accepted(
    judge: tuple[str, Server], tmp_path: Path
) -> None:
    name, server = judge
    with server() as plain, behind_tls(plain.url, tmp_path) as (url, ca_file):
        assert opened(parse_judge(name, None, [url], ca_file=ca_file)).startswith("judge")


def test_without_the_file_it_is_refused_and_the_option_named(
    judge: tuple[str, Server], tmp_path: Path
) -> None:
    name, server = judge
    with server() as plain, behind_tls(plain.url, tmp_path) as (url, _):
        with pytest.raises(JudgeUnavailable, match="--ca-file") as caught:
            opened(parse_judge(name, None, [url]))
        assert str(caught.value).startswith(f"the certificate of {url} is not trusted (")


def test_a_certificate_for_another_host_is_refused(
    judge: tuple[str, Server], tmp_path: Path
) -> None:
    name, server = judge
    with (
        server() as plain,
        behind_tls(plain.url, tmp_path, name="judge.example") as (url, ca_file),
        pytest.raises(JudgeUnavailable, match="not trusted"),
    ):
        opened(parse_judge(name, None, [url], ca_file=ca_file))


def test_the_environment_cannot_name_other_authorities(
    judge: tuple[str, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, server = judge
    tls_context.cache_clear()
    with server() as plain, behind_tls(plain.url, tmp_path) as (url, ca_file):
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
        with pytest.raises(JudgeUnavailable, match="not trusted"):
            opened(parse_judge(name, None, [url]))


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\xfe"])
def test_a_file_without_certificates_is_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^--ca-file .*ca\.pem (holds no|cannot be read)"):
        tls_context(path)


def test_certificates_and_names_are_always_checked() -> None:
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
