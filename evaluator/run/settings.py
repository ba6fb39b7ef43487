"""The settings of each command, checked before any work."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict

from evaluator.cases.shard import Shard
from evaluator.paths import at_home
from evaluator.run.locations import Location, NameOrLocation, OptionalLocation
from evaluator.run.presets import NEWSGROUPS, PresetName, above_preset
from evaluator.storage.location import url_of

Device = Literal["auto", "cpu", "cuda", "mps"]
Explain = Literal["none", "failures", "all"]
DType = Literal["auto", "float32", "bfloat16", "float16"]

KNITFAB_OUTPUT = Path("/out")
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
LONGEST_DEADLINE = 366 * 24 * 3600.0
"""Seconds; any more would not be a deadline."""

OPERATIONAL: JsonDict = {"operational": True}
"""Marks settings that a resumed run may change: they are applied anew at the end (threshold), do
not decide what is found (patience), or are compared by what they lead to (digests, judge lock)."""


def _operational(default: Any, **constraints: Any) -> Any:
    return Field(default, json_schema_extra=OPERATIONAL, **constraints)


def _listed(value: object) -> object:
    """Return what a file or a variable says of one thing or of several as a list without gaps."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [one for one in listed if one is not None and one != ""]


def _shard(value: object) -> object:
    """Return a shard as `I/N`; a count alone is completed where Kubernetes tells the index."""
    if value is None:
        return None
    text = str(value)
    if "/" not in text:
        index = os.environ.get(INDEX_VARIABLE)
        if index is None:
            raise ValueError(
                "a shard is written as I/N, such as 0/8 for the first of eight; N alone is enough "
                f"in a pod of an Indexed Job, where {INDEX_VARIABLE} is set"
            )
        text = f"{index}/{text}"
    return Shard.parse(text).written


class Settings(BaseModel):
    """What every command that writes a run directory takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    save_to: Location = _operational(Path("evaluation"))
    fresh: bool = _operational(False)
    threshold: Annotated[float, Field(ge=0, le=1)] = _operational(0.8)
    max_unscored: Annotated[float, Field(ge=0, le=1)] = _operational(0.05)
    min_judge_auc: Annotated[float | None, Field(ge=0, le=1)] = _operational(None)
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    labels: OptionalLocation = _operational(None)
    rubric: NameOrLocation = _operational("category-relevance")
    judge: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)] = _operational(
        ("embedded",)
    )
    judge_model: str | None = _operational(None)
    judge_url: Annotated[tuple[str, ...], BeforeValidator(_listed)] = _operational(())
    ca_file: Path | None = _operational(None)
    pull: bool = _operational(False)
    matrix: OptionalLocation = _operational(None)
    calibration: NameOrLocation = _operational("reference")
    overrides: OptionalLocation = _operational(None)
    concurrency: Annotated[int | None, Field(ge=1, le=256)] = _operational(None)
    timeout: Annotated[float, Field(gt=0)] = _operational(120.0)
    retries: Annotated[int, Field(ge=0, le=100)] = _operational(6)

    @field_validator("*", mode="after")
    @classmethod
    def _at_home(cls, value: object) -> object:
        """Expand `~`, which a shell leaves alone in a configuration file."""
        return at_home(value) if isinstance(value, Path) else value

    def lasting(self) -> dict[str, Any]:
        """Return the settings that decide what a run finds, as JSON values."""
        kept = self.model_dump(mode="json")
        for name, field in type(self).model_fields.items():
            if field.json_schema_extra == OPERATIONAL:
                del kept[name]
        return kept


class CaseSettings(Settings):
    """What every command that judges cases takes."""

    knitfab: bool = _operational(False)
    deadline: Annotated[float | None, Field(gt=0, le=LONGEST_DEADLINE)] = _operational(None)
    show_article: bool = False
    article_tokens: Annotated[int, Field(ge=32, le=1024)] = 256
    explain: Explain = _operational("none")
    fail_under: Annotated[float | None, Field(ge=0, le=1)] = _operational(None)
    fail_under_lower_bound: bool = _operational(False)
    min_accuracy: Annotated[float | None, Field(ge=0, le=1)] = _operational(None)
    junit: bool = _operational(False)

    @model_validator(mode="before")
    @classmethod
    def _written_to_the_output(cls, given: Any) -> Any:
        """Fill in where a run inside of Knitfab writes."""
        if isinstance(given, Mapping) and given.get("knitfab") is True:
            return {"save_to": KNITFAB_OUTPUT, **given}
        return given

    @model_validator(mode="after")
    def _output_is_absolute(self) -> "CaseSettings":
        if self.knitfab and url_of(self.save_to):
            raise ValueError(
                f"--knitfab writes to an output of the plan, which Knitfab keeps: --save-to is an "
                f"absolute path such as {KNITFAB_OUTPUT}, not a URL"
            )
        if self.knitfab and not self.save_to.is_absolute():
            raise ValueError(
                f"--knitfab writes to an output of the plan: --save-to is an absolute path such as "
                f"{KNITFAB_OUTPUT}, not {self.save_to}"
            )
        return self

    @model_validator(mode="after")
    def _bounds_are_of_a_gate(self) -> "CaseSettings":
        if self.fail_under_lower_bound and self.fail_under is None and self.min_accuracy is None:
            raise ValueError(
                "--fail-under-lower-bound says how --fail-under and --min-accuracy are held: give "
                "one of them, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _articles_are_asked_about(self) -> "CaseSettings":
        if self.show_article and self.matrix is not None:
            raise ValueError(
                "a stored matrix holds no verdicts on articles: leave out --matrix or "
                "--show-article"
            )
        if self.show_article and self.explain != "none":
            raise ValueError(
                "reasons are given for verdicts without articles: leave out --explain or "
                "--show-article"
            )
        return self


class ClassifySettings(CaseSettings):
    """What every command takes that reads cases and knows a model under test."""

    preset: PresetName | None = _operational(None)
    data: OptionalLocation = _operational(None)
    dataset: str | None = None
    keep_headers: bool = False
    text_column: str | None = None
    label_column: str | None = None
    id_column: str | None = None
    num_samples: Annotated[int, Field(ge=1)] | None = None
    sample: Literal["stratified", "first"] = "stratified"
    base_model: NameOrLocation | None = _operational(None)
    prompt_template: str | None = None
    device: Device = "auto"
    dtype: DType = "auto"
    batch_tokens: Annotated[int, Field(ge=1)] | None = _operational(None)

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, given: Any) -> Any:
        """Fill in what the preset says, and the dataset where no cases are named."""
        if not isinstance(given, Mapping):
            return given
        values = above_preset(given)
        if values.get("data") is None and values.get("dataset") is None:
            values["dataset"] = DEFAULT_DATASET
        return values

    @model_validator(mode="after")
    def _one_source(self) -> "ClassifySettings":
        if self.data is not None and self.dataset is not None:
            raise ValueError("name the cases with either --data PATH or --dataset NAME, not both")
        if self.data is None and not self.is_newsgroups and not self.hub_name:
            raise ValueError(
                f"--dataset knows {', '.join(NEWSGROUPS)} and hf:NAME[:SPLIT], not '{self.dataset}'"
            )
        if self.keep_headers and not self.is_newsgroups:
            raise ValueError("--keep-headers is for the posts of --dataset 20newsgroups alone")
        return self

    @property
    def is_newsgroups(self) -> bool:
        """Whether the cases are of 20 Newsgroups."""
        return self.dataset in NEWSGROUPS

    @property
    def hub_name(self) -> str | None:
        """What follows `hf:` in the dataset's name, or None for other datasets."""
        name = (self.dataset or "").removeprefix(HUB)
        return name if name and name != self.dataset else None


class RunSettings(ClassifySettings):
    """`evaluator run`: classify cases, then judge."""

    model_path: Location = _operational(...)
    shard: Annotated[str | None, BeforeValidator(_shard)] = _operational(None)

    @model_validator(mode="after")
    def _knitfab_has_no_shards(self) -> "RunSettings":
        if self.shard is not None and self.knitfab:
            raise ValueError("Knitfab has no shards: leave out --knitfab or --shard")
        return self

    @property
    def own_shard(self) -> Shard | None:
        """Which cases are this process's own; None for all."""
        return None if self.shard is None else Shard.parse(self.shard)


class DoctorSettings(ClassifySettings):
    """`evaluator doctor`: those of `evaluator run`, all of which may be missing."""

    model_path: OptionalLocation = _operational(None)

    @property
    def run(self) -> RunSettings | None:
        """The same for a run, or None without a model under test."""
        if self.model_path is None:
            return None
        return RunSettings.model_validate(self.model_dump())

    def names(self, *settings: str) -> bool:
        """Return whether the user gave any of these settings."""
        return not self.model_fields_set.isdisjoint(settings)


class BenchSettings(DoctorSettings):
    """`evaluator bench`: how much is asked, of whom."""

    endpoint: Annotated[tuple[str, ...], BeforeValidator(_listed)] = _operational(())
    rounds: Annotated[int, Field(ge=1, le=20)] = _operational(3)
    max_concurrency: Annotated[int, Field(ge=1, le=64)] = _operational(8)
    max_calls: Annotated[int, Field(ge=1)] = _operational(300)
    unload: bool = _operational(False)


class JudgeSettings(CaseSettings):
    """`evaluator judge`: judge predictions made elsewhere."""

    predictions: Location = _operational(...)
    predicted_column: str | None = None
    gold_column: str | None = None
    id_column: str | None = None
    confidence_column: str | None = None
    text_column: str | None = _operational(None)


class MatrixSettings(Settings):
    """`evaluator matrix`: judge a label set alone."""

    labels: Location = _operational(...)


HUB = "hf:"
DEFAULT_DATASET = "20newsgroups:test"
