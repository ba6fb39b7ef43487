"""The classifier stage: from cases to predictions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.cases import (
    Case,
    CaseSource,
    FileCases,
    FolderCases,
    HubCases,
    NewsgroupsCases,
    first_cases,
    stratified_sample,
)
from evaluator.cases.digest import text_sha256
from evaluator.classifier.prediction import Classification, Prediction
from evaluator.classifier.template import PromptTemplate, template_of
from evaluator.errors import DataUnusable
from evaluator.judge.labels import LabelSet
from evaluator.run.journal import Journal
from evaluator.run.progress import Progress
from evaluator.run.settings import RunSettings

EMPTY_TEXT = "empty-text"

Classifier = Callable[[Sequence[str]], Iterator[Classification]]
"""Yields a classification for each text, in an order that suits the hardware."""


def case_source(settings: RunSettings) -> CaseSource:
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


def chosen_cases(source: CaseSource, settings: RunSettings) -> list[Case]:
    """Return the cases of this run: all of them, the first ones, or a stratified sample.

    Raises:
        DataUnusable: The source cannot be read.
    """
    if settings.num_samples is None:
        return list(source)
    if settings.sample == "first":
        return first_cases(source, settings.num_samples)
    return stratified_sample(list(source), settings.num_samples, settings.seed)


def prompt_template(settings: RunSettings) -> PromptTemplate:
    """Return the template that articles are put in before the model reads them.

    Raises:
        ModelUnusable: The template that travels with the model is broken.
    """
    if settings.prompt_template is not None:
        return PromptTemplate(settings.prompt_template)
    return template_of(settings.model_path)


def require_known_gold(cases: Sequence[Case], labels: LabelSet) -> None:
    """Check that the model could be right on every case.

    Raises:
        DataUnusable: A gold label is not among the model's.
    """
    unknown = sorted({case.gold for case in cases if labels.resolve(case.gold) is None})
    if unknown:
        raise DataUnusable(
            f"the model does not know these gold labels: {', '.join(unknown[:30])}; "
            f"it knows: {', '.join(labels.names)}."
        )


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of a list of cases, joined when they are read.

    Attributes:
        cases: The cases.
        prompts: Digest of each case's prompt.
        by_prompt: Classifications by the digest of their prompt.
    """

    cases: Sequence[Case]
    prompts: Sequence[str]
    by_prompt: dict[str, Classification]

    def __iter__(self) -> Iterator[Prediction]:
        """Yield the predictions in case order."""
        for case, digest in zip(self.cases, self.prompts, strict=True):
            found = self.by_prompt.get(digest)
            if found is None:
                yield Prediction(case.id, case.gold, None, missing=EMPTY_TEXT, text=case.text)
            else:
                yield Prediction(
                    case.id,
                    case.gold,
                    found.label,
                    found.confidence,
                    found.truncated,
                    text=case.text,
                )


def classify_cases(
    cases: Sequence[Case],
    settings: RunSettings,
    model_labels: Sequence[str],
    journal: Journal[Classification],
    progress: Progress,
) -> Predictions:
    """Return predictions, computing only what the journal does not know.

    Equal articles are classified once. Empty ones are not classified at all.

    Args:
        cases: What to classify.
        settings: Which model, and how to run it.
        model_labels: Label names by class index.
        journal: Classifications of earlier starts; new ones are added.
        progress: Where progress is shown.

    Raises:
        ModelUnusable: The model cannot be loaded or run.
    """
    texts = prompt_template(settings).render([case.text for case in cases])
    digests = [text_sha256(text) for text in texts]
    distinct = {
        digest: text
        for case, digest, text in zip(cases, digests, texts, strict=True)
        if case.text.strip()
    }
    known = {one.text_sha256: one for one in journal if one.text_sha256 in distinct}
    unknown = [text for digest, text in distinct.items() if digest not in known]
    with (
        journal,
        progress.stage("classifying", len(distinct), "articles", done=len(known)) as advance,
    ):
        if unknown:
            for found in loaded_classifier(settings, model_labels)(unknown):
                journal.append(found)
                known[found.text_sha256] = found
                advance(1)
    return Predictions(cases, digests, known)


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
