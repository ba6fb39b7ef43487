"""The server: sockets, routes, and the record of what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any

from .age import abilities_at
from .blobs import PREFIX, Blob, Blobs
from .catalogue import Catalogue
from .creating import Creator
from .engine import Engine
from .faults import CutUpload, Fault, FaultPlan
from .handler import Handler
from .inference import Inference
from .model import ServedModel
from .reply import Document, Refused, Reply, one, refusal

VERSION = "0.33.0"
LOOPBACK = "127.0.0.1"
BODIED = ("POST", "DELETE")
Route = Callable[[Document], Reply]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came.

    Attributes:
        method: Its method.
        path: Its path, without the query.
        body: Its parsed JSON; None without a body, the raw bytes where they are no JSON, and of an
            uploaded file what it was.
        at: Seconds on the monotonic clock when it came.
    """

    method: str
    path: str
    body: Any
    at: float


class OllamaServer:
    """An Ollama server, up while its context manager is entered.

    Args:
        engine: Who completes prompts.
        models: The models on disk.
        faults: Ways to misbehave.
        registry: Models that can be pulled; None is a registry out of reach.
        port: Where to listen; 0 takes a free port.
        host: The address to listen on. As with Ollama, one that is not of this machine alone lets
            in whatever name it is called by.
        parallel: Prompts run at a time; the others wait.
        version: What `/api/version` tells; the server can do what that version can.
        obeys_schemas: Whether a format that is a JSON schema limits the answer.

    Attributes:
        catalogue: The models on disk and in memory.
        blobs: The files that were uploaded.
        faults: The faults, to which more can be added.
    """

    def __init__(
        self,
        engine: Engine,
        models: Iterable[ServedModel] = (),
        faults: Iterable[Fault] = (),
        *,
        registry: Sequence[ServedModel] | None = (),
        port: int = 0,
        host: str = LOOPBACK,
        parallel: int = 1,
        version: str = VERSION,
        obeys_schemas: bool = True,
    ) -> None:
        self.catalogue = Catalogue(models, registry)
        self.faults = FaultPlan(faults)
        self.stopping = threading.Event()
        abilities = abilities_at(version, obeys_schemas=obeys_schemas)
        self.blobs = Blobs()
        creator = Creator(self.catalogue, self.blobs, abilities)
        self._inference = Inference(engine, self.catalogue, parallel, abilities)
        self._version = version
        self._port = port
        self._host = host
        self._http: ThreadingHTTPServer | None = None
        self._handlers: set[Handler] = set()
        self._requests: list[Recorded] = []
        self._in_flight = 0
        self._peak_in_flight = 0
        self._lock = threading.Lock()
        self._routes: dict[str, dict[str, Route]] = {
            "/": {"GET": lambda _: Reply(raw=b"Ollama is running")},
            "/api/version": {"GET": lambda _: one({"version": self._version})},
            "/api/tags": {"GET": lambda _: self.catalogue.tags()},
            "/api/ps": {"GET": lambda _: self.catalogue.running()},
            "/api/show": {"POST": self.catalogue.show},
            "/api/pull": {"POST": self.catalogue.pull},
            "/api/create": {"POST": creator.create},
            "/api/delete": {"DELETE": creator.delete},
            "/api/generate": {"POST": lambda body: self._inference.answer(body, chat=False)},
            "/api/chat": {"POST": lambda body: self._inference.answer(body, chat=True)},
        }

    def __enter__(self) -> "OllamaServer":
        """Start to listen."""
        owner = self

        class BoundHandler(Handler):
            ollama = owner

        class Http(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 256

        self.stopping.clear()
        self._http = Http((self._host, self._port), BoundHandler)
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Stop, and reset what is in flight."""
        self.stopping.set()
        assert self._http is not None
        self._http.shutdown()
        self._http.server_close()
        with self._lock:
            handlers = list(self._handlers)
        for handler in handlers:
            handler.drop()

    @property
    def url(self) -> str:
        """Where it listens, or did; entered again, it listens there again."""
        assert self._port, "not entered"
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_open_to_all(self) -> bool:
        """Whether it listens to other machines, too."""
        return self._host != LOOPBACK

    def forget_requests(self) -> None:
        """Start recording anew."""
        with self._lock:
            self._requests.clear()

    @property
    def requests(self) -> list[Recorded]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return list(self._requests)

    @property
    def peak_in_flight(self) -> int:
        """The most requests that it had to answer at a time."""
        with self._lock:
            return self._peak_in_flight

    def bodies(self, path: str) -> list[Any]:
        """Return the bodies of the requests to one route so far."""
        return [request.body for request in self.requests if request.path == path]

    def opened(self, handler: Handler) -> None:
        """Note a connection."""
        with self._lock:
            self._handlers.add(handler)

    def closed(self, handler: Handler) -> None:
        """Forget a connection."""
        with self._lock:
            self._handlers.discard(handler)

    def begun(self, method: str, path: str, content: bytes | Blob) -> Any:
        """Record a request and return its body, parsed where that is possible."""
        body: Any = None
        if isinstance(content, Blob):
            body = content
        elif content:
            try:
                body = json.loads(content)
            except ValueError:
                body = content
        with self._lock:
            self._requests.append(Recorded(method, path, body, time.monotonic()))
            self._in_flight += 1
            self._peak_in_flight = max(self._peak_in_flight, self._in_flight)
        return body

    def kept_of_upload(self) -> int | None:
        """Return how many bytes of an upload to read before a reset, None to read all of it."""
        cuts = [
            one.after_bytes for one in self.faults.strike("upload") if isinstance(one, CutUpload)
        ]
        return min(cuts, default=None)

    def ended(self) -> None:
        """Note that a request was answered."""
        with self._lock:
            self._in_flight -= 1

    def answer(self, method: str, path: str, body: Any) -> Reply:
        """Return the answer to a request, with the faults that strike it."""
        faults = self.faults.strike(route_of(method, path))
        if any(fault.replaces for fault in faults):
            reply = Reply()
        else:
            answer = self._blob if path.startswith(PREFIX) else self._routed
            reply = answer(method, path, body)
        for fault in faults:
            reply = fault.apply(reply)
        return reply

    def _routed(self, method: str, path: str, body: Any) -> Reply:
        methods = self._routes.get(path)
        if methods is None:
            return Reply(status=404, raw=b"404 page not found")
        if method not in methods:
            return Reply(status=405, raw=b"405 method not allowed")
        if method in BODIED and body is None:
            return refusal(400, "missing request body")
        if method in BODIED and not isinstance(body, dict):
            return refusal(400, "invalid character at the beginning of the request body")
        try:
            return methods[method](body)
        except Refused as error:
            return refusal(error.status, error.error)

    def _blob(self, method: str, path: str, body: Any) -> Reply:
        digest = path.removeprefix(PREFIX)
        try:
            if method == "HEAD":
                return self.blobs.head(digest)
            return self.blobs.put(digest, body)
        except Refused as error:
            return refusal(error.status, error.error)


def route_of(method: str, path: str) -> str:
    """Return by which name faults know a request: its path, of files without their digests."""
    return f"{method} {PREFIX}" if path.startswith(PREFIX) else path
