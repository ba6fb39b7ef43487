"""Why a pod does not come up or does not go on, and what to do: one sentence for each ground.

Each explainer looks at what the cluster says and returns its trouble, or None. The first counts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from evaluator.deploy.kubernetes.pod import Container, Event, Pod


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen of a workload at one time.

    Attributes:
        pod: Its pod; None where there is none yet.
        events: What happened to the pod, or to what should make it, the latest last.
    """

    pod: Pod | None
    events: tuple[Event, ...] = ()

    def told(self, *reasons: str) -> str:
        """Return the message of the latest event with one of some reasons; empty without one."""
        told = (one.message for one in reversed(self.events) if one.reason in reasons)
        return _line(next(told, ""))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something does not come up.

    Attributes:
        reason: In a word, such as `ImagePullBackOff`.
        sentence: What is wrong and what to do.
        is_hopeless: Whether waiting cannot help.
    """

    reason: str
    sentence: str
    is_hopeless: bool = False


Explainer = Callable[[Scene], Trouble | None]

MOST_CHARACTERS = 300
GPU = re.compile(r"Insufficient (\S*(?:gpu|mig|cuda)\S*?)[,.]?(?:\s|$)", re.IGNORECASE)
SHORT = re.compile(r"Insufficient ([\w./-]+?)[,.]?(?:\s|$)")
TAINT = re.compile(r"untolerated taint\(?s?\)? \{([^}]*)\}")
UNBOUND = re.compile(r"unbound immediate PersistentVolumeClaims")
NO_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)" not found')
QUOTA = re.compile(r"exceeded quota: ([^,]+)")
NO_MODEL = re.compile(r"not on the volume|pull model manifest|does not exist|file does not exist")


def trouble_of(scene: Scene) -> Trouble | None:
    """Return what keeps a workload from going on; None where nothing is known."""
    return next((found for explain in EXPLAINERS if (found := explain(scene))), None)


def _refused(scene: Scene) -> Trouble | None:
    """Whatever should make the pod was not allowed to."""
    said = scene.told("FailedCreate") if scene.pod is None else ""
    if not said:
        return None
    if quota := QUOTA.search(said):
        return Trouble(
            "QuotaExceeded",
            f"the quota {quota[1]} leaves no room for the pod; ask for less (--judge-cpu, "
            "--job-memory, …), or for a larger quota.",
        )
    if "violates PodSecurity" in said:
        return Trouble("PodSecurity", f"the namespace's Pod Security forbids the pod: {said}")
    if "forbidden" in said:
        return Trouble("Forbidden", f"the pod is not allowed here: {said}")
    return Trouble("FailedCreate", f"the pod cannot be made: {said}")


def _unschedulable(scene: Scene) -> Trouble | None:
    if scene.pod is None:
        return None
    scheduled = scene.pod.condition("PodScheduled")
    said = _line(scheduled.message) if scheduled.status == "False" else ""
    return _no_node(scene.pod.name, said) if said else None


def _no_node(pod: str, said: str) -> Trouble:
    if gpu := GPU.search(said):
        return Trouble(
            "NoGPU",
            f"no node has a free {gpu[1]} for {pod}: other pods hold all, or the cluster has none; "
            "free one, name another with --gpu, or use --overlay cpu.",
        )
    if missing := NO_CLAIM.search(said):
        return Trouble("NoClaim", f"{pod} waits for the claim {missing[1]}, which is not there.")
    if UNBOUND.search(said):
        return Trouble(
            "ClaimNotBound",
            f"{pod} waits for a volume that nothing provides: name a --storage-class that the "
            "cluster has (kubectl get storageclass), or an existing claim (--models-claim, "
            "--inputs-claim, --results-claim).",
        )
    if short := sorted(set(SHORT.findall(said))):
        return Trouble(
            "NoRoom",
            f"no node has enough free {' and '.join(short)} for {pod}; ask for less (--judge-cpu, "
            "--judge-memory, --job-cpu, --job-memory), or free some.",
        )
    if taint := TAINT.search(said):
        return Trouble(
            "Tainted",
            f"every node that would do is tainted ({taint[1].strip()}) and {pod} does not tolerate "
            "that; remove the taint, or patch a toleration in.",
        )
    return Trouble("Unschedulable", f"no node takes {pod}: {said}")


def _no_image(scene: Scene) -> Trouble | None:
    for pod, one, waiting in _waiting(scene):
        image = one.image or "its image"
        if waiting == "ErrImageNeverPull":
            return Trouble(
                waiting,
                f"{image} is not on the node of {pod}, and this overlay pulls nothing; load it "
                "there, or name another with --image or --judge-image.",
                is_hopeless=True,
            )
        if waiting == "InvalidImageName":
            return Trouble(waiting, f"'{image}' is no name of an image.", is_hopeless=True)
        if waiting in ("ImagePullBackOff", "ErrImagePull", "RegistryUnavailable"):
            ground = one.state.waiting.message if one.state.waiting else ""
            said = _line(scene.told("Failed") or ground)
            return Trouble(
                "ImagePullBackOff",
                f"{image} cannot be pulled for {pod}: see that it exists, that the node reaches "
                f"its registry and may pull from it, or name another with --image. {said}".rstrip(),
            )
    return None


def _no_settings(scene: Scene) -> Trouble | None:
    for pod, one, waiting in _waiting(scene):
        if waiting in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError"):
            ground = _line(one.state.waiting.message if one.state.waiting else "")
            return Trouble(waiting, f"{one.name} of {pod} cannot be started: {ground}")
    return None


def _hook_failed(scene: Scene) -> Trouble | None:
    said = scene.told("FailedPostStartHook")
    in_hook = any(waiting == "PostStartHookError" for _, _, waiting in _waiting(scene))
    if scene.pod is None or not (said or in_hook) or _all_ready(scene.pod):
        return None
    return Trouble(
        "PostStartHookError",
        f"the hook that pulls the model of {scene.pod.name} fails: see that the node reaches the "
        f"model's registry. {said}".rstrip(),
    )


def _out_of_memory(scene: Scene) -> Trouble | None:
    for one in _containers(scene):
        if one.failure is not None and one.failure.reason == "OOMKilled" and not one.ready:
            return Trouble(
                "OOMKilled",
                f"{one.name} of {_name(scene)} needed more memory than its limit and was killed; "
                "give it more (--judge-memory, --job-memory).",
            )
    return None


def _evicted(scene: Scene) -> Trouble | None:
    pod = scene.pod
    if pod is None:
        return None
    if pod.status.reason == "Evicted":
        return Trouble("Evicted", f"{pod.name} was evicted: {_line(pod.status.message)}")
    disrupted = pod.condition("DisruptionTarget")
    if disrupted.status == "True":
        ground = _line(disrupted.message) or disrupted.reason
        return Trouble("Disrupted", f"{pod.name} had to leave its node: {ground}")
    if pod.status.reason == "NodeLost":
        return Trouble("NodeLost", f"the node of {pod.name} no longer answers.")
    return None


def _init_failed(scene: Scene) -> Trouble | None:
    """Whatever runs before the pod's own containers failed, such as the filling of the volume."""
    for one in scene.pod.status.init_container_statuses if scene.pod else ():
        if one.failure is None or one.ready:
            continue
        said = _line(one.failure.message)
        if NO_MODEL.search(said):
            return Trouble(
                "ModelMissing",
                f"the judge's model is not there and cannot be pulled: {said}",
            )
        return Trouble(
            "InitFailed",
            f"{one.name} of {_name(scene)} ended with {one.failure.exit_code}: {said}".rstrip(": "),
        )
    return None


def _crashes(scene: Scene) -> Trouble | None:
    for pod, one, waiting in _waiting(scene):
        if waiting == "CrashLoopBackOff":
            failure = one.failure
            how = f"ended with {failure.exit_code}: {_line(failure.message)}" if failure else "ends"
            return Trouble(
                waiting,
                f"{one.name} of {pod} {how}".rstrip(": ") + "; `kubectl logs` shows what it wrote.",
            )
    return None


def _no_volume(scene: Scene) -> Trouble | None:
    begun = ("Running", "Succeeded", "Failed")
    if scene.pod is None or scene.pod.status.phase in begun:
        return None
    said = scene.told("FailedAttachVolume", "FailedMount", "FailedBinding", "ProvisioningFailed")
    if "Multi-Attach" in said:
        return Trouble(
            "VolumeElsewhere",
            f"a volume of {scene.pod.name} is in use on another node; wait until it is free.",
        )
    return Trouble("NoVolume", f"{scene.pod.name} gets no volume: {said}") if said else None


def _probe_fails(scene: Scene) -> Trouble | None:
    said = scene.told("Unhealthy")
    if scene.pod is None or not said or _all_ready(scene.pod):
        return None
    if NO_MODEL.search(said) or "not found" in said:
        return Trouble(
            "ModelMissing", f"{scene.pod.name} answers, and the judge's model is not there: {said}"
        )
    return Trouble("Unhealthy", f"{scene.pod.name} does not say that it is ready: {said}")


EXPLAINERS: tuple[Explainer, ...] = (
    _refused,
    _evicted,
    _unschedulable,
    _no_image,
    _no_settings,
    _out_of_memory,
    _init_failed,
    _hook_failed,
    _crashes,
    _no_volume,
    _probe_fails,
)


def _containers(scene: Scene) -> tuple[Container, ...]:
    return scene.pod.containers if scene.pod else ()


def _waiting(scene: Scene) -> list[tuple[str, Container, str]]:
    """Return the pod's name, the container and the reason for each that waits."""
    return [
        (_name(scene), one, one.state.waiting.reason)
        for one in _containers(scene)
        if one.state.waiting is not None
    ]


def _all_ready(pod: Pod) -> bool:
    return bool(pod.status.container_statuses) and all(
        one.ready for one in pod.status.container_statuses
    )


def _name(scene: Scene) -> str:
    return scene.pod.name if scene.pod else ""


def _line(text: str) -> str:
    """Return a message on one line, and not longer than a reader likes."""
    words = " ".join(text.split())
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1]}…"
