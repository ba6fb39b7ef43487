"""How a job ended, by the exit code of its container."""

import json
from dataclasses import dataclass

from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.pod import Condition, Ended, Job, Pod
from evaluator.deploy.kubernetes.trouble import Scene, trouble_of
from evaluator.errors import DeploymentFailed

CONTAINER = "evaluator"
"""Name of the job's container."""

TOLD = (0, 1, 2, 3, 4, 5, 6, 70, 74, 130, 143)
"""Exit codes of the evaluator itself; any other is of whoever ended it."""

FINISHED = (0, 1, 6)
"""Those after which the run directory is complete."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Attributes:
        code: The exit code of its last container.
        message: What the run said of it.
    """

    code: int
    message: str


def outcome_of(job: Job, pods: tuple[Pod, ...], run: Run) -> Outcome | None:
    """Return how a job ended; None while it goes on.

    Raises:
        DeploymentFailed: It ended for no fault of the run's.
    """
    complete, failed = job.condition("Complete"), job.condition("Failed")
    if complete is None and failed is None:
        return None
    ended = last_ended(pods)
    if complete is not None:
        return Outcome(0, said_by(ended))
    assert failed is not None
    check_deadline(failed, run)
    if ended is not None and ended.exit_code in TOLD and ended.reason != "OOMKilled":
        return Outcome(ended.exit_code, said_by(ended))
    trouble = trouble_of(Scene(pods[-1])) if pods else None
    why = trouble.sentence if trouble else failed.message or failed.reason or "no reason given"
    if trouble is None and ended is not None:
        why = f"its container ended with {ended.exit_code} {ended.reason}".rstrip()
    raise DeploymentFailed(f"the job {run.job} failed: {why.rstrip('.')}.")


def check_deadline(failed: Condition, run: Run) -> None:
    """Raise that a job was stopped at its own deadline, if it was.

    Raises:
        DeploymentFailed: It was.
    """
    if failed.reason == "DeadlineExceeded":
        raise DeploymentFailed(
            f"the job {run.job} was stopped at its own deadline (activeDeadlineSeconds); what it "
            "did is on its volume, and the same command goes on from there."
        )


def last_ended(pods: tuple[Pod, ...]) -> Ended | None:
    """Return how the container of the last pod ended whose container did."""
    ends = [
        one.state.terminated
        for pod in pods
        for one in pod.status.container_statuses
        if one.name == CONTAINER and one.state.terminated is not None
    ]
    return max(ends, key=lambda one: one.finished_at, default=None)


def said_by(ended: Ended | None) -> str:
    """Return the sentence that a run left for the kubelet."""
    try:
        return str(json.loads(ended.message)["message"]) if ended else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
