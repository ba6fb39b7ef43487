"""Names and amounts that Kubernetes takes, checked before it is asked."""

import getpass
import re
import secrets

from evaluator.errors import ConfigError

LONGEST_NAME = 40
"""Of a run's name: with what is added to it, a pod's name must stay within 63 characters."""

SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Without vowels and look-alikes, as Kubernetes' own suffixes."""

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
QUANTITY = re.compile(r"(\d+(\.\d*)?|\.\d+)(m|k|Ki|[MGTPE]i?)?")
RESOURCE = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?)/([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)"
)
IMAGE = re.compile(
    r"(?P<name>(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def checked_name(name: str, what: str) -> str:
    """Return a name that can be a label of the name service.

    Raises:
        ConfigError: It cannot.
    """
    if LABEL.fullmatch(name) is None:
        raise ConfigError(
            f"{what} cannot be '{name}': use lower-case letters, digits and hyphens, at most 63, "
            "with a letter or digit at both ends."
        )
    return name


def run_name(name: str) -> str:
    """Return the name of somebody's runs, short enough to be part of others.

    Raises:
        ConfigError: It is longer than `LONGEST_NAME`, or no label.
    """
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"--name cannot be '{name}': use at most {LONGEST_NAME} characters.")
    return checked_name(name, "--name")


def own_name() -> str:
    """Return a name for the runs of whoever is logged in."""
    try:
        login = getpass.getuser()
    except (OSError, KeyError):  # a user id without an entry, as in a container
        login = ""
    return label_of(login) or "run"


def label_of(text: str) -> str:
    """Return what of a text can be a run's name; empty where nothing can."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:LONGEST_NAME].strip("-")


def job_name(name: str) -> str:
    """Return a name for the next job of a run's name."""
    suffix = "".join(secrets.choice(SUFFIX_ALPHABET) for _ in range(5))
    return f"evaluator-{name}-{suffix}"


def checked_quantity(amount: str, flag: str) -> str:
    """Return an amount of processors or memory.

    Raises:
        ConfigError: It is none, or nothing.
    """
    found = QUANTITY.fullmatch(amount)
    if found is None or not float(found.group(1)):
        raise ConfigError(f"{flag} cannot be '{amount}': give an amount such as 2, 500m or 4Gi.")
    return amount


def checked_resource(name: str, flag: str) -> str:
    """Return the name of a resource that a device plugin offers, such as `nvidia.com/gpu`.

    Raises:
        ConfigError: It is none.
    """
    if RESOURCE.fullmatch(name) is None:
        raise ConfigError(
            f"{flag} cannot be '{name}': give a resource of a node, such as nvidia.com/gpu."
        )
    return name


def image_parts(image: str, flag: str) -> dict[str, str]:
    """Return an image's name, tag and digest under kustomize's keys.

    Raises:
        ConfigError: It is no image's name.
    """
    found = IMAGE.fullmatch(image)
    if found is None:
        raise ConfigError(
            f"{flag} cannot be '{image}': give a name such as localhost:5000/name:tag."
        )
    keys = {"newName": found["name"], "newTag": found["tag"], "digest": found["digest"]}
    if keys["digest"] is not None:
        del keys["newTag"]
    return {key: value for key, value in keys.items() if value is not None}
