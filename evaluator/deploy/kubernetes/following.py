"""Following a job to its end, whatever breaks on the way."""

import logging
from collections.abc import Callable

from evaluator.deploy.kubernetes.cluster import PASSING, Cluster
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.log import LogPosition, log_lines
from evaluator.deploy.kubernetes.log_line import said_by_shard
from evaluator.deploy.kubernetes.outcome import CONTAINER, Outcome, outcome_of
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.pod import Job, Pod, job_from
from evaluator.deploy.kubernetes.refusal import FORBIDDEN, UNAUTHORIZED, Refused, Unreachable
from evaluator.deploy.kubernetes.seeing import await_change, pods_of, trouble_with
from evaluator.deploy.kubernetes.shards import index_of
from evaluator.errors import DeploymentFailed

logger = logging.getLogger(__name__)

MOST_LOOKS_FOR_THE_REST = 10
"""Times, a second apart, that the log of a job is asked for when the job has ended."""

Show = Callable[[str], None]
"""Called with each line that the job writes."""


def follow(cluster: Cluster, run: Run, deadline: Deadline, show: Show) -> Outcome:
    """Show what a job writes until it ends, and return how it did.

    Args:
        cluster: Where.
        run: Whose job.
        deadline: Until when.
        show: Is given each line, once.

    Raises:
        DeploymentFailed: The job is gone or failed for no fault of the run's, or the deadline is
            past, after which the job goes on.
    """
    logs = _Logs(cluster, run, deadline, show)
    told, looks_for_the_rest = "", 0
    while True:
        job = job_of(cluster, run)
        pods, version = pods_of(cluster, run.namespace, run.pods)
        unread = [pod.name for pod in pods if not logs.read(pod)]
        if job.condition("Complete", "Failed") and unread:
            looks_for_the_rest += 1
            if looks_for_the_rest <= MOST_LOOKS_FOR_THE_REST:
                deadline.sleep(1)
                continue
            logger.warning("the end of the log cannot be read")
        ended = outcome_of(job, pods, run)
        if ended is not None:
            return ended
        trouble = trouble_with(cluster, run.namespace, JOB.name, run.job, pods)
        if trouble is not None and trouble.sentence != told:
            told = trouble.sentence
            logger.warning("%s", told)
        if deadline.passed:
            why = f" ({told.rstrip('.')})" if trouble is not None else ""
            patience = f"{deadline.seconds:g} s (--timeout)"
            raise DeploymentFailed(
                f"the job {run.job} has not ended after {patience}{why}, and goes on; "
                f"{how_to_continue(run)}."
            )
        await_change(cluster, run.namespace, run.pods, version, deadline)


def written(cluster: Cluster, run: Run, deadline: Deadline, show: Show) -> None:
    """Show what a job wrote until now.

    Raises:
        DeploymentFailed: It wrote nothing yet, or its pods are gone.
    """
    logs = _Logs(cluster, run, deadline, show, waits=False)
    pods, _ = pods_of(cluster, run.namespace, run.pods)
    for pod in sorted(pods, key=lambda pod: index_of(pod) or 0):
        logs.read(pod)
    if logs.has_broken:
        raise DeploymentFailed(f"the log of the job {run.job} broke off; try again.")
    if not logs.has_read:
        raise DeploymentFailed(
            f"the job {run.job} has no log: no container of it has started, or its pods are gone; "
            "`evaluator k8s status` says which."
        )


def job_of(cluster: Cluster, run: Run) -> Job:
    """Return a run's job.

    Raises:
        DeploymentFailed: It is gone.
    """
    found = cluster.get(JOB, run.namespace, run.job)
    if found is None:
        raise DeploymentFailed(
            f"the job {run.job} is gone: somebody deleted it, or it ended days ago; what it wrote "
            "is on its volume."
        )
    return job_from(found)


def how_to_continue(run: Run) -> str:
    """Return how somebody comes back to a job that goes on."""
    if run.shards is not None:
        return f"`evaluator k8s run --shards {run.shards} {run.words}` with the same flags goes on"
    return (
        f"`evaluator k8s logs --follow {run.words}` and "
        f"`evaluator k8s results DIR {run.words}` go on"
    )


class _Logs:
    """Reads the logs of a job's pods, each line once."""

    def __init__(
        self, cluster: Cluster, run: Run, deadline: Deadline, show: Show, *, waits: bool = True
    ) -> None:
        self._cluster, self._run, self._deadline, self._show = cluster, run, deadline, show
        self._waits = waits
        self.has_broken = False
        self._positions: dict[str, LogPosition] = {}
        self._finished: set[str] = set()

    @property
    def has_read(self) -> bool:
        """Whether there was a log."""
        return bool(self._positions)

    def read(self, pod: Pod) -> bool:
        """Show what is new of a pod's log; while it runs, until it ends or the stream breaks.

        Returns:
            Whether nothing of it is missing by now.
        """
        states = [one.state for one in pod.status.container_statuses if one.name == CONTAINER]
        has_ended = any(state.terminated is not None for state in states)
        runs = any(state.running is not None for state in states)
        if pod.name in self._finished or not (has_ended or runs):
            return True
        shard = index_of(pod)
        if pod.name not in self._positions and self._positions and shard is None:
            logger.info("the job tries again: %s", pod.name)
        position = self._positions.setdefault(pod.name, LogPosition())
        lines = log_lines(
            *(self._cluster, self._run.namespace, pod.name, CONTAINER, position),
            follow=self._waits and not has_ended,
        )
        try:
            for line in lines:
                self._show(line if shard is None else said_by_shard(line, shard))
                if self._deadline.passed:
                    return True
        except Unreachable:
            self.has_broken = True
            return False  # it is read on from here when all has been looked at again
        except Refused as refused:
            if refused.status in (FORBIDDEN, UNAUTHORIZED):
                raise
            if refused.status in PASSING:
                self.has_broken = True
                return False
        if has_ended:
            self._finished.add(pod.name)
        return has_ended
