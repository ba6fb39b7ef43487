"""A run that was started, to its end: its log, its results, its exit code."""

import logging
from pathlib import Path

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.following import Show, follow, how_to_continue
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.outcome import FINISHED, Outcome
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.refusal import Unreachable
from evaluator.deploy.kubernetes.results import fetch_results
from evaluator.errors import DeploymentFailed

logger = logging.getLogger(__name__)

SECONDS_TO_FETCH = 600.0


def complete_run(
    cluster: Cluster, run: Run, folder: Path, deadline: Deadline, show: Show
) -> Outcome:
    """Follow a run to its end and fetch its results, where it has any.

    Args:
        cluster: Where.
        run: Which was started.
        folder: Where the results go.
        deadline: Until when the job is waited for.
        show: Is given each line that the job writes.

    Raises:
        DeploymentFailed: The cluster ended it or does not answer, or the deadline is past.
        KeyboardInterrupt: Somebody went away; the job stays, and how to come back was said.
    """
    try:
        outcome = follow(cluster, run, deadline, show)
        if outcome.code in FINISHED:
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
