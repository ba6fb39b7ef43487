from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties import searching

from evaluator.backends.naming import OLLAMA_PORT, JudgeSpec, parse_judge, server_address
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
        ("ollama", {}, JudgeSpec("ollama", "llama3.2", (HERE,))),
        ("ollama:qwen3", {}, JudgeSpec("ollama", "qwen3", (HERE,))),
        ("ollama:qwen3:8b", {}, JudgeSpec("ollama", "qwen3:8b", (HERE,))),
        ("ollama:hf.co/a/b:Q4", {}, JudgeSpec("ollama", "hf.co/a/b:Q4", (HERE,))),
        ("ollama:qwen3@host", {}, JudgeSpec("ollama", "qwen3", ("http://host:11434",))),
        ("ollama:@host:99", {}, JudgeSpec("ollama", "llama3.2", ("http://host:99",))),
        ("ollama:q:8b@https://host/a", {}, JudgeSpec("ollama", "q:8b", ("https://host/a",))),
        ("ollama", {"model": "qwen3"}, JudgeSpec("ollama", "qwen3", (HERE,))),
        ("openai:m@https://host/v1/", {}, JudgeSpec("openai", "m", ("https://host",))),
        (
            "openai",
            {"model": "org/m", "urls": ["host:8000"]},
            JudgeSpec("openai", "org/m", ("http://host:8000",)),
        ),
        ("ollama", {"urls": ["host"]}, JudgeSpec("ollama", "llama3.2", ("http://host:11434",))),
        (
            "ollama:q@host",
            {"model": "q", "urls": ["http://host:11434/"]},
            JudgeSpec("ollama", "q", ("http://host:11434",)),
        ),
        (
            "ollama:q",
            {"urls": ["b", "a:99", "https://c"]},
            JudgeSpec("ollama", "q", ("http://b:11434", "http://a:99", "https://c")),
        ),
        (
            "openai:m",
            {"urls": ["http://b/v1", "a:99"]},
            JudgeSpec("openai", "m", ("http://b", "http://a:99")),
        ),
        ("openai:m@host", {}, JudgeSpec("openai", "m", ("http://host",))),
    ],
)
def test_a_spec_and_the_flags_beside_it_name_a_judge(
    spec: str, flags: dict[str, Any], expected: JudgeSpec
) -> None:
    given: dict[str, Any] = {"model": None, "urls": [], **flags}
    assert parse_judge(spec, **given, environment={}) == expected


@pytest.mark.parametrize(
    ("spec", "flags", "complaint"),
    [
        ("", {}, "'' names no judge"),
        ("oracle:delphi", {}, "'oracle:delphi' names no judge"),
        ("Ollama", {}, "names no judge"),
        ("embedded", {"urls": ["http://host"]}, "drop --judge-url"),
        ("embedded:a.gguf", {"model": "b.gguf"}, "model is given twice: 'a.gguf' and 'b.gguf'"),
        ("ollama:a", {"model": "b"}, "model is given twice"),
        (
            "ollama:a@one",
            {"urls": ["two"]},
            "URL is given twice: http://one:11434 and http://two:11434.",
        ),
        ("ollama:a@one", {"urls": ["one", "two"]}, "URL is given twice"),
        ("ollama:a", {"urls": ["one", "two", "http://one:11434"]}, "http://one:11434 is given"),
        ("openai:a", {"urls": ["http://one", "http://one/v1/"]}, "http://one is given twice"),
        ("ollama:a", {"urls": ["http://one:1,http://two:2"]}, "is not a server address"),
        ("openai:m", {}, "an openai judge needs both parts: openai:MODEL@URL"),
        ("openai:@http://host", {}, "an openai judge needs both parts"),
        ("ollama:a@http://[", {}, "'http://[' is not a server address"),
    ],
)
def test_a_spec_that_names_no_judge_is_refused(
    spec: str, flags: dict[str, Any], complaint: str
) -> None:
    given: dict[str, Any] = {"model": None, "urls": [], **flags}
    with pytest.raises(ConfigError) as caught:
        parse_judge(spec, **given, environment={})
    assert complaint in str(caught.value)


def test_ollama_host_is_the_last_source_of_an_address() -> None:
    environment = {"OLLAMA_HOST": "0.0.0.0:8080"}

    def urls(spec: str, *flags: str) -> tuple[str, ...]:
        return parse_judge(spec, None, flags, environment).urls

    assert urls("ollama") == ("http://127.0.0.1:8080",)
    assert urls("ollama", "flag") == ("http://flag:11434",)
    assert urls("ollama:m@spec") == ("http://spec:11434",)
    assert urls("embedded") == ()


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
    assert server_address(text, OLLAMA_PORT) == expected


def test_only_ollama_has_a_port_of_its_own() -> None:
    assert server_address("host", None) == "http://host"
    assert server_address("host:8000", None) == "http://host:8000"
    assert parse_judge("openai:m", None, ["host"], {}).urls == ("http://host",)


PASSWORD = "geheim"


@pytest.mark.parametrize(
    ("spec", "urls"),
    [
        (f"ollama:m@http://user:{PASSWORD}@host", []),
        (f"ollama:m@user:{PASSWORD}@host:99", []),
        (f"openai:m@https://user:{PASSWORD}@host:port/v1", []),
        (f"http://user:{PASSWORD}@host", []),
        ("ollama:m@other", [f"http://{PASSWORD}@host"]),
        ("openai:m", ["http://one", f"user:{PASSWORD}/@host"]),
    ],
)
def test_credentials_in_an_address_are_refused_and_not_shown(spec: str, urls: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_judge(spec, None, urls, {})
    assert str(caught.value) == (
        "a judge's URL cannot hold a user name or password: the key comes from OLLAMA_API_KEY for "
        "ollama, and from EVALUATOR_API_KEY for openai."
    )


@pytest.mark.parametrize("url", ["http://host:1/v1?key=secret", "host:1#secret"])
def test_a_key_in_a_query_is_refused_and_not_shown(url: str) -> None:
    # it would stand in run.json and in the report
    with pytest.raises(ConfigError, match=r"cannot go on with \? or #") as caught:
        parse_judge("openai:model", None, [url], {})
    assert "secret" not in str(caught.value)


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
        server_address(text, OLLAMA_PORT)


ADDRESSES = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="htps:/[]@.%#?01a\t :\\é", max_size=25),
    st.from_regex(r"\A(https?://)?[a-z0-9.\[\]:%@-]{0,12}(:[0-9]{0,6})?(/[a-z /]*)?\Z"),
)


@searching
@given(ADDRESSES, st.sampled_from([OLLAMA_PORT, None]))
@example("][.@/", None)
@example("\x1fé ", OLLAMA_PORT)
def test_any_text_is_an_address_that_stays_the_same_or_is_refused(
    text: str, port: int | None
) -> None:
    import httpx

    try:
        address = server_address(text, port)
    except ConfigError:
        return
    assert server_address(address, port) == address
    assert httpx.URL(address).host
