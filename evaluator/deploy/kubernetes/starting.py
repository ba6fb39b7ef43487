"""Starting a run, unless it is there already."""

import logging
from dataclasses import dataclass

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.job import Run, check_judges, run_manifests, start_job
from evaluator.deploy.kubernetes.manifest import Manifest, shards_of
from evaluator.deploy.kubernetes.names import job_name
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.raising import raise_judge
from evaluator.deploy.kubernetes.shards_job import keep_together, merge_manifest, run_at_work
from evaluator.errors import ConfigError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was started, or is gone on with.

    Attributes:
        run: Its job.
        merge: The job that merges its shards; None where it is in one piece.
    """

    run: Run
    merge: Manifest | None = None


def start_run(
    cluster: Cluster,
    manifests: tuple[Manifest, ...],
    name: str,
    deadline: Deadline,
    *,
    fresh: bool,
    raises_judges: bool,
) -> Started:
    """Start a run beside its judges, or go on with one whose shards are at work.

    Args:
        cluster: Where.
        manifests: What an overlay makes.
        name: Of the run; its directory on the volume is called so, too.
        deadline: Until when judges are waited for that are started here.
        fresh: Whether it starts over instead of continuing that directory.
        raises_judges: Whether the judges are started here, where they are not there yet.

    Raises:
        ConfigError: Shards cannot start over.
        DeploymentFailed: There is no judge that is ready, the directory is another's, or something
            is refused.
    """
    job, settings = run_manifests(manifests, name, job_name(name), fresh=fresh)
    in_shards = shards_of(job) is not None
    if in_shards and fresh:
        raise ConfigError(
            "--fresh cannot be given with shards, which would find what others have left; give "
            "another --name."
        )
    found = run_at_work(cluster, job, name, fresh=fresh)
    if found is not None:
        logger.info("the job %s is there already and gone on with", found.job)
        job, _ = run_manifests(manifests, name, found.job, fresh=fresh)
        return Started(found, merge_manifest(job, name))
    if raises_judges:
        raise_judge(cluster, manifests, deadline, take_over=False)
    else:
        check_judges(cluster, manifests)
    merge = merge_manifest(job, name) if in_shards else None
    if in_shards and (claim := keep_together(cluster, job)):
        logger.info("the claim %s is for one node, so all shards go to one", claim)
    run = start_job(cluster, job, settings, name)
    if cluster.dry_run and merge is not None:
        cluster.apply(merge)
    return Started(run, merge)
