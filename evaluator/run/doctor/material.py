"""The data and the model under test."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from evaluator.cases import Case, Cases
from evaluator.cases.uniqueness import IdDigests
from evaluator.classifier.files import base_of, is_adapter
from evaluator.errors import DataUnusable, ModelUnusable
from evaluator.judge.labels import LabelSet, read_labels
from evaluator.report.wording import clipped, counted
from evaluator.run.classifying import case_source, chosen_cases, prompt_template
from evaluator.run.doctor.walking import Found, Step, skipped, warning
from evaluator.run.labelling import labels_of_model
from evaluator.run.settings import DEFAULT_DATASET, DoctorSettings, RunSettings
from evaluator.run.surveying import survey

READING_SECONDS = 20.0
SHOWN = 60
NO_MODEL = "no model was named with --model-path"


class _InTime:
    """The cases that can be read in a while.

    Args:
        source: Where they come from.
        seconds: For how long they are read, from the first one on.
    """

    def __init__(self, source: Cases, seconds: float) -> None:
        self._source = source
        self._ends_at = time.monotonic() + seconds
        self.stopped = False

    def __iter__(self) -> Iterator[Case]:
        for case in self._source:
            if time.monotonic() > self._ends_at:
                self.stopped = True
                return
            yield case

    def require_unchanged(self) -> None:
        self._source.require_unchanged()

    def __str__(self) -> str:
        return str(self._source)


@dataclass(slots=True)
class Material:
    """What a run would classify, and with which labels.

    Attributes:
        settings: Which data and model.
        names: The model's label names by class index, once they are known.
        labels: The label set, once it is known.
        article: The first case, once it is known.
    """

    settings: DoctorSettings
    names: tuple[str, ...] = ()
    labels: LabelSet | None = None
    article: Case | None = None

    @property
    def label_steps(self) -> list[Step]:
        """Return the steps that everything else of data and model needs."""
        return [
            Step("labels", self._read_labels, ModelUnusable, "name the labels with --labels."),
        ]

    @property
    def data_steps(self) -> list[Step]:
        """Return the steps that read the cases."""
        advice = "correct the data, or name the columns with --text-column and --label-column."
        return [Step("data", self._read_cases, DataUnusable, advice)]

    @property
    def model_steps(self) -> list[Step]:
        """Return the steps that load the model and classify the first case."""
        advice = "check the model's directory, and --base-model where it is an adapter."
        return [Step("classifier", self._classify, ModelUnusable, advice)]

    def _read_labels(self) -> Found:
        run = self.settings.run
        if run is not None:
            self.names, self.labels = labels_of_model(run)
            return Found(f"{counted(len(self.names), 'label')} of the model: {_some(self.names)}")
        if self.settings.labels is not None:
            self.labels = read_labels(self.settings.labels)
            return Found(f"{counted(len(self.labels), 'label')} in {self.settings.labels}")
        return skipped(NO_MODEL)

    def _read_cases(self) -> Found:
        settings = self.settings
        is_default = settings.data is None and settings.dataset == DEFAULT_DATASET
        if settings.model_path is None and is_default:
            return skipped("neither data nor a model were named")
        source = _InTime(case_source(settings), READING_SECONDS)
        chosen = chosen_cases(source, settings)
        count = _read_through(chosen, self.labels)
        self.article = next(iter(islice(case_source(settings), 1)), None)
        if self.article is None:
            raise DataUnusable(f"{source} has no cases; name others with --data or --dataset.")
        known = "" if self.labels is None else ", whose labels are all known"
        text = (
            f"{counted(count, 'case')} in {source}{known}; the first is “{self.article.id}”, "
            f"{self.article.gold}: “{clipped(self.article.text, SHOWN)}”"
        )
        if source.stopped:
            return warning(
                f"{text}; the rest was not read, which takes longer than {READING_SECONDS:g} s",
                "try the settings on a part with --num-samples, whose faults show sooner.",
            )
        return Found(text)

    def _classify(self) -> Found:
        run = self.settings.run
        if run is None:
            return skipped(NO_MODEL)
        return _classified(run, self.names, "" if self.article is None else self.article.text)


def _read_through(cases: Cases, labels: LabelSet | None) -> int:
    """Return how many cases there are, after what a run checks of them."""
    if labels is not None:
        return len(survey(cases, labels))
    ids = IdDigests()
    for case in cases:
        ids.add(case.id)
    ids.require_unique((case.id for case in cases), str(cases))
    return len(ids)


def _classified(run: RunSettings, names: tuple[str, ...], text: str) -> Found:
    from evaluator.classifier.checkpoint import load_checkpoint
    from evaluator.classifier.classify import classify

    started = time.monotonic()
    checkpoint = load_checkpoint(
        run.model_path,
        base_model=run.base_model,
        labels=names,
        device=run.device,
        dtype=run.dtype,
    )
    loaded = time.monotonic() - started
    prompt = prompt_template(run).render(text or "Hello.")
    (said,) = classify(checkpoint, [prompt], run.batch_tokens)
    device = str(checkpoint.model.device)
    kind = (
        f"an adapter on {base_of(run.model_path, run.base_model)}"
        if is_adapter(run.model_path)
        else "a full checkpoint"
    )
    article = "the first case" if text else "a greeting"
    found = (
        f"{kind} with {counted(len(names), 'label')} on {device}, loaded in {loaded:.1f} s; "
        f"takes {article} for {said.label}"
    )
    if run.device not in ("auto", device.partition(":")[0]):
        return warning(found, f"this machine has no '{run.device}': leave out --device.")
    return Found(found)


def _some(names: tuple[str, ...]) -> str:
    return clipped(", ".join(names), SHOWN)
