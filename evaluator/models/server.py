"""An Ollama server, as far as its models are looked after: listed, uploaded, made, deleted."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from evaluator.backends.ollama_facts import server_key
from evaluator.backends.ollama_wire import Failure, Version
from evaluator.backends.transport import client_settings, one_line
from evaluator.errors import JudgeUnavailable
from evaluator.models.model_name import same_model
from evaluator.models.server_wire import Served, ServedModel, Shown, Step

GREETING_SECONDS = 10.0
SUCCESS = "success"
FULL_DISK = "no space left on device"

Document = TypeVar("Document", bound=BaseModel)


class Refused(Exception):
    """The server answered with an error.

    Args:
        status: The HTTP status.
        said: What it says, on one line.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{said or 'without a word'} (HTTP {status})")
        self.status = status
        self.said = said

    @property
    def is_full_disk(self) -> bool:
        """Whether the server's disk is full."""
        return FULL_DISK in self.said


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and whom to believe that it is there.

    Attributes:
        url: Its address, with scheme and port.
        ca_file: Certificates of the authorities that vouch for it; None for the public ones.
    """

    url: str
    ca_file: Path | None = None


class ModelServer:
    """An Ollama server. An async context manager, so that its connections are always closed.

    Args:
        address: Where it is.
        timeout: Seconds that it may be silent while it stores, converts or quantizes.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self.url = address.url
        settings = client_settings(timeout, 1, server_key(), ca_file=address.ca_file)
        self._http = httpx.AsyncClient(base_url=address.url, **settings)

    async def __aenter__(self) -> "ModelServer":
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._http.aclose()

    async def version(self) -> str:
        """Return the version of its software.

        Raises:
            JudgeUnavailable: Nobody answers there, or something that is not Ollama.
        """
        return (await self._asked("GET", "/api/version", Version)).version

    async def models(self) -> list[ServedModel]:
        """Return the models that it has.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        return (await self._asked("GET", "/api/tags", Served)).models

    async def find(self, name: str) -> ServedModel | None:
        """Return a model that it has, or None.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        return next((one for one in await self.models() if same_model(one.model, name)), None)

    async def architecture(self, name: str) -> str | None:
        """Return the architecture of a model that it has; None where it does not tell.

        Raises:
            JudgeUnavailable: It does not answer.
        """
        return (await self._asked("POST", "/api/show", Shown, {"model": name})).architecture

    async def delete(self, name: str) -> None:
        """Delete a model that it has.

        Raises:
            JudgeUnavailable: It does not answer, or refuses.
        """
        await self._answered("DELETE", "/api/delete", {"model": name})

    async def has_blob(self, digest: str) -> bool:
        """Return whether it has a file of that digest.

        Raises:
            httpx.TransportError: It does not answer.
        """
        response = await self._http.head(f"/api/blobs/{digest}", timeout=GREETING_SECONDS)
        return response.status_code == httpx.codes.OK

    async def put_blob(self, digest: str, size: int, content: AsyncIterable[bytes]) -> None:
        """Upload a file.

        Args:
            digest: Its digest, with `sha256:`.
            size: Its bytes.
            content: The same, in pieces.

        Raises:
            Refused: It did not take it.
            httpx.TransportError: The connection was lost.
        """
        response = await self._http.post(
            f"/api/blobs/{digest}", content=content, headers={"content-length": str(size)}
        )
        if response.status_code not in {httpx.codes.OK, httpx.codes.CREATED}:
            raise Refused(response.status_code, _error_text(response.content))

    async def create(self, body: Mapping[str, Any]) -> AsyncIterator[Step]:
        """Have it make a model, yielding what it does as it does it; the last step is its success.

        Raises:
            Refused: It cannot, which it may say after it began.
            httpx.TransportError: The connection was lost, or ended before a success.
        """
        async with self._http.stream("POST", "/api/create", json=body) as response:
            if response.status_code != httpx.codes.OK:
                raise Refused(response.status_code, _error_text(await response.aread()))
            async for line in response.aiter_lines():
                if not line.strip():
                    continue
                step = _step(line)
                yield step
                if step.status == SUCCESS:
                    return
        raise httpx.RemoteProtocolError("the answer ended before the model was made")

    async def _asked(
        self, method: str, path: str, kind: type[Document], body: Mapping[str, Any] | None = None
    ) -> Document:
        response = await self._answered(method, path, body)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as error:
            raise JudgeUnavailable(
                f"what answers at {self.url} is no Ollama server; name one with --judge-url."
            ) from error

    async def _answered(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> httpx.Response:
        try:
            response = await self._http.request(method, path, json=body, timeout=GREETING_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise unreachable(self.url, error) from error
        if response.status_code != httpx.codes.OK:
            refused = Refused(response.status_code, _error_text(response.content))
            raise JudgeUnavailable(f"the Ollama server at {self.url} refused {path}: {refused}.")
        return response


def unreachable(url: str, error: Exception) -> JudgeUnavailable:
    """Return the error that nobody answers."""
    detail = one_line(str(error)).rstrip(".") or type(error).__name__
    return JudgeUnavailable(
        f"no Ollama server answers at {url} ({detail}); start it with `ollama serve`, or name "
        "another with --judge-url."
    )


def _step(line: str) -> Step:
    try:
        step = Step.model_validate_json(line)
    except ValidationError as error:
        raise httpx.RemoteProtocolError("the answer is not Ollama's") from error
    if step.error is not None:
        raise Refused(httpx.codes.OK, one_line(str(step.error)))
    return step


def _error_text(content: bytes) -> str:
    """Return what a server says went wrong, on one line."""
    try:
        said = str(Failure.model_validate_json(content).error)
    except ValidationError:
        said = content.decode("utf-8", "replace")
    return one_line(said)
