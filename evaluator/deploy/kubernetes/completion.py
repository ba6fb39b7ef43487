"""A run that was started, to its end: its log, its results, its exit code."""

import logging
from pathlib import Path

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.following import Show, follow, how_to_continue
from evaluator.deploy.kubernetes.following_shards import follow_shards
from evaluator.deploy.kubernetes.job import Run, owner_of
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.manifest import Manifest
from evaluator.deploy.kubernetes.outcome import FINISHED, Outcome
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.refusal import Unreachable
from evaluator.deploy.kubernetes.results import fetch_results
from evaluator.deploy.kubernetes.shards_job import merge_run
from evaluator.deploy.kubernetes.starting import Started
from evaluator.errors import DeploymentFailed

logger = logging.getLogger(__name__)

SECONDS_TO_FETCH = 600.0


def complete_run(
    cluster: Cluster, started: Started, folder: Path, deadline: Deadline, show: Show
) -> Outcome:
    """Follow a run to its end and fetch its results, where it has any.

    Args:
        cluster: Where.
        started: The run.
        folder: Where the results go.
        deadline: Until when the job is waited for.
        show: Is given each line that the job writes.

    Raises:
        DeploymentFailed: The cluster ended it or does not answer, or the deadline is past.
        KeyboardInterrupt: Somebody went away; the job stays, and how to come back was said.
    """
    run = started.run
    try:
        outcome, is_whole = _follow(cluster, started, deadline, show)
        if is_whole and outcome.code in FINISHED:
            fetched = Deadline(SECONDS_TO_FETCH)
            files = fetch_results(cluster, run.namespace, run.name, folder, fetched)
            logger.info("%s holds the results, %d files", folder, files)
    except Unreachable as error:
        raise DeploymentFailed(
            f"{str(error).rstrip('.')}; the job {run.job} is not stopped by that, and "
            f"{how_to_continue(run)}."
        ) from error
    except KeyboardInterrupt:
        logger.warning("the job %s is not stopped; %s", run.job, how_to_continue(run))
        raise
    if outcome.code:
        logger.error("the job ended with %d: %s", outcome.code, outcome.message or "see its log")
    return outcome


def _follow(
    cluster: Cluster, started: Started, deadline: Deadline, show: Show
) -> tuple[Outcome, bool]:
    """Follow a run to its end; returns how it ended, and whether its directory is whole."""
    run = started.run
    if run.shards is None or started.merge is None:
        return follow(cluster, run, deadline, show), True
    outcome = follow_shards(cluster, run, run.shards, deadline, show)
    if outcome.code:
        return outcome, False
    merging = merge_run(run)
    if cluster.get(JOB, merging.namespace, merging.job) is None:
        _start_merge(cluster, run, started.merge)
        logger.info("all %d shards are done; job %s merges them", run.shards, merging.job)
    return follow(cluster, merging, deadline, show), True


def _start_merge(cluster: Cluster, run: Run, merge: Manifest) -> None:
    """Start the job that merges shards; it goes when theirs goes."""
    shards = cluster.get(JOB, run.namespace, run.job)
    if shards is None:
        raise DeploymentFailed(f"the job {run.job} is gone, and its shards are not merged.")
    merge["metadata"]["ownerReferences"] = [owner_of(shards)]
    cluster.apply(merge)
