"""The way to a judge's server, and what is on it."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from evaluator.backends.inspecting import HttpAnswer, Inspector
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.ollama_facts import FIRST_VERSION_WITH_LOGPROBS, has_logprobs
from evaluator.backends.ollama_wire import Stored
from evaluator.errors import JudgeUnavailable
from evaluator.report.wording import clipped
from evaluator.run.doctor.surroundings import HOST_FROM_CONTAINER, Surroundings, judge_place
from evaluator.run.doctor.walking import Found, Step, skipped, warning

CONNECTING_SECONDS = 10.0
OUR_OWN = frozenset({"localhost", "127.0.0.1", "::1"})
REFUSED_KEY = frozenset({401, 403})
MUCH_SKEW_SECONDS = 5.0
LONGEST_LIST = 200


@dataclass(slots=True)
class Server:
    """One server of a judge, and the steps to it.

    Attributes:
        spec: The judge.
        url: The server.
        here: Where this process runs.
        pull: Whether a missing model is pulled.
        greeting: Its first answer, once there is one.
    """

    spec: JudgeSpec
    url: str
    here: Surroundings
    pull: bool
    greeting: HttpAnswer | None = None

    @property
    def steps(self) -> list[Step]:
        """Return the steps from here to the model on the server."""
        start = "start the server, or name another with --judge-url."
        return [
            _step("surroundings", self._place, start),
            _step("DNS", self._resolve, "name the server by its address with --judge-url."),
            _step("port", self._connect, start),
            _step("HTTP", self._greet, start),
            _step("server", self._version, "name the server itself with --judge-url."),
            _step("model", self._model, "see which models are there with `ollama list`."),
            _step("disk for a pull", self._disk, start),
        ]

    @property
    def clock(self) -> Step:
        """Return the step that compares the clocks."""
        return _step("clock", self._clock, "set both clocks.")

    @property
    def inspector(self) -> Inspector:
        """Asks the server about itself."""
        return Inspector(self.spec, self.url)

    @property
    def _is_ollama(self) -> bool:
        return self.spec.backend == "ollama"

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def _port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def _place(self) -> Found:
        if not self._is_ollama:
            return skipped("what is known of places holds for Ollama")
        return judge_place(self.here, self.url)

    def _resolve(self) -> Found:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise JudgeUnavailable(
                f"no address is known for the name {self._host} ({reason}); {self._about_names()}"
            ) from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if addresses == [self._host]:
            return Found(f"{self._host} is an address")
        return Found(clipped(f"{self._host} is {', '.join(addresses)}", LONGEST_LIST))

    def _about_names(self) -> str:
        if self._host == HOST_FROM_CONTAINER:
            return (
                "on Linux start the container with "
                f"--add-host {HOST_FROM_CONTAINER}:host-gateway, which gives it one."
            )
        return (
            "correct --judge-url: a container's or a service's name is known on its own network or "
            "in its own cluster alone."
        )

    def _connect(self) -> Found:
        try:
            address = (self._host, self._port)
            with socket.create_connection(address, timeout=CONNECTING_SECONDS) as connection:
                reached = connection.getpeername()
        except TimeoutError as error:
            raise JudgeUnavailable(
                f"{self._host}:{self._port} does not react at all; "
                "see whether a firewall or a network policy stands before it."
            ) from error
        except OSError as error:
            raise JudgeUnavailable(
                f"nothing takes connections at {self._host}:{self._port} "
                f"({error.strerror or error}); {self._about_listening()}"
            ) from error
        return Found(f"{reached[0]}:{reached[1]} takes connections")

    def _about_listening(self) -> str:
        if self.here.in_container and self._host in OUR_OWN:
            return (
                f"in a container {self._host} is the container itself: name the judge's container, "
                f"or http://{HOST_FROM_CONTAINER}:{self._port} for the host."
            )
        if self._host == HOST_FROM_CONTAINER and self._is_ollama:
            return (
                "start Ollama on the host with OLLAMA_HOST=0.0.0.0, without which it hears the "
                "host alone."
            )
        if self._is_ollama:
            return "start it with `ollama serve`, or name another with --judge-url."
        return "start the server, or name another with --judge-url."

    def _greet(self) -> Found:
        answer = self.greeting = asyncio.run(self.inspector.greet())
        if answer.status in REFUSED_KEY:
            variable = "OLLAMA_API_KEY" if self._is_ollama else "EVALUATOR_API_KEY"
            raise JudgeUnavailable(
                f"{self.url} answers with HTTP {answer.status}; set {variable} to its key, and see "
                "whether the server permits other hosts."
            )
        if answer.status != httpx.codes.OK:
            raise JudgeUnavailable(
                f"{self.url} answers with HTTP {answer.status}; {self._about_kinds()}"
            )
        return Found(f"HTTP {answer.status} in {1000 * answer.seconds:.0f} ms")

    def _about_kinds(self) -> str:
        if self._is_ollama:
            return (
                "it may be no Ollama: name an OpenAI-compatible server with "
                "--judge openai:MODEL@URL."
            )
        return "name the address before /v1, or an Ollama server with --judge ollama:MODEL@URL."

    def _version(self) -> Found:
        version = asyncio.run(self.inspector.version())
        if not self._is_ollama:
            told = "does not tell its version" if version is None else f"version {version}"
            return Found(f"OpenAI-compatible, {told}")
        if version is None:
            raise JudgeUnavailable(f"{self.url} is not Ollama; {self._about_kinds()}")
        if not has_logprobs(version):
            first = ".".join(map(str, FIRST_VERSION_WITH_LOGPROBS))
            return warning(
                f"Ollama {version}, which gives no log probabilities: a verdict is a bare yes or "
                "no, and a relevance the share of yes over both orders",
                f"update Ollama to {first} or newer for probabilities.",
            )
        return Found(f"Ollama {version}, with log probabilities")

    def _model(self) -> Found:
        inspector = self.inspector
        models = asyncio.run(inspector.models())
        found = _named(inspector.model, models)
        if found is not None:
            digest = f"sha256:{found.digest.removeprefix('sha256:')[:12]}" if found.digest else ""
            told = f", {digest}, {found.size >> 20} MiB" if digest else ", digest not told"
            return Found(f"{inspector.model}{told}")
        others = clipped(", ".join(one.model for one in models), LONGEST_LIST) or "none"
        missing = f"the model {inspector.model} is not at {self.url}, which has: {others}"
        if self._is_ollama and self.pull:
            return warning(missing, "wait: --pull fetches it before the verdict below.")
        if self._is_ollama:
            raise JudgeUnavailable(f"{missing}; add --pull, or run: ollama pull {inspector.model}.")
        raise JudgeUnavailable(f"{missing}; name one of those, or serve it there.")

    def _disk(self) -> Found:
        if not self._is_ollama:
            return skipped("an OpenAI-compatible server pulls nothing")
        if not self.pull:
            return skipped("nothing is pulled without --pull")
        return skipped("not known: Ollama does not tell the disk of its server")

    def _clock(self) -> Found:
        ahead = None if self.greeting is None else self.greeting.ahead
        if ahead is None:
            return skipped("the server does not tell its time")
        side = "ahead of" if ahead > 0 else "behind"
        if abs(ahead) > MUCH_SKEW_SECONDS:
            return warning(
                f"the server's clock is {abs(ahead):.0f} s {side} ours",
                "set both clocks by NTP: the times in logs, locks and certificates depend on them.",
            )
        return Found("the server's clock agrees with ours")


def _step(name: str, check: Callable[[], Found], advice: str) -> Step:
    return Step(name, check, JudgeUnavailable, advice, 2 * CONNECTING_SECONDS)


def _named(model: str, models: Sequence[Stored]) -> Stored | None:
    return next((one for one in models if one.model == model), None)
