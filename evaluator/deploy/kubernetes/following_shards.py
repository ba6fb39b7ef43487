"""Following all shards of a job to their end, in one view."""

import logging
from collections import defaultdict

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.following import Show, how_to_continue, job_of
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.log_line import ShardsProgress
from evaluator.deploy.kubernetes.outcome import TOLD, Outcome, said_by
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.pod import Pod
from evaluator.deploy.kubernetes.seeing import await_change, events_by_pod, events_of, pods_of
from evaluator.deploy.kubernetes.shard_logs import ShardLogs
from evaluator.deploy.kubernetes.shards import (
    AT_WORK,
    Shards,
    container_end,
    named,
    outcome_of_shards,
    shards_from,
)
from evaluator.deploy.kubernetes.trouble import Scene, Trouble, trouble_of
from evaluator.errors import DeploymentFailed

logger = logging.getLogger(__name__)


def follow_shards(
    cluster: Cluster, run: Run, total: int, deadline: Deadline, show: Show
) -> Outcome:
    """Tell how far all shards are until they end, and return how they did.

    Args:
        cluster: Where.
        run: Whose job.
        total: How many shards it has.
        deadline: Until when.
        show: Is given a line whenever a count has changed.

    Raises:
        DeploymentFailed: The job is gone or failed for no fault of the run's, or the deadline is
            past, after which the job goes on.
    """
    view = _View(cluster, run, show)
    while True:
        job = job_of(cluster, run)
        pods, version = pods_of(cluster, run.namespace, run.pods)
        shards = shards_from(job, pods, total)
        view.tell(shards)
        ended = outcome_of_shards(job, shards, run)
        if ended is not None:
            return ended
        trouble = view.tell_trouble(shards)
        if deadline.passed:
            why = f" ({trouble.rstrip('.')})" if trouble else ""
            raise DeploymentFailed(
                f"the job {run.job} has not ended after {deadline.seconds:g} s (--timeout){why}, "
                f"and goes on; {how_to_continue(run)}."
            )
        await_change(cluster, run.namespace, run.pods, version, deadline)


def progress_of(shards: Shards, logs: ShardLogs) -> ShardsProgress:
    """Return how far all shards are."""
    done, total = logs.cases(shards)
    return ShardsProgress(
        shards=shards.total,
        done=len(shards.done),
        running=shards.running,
        failed=len(shards.failed),
        cases_done=done,
        cases_total=total,
    )


def troubles_of(cluster: Cluster, run: Run, shards: Shards) -> dict[Trouble, tuple[int, ...]]:
    """Return what keeps shards from going on: the first sentence of a reason, and whom it hinders.

    Raises:
        Refused: Events may not be read.
    """
    latest = {index: pod for index, pod in shards.latest.items() if not _goes_well(pod)}
    if not shards.pods:
        scenes = {0: Scene(None, events_of(cluster, run.namespace, JOB.name, run.job))}
    elif latest:
        events = events_by_pod(cluster, run.namespace)
        scenes = {index: Scene(pod, events.get(pod.name, ())) for index, pod in latest.items()}
    else:
        return {}
    first: dict[str, Trouble] = {}
    hindered: dict[str, list[int]] = defaultdict(list)
    for index, scene in scenes.items():
        trouble = trouble_of(scene)
        if trouble is not None:
            first.setdefault(trouble.reason, trouble)
            hindered[trouble.reason].append(index)
    return {trouble: tuple(hindered[reason]) for reason, trouble in first.items()}


class _View:
    """What somebody who looks on was told, and is told no second time."""

    def __init__(self, cluster: Cluster, run: Run, show: Show) -> None:
        self._cluster, self._run, self._show = cluster, run, show
        self._logs = ShardLogs(cluster, run.namespace)
        self._line = ""
        self._warned: set[str] = set()
        self._retried: set[str] = set()
        self._hindered: dict[str, set[int]] = defaultdict(set)

    def tell(self, shards: Shards) -> None:
        """Tell what is new: warnings, further tries, and the counts."""
        self._logs.read(shards)
        for message, index in self._logs.warnings.items():
            if message not in self._warned:
                self._warned.add(message)
                logger.warning("shard %d: %s", index, message)
        for index, pod in shards.latest.items():
            self._tell_retry(index, pod)
        progress = progress_of(shards, self._logs)
        line = progress.model_dump_json()
        if line != self._line:
            self._line = line
            self._show(f'{{"event":"shards",{line[1:]}')

    def _tell_retry(self, index: int, pod: Pod) -> None:
        ended = container_end(pod)
        if ended is None or not ended.exit_code or pod.name in self._retried:
            return
        self._retried.add(pod.name)
        if ended.exit_code in TOLD:
            said = said_by(ended) or "see its log"
            logger.warning("shard %d ended with %d: %s", index, ended.exit_code, said)

    def tell_trouble(self, shards: Shards) -> str:
        """Tell what keeps shards from going on, and return it; empty where nothing does."""
        found = troubles_of(self._cluster, self._run, shards)
        for trouble, indexes in found.items():
            told = self._hindered[trouble.reason]
            if not told.issuperset(indexes):
                told.update(indexes)
                logger.warning("%s: %s", named(indexes), trouble.sentence)
        return next((one.sentence for one in found), "")


def _goes_well(pod: Pod) -> bool:
    """Whether a pod is at work, or on its way without anything to say."""
    states = [one.state for one in pod.status.container_statuses]
    has_begun = bool(states) and all(state.running is not None for state in states)
    return pod.status.phase in AT_WORK and has_begun and not pod.condition("DisruptionTarget").type
