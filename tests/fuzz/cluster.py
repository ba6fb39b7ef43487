"""What a cluster's API, and whatever runs there, says of a run."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from evaluator.deploy.kubernetes import execution
from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.connection import Connection
from evaluator.deploy.kubernetes.execution import STDERR, STDOUT, Place, execute
from evaluator.deploy.kubernetes.following import follow
from evaluator.deploy.kubernetes.following_shards import follow_shards
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.kinds import POD
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.run_status import run_status
from fuzz.promise import Broken, damaged, split

SPACE, NAME, JOB = "knitfab", "ada", "evaluator-ada-bcdfg"
STATUSES = (200, 200, 200, 200, 400, 403, 404, 500)
STATUS = 3
ENDED = {"terminated": {"exitCode": 3, "finishedAt": "2026-01-01T00:00:00Z", "message": "{}"}}
INDEX = "batch.kubernetes.io/job-completion-index"


def _pod(number: int, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"{JOB}-{number}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {INDEX: str(number)},
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "PodScheduled", "status": "False", "message": "no room"}],
            "containerStatuses": [
                {"name": "evaluator", "image": "i", "restartCount": 1, "state": state}
            ],
        },
    }


def _job(spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"name": JOB, "namespace": SPACE, "uid": "1", "labels": {}},
        "spec": spec,
        "status": {
            "completedIndexes": "0,2-3",
            "failedIndexes": "1",
            "startTime": "2026-01-01T00:00:00Z",
            "conditions": [{"type": "Failed", "status": "True", "reason": "x", "message": "y"}],
        },
    }


EVENT = {
    "involvedObject": {"kind": "Pod", "name": f"{JOB}-0"},
    "lastTimestamp": "2026-01-01T00:00:00Z",
    "reason": "Failed",
    "message": "cannot be pulled",
}
SAID = {"event": "progress", "stage": "classifying", "done": 1, "total": 2, "unit": "cases"}
VERSION = {"resourceVersion": "5"}


def _healthy(in_shards: bool) -> dict[str, Any]:
    """Return what is answered to each question, by the last word of its path."""
    spec = {"completionMode": "Indexed", "completions": 4} if in_shards else {}
    pods = [_pod(0, ENDED), _pod(1, {"running": {}}), _pod(2, {"waiting": {"reason": "x"}})]
    return {
        "jobs": {"items": [_job(spec)], "metadata": VERSION},
        JOB: _job(spec),
        "pods": {"items": pods, "metadata": VERSION},
        "events": {"items": [EVENT], "metadata": VERSION},
        "log": SAID,
        "watch": {"type": "MODIFIED", "object": {"code": 410}},
    }


class _Api:
    """The client, whose every request is answered."""

    def __init__(self, answers: dict[str, bytes], status: int) -> None:
        self._answers = answers
        self._status = status
        self.rest_client = self
        self.configuration = SimpleNamespace(host="https://127.0.0.1:9")

    def update_params_for_auth(self, *settings: object) -> None:
        """Nobody asks who is asking."""

    def request(self, method: str, url: str, **settings: object) -> Any:
        from urllib3 import HTTPResponse

        path, _, query = url.partition("?")
        word = "watch" if "watch=true" in query else path.rpartition("/")[2]
        content = self._answers.get(word)
        status = 404 if content is None else self._status
        body = io.BytesIO(content or b"{}")
        return SimpleNamespace(response=HTTPResponse(body, status=status, preload_content=False))


def answers(data: bytes, folder: Path) -> None:
    """What is told of a run's jobs, pods and events, of which one answer is the input."""
    choice, content = split(data, 256)
    in_shards = bool(choice & 1)
    told = _healthy(in_shards)
    words = (*told, "everything")
    word = words[(choice >> 1) % len(words)]
    if word == "everything":
        sent = dict.fromkeys(told, content)
    else:
        sent = {other: json.dumps(said).encode() for other, said in told.items()}
        sent[word] = damaged(told[word], content)
    client: Any = _Api(sent, STATUSES[choice >> 4 & 7])
    cluster = Cluster(Connection(client, "here", "127.0.0.1:9"), patience=0)
    run = Run(NAME, JOB, SPACE, 4 if in_shards else None)
    if choice >> 7:
        status = run_status(cluster, SPACE, NAME)
        if len(status.message) > 100_000:
            raise Broken(f"{status}")
    elif word == "watch":
        list(cluster.watch(POD, SPACE, "", "5", 1))
    elif in_shards:
        follow_shards(cluster, run, 4, Deadline(0), lambda line: None)
    else:
        follow(cluster, run, Deadline(0), lambda line: None)


class _Socket:
    """A websocket on which everything has arrived already."""

    def __init__(self, channels: dict[int, bytes]) -> None:
        self._channels = channels

    def is_open(self) -> bool:
        return False

    def update(self, timeout: float) -> None:
        """Nothing more comes."""

    def read_channel(self, channel: int) -> bytes:
        return self._channels.pop(channel, b"")

    def close(self) -> None:
        """There is nothing to close."""


def command(data: bytes, folder: Path) -> None:
    """How a command in a pod ended: what it wrote of errors, and the status that comes last."""
    error, _, status = data.partition(b"\n")
    socket: Any = _Socket({STDOUT: b"", STDERR: error, STATUS: status})
    true = execution._open
    execution._open = lambda *asked: socket
    try:
        client: Any = _Api({}, 200)
        cluster = Cluster(Connection(client, "here", "127.0.0.1:9"))
        execute(cluster, Place(SPACE, "p", "c"), ["tar"], lambda piece: None, Deadline(5))
    finally:
        execution._open = true
