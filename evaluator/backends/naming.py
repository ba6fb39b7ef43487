"""How a user names a judge: `embedded[:PATH.gguf]`, `ollama:MODEL[@URL]` or `openai:MODEL@URL`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from evaluator.errors import ConfigError

DEFAULT_OLLAMA_MODEL = "llama3.2"
OLLAMA_PORT = 11434
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - read from OLLAMA_HOST, never bound


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """A judge as the user named it.

    Attributes:
        backend: The kind of backend.
        model: The model there; None for the packaged one.
        url: The server's address; None for a backend without a server.
    """

    backend: Literal["embedded", "ollama", "openai"]
    model: str | None = None
    url: str | None = None

    @property
    def gguf(self) -> Path | None:
        """The embedded judge's model file, or None for the packaged one."""
        return Path(self.model).expanduser() if self.model else None


def parse_judge(
    spec: str, model: str | None, url: str | None, environment: Mapping[str, str] = os.environ
) -> JudgeSpec:
    """Return the judge that a spec names, its missing parts filled in.

    Args:
        spec: The text after `--judge`.
        model: The text after `--judge-model`, for a spec without a model.
        url: The text after `--judge-url`, for a spec without an address.
        environment: Where `OLLAMA_HOST` is looked up.

    Raises:
        ConfigError: The backend is unknown, or a part is given twice or does not fit.
    """
    backend, _, rest = spec.partition(":")
    if backend == "embedded":
        if url:
            raise ConfigError("the embedded judge has no server: drop --judge-url.")
        return JudgeSpec("embedded", _one_of(rest, model, "model"))
    if backend == "ollama":
        named, _, address = rest.partition("@")
        chosen_url = _one_of(address, url, "URL") or environment.get("OLLAMA_HOST") or ""
        chosen_model = _one_of(named, model, "model") or DEFAULT_OLLAMA_MODEL
        return JudgeSpec("ollama", chosen_model, server_address(chosen_url))
    if backend == "openai":
        named, _, address = rest.partition("@")
        openai_url, openai_model = _one_of(address, url, "URL"), _one_of(named, model, "model")
        if not openai_url or not openai_model:
            raise ConfigError("an openai judge needs both parts: openai:MODEL@URL.")
        base = server_address(openai_url).removesuffix("/v1")
        return JudgeSpec("openai", openai_model, base)
    raise ConfigError(
        f"'{spec}' names no judge; "
        "write embedded, embedded:PATH.gguf, ollama:MODEL[@URL] or openai:MODEL@URL."
    )


def server_address(text: str) -> str:
    """Return an Ollama server's URL, with the defaults Ollama's own client has.

    A bare host gets `http` and port 11434, an URL with a scheme keeps that scheme's port, and the
    address that a server listens on everywhere (`0.0.0.0`) becomes the loopback address.

    Raises:
        ConfigError: The text is no address.
    """
    try:
        address = _address(text)
    except ValueError:
        address = None
    if address is None:
        raise ConfigError(f"'{text}' is not a server address; write http://HOST:PORT.")
    return address


def _address(text: str) -> str | None:
    import httpx

    parts = urlsplit(text if "://" in text else f"http://{text or '127.0.0.1'}")
    port = parts.port
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return None
    host = "127.0.0.1" if parts.hostname in EVERYWHERE else parts.hostname
    if ":" in host:
        host = f"[{host}]"
    if port is None and "://" not in text:
        port = OLLAMA_PORT
    suffix = f":{port}" if port else ""
    address = f"{parts.scheme}://{host}{suffix}{parts.path.rstrip('/')}"
    try:
        httpx.URL(address)
    except httpx.InvalidURL:  # a host that no request can go to
        return None
    return address


def _one_of(in_spec: str, by_flag: str | None, what: str) -> str | None:
    if in_spec and by_flag and in_spec != by_flag:
        raise ConfigError(f"the judge's {what} is given twice: '{in_spec}' and '{by_flag}'.")
    return in_spec or by_flag or None
