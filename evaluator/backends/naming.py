"""How a user names a judge: `embedded[:PATH.gguf]`, `ollama:MODEL[@URL]` or `openai:MODEL@URL`."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from evaluator.errors import ConfigError
from evaluator.paths import at_home

DEFAULT_OLLAMA_MODEL = "llama3.2"
OLLAMA_PORT = 11434
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - read from OLLAMA_HOST, never bound
NO_CREDENTIALS = (
    "a judge's URL cannot hold a user name or password: the key comes from OLLAMA_API_KEY for "
    "ollama, and from EVALUATOR_API_KEY for openai."
)
NO_QUERY = (
    "a judge's URL cannot go on with ? or #: a key comes from OLLAMA_API_KEY for ollama, and from "
    "EVALUATOR_API_KEY for openai."
)
CREDENTIALS = re.compile("://[^/]*@")


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """A judge as the user named it.

    Attributes:
        backend: The kind of backend.
        model: The model there; None for the packaged one.
        urls: Addresses of the servers that serve it, none of them twice; none for a backend
            without a server.
        form: In which of the rubric's forms it is asked; None for the default one.
        ca_file: Certificates of the authorities that vouch for its servers; None for the public
            ones.
    """

    backend: Literal["embedded", "embedding", "ollama", "openai"]
    model: str | None = None
    urls: tuple[str, ...] = ()
    form: str | None = None
    ca_file: Path | None = None

    @property
    def gguf(self) -> Path | None:
        """The embedded judge's model file, or None for the packaged one."""
        return at_home(Path(self.model)) if self.model else None


def parse_judge(
    spec: str,
    model: str | None,
    urls: Sequence[str],
    environment: Mapping[str, str] = os.environ,
    ca_file: Path | None = None,
) -> JudgeSpec:
    """Return the judge that a spec names, its missing parts filled in.

    Args:
        spec: The text after `--judge`.
        model: The text after `--judge-model`, for a spec without a model.
        urls: The texts after `--judge-url`, for a spec without an address; several are replicas.
        environment: Where `OLLAMA_HOST` is looked up.
        ca_file: The text after `--ca-file`.

    Raises:
        ConfigError: The backend is unknown, or a part is given twice or does not fit.
    """
    asked, _, form = spec.partition("#")
    return replace(_judge(asked, model, urls, environment), form=form or None, ca_file=ca_file)


def _judge(
    spec: str, model: str | None, urls: Sequence[str], environment: Mapping[str, str]
) -> JudgeSpec:
    backend, _, rest = spec.partition(":")
    if backend in {"embedded", "embedding"}:
        if urls:
            raise ConfigError(f"the {backend} judge has no server: drop --judge-url.")
        kind: Literal["embedded", "embedding"] = (
            "embedding" if backend == "embedding" else "embedded"
        )
        return JudgeSpec(kind, _one_of(rest, model))
    named, _, address = rest.partition("@")
    if backend == "ollama":
        default = environment.get("OLLAMA_HOST") or ""
        chosen = _addresses(address, urls, _ollama_address) or (_ollama_address(default),)
        return JudgeSpec("ollama", _one_of(named, model) or DEFAULT_OLLAMA_MODEL, chosen)
    if backend == "openai":
        openai_model, bases = _one_of(named, model), _addresses(address, urls, _openai_address)
        if not bases or not openai_model:
            raise ConfigError("an openai judge needs both parts: openai:MODEL@URL.")
        return JudgeSpec("openai", openai_model, bases)
    if CREDENTIALS.search(spec):
        raise ConfigError(NO_CREDENTIALS)
    raise ConfigError(
        f"'{spec}' names no judge; "
        "write embedded[:PATH.gguf], embedding[:PATH.gguf], ollama:MODEL[@URL] or openai:MODEL@URL."
    )


def server_address(text: str, default_port: int | None) -> str:
    """Return a server's URL.

    A bare host gets `http` and the default port, an URL with a scheme keeps that scheme's port, and
    the address that a server listens on everywhere (`0.0.0.0`) becomes the loopback address.

    Raises:
        ConfigError: The text is no address, or holds a user name, a password or a query.
    """
    if "@" in text:
        raise ConfigError(NO_CREDENTIALS)  # without showing them
    if "?" in text or "#" in text:
        raise ConfigError(NO_QUERY)  # without showing it, either
    try:
        normal = _normal(text, default_port)
    except ValueError:
        normal = None
    if normal is None:
        raise ConfigError(f"'{text}' is not a server address; write http://HOST:PORT.")
    return normal


def _ollama_address(text: str) -> str:
    return server_address(text, OLLAMA_PORT)


def _openai_address(text: str) -> str:
    return server_address(text, None).removesuffix("/v1")


def _normal(text: str, default_port: int | None) -> str | None:
    import httpx

    parts = urlsplit(text if "://" in text else f"http://{text or '127.0.0.1'}")
    port = parts.port
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return None
    host = "127.0.0.1" if parts.hostname in EVERYWHERE else parts.hostname
    if ":" in host:
        host = f"[{host}]"
    if port is None and "://" not in text:
        port = default_port
    suffix = f":{port}" if port else ""
    address = f"{parts.scheme}://{host}{suffix}{parts.path.rstrip('/')}"
    try:
        httpx.URL(address)
    except httpx.InvalidURL:  # a host that no request can go to
        return None
    return address


def _addresses(
    in_spec: str, by_flag: Sequence[str], address_of: Callable[[str], str]
) -> tuple[str, ...]:
    """Return the addresses that a spec or the flags give, none where neither does."""
    own = [address_of(in_spec)] if in_spec else []
    given = [address_of(text) for text in by_flag]
    for url in given:
        if given.count(url) > 1:
            raise ConfigError(f"{url} is given twice: name each replica of the judge once.")
    if own and given and own != given:
        raise ConfigError(f"the judge's URL is given twice: {own[0]} and {', '.join(given)}.")
    return tuple(own or given)


def _one_of(in_spec: str, by_flag: str | None) -> str | None:
    if in_spec and by_flag and in_spec != by_flag:
        raise ConfigError(f"the judge's model is given twice: '{in_spec}' and '{by_flag}'.")
    return in_spec or by_flag or None
