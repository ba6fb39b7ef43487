"""Which cluster is meant, and how it is spoken to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evaluator.errors import ConfigError, DeploymentFailed

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster that the user's settings name.

    Attributes:
        client: Speaks to its API as whoever the settings say, and verifies what they say.
        context: Name of the context, or of where the settings came from.
        server: Host and port of the API.
    """

    client: "ApiClient"
    context: str
    server: str


def connect(context: str | None) -> Connection:
    """Return a connection by the kubeconfig, or in a pod by what the pod was given.

    Args:
        context: A context of the kubeconfig; None for its current one.

    Raises:
        ConfigError: There is no such context, or no kubeconfig that can be used.
        DeploymentFailed: The Kubernetes client is not installed.
    """
    try:
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.config import ConfigException
    except ImportError as error:
        raise DeploymentFailed(
            "the Kubernetes client is not installed: pip install 'llm-judge-evaluator[k8s]'."
        ) from error
    # Attempts are counted and delays bounded in one place, which is not there.
    configuration = Configuration(retries=False)
    try:
        name = _load(configuration, context)
    except ConfigException as error:
        raise ConfigError(_explain(str(error), context)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"the kubeconfig cannot be used: {error}.") from error
    return Connection(
        client=ApiClient(configuration),
        context=name,
        server=urlsplit(configuration.host).netloc,
    )


def _load(configuration: object, context: str | None) -> str:
    from kubernetes.config import (
        ConfigException,
        list_kube_config_contexts,
        load_incluster_config,
        load_kube_config,
    )

    try:
        contexts, current = list_kube_config_contexts()
    except ConfigException:
        if context is None and _in_pod():
            load_incluster_config(client_configuration=configuration)
            return "this pod's service account"
        raise
    named = context or (current or {}).get("name")
    if named is None or named not in {one["name"] for one in contexts}:
        raise ConfigException(f"no context {named}")
    load_kube_config(context=named, client_configuration=configuration, persist_config=False)
    return str(named)


def _in_pod() -> bool:
    import os

    return bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _explain(said: str, context: str | None) -> str:
    if said.startswith("no context") or "Expected object with name" in said:
        wanted = f"the context '{context}'" if context else "no current context"
        has = "lacks" if context else "has"
        return (
            f"the kubeconfig {has} {wanted}; `kubectl config get-contexts` lists what there is, "
            "--context names one."
        )
    if "No configuration found" in said:
        return "there is no kubeconfig; set KUBECONFIG, or put it at ~/.kube/config."
    return f"the kubeconfig cannot be used: {said.rstrip('.')}."
