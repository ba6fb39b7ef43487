"""How the latest run of a name is, in one piece or in shards."""

from dataclasses import dataclass

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.following_shards import progress_of, troubles_of
from evaluator.deploy.kubernetes.job import Run, latest_run
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.log_line import StageProgress
from evaluator.deploy.kubernetes.pod import Job, job_from
from evaluator.deploy.kubernetes.seeing import pods_of
from evaluator.deploy.kubernetes.shard_logs import CASES, ShardLogs
from evaluator.deploy.kubernetes.shards import (
    Shards,
    failures_told,
    how_to_retry,
    named,
    outcome_of_shards,
    shards_from,
)
from evaluator.deploy.kubernetes.shards_job import merge_run
from evaluator.deploy.kubernetes.status import (
    MOST_WARNINGS,
    ProgressBar,
    RunStatus,
    State,
    bar_of,
    failed_at,
    status_in_one_piece,
)
from evaluator.errors import DeploymentFailed


def run_status(cluster: Cluster, namespace: str, name: str) -> RunStatus:
    """Return how the latest run of a name is.

    Raises:
        DeploymentFailed: There is none, or the cluster does not tell.
    """
    run, manifest = latest_run(cluster, namespace, name)
    job = job_from(manifest)
    if run.shards is None:
        return status_in_one_piece(cluster, run, job)
    return _status_in_shards(cluster, run, job, run.shards)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a run is before its shards are merged, and why not further."""

    state: State
    reason: str = ""
    message: str = ""
    exit_code: int | None = None


def _status_in_shards(cluster: Cluster, run: Run, job: Job, total: int) -> RunStatus:
    """Return how a run in shards is; once a merge was started, how that is."""
    pods, _ = pods_of(cluster, run.namespace, run.pods)
    shards = shards_from(job, pods, total)
    logs = ShardLogs(cluster, run.namespace)
    logs.read(shards)
    progress, warnings = _bars(shards, logs), tuple(logs.warnings)[-MOST_WARNINGS:]
    merging = merge_run(run)
    found = cluster.get(JOB, merging.namespace, merging.job)
    if found is not None:
        merged = status_in_one_piece(cluster, merging, job_from(found))
        told = {
            "job": run.job,
            "progress": (*progress, *merged.progress),
            "warnings": (*warnings, *merged.warnings),
            "started": job.status.start_time,
        }
        return merged.model_copy(update=told)
    standing = _standing(cluster, run, job, shards)
    return RunStatus(
        name=run.name,
        job=run.job,
        namespace=run.namespace,
        state=standing.state,
        reason=standing.reason,
        message=standing.message,
        exit_code=standing.exit_code,
        tries=max((len(tried) for tried in shards.pods.values()), default=0),
        progress=progress,
        warnings=warnings,
        started=job.status.start_time,
        ended=failed_at(job, pods),
    )


def _standing(cluster: Cluster, run: Run, job: Job, shards: Shards) -> _Standing:
    try:
        ended = outcome_of_shards(job, shards, run)
    except DeploymentFailed as error:
        return _Standing("Complete", "Failed", str(error))
    if ended is not None and ended.code:
        return _Standing("Complete", "Failed", ended.message, ended.code)
    if ended is not None:
        message = f"all shards are done and not merged; {how_to_retry(run)}."
        return _Standing("Running", "NotMerged", message)
    state: State = "Running" if shards.running or shards.done else "Scheduled"
    if shards.failed:
        return _Standing(state, "ShardFailed", failures_told(shards))
    for trouble, hindered in troubles_of(cluster, run, shards).items():
        return _Standing(state, trouble.reason, f"{named(hindered)}: {trouble.sentence}")
    return _Standing(state)


def _bars(shards: Shards, logs: ShardLogs) -> tuple[ProgressBar, ...]:
    progress = progress_of(shards, logs)
    counts = (
        ("shards", progress.done, shards.total, "done"),
        ("classifying", progress.cases_done, progress.cases_total or None, CASES),
    )
    return tuple(
        bar_of(StageProgress(stage=stage, done=done, total=total, unit=unit, rate=0.0))
        for stage, done, total, unit in counts
    )
