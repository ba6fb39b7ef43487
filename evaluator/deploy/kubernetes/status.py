"""How a run in a cluster is, in one look."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.log import LogPosition, log_lines
from evaluator.deploy.kubernetes.log_line import Message, Said, StageProgress, parse_line
from evaluator.deploy.kubernetes.outcome import CONTAINER, outcome_of
from evaluator.deploy.kubernetes.pod import Job, Pod
from evaluator.deploy.kubernetes.refusal import FORBIDDEN, UNAUTHORIZED, Refused, Unreachable
from evaluator.deploy.kubernetes.seeing import pods_of, trouble_with
from evaluator.errors import DeploymentFailed

State = Literal["Scheduled", "Running", "Complete"]
TAIL = 2_000
"""Lines of the log's end that are looked through."""

MOST_WARNINGS = 20


class ProgressBar(BaseModel):
    """How far a stage of the run is.

    Attributes:
        stage: Its name.
        done: Items done.
        total: Of how many; None where that is not known.
        unit: What is counted.
        percent: Share done, 0 to 100; None without a total.
        seconds_left: To its end at this rate; None where that cannot be said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    done: int
    total: int | None
    unit: str
    percent: float | None
    seconds_left: float | None


class RunStatus(BaseModel):
    """How a run is.

    Attributes:
        name: Of the run.
        job: Name of its job.
        namespace: Where it is.
        state: Waiting for its container, at work, or at its end.
        reason: In a word: `Succeeded`, `Failed`, what keeps it from starting, or empty.
        message: What the run said at its end, or why it does not go on.
        exit_code: Of the run; None before its end, or where others ended it.
        tries: Pods that were started for it.
        progress: Of each stage begun, in order.
        warnings: What the run warned of, such as a judge outside of GPU memory.
        started: When, as the cluster tells it; empty before.
        ended: When; empty before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    job: str
    namespace: str
    state: State
    reason: str
    message: str
    exit_code: int | None
    tries: int
    progress: tuple[ProgressBar, ...]
    warnings: tuple[str, ...]
    started: str
    ended: str


def status_in_one_piece(cluster: Cluster, run: Run, job: Job) -> RunStatus:
    """Return how a run is whose job is in one piece.

    Raises:
        DeploymentFailed: The cluster does not tell.
    """
    namespace = run.namespace
    pods, _ = pods_of(cluster, namespace, run.pods)
    exit_code, reason, message = None, "", ""
    state: State = "Running" if any(_runs(pod) for pod in pods) else "Scheduled"
    try:
        ended = outcome_of(job, pods, run)
    except DeploymentFailed as error:
        state, reason, message = "Complete", "Failed", str(error)
    else:
        if ended is not None:
            state, exit_code, message = "Complete", ended.code, ended.message
            reason = "Failed" if ended.code else "Succeeded"
        elif trouble := trouble_with(cluster, namespace, JOB.name, run.job, pods):
            reason, message = trouble.reason, trouble.sentence
    said = _log(cluster, namespace, pods)
    return RunStatus(
        name=run.name,
        job=run.job,
        namespace=namespace,
        state=state,
        reason=reason,
        message=message,
        exit_code=exit_code,
        tries=len(pods),
        progress=_bars(said),
        warnings=_warnings(said),
        started=job.status.start_time,
        ended=job.status.completion_time or failed_at(job, pods),
    )


def _runs(pod: Pod) -> bool:
    return any(one.state.running is not None for one in pod.status.container_statuses)


def failed_at(job: Job, pods: tuple[Pod, ...]) -> str:
    """Return when the last pod of a failed job ended; empty where it did not fail."""
    if job.condition("Failed") is None:
        return ""
    ends = [
        one.state.terminated.finished_at
        for pod in pods
        for one in pod.status.container_statuses
        if one.state.terminated is not None
    ]
    return max(ends, default="")


def _log(cluster: Cluster, namespace: str, pods: tuple[Pod, ...]) -> list[Said]:
    """Return what the last pod said, as far as that can be had."""
    if not pods:
        return []
    try:
        lines = log_lines(
            *(cluster, namespace, pods[-1].name, CONTAINER, LogPosition()), follow=False, tail=TAIL
        )
        return [said for line in lines if (said := parse_line(line)) is not None]
    except Unreachable:
        return []
    except Refused as refused:  # such as 400 while its container is being made
        if refused.status in (FORBIDDEN, UNAUTHORIZED):
            raise
        return []


def _bars(said: list[Said]) -> tuple[ProgressBar, ...]:
    latest = {one.stage: one for one in said if isinstance(one, StageProgress)}
    return tuple(bar_of(one) for one in latest.values())


def bar_of(progress: StageProgress) -> ProgressBar:
    """Return how far a stage is, as a status says it."""
    done, total = progress.done, progress.total
    return ProgressBar(
        stage=progress.stage,
        done=done,
        total=total,
        unit=progress.unit,
        percent=round(100 * min(1, done / total), 1) if total else None,
        seconds_left=progress.seconds_left,
    )


def _warnings(said: list[Said]) -> tuple[str, ...]:
    told = (one.message for one in said if isinstance(one, Message) and one.level == "warning")
    return tuple(dict.fromkeys(told))[-MOST_WARNINGS:]
