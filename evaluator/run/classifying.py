"""The classifier stage: from cases to predictions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from evaluator.cases import (
    Case,
    Cases,
    CaseSource,
    FileCases,
    FirstCases,
    FolderCases,
    HubCases,
    NewsgroupsCases,
    changed,
    stratified_sample,
)
from evaluator.cases.digest import key_of, text_key
from evaluator.classifier.classified import ClassifiedTexts
from evaluator.classifier.prediction import Classification, Prediction
from evaluator.classifier.seen import SeenModel
from evaluator.classifier.template import PromptTemplate, template_of
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress
from evaluator.run.settings import ClassifySettings, RunSettings
from evaluator.run.surveying import SurveyedCases

EMPTY_TEXT = "empty-text"

Classifier = Callable[[Iterable[str]], Iterator[Classification]]
"""Yields a classification for each text, in an order that suits the hardware."""


def case_source(settings: ClassifySettings) -> CaseSource:
    """Return the source that the settings name."""
    columns = (settings.text_column, settings.label_column, settings.id_column)
    if settings.data is not None:
        return (
            FolderCases(settings.data)
            if settings.data.is_dir()
            else FileCases(settings.data, *columns)
        )
    if settings.hub_name is not None:
        return HubCases(settings.hub_name, *columns)
    subset: Literal["train", "test"] = (
        "train" if settings.dataset == "20newsgroups:train" else "test"
    )
    return NewsgroupsCases(subset, settings.keep_headers)


def chosen_cases(source: Cases, settings: ClassifySettings) -> Cases:
    """Return the cases of this run: all of them, the first ones, or a stratified sample.

    Raises:
        DataUnusable: A sample is wanted, and the source cannot be read.
    """
    if settings.num_samples is None:
        return source
    if settings.sample == "first":
        return FirstCases(source, settings.num_samples)
    return stratified_sample(source, settings.num_samples, settings.seed)


def prompt_template(settings: RunSettings) -> PromptTemplate:
    """Return the template that articles are put in before the model reads them.

    Raises:
        ModelUnusable: The template that travels with the model is broken.
    """
    if settings.prompt_template is not None:
        return PromptTemplate(settings.prompt_template)
    return template_of(settings.model_path)


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of cases, joined when they are read.

    Attributes:
        cases: The cases.
        template: What their articles were put in.
        classified: What the model said of every article in the template.
    """

    cases: SurveyedCases
    template: PromptTemplate
    classified: ClassifiedTexts

    def __iter__(self) -> Iterator[Prediction]:
        """Yield the predictions in case order.

        Raises:
            DataUnusable: The cases are not those that were classified.
        """
        return map(self._prediction, self.cases)

    def require_unchanged(self) -> None:
        """Check that the cases are still what they were.

        Raises:
            DataUnusable: They are not, or cannot be read any more.
        """
        self.cases.require_unchanged()

    def _prediction(self, case: Case) -> Prediction:
        if is_empty(case):
            return Prediction(case.id, case.gold, None, missing=EMPTY_TEXT, text=case.text)
        found = self.classified.get(text_key(self.template.render(case.text)))
        if found is None:
            raise changed(self.cases)
        return Prediction(
            case.id, case.gold, found.label, found.confidence, found.truncated, text=case.text
        )


class _Unclassified:
    """The prompts that no start has classified yet, each once, made as they are taken."""

    def __init__(self, cases: Cases, template: PromptTemplate, known: ClassifiedTexts) -> None:
        self._cases = cases
        self._template = template
        self._known = known
        self._asked: set[bytes] = set()
        self._done = 0

    def __iter__(self) -> Iterator[str]:
        for case in self._cases:
            if not is_empty(case):
                prompt = self._template.render(case.text)
                key = text_key(prompt)
                if key not in self._known and key not in self._asked:
                    self._asked.add(key)
                    yield prompt
                    continue
            self._done += 1

    def hear(self, found: Classification) -> None:
        """Take note of a prompt's classification."""
        self._known.add(found)
        self._asked.discard(key_of(found.text_sha256))
        self._done += 1

    def take_done(self) -> int:
        """Return how many cases were done since the last call."""
        done, self._done = self._done, 0
        return done


def is_empty(case: Case) -> bool:
    """Return whether there is nothing to classify."""
    return not case.text.strip()


def classify_cases(
    cases: SurveyedCases,
    settings: RunSettings,
    model_labels: Sequence[str],
    journal: Journal[Classification],
    progress: Progress,
    *,
    seen: SeenModel,
) -> Predictions:
    """Return predictions, computing only what the journal does not know.

    Equal articles are classified once. Empty ones are not classified at all.

    Args:
        cases: What to classify.
        settings: Which model, and how to run it.
        model_labels: Label names by class index.
        journal: Classifications of earlier starts; new ones are added.
        progress: Where progress is shown.
        seen: The model as its fingerprint was taken.

    Raises:
        ModelUnusable: The model cannot be loaded or run.
        ModelChanged: It is another one by now; what it said is not to be kept.
        DataUnusable: The cases are no longer what they were.
    """
    template = prompt_template(settings)
    known = ClassifiedTexts()
    for found in journal:
        known.add(found)
    unclassified = _Unclassified(cases, template, known)
    prompts = iter(unclassified)
    first = next(prompts, None)
    done = unclassified.take_done()
    with journal, progress.stage("classifying", len(cases), "cases", done=done) as advance:
        if first is not None:
            classifier = loaded_classifier(settings, model_labels)
            seen.require_unchanged()
            for found in classifier(chain([first], prompts)):
                journal.append(found)
                unclassified.hear(found)
                advance(unclassified.take_done())
            advance(unclassified.take_done())
            seen.require_unchanged()
    return Predictions(cases, template, known)


def loaded_classifier(settings: RunSettings, model_labels: Sequence[str]) -> Classifier:
    """Load the model under test and return what classifies texts with it.

    Raises:
        ModelUnusable: The model cannot be loaded; at the texts, that it cannot be run.
    """
    from evaluator.classifier.checkpoint import load_checkpoint
    from evaluator.classifier.classify import classify

    checkpoint = load_checkpoint(
        settings.model_path,
        base_model=settings.base_model,
        labels=model_labels,
        device=settings.device,
        dtype=settings.dtype,
    )
    return lambda texts: classify(checkpoint, texts, settings.batch_tokens)
