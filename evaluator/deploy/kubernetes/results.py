"""Fetching a run directory from the volume that it is on, through a pod that lives for that."""

import copy
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from evaluator.deploy.kubernetes.archive import (
    check_destination,
    check_files,
    move_into,
    parse_checksums,
    room_for_archive,
    room_for_listing,
    unpack,
)
from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.execution import Place, execute
from evaluator.deploy.kubernetes.job import RESULTS, Run, latest_run, results_path
from evaluator.deploy.kubernetes.kinds import POD
from evaluator.deploy.kubernetes.manifest import Manifest, pod_of
from evaluator.deploy.kubernetes.names import job_name
from evaluator.deploy.kubernetes.ownership import owned
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.pod import pod_from
from evaluator.deploy.kubernetes.seeing import await_change, events_of
from evaluator.deploy.kubernetes.trouble import Scene, trouble_of
from evaluator.errors import DeploymentFailed, StorageFailed

logger = logging.getLogger(__name__)

CONTAINER = "reader"
KEPT = (
    *("securityContext", "imagePullSecrets", "nodeSelector", "tolerations", "affinity"),
    *("enableServiceLinks", "runtimeClassName", "schedulerName", "priorityClassName"),
)
"""What a reader's pod has of the job's, so that it may run wherever the job may."""

LONGEST_LIFE = 3600
"""Seconds after which the cluster ends a reader that nobody ended."""

LISTING = (
    'cd "$1" && exec find "$2" -path "$2/shards" -prune -o -type f -exec sha256sum --zero {} +'
)
PACKING = 'cd "$1" && exec tar --create --file=- --anchored --exclude="$2/shards" -- "$2"'


def fetch_results(
    cluster: Cluster, namespace: str, name: str, folder: Path, deadline: Deadline
) -> int:
    """Copy the run directory of a name into a folder and return how many files it has.

    What shards left there stays: once merged, nobody needs it here.
    The files are replaced one by one when all have arrived as they are on the volume.

    Raises:
        ConfigError: The folder holds something else.
        DeploymentFailed: There is no such run, or no way to its volume.
        StorageFailed: A file cannot be written, or there is no room for all of them.
    """
    check_destination(folder)
    run, job = latest_run(cluster, namespace, name)
    pod = pod_of(job)
    path = PurePosixPath(results_path(pod, name))
    arguments = (str(path.parent), path.name)
    with _staging(folder) as staging, _reader(cluster, run, pod, deadline) as reader:
        archive = staging / "archive.tar"
        place = Place(namespace, reader, CONTAINER)
        listing = bytearray()
        told = room_for_listing(listing.extend)
        execute(cluster, place, ["sh", "-c", LISTING, "sh", *arguments], told, deadline)
        wanted = parse_checksums(bytes(listing), path.name)
        if not wanted:
            raise DeploymentFailed(f"{path} on the volume holds no results yet.")
        with archive.open("w+b") as file:
            try:
                held = room_for_archive(file.write, staging)
                execute(cluster, place, ["sh", "-c", PACKING, "sh", *arguments], held, deadline)
                file.seek(0)
            except OSError as error:
                raise StorageFailed.at_writing(archive, error) from error
            unpack(file, path.name, staging / "files")
        (staging / "files").mkdir(exist_ok=True)
        check_files(staging / "files", wanted)
        folder.mkdir(parents=True, exist_ok=True)
        move_into(staging / "files", folder)
    return len(wanted)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Yield a folder beside another, on the same file system."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent)
    except OSError as error:
        raise StorageFailed.at_writing(folder, error) from error
    with staging as named:
        yield Path(named)


@contextmanager
def _reader(
    cluster: Cluster, run: Run, job_pod: dict[str, Any], deadline: Deadline
) -> Iterator[str]:
    """Yield the name of a pod that runs and sees the volume; it is deleted in the end."""
    manifest = reader_pod(run, job_pod)
    name = str(manifest["metadata"]["name"])
    cluster.apply(manifest)
    try:
        _await_running(cluster, run.namespace, name, deadline)
        yield name
    finally:
        cluster.delete(POD, run.namespace, name)


def reader_pod(run: Run, job_pod: dict[str, Any]) -> Manifest:
    """Return a pod that does nothing beside a volume, with the rights of the job's pod alone."""
    container = job_pod["containers"][0]
    mounts = [one for one in container["volumeMounts"] if one["name"] == RESULTS]
    volumes = [one for one in job_pod["volumes"] if one["name"] == RESULTS]
    amounts = {"cpu": "100m", "memory": "128Mi"}
    kept = {key: copy.deepcopy(job_pod[key]) for key in KEPT if key in job_pod}
    kept.get("affinity", {}).pop("podAffinity", None)  # whom it would be beside may have ended
    spec = {
        **kept,
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "activeDeadlineSeconds": LONGEST_LIFE,
        "terminationGracePeriodSeconds": 0,
        "containers": [
            {
                "name": CONTAINER,
                "image": container["image"],
                "imagePullPolicy": container.get("imagePullPolicy", "IfNotPresent"),
                "command": ["sleep", str(LONGEST_LIFE)],
                "resources": {"requests": amounts, "limits": amounts},
                "securityContext": copy.deepcopy(container.get("securityContext", {})),
                "volumeMounts": [{**one, "readOnly": True} for one in mounts],
            }
        ],
        "volumes": copy.deepcopy(volumes),
    }
    metadata = {
        "name": job_name(run.name).replace("evaluator-", "evaluator-reader-", 1),
        "namespace": run.namespace,
        "labels": {"app.kubernetes.io/component": CONTAINER},
    }
    return owned(
        {"apiVersion": "v1", "kind": POD.name, "metadata": metadata, "spec": spec}, run.name
    )


def _await_running(cluster: Cluster, namespace: str, name: str, deadline: Deadline) -> None:
    told = ""
    while True:
        found = cluster.get(POD, namespace, name)
        pod = pod_from(found or {})
        if found is None or pod.status.phase in ("Failed", "Succeeded"):
            raise DeploymentFailed(
                f"the pod {name}, which should read the volume, is gone; try again."
            )
        if pod.status.phase == "Running":
            return
        trouble = trouble_of(Scene(pod, events_of(cluster, namespace, POD.name, name)))
        why = trouble.sentence if trouble else f"it is {pod.status.phase or 'not made yet'}"
        if deadline.passed or (trouble is not None and trouble.is_hopeless):
            raise DeploymentFailed(
                f"the volume cannot be read by the pod {name}: {why.rstrip('.')}."
            )
        if trouble is not None and why != told:
            logger.warning("%s", why)
            told = why
        version = str(found["metadata"].get("resourceVersion", ""))
        labels = f"app.kubernetes.io/component={CONTAINER}"
        await_change(cluster, namespace, labels, version, deadline)
