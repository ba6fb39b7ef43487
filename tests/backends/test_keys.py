"""A key that a server says back, in whatever part of an answer and in whatever spelling."""

import asyncio
import json
import socket
from contextlib import suppress
from threading import Thread

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.backends.keys import LEAST_SECRET, Echo, key_of
from evaluator.backends.transport import client_settings
from evaluator.errors import ConfigError

KEY = 'canary/7f"3\\a91-'
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(
    lambda key: key.strip() == key
)


def said(answer: bytes, key: str = KEY, path: str = "/") -> str:
    """All that is left of a server's answer: its status line, headers and body, or an error."""

    async def get(url: str) -> str:
        async with httpx.AsyncClient(base_url=url, **client_settings(10.0, 1, key)) as client:
            try:
                heard = await client.get(path)
                status = f"{heard.status_code} {heard.reason_phrase} {heard.headers}"
                return status + heard.text
            except httpx.HTTPError as error:
                assert error.__suppress_context__ or KEY not in repr(error.__context__)
                return f"{type(error).__name__} {error}"

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    for at in range(len(answer)):  # in as many pieces as it has bytes
                        connection.sendall(answer[at : at + 1])

        thread = Thread(target=serve, daemon=True)
        thread.start()
        heard = asyncio.run(get(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        thread.join(10)
        return heard


def with_body(body: str, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


IN_JSON = json.dumps({"error": f"Incorrect key: Bearer {KEY}"})
CODES = "".join(f"\\u{ord(character):04X}" for character in KEY)


@pytest.mark.parametrize(
    "answer",
    [
        with_body(f"Incorrect key: {KEY}.", "401 No"),
        with_body(IN_JSON, "401 No"),
        with_body(IN_JSON.replace("/", "\\/")),
        with_body(f'{{"version": "{CODES}"}}'),
        with_body("", f"401 {KEY}"),
        with_body("", "401 No", f"X-Sent: Bearer {KEY}\r\nContent-Type: text/{KEY}\r\n"),
        with_body("", "307 Elsewhere", f"Location: http://elsewhere/?{KEY}\r\n"),
        f"Bearer {KEY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode(),
    ],
    ids=[
        *("plain", "JSON", "slashes", "codes", "phrase", "headers", "address"),
        *("status line", "header line", "chunk"),
    ],
)
def test_an_echo_is_hidden_wherever_it_is(answer: bytes) -> None:
    heard = said(answer)
    assert "[key]" in heard
    # None of the ways to write it has all of its words but the key itself.
    assert "canary" not in heard and "a91" not in heard and CODES not in heard


def test_an_echo_in_a_stream_of_lines_is_hidden() -> None:
    lines = json.dumps({"status": "pulling"}) + "\n" + json.dumps({"error": KEY})
    heard = said(with_body(lines), path="/api/pull")
    assert heard.endswith('{"status": "pulling"}\n{"error": "[key]"}')


@given(PRINTABLE, st.sampled_from([json.dumps, str]))
def test_any_key_is_hidden_in_what_is_quoted(key: str, spelled: type) -> None:
    hidden = Echo(f"Bearer {key}").hidden(f"<{spelled(key)}>".encode())
    assert hidden in (b"<[key]>", b'<"[key]">')


def test_a_placeholder_for_a_key_does_not_break_the_answers_that_have_its_letters() -> None:
    short = "d" * (LEAST_SECRET - 1)
    body = f'{{"id": "{short}", "sent": "Bearer {short}"}}'
    assert said(with_body(body), short).endswith(f'{{"id": "{short}", "sent": "Bearer [key]"}}')
    assert said(with_body(body, "401 No"), short).count(short) == 0
    long = f"{short}d"
    assert said(with_body(f'{{"id": "{long}"}}'), long).endswith('{"id": "[key]"}')


def test_a_key_that_no_header_can_carry_is_refused_untold() -> None:
    for broken in ("two\nlines", "clé", "a\x00b"):
        with pytest.raises(ConfigError, match=r"^KEY holds characters that no key has\.$"):
            key_of(("KEY",), {"KEY": broken})
    assert key_of(("OTHER", "KEY"), {"KEY": " secret\n"}) == "secret"
    assert key_of(("KEY",), {"KEY": " \n"}) is None
