"""The plan that does in Knitfab what a run's settings say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from evaluator.backends.naming import JudgeSpec, parse_judge
from evaluator.deploy.flags import flag, flags_of
from evaluator.deploy.knitfab.places import TYPES, Place, placed
from evaluator.errors import ConfigError
from evaluator.run.fetching import INPUTS
from evaluator.run.settings import KNITFAB_OUTPUT, RunSettings
from evaluator.storage.location import is_url, url_of

JUDGE_URL = "http://ollama:11434"
"""Where Ollama is reached that was deployed beside Knitfab."""

DEADLINE = 6 * 3600
"""Seconds after which a run ends that was given no time of its own: Knitfab ends none."""

JUDGE_SETTINGS = {"judge", "judge_model", "judge_url"}
ELSEWHERE = {"knitfab", "fresh", "save_to", "deadline"}
"""Settings that a plan decides for itself; an output is always empty at the start."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a plan says that no setting of a run does.

    Attributes:
        image: The evaluator's image as the cluster's nodes call it, `NAME:TAG`.
        project: The value of the tag `project:…` on everything that the plan reads and makes.
        cpu: Processors, a quantity of Kubernetes.
        memory: Memory, another.
        gpu: The resource that a GPU is claimed by, where the classifier is to run on one.
        model_folder: Where in its data the model is; None where it is the data.
    """

    image: str
    project: str
    cpu: str
    memory: str
    gpu: str
    model_folder: str | None = None


@dataclass(frozen=True, slots=True)
class PlanInput:
    """An input of a plan.

    Attributes:
        path: Where its data is mounted.
        type: What its data is called.
        files: What is expected in it, by name; nothing where the data is one thing.
    """

    path: PurePosixPath
    type: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """A plan of `evaluator run`.

    Attributes:
        wishes: Image, project and resources.
        args: The image's arguments.
        inputs: What it reads.
        resources: What it claims, by the name of the resource.
        uses_embedded_judge: Whether the judge has to be in the image.
    """

    wishes: Wishes
    args: tuple[str, ...]
    inputs: tuple[PlanInput, ...]
    resources: Mapping[str, str]
    uses_embedded_judge: bool


def evaluation_plan(
    settings: RunSettings, given: Mapping[str, Any], config_file: Path | None, wishes: Wishes
) -> EvaluationPlan:
    """Return the plan of a run.

    Paths are those of the container. Other settings of the settings file stay there, so that they
    are data with a lineage of their own; those given otherwise become arguments.

    Args:
        settings: The settings of the run, from all sources.
        given: Those that are not from the settings file; None where one was not given.
        config_file: The settings file, if any.
        wishes: What else the plan says.

    Raises:
        ConfigError: Something in the settings cannot be so in Knitfab.
    """
    _refuse_urls(settings, config_file)
    judges = _judges(settings)
    places = placed(settings, config_file, wishes.model_folder, judges)
    judge_arguments = tuple(_judge_arguments(settings, judges, places))
    said = {*places, *ELSEWHERE, *(JUDGE_SETTINGS if judge_arguments else ())}
    others = {name: value for name, value in given.items() if name not in said}
    deadline = settings.deadline or DEADLINE
    claimed = {wishes.gpu: "1"} if settings.device == "cuda" else {}
    return EvaluationPlan(
        wishes=wishes,
        args=(
            "run",
            "--knitfab",
            *_path_arguments(places),
            *judge_arguments,
            *_other_arguments(settings, others),
            f"--deadline={deadline:g}",
            f"--save-to={KNITFAB_OUTPUT}",
        ),
        inputs=tuple(_inputs(places)),
        resources={"cpu": wishes.cpu, "memory": wishes.memory, **claimed},
        uses_embedded_judge=settings.matrix is None
        and any(one.backend in ("embedded", "embedding") and one.model is None for one in judges),
    )


def _refuse_urls(settings: RunSettings, config_file: Path | None) -> None:
    named_values = [*settings, ("config_file", config_file)]
    for name, value in named_values:
        url = url_of(value) if isinstance(value, Path) else value
        if name in (*INPUTS, "config_file", "save_to") and isinstance(url, str) and is_url(url):
            raise ConfigError(
                f"{flag(name)} cannot be {url}: a Run of Knitfab has no key to a store and keeps "
                "its own lineage; fetch it and give its path, which becomes an input."
            )


def _judges(settings: RunSettings) -> tuple[JudgeSpec, ...]:
    """Return the judges, of which none may be on the machine that asks."""
    if settings.matrix is not None:
        return ()
    surroundings = {"OLLAMA_HOST": JUDGE_URL}
    judges = tuple(
        parse_judge(spec, settings.judge_model, settings.judge_url, surroundings)
        for spec in settings.judge
    )
    for url in (url for judge in judges for url in judge.urls):
        if _is_loopback(url):
            raise ConfigError(
                f"the judge at {url} is not there in a Run, which is a machine of its own: name "
                f"its service, such as --judge-url {JUDGE_URL}."
            )
    return judges


def _path_arguments(places: Mapping[str, tuple[Place, ...]]) -> Iterator[str]:
    for name, (place, *_) in places.items():
        if name != "judge":
            yield f"{flag(name)}={place.path}"


def _judge_arguments(
    settings: RunSettings, judges: tuple[JudgeSpec, ...], places: Mapping[str, tuple[Place, ...]]
) -> Iterator[str]:
    """Yield the judges where their addresses or files have to be said anew; else they stay."""
    weights = iter(places.get("judge", ()))
    specs = [_spec(judge, weights) for judge in judges]
    addressed = zip(settings.judge, judges, strict=False)  # no judge at all with a stored matrix
    lacks_address = any(judge.urls and "@" not in spec for spec, judge in addressed)
    if "judge" in places or (lacks_address and not settings.judge_url):
        yield from (f"--judge={spec}" for spec in specs)


def _spec(judge: JudgeSpec, weights: Iterator[Place]) -> str:
    """Return a judge as it is named in the container."""
    if judge.urls:
        named = f"{judge.backend}:{judge.model}@{judge.urls[0]}"
    elif judge.model is None:
        named = judge.backend
    else:
        named = f"{judge.backend}:{next(weights).path}"
    return f"{named}#{judge.form}" if judge.form else named


def _other_arguments(settings: RunSettings, given: Mapping[str, Any]) -> Iterator[str]:
    for name in RunSettings.model_fields:
        value = getattr(settings, name)
        if given.get(name) is not None and value is not False:
            yield from flags_of(name, value)


def _inputs(places: Mapping[str, tuple[Place, ...]]) -> Iterator[PlanInput]:
    every = [place for group in places.values() for place in group]
    for mount, name in TYPES.items():
        files = [place.path.name for place in every if place.mount == mount != place.path]
        if any(place.mount == mount for place in every):
            yield PlanInput(mount, name, tuple(dict.fromkeys(files)))


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
