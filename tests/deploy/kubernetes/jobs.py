"""What a cluster does with a job, as tests want it."""

import json
from collections.abc import Callable
from typing import Any

from deploy.kubernetes.api_server import ApiServer, Controller, Manifest

TIME = "2026-11-21T10:00:0{second}.{fraction:09d}Z"
CONTAINER = "evaluator"


def stamped(*lines: str) -> list[str]:
    """Lines with times, three of them to a second."""
    return [
        f"{TIME.format(second=count // 3, fraction=count % 3)} {line}"
        for count, line in enumerate(lines)
    ]


def progress(stage: str, done: int, total: int) -> str:
    """A line of progress as the run writes it."""
    said = {"stage": stage, "done": done, "total": total, "unit": "pairs", "rate": 2.0}
    return json.dumps({"event": "progress", **said})


def job_pod(job: Manifest, *, number: int = 1, **state: Any) -> Manifest:
    """A pod of a job, its container in a state."""
    name = f"{job['metadata']['name']}-pod{number}"
    labels = {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    status = {"containerStatuses": [{"name": CONTAINER, "state": state}]}
    return {
        "metadata": {
            "name": name,
            "namespace": job["metadata"]["namespace"],
            "labels": labels,
            "creationTimestamp": f"2026-11-21T10:00:0{number}Z",
        },
        "status": {"phase": "Running", **status},
    }


def finish(api: ApiServer, job: Manifest, code: int, *, number: int = 1, **said: Any) -> None:
    """End a job with the exit code of its container."""
    left = json.dumps({"exit_code": code, "message": "the run's own sentence."})
    terminated = {"exitCode": code, "message": left, "finishedAt": "2026-11-21T11:00:00Z", **said}
    api.put("Pod", job_pod(job, number=number, terminated=terminated))
    condition = (
        {"type": "Failed", "status": "True", "reason": "PodFailurePolicy"}
        if code
        else {"type": "Complete", "status": "True"}
    )
    status = {"conditions": [condition], "startTime": "2026-11-21T10:00:00Z"}
    api.put("Job", {"metadata": job["metadata"], "status": status})


def shard_pod(job: Manifest, index: int, *, number: int = 1, **state: Any) -> Manifest:
    """A pod of one shard of a job, its container in a state."""
    pod = job_pod(job, number=number, **state)
    pod["metadata"]["name"] = f"{job['metadata']['name']}-{index}-pod{number}"
    pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] = str(index)
    return pod


def ended_shard(job: Manifest, index: int, code: int, *, number: int = 1) -> Manifest:
    """A pod of a shard whose container ended."""
    left = json.dumps({"exit_code": code, "message": f"what is said for {code}."})
    said = {"exitCode": code, "message": left, "finishedAt": f"2026-11-21T11:00:0{number}Z"}
    pod = shard_pod(job, index, number=number, terminated=said)
    pod["status"]["phase"] = "Failed" if code else "Succeeded"
    return pod


def is_in_shards(job: Manifest) -> bool:
    """Whether a job is one of shards."""
    return job.get("spec", {}).get("completionMode") == "Indexed"


def set_status(api: ApiServer, job: Manifest, *conditions: str, **said: Any) -> None:
    """Give a job a status."""
    told = [{"type": one, "status": "True", "reason": one} for one in conditions]
    status = {"startTime": "2026-11-21T10:00:00Z", "conditions": told, **said}
    api.put("Job", {"metadata": job["metadata"], "status": status})


def ending_with(code: int, *lines: str, **said: Any) -> Controller:
    """A cluster in which jobs write some lines and end."""

    def control(api: ApiServer, job: Manifest) -> None:
        api.logs[f"{job['metadata']['name']}-pod1"] = stamped(*lines)
        finish(api, job, code, **said)

    return control


def running(then: Callable[[ApiServer, Manifest], None] = lambda api, job: None) -> Controller:
    """A cluster in which jobs run, and something happens."""

    def control(api: ApiServer, job: Manifest) -> None:
        pod = job_pod(job, running={"startedAt": "2026-11-21T10:00:00Z"})
        api.put("Pod", pod)
        api.writing.add(pod["metadata"]["name"])
        then(api, job)

    return control
