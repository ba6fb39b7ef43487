"""What the cluster says of pods and of what happens to them, as far as it is read here."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

One = TypeVar("One", bound="Said")


class Said(BaseModel):
    """A part of an object: what is missing or null has its default, what else is there is left."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_nothing(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: one for name, one in value.items() if one is not None}
        return value


class Waiting(Said):
    """Why a container has not started."""

    reason: str = ""
    message: str = ""


class Ended(Said):
    """How a container ended."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""
    finished_at: str = ""


class Running(Said):
    """Since when a container runs."""

    started_at: str = ""


class State(Said):
    """Where a container is: in at most one of these."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Ended | None = None


class Container(Said):
    """A container of a pod."""

    name: str = ""
    image: str = ""
    ready: bool = False
    restart_count: int = 0
    state: State = State()
    last_state: State = State()

    @property
    def failure(self) -> Ended | None:
        """How it failed, at last or before it was started again."""
        for state in (self.state, self.last_state):
            if state.terminated is not None and state.terminated.exit_code:
                return state.terminated
        return None


class Condition(Said):
    """Something that is so, or is not."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class Metadata(Said):
    """Who an object is."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class PodStatus(Said):
    """How a pod is."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    init_container_statuses: tuple[Container, ...] = ()
    container_statuses: tuple[Container, ...] = ()


class Pod(Said):
    """A pod."""

    metadata: Metadata = Metadata()
    status: PodStatus = PodStatus()

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def containers(self) -> tuple[Container, ...]:
        """All containers, those first that run first."""
        return self.status.init_container_statuses + self.status.container_statuses

    def condition(self, kind: str) -> Condition:
        """Return a condition; an empty one where nothing is said of it."""
        found = (one for one in self.status.conditions if one.type == kind)
        return next(found, Condition())


class Concerned(Said):
    """The object that an event is about."""

    kind: str = ""
    name: str = ""
    uid: str = ""


class Event(Said):
    """Something that happened to an object."""

    metadata: Metadata = Metadata()
    involved_object: Concerned = Concerned()
    type: str = ""
    reason: str = ""
    message: str = ""


class JobStatus(Said):
    """How a job is."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    completed_indexes: str = ""
    failed_indexes: str = ""
    start_time: str = ""
    completion_time: str = ""
    conditions: tuple[Condition, ...] = ()


class Job(Said):
    """A job."""

    metadata: Metadata = Metadata()
    status: JobStatus = JobStatus()

    def condition(self, *kinds: str) -> Condition | None:
        """Return the first of some conditions that is so."""
        for one in self.status.conditions:
            if one.type in kinds and one.status == "True":
                return one
        return None


def pod_from(manifest: Mapping[str, Any]) -> Pod:
    """Return a pod as the API tells it; what cannot be read of it counts as not said."""
    return _read(Pod, manifest)


def event_from(manifest: Mapping[str, Any]) -> Event:
    """Return an event as the API tells it."""
    return _read(Event, manifest)


def job_from(manifest: Mapping[str, Any]) -> Job:
    """Return a job as the API tells it."""
    return _read(Job, manifest)


def _read(kind: type[One], manifest: Mapping[str, Any]) -> One:
    try:
        return kind.model_validate(manifest)
    except ValidationError:
        return kind()
