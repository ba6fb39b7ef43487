"""What the API refuses, in a sentence that says what to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from evaluator.errors import DeploymentFailed

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID = 401, 403, 404, 409, 422
QUOTA = re.compile(r"exceeded quota: (?P<quota>[^,]+), requested: (?P<requested>.*?)(?:, used:|$)")
IMMUTABLE = re.compile(
    r"field is immutable|may not change once set|updates to \S+ spec for fields other than"
)
MANAGER = re.compile(r'conflicts? with "([^"]+)"')
POD_SECURITY = "violates PodSecurity"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the API.

    Attributes:
        verb: As roles say it, such as `get`.
        kind: Plural of the kind, such as `pods`, with a part of it after a slash.
        name: Of the object; empty for all of a namespace.
        namespace: Where; empty for what has none.
    """

    verb: str
    kind: str
    name: str
    namespace: str

    def __str__(self) -> str:
        name = f" {self.name}" if self.name else ""
        place = f" in the namespace {self.namespace}" if self.namespace else ""
        return f"{self.kind}{name}{place}"


class Refused(DeploymentFailed):
    """The API answered, and refused.

    Attributes:
        status: Of the answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(DeploymentFailed):
    """The API did not answer, or broke off."""


class Untrusted(DeploymentFailed):
    """The API is not who the kubeconfig expects."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that refuses.

    Attributes:
        status: Of HTTP.
        said: The message in it, on one line.
        request: What was asked.
        context: In which context.
    """

    status: int
    said: str
    request: Request
    context: str


def refusal(status: int, said: str, request: Request, context: str) -> Refused:
    """Return the error for an answer.

    Args:
        status: Of the answer.
        said: The message in it, or the beginning of its body.
        request: What was asked.
        context: In which context.
    """
    answer = Answer(status, " ".join(said.split()), request, context)
    found = (sentence for explain in EXPLAINERS if (sentence := explain(answer)))
    return Refused(status, next(found, None) or _anything(answer))


def _unknown(answer: Answer) -> str | None:
    if answer.status == UNAUTHORIZED:
        return (
            f"the cluster does not know who you are: the credentials of the context "
            f"{answer.context} are missing or expired; log in again, and try `kubectl get pods`."
        )
    if answer.status == FORBIDDEN and "system:anonymous" in answer.said:
        return (
            f"the context {answer.context} sends no credentials that the cluster takes; log in "
            "again, and try `kubectl get pods`."
        )
    return None


def _over_quota(answer: Answer) -> str | None:
    quota = QUOTA.search(answer.said)
    if quota is None:
        return None
    return (
        f"{answer.request} would exceed the quota {quota['quota']} (requested: "
        f"{quota['requested']}); ask for less (--judge-cpu, --job-memory, …), or a larger quota."
    )


def _forbidden(answer: Answer) -> str | None:
    if POD_SECURITY in answer.said:
        return f"the namespace's Pod Security forbids {answer.request}: {answer.said}."
    if answer.status == FORBIDDEN and "cannot" in answer.said:
        return (
            f"you may not {answer.request.verb} {answer.request}; ask for the Role in "
            "k8s/rbac.yaml (docs/kubernetes.md)."
        )
    return None


def _not_there(answer: Answer) -> str | None:
    if answer.status != NOT_FOUND:
        return None
    space = answer.request.namespace
    if space and f'namespaces "{space}" not found' in answer.said:
        return f"there is no namespace {space}; make it: kubectl create namespace {space}."
    return f"there is no {answer.request}."


def _managed_by_others(answer: Answer) -> str | None:
    managers = sorted(set(MANAGER.findall(answer.said)))
    if answer.status != CONFLICT or not managers:
        return None
    return (
        f"{answer.request} is also managed by {', '.join(managers)}; --take-over makes it ours, or "
        "delete it first."
    )


def _immutable(answer: Answer) -> str | None:
    if answer.status == INVALID and IMMUTABLE.search(answer.said):
        return (
            f"{answer.request} is there already and cannot be changed in that way; delete it first."
        )
    return None


def _anything(answer: Answer) -> str:
    said = answer.said[:300].rstrip(".")
    return (
        f"the cluster refuses to {answer.request.verb} {answer.request} ({answer.status}): {said}."
    )


EXPLAINERS: tuple[Callable[[Answer], str | None], ...] = (
    _unknown,
    _over_quota,
    _forbidden,
    _not_there,
    _managed_by_others,
    _immutable,
)
