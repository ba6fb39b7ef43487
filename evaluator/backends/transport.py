"""Requests to a judge's server, and what their failures mean for a question."""

from pathlib import Path
from typing import Any

import httpx

from evaluator.backends.bounded import AnswerTooLarge, BoundedTransport
from evaluator.backends.keys import BEARER
from evaluator.backends.protocol import ServerGone, TryAgain
from evaluator.backends.tls import tls_context

RETRIED_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
LONGEST_ERROR_SHOWN = 200


def client_settings(
    timeout: float,
    concurrency: int,
    key: str | None,
    address: str | None = None,
    ca_file: Path | None = None,
) -> dict[str, Any]:
    """Return the settings of one HTTP client that talks to the judge's server and nobody else.

    Redirects are not followed and proxies of the environment are ignored: the judge is near, and
    either would only send prompts elsewhere. Answers are bounded, and asked for uncompressed.

    Args:
        timeout: Seconds that a request may take.
        concurrency: Requests in flight at a time.
        key: The server's key, or None.
        address: The IP address to connect to; None takes one that the URL's host has.
        ca_file: Certificates of the authorities to trust; None for the public ones.

    Raises:
        ConfigError: That file cannot be used.
    """
    limits = httpx.Limits(max_connections=concurrency + 1)
    headers = {"accept-encoding": "identity"}
    if key:
        headers["authorization"] = f"{BEARER}{key}"
    return {
        "timeout": timeout,
        "transport": BoundedTransport(
            address, limits=limits, trust_env=False, verify=tls_context(ca_file)
        ),
        "follow_redirects": False,
        "trust_env": False,
        "headers": headers,
    }


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """Return the server's answer, whatever its status.

    Raises:
        ServerGone: Nobody listens there.
        TryAgain: There was no answer in time, or none that can be read.
    """
    try:
        response = await client.post(path, json=body)
    except AnswerTooLarge as error:
        raise TryAgain("answer-too-large", str(error)) from error
    except httpx.ConnectError as error:
        raise ServerGone("connection-refused", f"no server at {client.base_url}") from error
    except httpx.TimeoutException as error:
        raise TryAgain("timeout", "no answer in time") from error
    except httpx.TransportError as error:
        raise TryAgain("connection-lost", str(error)) from error
    except httpx.DecodingError as error:
        raise TryAgain("bad-response", str(error)) from error
    if response.status_code == httpx.codes.OK and _is_page(response):
        raise TryAgain("bad-response", "the answer is a web page: is a proxy in between?")
    return response


def _is_page(response: httpx.Response) -> bool:
    kind: str = response.headers.get("content-type", "")
    return kind.lower().startswith("text/html")


def one_line(text: str) -> str:
    """Return what a server said, short enough for a message."""
    return " ".join(text.split())[:LONGEST_ERROR_SHOWN]
