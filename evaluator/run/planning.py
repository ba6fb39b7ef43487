"""What a run would cost, from its settings and a short probe."""

import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from evaluator.backends.protocol import PullProgress
from evaluator.cases.digest import key_of, text_key
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.classifying import (
    case_source,
    chosen_cases,
    is_empty,
    loaded_classifier,
    prompt_template,
)
from evaluator.run.directory import RunDirectory
from evaluator.run.fingerprints import run_fingerprints
from evaluator.run.labelling import labels_of_model
from evaluator.run.opening import open_judge
from evaluator.run.planning_judge import plan_judging
from evaluator.run.provenance import Provenance
from evaluator.run.settings import RunSettings
from evaluator.run.showing import ArticleStage
from evaluator.run.surveying import SurveyedCases, survey
from evaluator.run.wanting import FULL_MATRIX_UP_TO
from evaluator.storage.location import url_of

PROBE_ARTICLES = 16


class Plan(BaseModel):
    """What a run would do.

    Attributes:
        cases: Cases to evaluate.
        articles: Distinct, non-empty articles among them.
        articles_left: Those not yet in the run directory's journal.
        labels: Labels of the model.
        questions: Questions that the verdicts rest on; an upper bound where there are too many
            labels for a full matrix.
        calls: Questions not yet answered in the journal or the given matrix.
        probe_articles: Articles that this plan classified to measure the time.
        probe_calls: Questions that this plan asked to measure the time.
        seconds_classifying: Estimated time of the classifier stage.
        seconds_judging: Estimated time of the judge stage.
        article_questions: Questions below articles if every prediction were wrong; how many are is
            known after classification, so none of them is in the other figures.
    """

    model_config = ConfigDict(frozen=True)

    cases: int
    articles: int
    articles_left: int
    labels: int
    questions: int
    calls: int
    probe_articles: int
    probe_calls: int
    seconds_classifying: float
    seconds_judging: float
    article_questions: int = 0


def plan_run(settings: RunSettings, pull: PullProgress) -> Plan:
    """Return what `evaluator run` would cost with these settings. Writes nothing.

    Raises:
        EvaluatorError: What would stop the run before its work.
    """
    rubric = load_rubric(settings.rubric)
    names, labels = labels_of_model(settings)
    source = case_source(settings)
    cases = survey(chosen_cases(source, settings), labels)
    k = len(labels)
    pairs = k * (k - 1) // 2 if k <= FULL_MATRIX_UP_TO else min(k * (k - 1) // 2, len(cases))
    done: set[bytes] = set()
    directory: RunDirectory | None = None
    if settings.save_to.is_dir() and not settings.fresh and url_of(settings.save_to) is None:
        directory = RunDirectory(settings.save_to)
        fingerprints = run_fingerprints(settings, source, labels, rubric)
        Provenance(directory, "run", settings, fingerprints, rubric)
        done = {key_of(one.text_sha256) for one in directory.classifications()}
    articles = _articles(cases, settings, done)
    below = ArticleStage(settings, open_judge(settings, labels, rubric, pull), rubric)
    judging = plan_judging(settings, labels, rubric, pairs=pairs, directory=directory, pull=pull)
    return Plan(
        cases=len(cases),
        articles=articles.distinct,
        articles_left=articles.left,
        labels=k,
        questions=judging.questions,
        calls=judging.calls,
        probe_articles=len(articles.probe),
        probe_calls=judging.probe_calls,
        seconds_classifying=round(
            articles.left * _seconds_an_article(articles.probe, settings, names), 1
        ),
        seconds_judging=round(judging.seconds, 1),
        article_questions=below.most_questions(
            labels, cases=len(cases), articles=articles.distinct
        ),
    )


@dataclass(frozen=True, slots=True)
class _Articles:
    """The articles of some cases.

    Attributes:
        distinct: How many different ones there are, without empty ones.
        left: How many of those are not classified yet.
        probe: Prompts of a few of them, from all over the cases; none where none is left.
    """

    distinct: int
    left: int
    probe: tuple[str, ...]


def _articles(cases: SurveyedCases, settings: RunSettings, done: AbstractSet[bytes]) -> _Articles:
    """Count articles, keeping a digest of each."""
    template = prompt_template(settings)
    step = max(1, len(cases) // PROBE_ARTICLES)
    seen: set[bytes] = set()
    probe: list[str] = []
    for position, case in enumerate(cases):
        if is_empty(case):
            continue
        prompt = template.render(case.text)
        key = text_key(prompt)
        if key in seen:
            continue
        seen.add(key)
        if len(probe) < PROBE_ARTICLES and position >= len(probe) * step:
            probe.append(prompt)
    left = sum(key not in done for key in seen)
    return _Articles(len(seen), left, tuple(probe) if left else ())


def _seconds_an_article(probe: Sequence[str], settings: RunSettings, names: Sequence[str]) -> float:
    if not probe:
        return 0.0
    classify = loaded_classifier(settings, names)
    list(classify(probe[:1]))  # loading and the first batch are not what an article costs
    started = time.monotonic()
    list(classify(probe))
    return (time.monotonic() - started) / len(probe)
