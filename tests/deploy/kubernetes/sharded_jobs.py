"""What a cluster does with a job in shards, as tests want it."""

import json
from pathlib import Path

from deploy.kubernetes.api_server import ApiServer, Controller, Manifest
from deploy.kubernetes.conftest import Setup
from deploy.kubernetes.jobs import (
    ended_shard,
    is_in_shards,
    progress,
    set_status,
    shard_pod,
    stamped,
)
from running import Ended

WARNING = json.dumps({"event": "log", "level": "warning", "message": "the judge is slow"})


def cases(done: int, total: int) -> str:
    said = json.loads(progress("classifying", done, total))
    return json.dumps({**said, "unit": "cases"})


def run(cluster: Setup, tmp_path: Path, *further: object, shards: int = 3) -> Ended:
    numbers = ("--shards", shards, "--save-to", tmp_path / "here")
    return cluster.k8s("run", "--overlay", "cpu", "--name", "ada", *numbers, *further)


def in_turn(shards: Controller, merge: Controller) -> Controller:
    """What becomes of a job in shards, and of the one that merges."""
    return lambda api, job: (shards if is_in_shards(job) else merge)(api, job)


def all_done(api: ApiServer, job: Manifest) -> None:
    total = job["spec"]["completions"]
    for index in range(total):
        pod = ended_shard(job, index, 0)
        api.logs[pod["metadata"]["name"]] = stamped(cases(0, 10), WARNING, cases(10, 10))
        api.put("Pod", pod)
    set_status(api, job, "Complete", completedIndexes=f"0-{total - 1}")


def failing(codes: dict[int, int], done: str) -> Controller:
    def control(api: ApiServer, job: Manifest) -> None:
        for index, code in codes.items():
            api.put("Pod", ended_shard(job, index, code))
        failed = ",".join(map(str, codes))
        set_status(api, job, "Failed", failedIndexes=failed, completedIndexes=done)

    return control


def at_work(api: ApiServer, job: Manifest) -> None:
    """Shard 0 is done, 1 at work, 2 finds no room; shard 1 was tried before."""
    api.put("Pod", ended_shard(job, 0, 0))
    api.put("Pod", ended_shard(job, 1, 3))
    second = shard_pod(job, 1, number=2, running={"startedAt": "2026-11-21T10:00:00Z"})
    api.logs[second["metadata"]["name"]] = stamped(cases(4, 10), WARNING)
    api.put("Pod", second)
    pending = shard_pod(job, 2)
    said = "0/1 nodes are available: 1 Insufficient memory."
    scheduled = {"type": "PodScheduled", "status": "False", "message": said}
    pending["status"] = {"phase": "Pending", "conditions": [scheduled]}
    api.put("Pod", pending)
    set_status(api, job, completedIndexes="0")
