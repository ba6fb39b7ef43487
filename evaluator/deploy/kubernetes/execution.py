"""Running a command in a pod's container, by the API's websocket."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import POD
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.refusal import Request, Unreachable, refusal
from evaluator.errors import DeploymentFailed

CONNECT_SECONDS = 30
SILENCE = 60.0
"""Seconds without a byte after which the connection counts as broken."""

STDOUT, STDERR = 1, 2
MOST_OF_STDERR = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """A container of a pod that runs."""

    namespace: str
    pod: str
    container: str


def execute(
    cluster: Cluster,
    place: Place,
    command: Sequence[str],
    write: Callable[[bytes], object],
    deadline: Deadline,
) -> None:
    """Run a command and hand on what it writes.

    Args:
        cluster: Where.
        place: In which container.
        command: The program and its arguments.
        write: Is given standard output, piece by piece.
        deadline: Until when.

    Raises:
        DeploymentFailed: The command failed, or is not over by then.
        Refused: Running commands is not allowed.
        Unreachable: The connection broke.
    """
    request = Request("create", "pods/exec", place.pod, place.namespace)
    socket = _open(cluster, request, place.container, command)
    said, heard = b"", time.monotonic()
    try:
        is_over = False
        while not is_over:
            # Reading one stream may receive the last of the other, and the end: look once more.
            is_over = not socket.is_open()
            out, err = _received(socket, place.pod)
            if out or err:
                heard = time.monotonic()
            if out:
                write(out)
            said = (said + err)[-MOST_OF_STDERR:]
            if deadline.passed or time.monotonic() - heard > SILENCE:
                raise Unreachable(f"{command[0]} in {place.pod} does not come to an end.")
        _check(socket, command, place.pod, said)
    finally:
        socket.close()


def _received(socket: Any, pod: str) -> tuple[bytes, bytes]:
    """Wait a moment for what a command writes, and return both of its streams."""
    import websocket

    try:
        socket.update(timeout=1)
        return socket.read_channel(STDOUT) or b"", socket.read_channel(STDERR) or b""
    except (websocket.WebSocketException, OSError) as error:
        raise Unreachable(f"the connection to {pod} broke off.") from error


def _open(cluster: Cluster, request: Request, container: str, command: Sequence[str]) -> Any:
    import websocket
    from kubernetes.stream.ws_client import WSClient, get_websocket_url

    client = cluster.connection.client
    query = [
        ("container", container),
        ("stdout", "true"),
        ("stderr", "true"),
        *(("command", word) for word in command),
    ]
    path = POD.path(request.namespace, request.name, "exec")
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["BearerToken"], path, "GET", None)
    websocket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        return WSClient(
            client.configuration,
            get_websocket_url(f"{client.configuration.host}{path}", query),
            headers,
            capture_all=False,
            binary=True,
        )
    except websocket.WebSocketBadStatusException as error:
        body = error.resp_body or b""
        raise refusal(
            error.status_code,
            body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body),
            request,
            cluster.connection.context,
        ) from error
    except (websocket.WebSocketException, OSError) as error:
        raise Unreachable(
            f"{request.name} cannot be spoken to: the connection to the API broke."
        ) from error


def _check(socket: Any, command: Sequence[str], pod: str, said: bytes) -> None:
    """Raise what the command's end says, which comes last and not at all if the line broke."""
    try:
        status = json.loads(socket.read_channel(3) or b"")
        succeeded = status["status"] == "Success"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreachable(f"the connection to {pod} broke off.") from error
    if not succeeded:
        why = " ".join(said.decode("utf-8", "replace").split()) or str(status.get("message", ""))
        raise DeploymentFailed(f"{command[0]} fails in {pod}: {why.rstrip('.')}.")
