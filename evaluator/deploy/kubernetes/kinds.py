"""Where the API keeps objects of each kind that is asked for here."""

from dataclasses import dataclass

from evaluator.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object.

    Attributes:
        name: Such as `Pod`.
        group: Of the API; empty for the core.
        plural: The last word of its path.
        namespaced: Whether its objects are in namespaces.
    """

    name: str
    group: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None, name: str | None = None, part: str | None = None) -> str:
        """Return the path of all objects, of one, or of a part of one."""
        root = f"/apis/{self.group}/v1" if self.group else "/api/v1"
        space = f"/namespaces/{namespace}" if self.namespaced else ""
        rest = "".join(f"/{word}" for word in (name, part) if word is not None)
        return f"{root}{space}/{self.plural}{rest}"


CLAIM = Kind("PersistentVolumeClaim", "", "persistentvolumeclaims")
CONFIG_MAP = Kind("ConfigMap", "", "configmaps")
DEPLOYMENT = Kind("Deployment", "apps", "deployments")
EVENT = Kind("Event", "", "events")
JOB = Kind("Job", "batch", "jobs")
NAMESPACE = Kind("Namespace", "", "namespaces", namespaced=False)
NETWORK_POLICY = Kind("NetworkPolicy", "networking.k8s.io", "networkpolicies")
POD = Kind("Pod", "", "pods")
SERVICE = Kind("Service", "", "services")
STATEFUL_SET = Kind("StatefulSet", "apps", "statefulsets")

KINDS = {
    kind.name: kind
    for kind in (
        *(NAMESPACE, CONFIG_MAP, CLAIM, SERVICE, NETWORK_POLICY),
        *(DEPLOYMENT, STATEFUL_SET, JOB, POD, EVENT),
    )
}
"""By name, in the order in which they are made: what others need comes first."""


def kind_of(name: str) -> Kind:
    """Return a kind by its name.

    Raises:
        ConfigError: It is none that is made here.
    """
    if name not in KINDS:
        raise ConfigError(
            f"the overlay holds a {name}, which `evaluator k8s` does not make; use `kubectl apply`."
        )
    return KINDS[name]
