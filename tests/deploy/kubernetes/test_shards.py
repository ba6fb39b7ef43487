"""What a job and its pods tell of its shards."""

from typing import Any

import pytest
from deploy.kubernetes.jobs import ended_shard, shard_pod
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.names import LONGEST_NAME, job_name
from evaluator.deploy.kubernetes.pod import Job, Pod, job_from, pod_from
from evaluator.deploy.kubernetes.shards import (
    index_of,
    numbers,
    outcome_of_shards,
    parse_numbers,
    shards_from,
)
from evaluator.deploy.kubernetes.shards_job import merge_run
from evaluator.errors import DeploymentFailed

RUN = Run("ada", "evaluator-ada-x", "knitfab", 8)
JOB = {"metadata": {"name": "evaluator-ada-x", "namespace": "knitfab"}}


def told(*conditions: str, **said: Any) -> Job:
    found = [{"type": one, "status": "True", "reason": one} for one in conditions]
    return job_from({**JOB, "status": {"conditions": found, **said}})


def ended(index: int, code: int, *, number: int = 1) -> Pod:
    return pod_from(ended_shard(JOB, index, code, number=number))


@searching
@given(st.sets(st.integers(0, 300)))
def test_numbers_are_read_as_they_are_written(indexes: set[int]) -> None:
    assert parse_numbers(numbers(indexes).replace(" ", ""), max(indexes, default=0) + 1) == indexes


def test_a_job_s_own_notation_is_read() -> None:
    assert parse_numbers("0,2-4,7", 8) == {0, 2, 3, 4, 7}
    assert parse_numbers("", 8) == parse_numbers("none,-,1-x", 8) == set()


def test_numbers_of_shards_that_there_are_not_take_no_memory() -> None:
    assert parse_numbers(f"2-999999999,5-{'9' * 5000}", 4) == {2, 3}


def test_the_longest_name_of_a_run_leaves_room_for_the_merge_s() -> None:
    job = Run("a" * LONGEST_NAME, job_name("a" * LONGEST_NAME), "knitfab", 1_000)
    for name in (merge_run(job).job, f"{job.job}-999"):  # a label of its pods, and a host name
        assert len(name) <= 63


def test_a_pod_says_its_shard_by_label_or_by_annotation() -> None:
    pod = shard_pod(JOB, 3)
    assert index_of(pod_from(pod)) == 3
    labels = pod["metadata"]["labels"]
    pod["metadata"]["annotations"] = {name: labels.pop(name) for name in [*labels][-1:]}
    assert index_of(pod_from(pod)) == 3
    pod["metadata"]["annotations"] = {}
    assert index_of(pod_from(pod)) is None


def test_shards_that_failed_alike_are_named_together_and_others_for_themselves() -> None:
    job = told("Failed", completedIndexes="5-7", failedIndexes="0-2,4")
    pods = (*(ended(index, 5) for index in (0, 1, 2)), ended(4, 2), ended(3, 143))
    outcome = outcome_of_shards(job, shards_from(job, pods, 8), RUN)
    assert outcome is not None
    assert outcome.code == 5  # that of the first
    assert outcome.message == (
        "shards 0-2 of 8 failed with 5: what is said for 5; shard 4 of 8 failed with 2: what is "
        "said for 2; `evaluator k8s run --shards 8 --name ada --namespace knitfab` with the same "
        "flags goes on from what is on the volume."
    )


def test_the_last_try_of_a_shard_says_why_it_failed() -> None:
    job = told("Failed", failedIndexes="1")
    pods = (ended(1, 3, number=1), ended(1, 74, number=2))
    outcome = outcome_of_shards(job, shards_from(job, pods, 8), RUN)
    assert outcome is not None
    assert outcome.code == 74


def test_a_shard_that_others_ended_is_a_failed_deployment() -> None:
    job = told("Failed", failedIndexes="1")
    killed = {"exitCode": 137, "reason": "OOMKilled"}
    pod = pod_from(shard_pod(JOB, 1, terminated=killed))
    with pytest.raises(DeploymentFailed, match=r"shard 1 of 8 failed: .*needed more memory"):
        outcome_of_shards(job, shards_from(job, (pod,), 8), RUN)


def test_pods_that_are_gone_leave_the_shard_named() -> None:
    job = told("Failed", failedIndexes="6")
    with pytest.raises(DeploymentFailed, match="shard 6 of 8 failed: its pods are gone"):
        outcome_of_shards(job, shards_from(job, (), 8), RUN)


def test_the_job_s_deadline_is_nobody_s_exit_code() -> None:
    job = told("DeadlineExceeded")
    assert outcome_of_shards(job, shards_from(job, (), 8), RUN) is None
    condition = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
    late = job_from({**JOB, "status": {"conditions": [condition]}})
    with pytest.raises(DeploymentFailed, match="activeDeadlineSeconds"):
        outcome_of_shards(late, shards_from(late, (), 8), RUN)
