"""The shards of a job: which are done, at work or failed for good, and why."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.outcome import (
    CONTAINER,
    TOLD,
    Outcome,
    check_deadline,
    last_ended,
    said_by,
)
from evaluator.deploy.kubernetes.pod import Ended, Job, Pod
from evaluator.deploy.kubernetes.trouble import Scene, trouble_of
from evaluator.errors import DeploymentFailed

INDEX = "batch.kubernetes.io/job-completion-index"
"""The label and annotation that says of a pod which shard it works on."""

NUMBER = re.compile("[0-9]{1,9}")
AT_WORK = ("Pending", "Running", "")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a shard failed for good.

    Attributes:
        code: The exit code of the run; None where others ended it.
        why: What the run said, or what the cluster says.
    """

    code: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of a job as they are at one time.

    Attributes:
        total: How many there are.
        done: Numbers of those that ended well.
        failed: Numbers of those that will not be tried again.
        pods: The pods of each shard, the oldest first.
    """

    total: int
    done: frozenset[int]
    failed: frozenset[int]
    pods: dict[int, tuple[Pod, ...]]

    @property
    def latest(self) -> dict[int, Pod]:
        """The latest pod of each shard that is to be done yet."""
        over = self.done | self.failed
        return {index: pods[-1] for index, pods in self.pods.items() if index not in over}

    @property
    def running(self) -> int:
        """How many are at work."""
        return sum(_runs(pod) for pod in self.latest.values())


def shards_from(job: Job, pods: tuple[Pod, ...], total: int) -> Shards:
    """Return the shards of a job, as it and its pods tell of them."""
    of_index: dict[int, list[Pod]] = defaultdict(list)
    for pod in pods:
        index = index_of(pod)
        if index is not None and index < total:
            of_index[index].append(pod)
    return Shards(
        total=total,
        done=parse_numbers(job.status.completed_indexes, total),
        failed=parse_numbers(job.status.failed_indexes, total),
        pods={index: tuple(of_index[index]) for index in sorted(of_index)},
    )


def index_of(pod: Pod) -> int | None:
    """Return which shard a pod works on; None where it does not say."""
    said = pod.metadata.labels.get(INDEX) or pod.metadata.annotations.get(INDEX, "")
    return int(said) if NUMBER.fullmatch(said) else None


def parse_numbers(text: str, total: int) -> frozenset[int]:
    """Return the numbers of a text such as `0-2,5`, which is how a job tells of its indexes.

    Args:
        text: The text.
        total: How many there are; further numbers are left out.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if NUMBER.fullmatch(first) and NUMBER.fullmatch(last or first):
            found.update(range(int(first), min(total, int(last or first) + 1)))
    return frozenset(found)


def numbers(indexes: Iterable[int]) -> str:
    """Return numbers as `parse_numbers` reads them."""
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ", ".join(str(one) if one == last else f"{one}-{last}" for one, last in runs)


def named(indexes: Iterable[int]) -> str:
    """Return shards as a sentence names them."""
    chosen = tuple(indexes)
    return f"shard{'s' if len(chosen) > 1 else ''} {numbers(chosen)}"


def outcome_of_shards(job: Job, shards: Shards, run: Run) -> Outcome | None:
    """Return how a job in shards ended; None while it goes on.

    The code of several failed shards is that of the first that has one.

    Raises:
        DeploymentFailed: It ended for no fault of the run's.
    """
    if job.condition("Complete") is not None:
        return Outcome(0, "")
    failed = job.condition("Failed")
    if failed is None:
        return None
    check_deadline(failed, run)
    codes = (one.code for one in _failures(shards).values() if one.code is not None)
    code = next(codes, None)
    said = failures_told(shards) or failed.message or failed.reason
    message = f"{said.rstrip('.')}; {how_to_retry(run)}."
    if code is None:
        raise DeploymentFailed(f"the job {run.job} failed: {message}")
    return Outcome(code, message)


def how_to_retry(run: Run) -> str:
    """Return what runs again what is not done."""
    return (
        f"`evaluator k8s run --shards {run.shards} {run.words}` with the same flags goes on from "
        "what is on the volume"
    )


def failure_of(pods: tuple[Pod, ...]) -> Failure:
    """Return why a shard failed, as its pods tell."""
    ended = last_ended(pods)
    if ended is not None and ended.exit_code in TOLD and ended.reason != "OOMKilled":
        return Failure(ended.exit_code, said_by(ended) or "see its log")
    trouble = trouble_of(Scene(pods[-1])) if pods else None
    if trouble is not None:
        return Failure(None, trouble.sentence)
    if ended is not None:
        return Failure(None, f"its container ended with {ended.exit_code} {ended.reason}".rstrip())
    return Failure(None, "its pods are gone")


def failures_told(shards: Shards) -> str:
    """Return which shards failed for good and why; empty where none did."""
    shared: dict[Failure, list[int]] = defaultdict(list)
    for index, failure in _failures(shards).items():
        shared[failure].append(index)
    return "; ".join(
        f"{named(indexes)} of {shards.total} failed"
        f"{'' if failure.code is None else f' with {failure.code}'}: {failure.why.rstrip('.')}"
        for failure, indexes in shared.items()
    )


def _failures(shards: Shards) -> dict[int, Failure]:
    return {index: failure_of(shards.pods.get(index, ())) for index in sorted(shards.failed)}


def container_end(pod: Pod) -> Ended | None:
    """Return how a pod's container ended; None where it did not."""
    return last_ended((pod,))


def _runs(pod: Pod) -> bool:
    return any(
        one.state.running is not None
        for one in pod.status.container_statuses
        if one.name == CONTAINER
    )
