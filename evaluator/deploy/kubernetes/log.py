"""The log of a container, each line once, whatever becomes of the connections it comes by."""

import re
from collections.abc import Iterator

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.kinds import POD
from evaluator.deploy.kubernetes.refusal import Request

SILENCE = 30.0
"""Seconds after which a quiet stream is opened again, as its other end may be gone."""

STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?")
FRACTION = re.compile(r"\.\d+")


class LogPosition:
    """How far a log was read.

    A log can be asked for from a second on; what was read of that second comes again and is left
    out here.
    """

    def __init__(self) -> None:
        self._last = b""
        self._read_at_last = 0
        self._again_at_last = 0

    @property
    def since(self) -> str:
        """The second from which to ask; empty for the beginning."""
        return FRACTION.sub("", self._last.decode())

    def reopened(self) -> None:
        """Note that what follows was asked for anew, from `since` on."""
        self._again_at_last = self._read_at_last

    def new(self, line: bytes) -> bytes | None:
        """Return what a line says without its time; None for one that was read before."""
        stamp = STAMP.match(line)
        if stamp is None:
            return line
        time = stamp[1]
        if time < self._last:
            return None
        if time == self._last:
            if self._again_at_last > 0:
                self._again_at_last -= 1
                return None
            self._read_at_last += 1
        else:
            self._last, self._read_at_last, self._again_at_last = time, 1, 0
        return line[stamp.end() :]


def log_lines(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    position: LogPosition,
    *,
    follow: bool,
    tail: int | None = None,
) -> Iterator[str]:
    """Yield the lines of a container's log that were not read yet.

    Args:
        cluster: Where.
        namespace: Of the pod.
        pod: Its name.
        container: Which of its containers.
        position: How far the log was read; moved on.
        follow: Whether to wait for lines until the container ends.
        tail: Only so many lines of the end.

    Raises:
        Unreachable: The stream broke; the same call goes on where it did.
        Refused: The container has no log yet, or the pod is gone.
    """
    query = {
        "container": container,
        "timestamps": "true",
        "follow": "true" if follow else "",
        "sinceTime": position.since,
        "tailLines": "" if tail is None else str(tail),
    }
    position.reopened()
    request = Request("get", "pods/log", pod, namespace)
    for line in cluster.lines(POD, request, "log", query, SILENCE):
        said = position.new(line)
        if said is not None:
            yield said.decode("utf-8", "replace")
