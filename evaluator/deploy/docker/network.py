"""The network on which containers reach the judge by its name."""

from typing import Any

from evaluator.deploy.docker.engine import LABEL, NETWORK
from evaluator.errors import DeploymentFailed


def ensure_network(client: Any) -> None:
    """Make the network unless there is one of its name, whoever made it.

    Raises:
        DeploymentFailed: The one of that name leads nowhere outside of it.
    """
    network = find_network(client)
    if network is None:
        client.networks.create(NETWORK, driver="bridge", labels={LABEL: "network"})
    elif network.attrs["Internal"]:
        raise DeploymentFailed(
            f"a network named {NETWORK} is there that was made with --internal, so that models "
            "cannot be pulled nor this machine reach the judge: remove it with "
            f"`docker network rm {NETWORK}` if nothing else needs it."
        )


def find_network(client: Any) -> Any | None:
    """Return the network, or None where there is none of that name."""
    named = client.networks.list(names=[NETWORK])  # also finds names that contain it
    return next((one for one in named if one.name == NETWORK), None)


def remove_network(client: Any) -> str | None:
    """Remove the network if these commands made it and no container is on it.

    Returns:
        What became of it, or None where there was none.
    """
    network = find_network(client)
    if network is None:
        return None
    if LABEL not in (network.attrs["Labels"] or {}):
        return f"The network {NETWORK} stays: `evaluator docker up` did not make it."
    network.reload()
    if network.attrs["Containers"]:
        return f"The network {NETWORK} stays: a container is still on it."
    network.remove()
    return f"The network {NETWORK} is removed."
