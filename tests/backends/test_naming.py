from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.naming import JudgeSpec, parse_judge, server_address
from evaluator.errors import ConfigError

HERE = "http://127.0.0.1:11434"


@pytest.mark.parametrize(
    ("spec", "flags", "expected"),
    [
        ("embedded", {}, JudgeSpec("embedded")),
        ("embedded:", {}, JudgeSpec("embedded")),
        ("embedded:some/model.gguf", {}, JudgeSpec("embedded", "some/model.gguf")),
        ("embedded:C:/model.gguf", {}, JudgeSpec("embedded", "C:/model.gguf")),
        ("embedded", {"model": "m.gguf"}, JudgeSpec("embedded", "m.gguf")),
        ("ollama", {}, JudgeSpec("ollama", "llama3.2", HERE)),
        ("ollama:qwen3", {}, JudgeSpec("ollama", "qwen3", HERE)),
        ("ollama:qwen3:8b", {}, JudgeSpec("ollama", "qwen3:8b", HERE)),
        ("ollama:hf.co/a/b:Q4", {}, JudgeSpec("ollama", "hf.co/a/b:Q4", HERE)),
        ("ollama:qwen3@host", {}, JudgeSpec("ollama", "qwen3", "http://host:11434")),
        ("ollama:@host:99", {}, JudgeSpec("ollama", "llama3.2", "http://host:99")),
        ("ollama:q:8b@https://host/a", {}, JudgeSpec("ollama", "q:8b", "https://host/a")),
        ("ollama", {"model": "qwen3"}, JudgeSpec("ollama", "qwen3", HERE)),
        ("openai:m@https://host/v1/", {}, JudgeSpec("openai", "m", "https://host")),
        (
            "openai",
            {"model": "org/m", "url": "host:8000"},
            JudgeSpec("openai", "org/m", "http://host:8000"),
        ),
        ("ollama", {"url": "host"}, JudgeSpec("ollama", "llama3.2", "http://host:11434")),
        (
            "ollama:q@host",
            {"model": "q", "url": "host"},
            JudgeSpec("ollama", "q", "http://host:11434"),
        ),
    ],
)
def test_a_spec_and_the_flags_beside_it_name_a_judge(
    spec: str, flags: dict[str, str], expected: JudgeSpec
) -> None:
    given: dict[str, Any] = {"model": None, "url": None, **flags}
    assert parse_judge(spec, **given, environment={}) == expected


@pytest.mark.parametrize(
    ("spec", "flags", "complaint"),
    [
        ("", {}, "'' names no judge"),
        ("oracle:delphi", {}, "'oracle:delphi' names no judge"),
        ("Ollama", {}, "names no judge"),
        ("embedded", {"url": "http://host"}, "drop --judge-url"),
        ("embedded:a.gguf", {"model": "b.gguf"}, "model is given twice: 'a.gguf' and 'b.gguf'"),
        ("ollama:a", {"model": "b"}, "model is given twice"),
        ("ollama:a@one", {"url": "two"}, "URL is given twice"),
        ("openai:m", {}, "an openai judge needs both parts: openai:MODEL@URL"),
        ("openai:@http://host", {}, "an openai judge needs both parts"),
        ("ollama:a@http://[", {}, "'http://[' is not a server address"),
    ],
)
def test_a_spec_that_names_no_judge_is_refused(
    spec: str, flags: dict[str, str], complaint: str
) -> None:
    given: dict[str, Any] = {"model": None, "url": None, **flags}
    with pytest.raises(ConfigError) as caught:
        parse_judge(spec, **given, environment={})
    assert complaint in str(caught.value)


def test_ollama_host_is_the_last_source_of_an_address() -> None:
    environment = {"OLLAMA_HOST": "0.0.0.0:8080"}

    def url(spec: str, flag: str | None = None) -> str | None:
        return parse_judge(spec, None, flag, environment).url

    assert url("ollama") == "http://127.0.0.1:8080"
    assert url("ollama", "flag") == "http://flag:11434"
    assert url("ollama:m@spec") == "http://spec:11434"
    assert parse_judge("embedded", None, None, environment).url is None


def test_only_a_named_model_is_a_file() -> None:
    assert JudgeSpec("embedded").gguf is None
    assert JudgeSpec("embedded", "a/b.gguf").gguf == Path("a/b.gguf")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", HERE),
        ("host", "http://host:11434"),
        ("HOST", "http://host:11434"),
        ("host:80", "http://host:80"),
        ("host/", "http://host:11434"),
        ("host/behind/", "http://host:11434/behind"),
        ("host:99/behind", "http://host:99/behind"),
        ("http://host", "http://host"),
        ("HTTPS://host", "https://host"),
        ("https://host:99/", "https://host:99"),
        ("0.0.0.0", HERE),
        ("http://0.0.0.0:99", "http://127.0.0.1:99"),
        ("[::]:99", "http://127.0.0.1:99"),
        ("[::1]", "http://[::1]:11434"),
        ("https://[fe80::1]:99", "https://[fe80::1]:99"),
        ("bücher.example", "http://bücher.example:11434"),
    ],
)
def test_an_address_gets_the_defaults_of_ollamas_own_client(text: str, expected: str) -> None:
    assert server_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ftp://host",
        "http://",
        ":99",
        "host:0",
        "host:65536",
        "host:port",
        "http://[",
        "[::1",
        "[nowhere]",
        "not\x00printable",
        "é nowhere",
        "://host",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a server address; write http://HOST:PORT"):
        server_address(text)


ADDRESSES = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="htps:/[]@.%#?01a\t :\\é", max_size=25),
    st.from_regex(r"\A(https?://)?[a-z0-9.\[\]:%@-]{0,12}(:[0-9]{0,6})?(/[a-z /]*)?\Z"),
)


@searching
@given(ADDRESSES)
@example("][.@/")
@example("\x1fé ")
def test_any_text_is_an_address_that_stays_the_same_or_is_refused(text: str) -> None:
    import httpx

    try:
        address = server_address(text)
    except ConfigError:
        return
    assert server_address(address) == address
    assert httpx.URL(address).host
