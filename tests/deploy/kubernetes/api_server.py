"""A Kubernetes API in memory (kmock), with what kmock leaves out and controllers that tests write.

Added here: server-side apply, dry runs, selectors by label, and watches that end when they should.
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp.web
import attrs
import kmock
import yaml

TOKEN = "a-token-that-nobody-may-see"
APPLY = "application/apply-patch+yaml"

NAMESPACE = re.compile(r"/api/v1/namespaces/[^/]+")  # kmock takes it for the objects in it

Manifest = dict[str, Any]
Controller = Callable[["ApiServer", Manifest], None]
Answer = Callable[[kmock.Request], Any]

KINDS = {
    "Namespace": "v1/namespaces",
    "ConfigMap": "v1/configmaps",
    "PersistentVolumeClaim": "v1/persistentvolumeclaims",
    "Service": "v1/services",
    "Pod": "v1/pods",
    "Event": "v1/events",
    "Deployment": "apps/v1/deployments",
    "StatefulSet": "apps/v1/statefulsets",
    "Job": "batch/v1/jobs",
    "NetworkPolicy": "networking.k8s.io/v1/networkpolicies",
}


@attrs.define(kw_only=True)
class ApiServer(kmock.KubernetesEmulator):
    """The server's handler."""

    controllers: dict[str, Controller] = attrs.field(factory=dict)
    """What a real cluster would do once an object of a kind is applied."""

    answers: dict[tuple[str, str], list[Answer]] = attrs.field(factory=dict)
    """Answers to the next requests of a method to a kind, instead of the true ones."""

    logs: dict[str, list[str]] = attrs.field(factory=dict)
    """What a pod's container wrote, each line with its time."""

    writing: set[str] = attrs.field(factory=set)
    """Pods whose containers may still write."""

    volume: Path = attrs.field(default=Path("/nowhere"))
    """What is mounted at /out."""

    tampering: Callable[[list[str], bytes], bytes] | None = attrs.field(default=None)
    """Changes what a command in a pod wrote."""

    asked: list[kmock.Request] = attrs.field(factory=list)
    changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        for name in KINDS.values():
            self.resources[name] = {}

    def put(self, kind: str, manifest: Manifest) -> None:
        """Make an object, or replace it, as a controller does."""
        metadata = manifest["metadata"]
        key = (kmock.resource(KINDS[kind]), metadata.get("namespace"), metadata["name"])
        if key in self.objects and not self.objects[key].deleted:
            self.objects[key].patch(manifest)
        else:
            self.objects[key] = {"kind": kind, **manifest}
        self.changed.set()

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Delete an object, as a controller does."""
        self.objects[kmock.resource(KINDS[kind]), namespace, name].delete()
        self.changed.set()

    def found(self, kind: str, namespace: str | None = None) -> list[Manifest]:
        """All objects of a kind."""
        return [
            dict(one.raw)
            for (resource, space, _), one in self.objects.items()
            if resource == kmock.resource(KINDS[kind])
            and namespace in (None, space)
            and not one.deleted
        ]

    async def _handle(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        self.asked.append(request)
        plural = request.resource.plural if request.resource else ""
        asked = "/".join(filter(None, (plural, request.subresource)))
        scripted = self.answers.get((request.method.value, asked))
        if scripted:
            answer = scripted.pop(0)(request)
            if answer is not None:
                return await _sent(request, answer)
        if request.method.value == "PATCH" and request.headers.get("Content-Type") == APPLY:
            return self._applied(request)
        if request.params.get("dryRun") == "All":
            return aiohttp.web.json_response({})
        if request.method.value == "GET":
            return await self._told(request)
        return await super()._handle(request)

    async def _told(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        if NAMESPACE.fullmatch(request.url.path):
            return self._namespace(request.url.path)
        if request.subresource == "log":
            return await self._log(request)
        if request.subresource == "exec":
            return await self._executed(request)
        if request.params.get("watch") == "true":
            return await self._watched(request)
        if request.resource and request.name is None:
            return self._listed(request)
        return await super()._handle(request)

    async def _log(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        """What a container wrote since a second, and with `follow` until it ended."""
        response = aiohttp.web.StreamResponse()
        await response.prepare(request._raw_request)  # type: ignore[arg-type]
        lines = self.logs.get(str(request.name), [])
        since = request.params.get("sinceTime", "")
        sent = 0
        while True:
            for line in lines[sent:]:
                sent += 1
                if line[: len(since) - 1] >= since[:-1]:
                    await response.write(line.encode() + b"\n")
            if request.params.get("follow") != "true" or request.name not in self.writing:
                break
            await asyncio.sleep(0.05)
        await response.write_eof()
        return response

    async def _executed(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        """Run the command for real, in a folder that stands for the pod's volume."""
        socket = aiohttp.web.WebSocketResponse(protocols=("v5.channel.k8s.io",))
        await socket.prepare(request._raw_request)  # type: ignore[arg-type]
        assert request._raw_request is not None
        said = request._raw_request.query.getall("command")
        command = [str(self.volume) if word == "/out" else word for word in said]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if self.tampering is not None:
            out = self.tampering(command, out)
        for start in range(0, len(out), 1000):
            await socket.send_bytes(b"\x01" + out[start : start + 1000])
        if err:
            await socket.send_bytes(b"\x02" + err)
        status = {"status": "Failure" if process.returncode else "Success"}
        await socket.send_bytes(b"\x03" + json.dumps(status).encode())
        await socket.close()
        return socket

    def _namespace(self, path: str) -> aiohttp.web.StreamResponse:
        for one in self.found("Namespace"):
            if path.endswith(f"/{one['metadata']['name']}"):
                return aiohttp.web.json_response(one)
        return aiohttp.web.json_response({"code": 404, "message": "not found"}, status=404)

    def _applied(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        manifest: Manifest = json.loads(request.body)
        if request.params.get("dryRun") != "All":
            manifest["metadata"].setdefault("uid", f"uid-{manifest['metadata']['name']}")
            self.put(manifest["kind"], manifest)
            if manifest["kind"] in self.controllers:
                self.controllers[manifest["kind"]](self, manifest)
        return aiohttp.web.json_response(manifest)

    def _listed(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        assert request.resource is not None
        (kind,) = (one for one, name in KINDS.items() if kmock.resource(name) == request.resource)
        chosen = [
            one
            for one in self.found(kind, request.namespace)
            if _has_labels(one, request.params.get("labelSelector", ""))
            and _has_fields(one, request.params.get("fieldSelector", ""))
        ]
        return aiohttp.web.json_response(
            {"metadata": {"resourceVersion": "7"}, "items": chosen}, dumps=json.dumps
        )

    async def _watched(self, request: kmock.Request) -> aiohttp.web.StreamResponse:
        """Tell that something changed, which is all that a watch is used for; or end in time."""
        response = aiohttp.web.StreamResponse()
        await response.prepare(request._raw_request)  # type: ignore[arg-type]
        self.changed.clear()
        try:
            seconds = float(request.params["timeoutSeconds"])
            await asyncio.wait_for(self.changed.wait(), seconds)
            event = {"type": "MODIFIED", "object": {"metadata": {"name": "any"}}}
            await response.write(json.dumps(event).encode() + b"\n")
        except TimeoutError:
            pass
        await response.write_eof()
        return response


def refused(code: int, message: str = "", **headers: str) -> Answer:
    """An answer that refuses, as the API words it."""
    return lambda request: aiohttp.web.json_response(
        {"kind": "Status", "status": "Failure", "code": code, "message": message},
        status=code,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def hung_up(request: kmock.Request) -> Any:
    """The connection ends without an answer, as that of a server that starts again."""
    assert request._raw_request is not None
    assert request._raw_request.transport is not None
    request._raw_request.transport.close()
    return aiohttp.web.Response()


async def _sent(request: kmock.Request, answer: Any) -> aiohttp.web.StreamResponse:
    if asyncio.iscoroutine(answer):
        answer = await answer
    assert isinstance(answer, aiohttp.web.StreamResponse)
    return answer


def _has_labels(manifest: Manifest, selector: str) -> bool:
    labels = manifest["metadata"].get("labels", {})
    wanted = (part.partition("=") for part in selector.split(",") if part)
    return all(labels.get(name) == value for name, _, value in wanted)


def _has_fields(manifest: Manifest, selector: str) -> bool:
    for part in filter(None, selector.split(",")):
        path, _, value = part.partition("=")
        found: Any = manifest
        for word in path.split("."):
            found = found.get(word, {})
        if found != value:
            return False
    return True


@contextmanager
def api_server() -> Iterator[tuple[ApiServer, str]]:
    """Serve an API from a thread; yields its handler and its address."""
    loop = asyncio.new_event_loop()
    started: threading.Event = threading.Event()
    told: list[Any] = []

    async def serve() -> None:
        stop = asyncio.Event()
        handler = ApiServer()
        async with handler, kmock.Server(handler) as server:
            told.extend((handler, str(server.url).rstrip("/"), stop))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert started.wait(120)
    handler, url, stop = told
    try:
        yield handler, url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(120)
        loop.close()


def write_kubeconfig(path: Path, url: str, context: str = "somewhere") -> Path:
    """Write a kubeconfig of one context."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
    }
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path
