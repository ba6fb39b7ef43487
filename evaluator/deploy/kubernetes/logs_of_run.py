"""What a run wrote and writes, in one piece or in shards that are merged in the end."""

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.following import Show, follow, written
from evaluator.deploy.kubernetes.following_shards import follow_shards
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.kinds import JOB
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.shards import how_to_retry
from evaluator.deploy.kubernetes.shards_job import merge_run
from evaluator.errors import DeploymentFailed


def follow_run(cluster: Cluster, run: Run, deadline: Deadline, show: Show) -> None:
    """Follow a run to its end, whichever way its job works; nothing is started.

    Raises:
        DeploymentFailed: It is gone, failed for no fault of its own, or is not merged.
    """
    if run.shards is None:
        follow(cluster, run, deadline, show)
        return
    outcome = follow_shards(cluster, run, run.shards, deadline, show)
    if outcome.code:
        raise DeploymentFailed(outcome.message)
    if not _is_merged(cluster, run):
        raise DeploymentFailed(
            f"the shards of {run.job} are done and not merged; {how_to_retry(run)}."
        )
    follow(cluster, merge_run(run), deadline, show)


def written_by(cluster: Cluster, run: Run, deadline: Deadline, show: Show) -> None:
    """Show what a run wrote until now.

    Raises:
        DeploymentFailed: It wrote nothing yet, or its pods are gone.
    """
    written(cluster, run, deadline, show)
    if run.shards is not None and _is_merged(cluster, run):
        written(cluster, merge_run(run), deadline, show)


def _is_merged(cluster: Cluster, run: Run) -> bool:
    merging = merge_run(run)
    return cluster.get(JOB, merging.namespace, merging.job) is not None
