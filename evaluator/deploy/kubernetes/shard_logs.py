"""What the shards of a run write: how many cases are done, and what they warn of."""

import time

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.log import LogPosition, log_lines
from evaluator.deploy.kubernetes.log_line import Message, StageProgress, parse_line
from evaluator.deploy.kubernetes.outcome import CONTAINER
from evaluator.deploy.kubernetes.pod import Pod
from evaluator.deploy.kubernetes.refusal import FORBIDDEN, UNAUTHORIZED, Refused, Unreachable
from evaluator.deploy.kubernetes.shards import Shards, container_end

CASES = "cases"
"""The unit in which a stage counts what its shard is a part of."""

SECONDS_BETWEEN = 5.0
"""Within which no log is asked for twice."""

MOST_LOGS = 100
"""Logs that are asked for in one look, those first that were not for longest."""


class ShardLogs:
    """Reads the logs of all pods bit by bit, and remembers what counts of them.

    Args:
        cluster: Where.
        namespace: Of the pods.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster, self._namespace = cluster, namespace
        self._positions: dict[str, LogPosition] = {}
        self._read_at: dict[str, float] = {}
        self._whole: set[str] = set()
        self._cases: dict[int, StageProgress] = {}
        self.warnings: dict[str, int] = {}
        """What was warned of, and the first shard that did."""

    def cases(self, shards: Shards) -> tuple[int, int]:
        """Return the cases done, and the cases of the shards that have begun."""
        total = {index: one.total or 0 for index, one in self._cases.items()}
        done = (
            total[index] if index in shards.done else one.done for index, one in self._cases.items()
        )
        return sum(done), sum(total.values())

    def read(self, shards: Shards) -> None:
        """Read what is new.

        Raises:
            Refused: Logs may not be read.
        """
        now = time.monotonic()
        due = [
            (self._read_at.get(pod.name, 0.0), index, pod)
            for index, pods in shards.pods.items()
            for pod in pods[-1:]
            if pod.name not in self._whole and _has_log(pod)
        ]
        due.sort(key=lambda one: one[:2])
        for read_at, index, pod in due[:MOST_LOGS]:
            if read_at and now - read_at < SECONDS_BETWEEN and container_end(pod) is None:
                continue
            self._read_at[pod.name] = now
            if self._read_pod(index, pod) and container_end(pod) is not None:
                self._whole.add(pod.name)

    def _read_pod(self, index: int, pod: Pod) -> bool:
        """Read a pod's log and return whether that went well."""
        position = self._positions.setdefault(pod.name, LogPosition())
        lines = log_lines(
            self._cluster, self._namespace, pod.name, CONTAINER, position, follow=False
        )
        try:
            for line in lines:
                said = parse_line(line)
                if isinstance(said, StageProgress) and said.unit == CASES and said.total:
                    self._cases[index] = said
                elif isinstance(said, Message) and said.level in ("warning", "error"):
                    self.warnings.setdefault(said.message, index)
        except Unreachable:
            return False
        except Refused as refused:  # such as 400 while its container is being made
            if refused.status in (FORBIDDEN, UNAUTHORIZED):
                raise
            return False
        return True


def _has_log(pod: Pod) -> bool:
    return any(
        one.state.running is not None or one.state.terminated is not None
        for one in pod.status.container_statuses
        if one.name == CONTAINER
    )
