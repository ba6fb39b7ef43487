"""Human ratings beside the verdicts on what they rate."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.labels import LabelPair
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.overrides import Level
from evaluator.judge.question import TextPair
from evaluator.judge.rubric import Levels
from evaluator.judge.verdict import Verdict, judged_verdict, likeliest, text_verdict
from evaluator.report.case_line import CaseLine
from evaluator.run.finished import FinishedRun
from evaluator.run.human_labels import HumanLabels, RatedPrediction
from evaluator.run.spreadsheet import harmless
from evaluator.statistics.rated import RatedItem

JUDGED_FLAGS = frozenset({"judged", "judged-text", "judged-article"})


@dataclass(frozen=True, slots=True)
class Rated:
    """What was rated and has a verdict.

    Attributes:
        items: One a case or a pair.
        unscored: Rated ones that have no verdict.
        ratings_of_pairs: All ratings of each pair of labels that the judge was asked about.
        unrated_scores: Scores of all cases without a rating; empty where pairs were rated.
    """

    items: tuple[RatedItem, ...]
    unscored: int
    ratings_of_pairs: Mapping[LabelPair, tuple[Level, ...]]
    unrated_scores: Sequence[float]


def rated(run: FinishedRun, human: HumanLabels) -> Rated:
    """Return the ratings with the verdicts on what they rate.

    Raises:
        ConfigError: Cases are rated, and the run is a matrix alone.
        DataUnusable: The run does not hold what is rated, or nothing of it has a verdict.
    """
    found = _rated_cases(run, human.rated) if human.unit == "cases" else _rated_pairs(run, human)
    if not found.items:
        raise DataUnusable(f"none of the rated {human.unit} has a verdict in {run.path}.")
    return found


def _rated_cases(run: FinishedRun, rated_cases: Iterable[RatedPrediction]) -> Rated:
    if run.threshold is None:
        raise ConfigError(
            f"{run.path} holds verdicts on pairs alone; to compare ratings of cases name the run "
            "directory."
        )
    waiting: dict[str | None, RatedPrediction] = {}
    for one in rated_cases:
        if one.case_id in waiting:
            raise DataUnusable(
                f"the case '{one.case_id}' is rated for two different predictions or gold labels."
            )
        waiting[one.case_id] = one
    items: list[RatedItem] = []
    of_pairs: dict[LabelPair, list[Level]] = {}
    others = array("d")
    unscored = 0
    for case in run.cases():
        rating = waiting.pop(case.id, None)
        if rating is not None:
            _require_same_prediction(rating, case)
        if case.score is None:
            unscored += rating is not None
        elif rating is None:
            others.append(case.score)
        else:
            items.append(_rated_case(case, case.score, rating.ratings, run.levels))
            pair = judged_pair(case, run.matrix)
            if pair is not None:
                of_pairs.setdefault(pair, []).extend(rating.ratings)
    if waiting:
        raise DataUnusable(
            f"{run.path} holds no case '{next(iter(waiting))}'; name the run that the rated cases "
            "are of."
        )
    return Rated(tuple(items), unscored, _settled(of_pairs), others)


def judged_pair(case: CaseLine, matrix: VerdictMatrix) -> LabelPair | None:
    """Return the pair of labels whose verdict decided on a case, if one did."""
    if "judged" not in case.flags or case.predicted is None:
        return None
    predicted, gold = matrix.labels.resolve(case.predicted), matrix.labels.resolve(case.gold)
    if predicted is None or gold is None or predicted is gold:
        return None
    return matrix.labels.pair(predicted.name, gold.name)


def _require_same_prediction(rating: RatedPrediction, case: CaseLine) -> None:
    for rated_for, now in ((rating.predicted, case.predicted), (rating.gold, case.gold)):
        if rated_for is not None and harmless(rated_for) != harmless((now or "").strip()):
            raise DataUnusable(
                f"the case '{case.id}' was rated for '{rated_for}', where the run has '{now}'; "
                "name the run that the rated cases are of."
            )


def _rated_case(
    case: CaseLine, score: float, ratings: tuple[Level, ...], levels: Levels
) -> RatedItem:
    by_rule = not JUDGED_FLAGS.intersection(case.flags)
    level = case.level or likeliest(case.p_related or 0.0, case.p_same or 0.0)
    return _item(ratings, levels, level, score, case.p_related, by_rule=by_rule)


def _rated_pairs(run: FinishedRun, human: HumanLabels) -> Rated:
    ratings: dict[LabelPair | TextPair | str, list[Level]] = {}
    for one in human.rated:
        ratings.setdefault(_unit(one, run.matrix), []).extend(one.ratings)
    items: list[RatedItem] = []
    unscored = 0
    for unit, said in ratings.items():
        item = _rated_pair(unit, tuple(said), run)
        if item is None:
            unscored += 1
        else:
            items.append(item)
    of_pairs = {
        unit: said
        for unit, said in ratings.items()
        if isinstance(unit, LabelPair) and unit in run.matrix.judgements
    }
    return Rated(tuple(items), unscored, _settled(of_pairs), ())


def _unit(one: RatedPrediction, matrix: VerdictMatrix) -> LabelPair | TextPair | str:
    """Return what a row rates: two labels in either order, a text with a label, or one label."""
    labels = matrix.labels
    gold, predicted = labels.resolve(one.gold or ""), labels.resolve(one.predicted or "")
    text = TextPair(one.predicted or "", "" if gold is None else gold.name)
    if predicted is None and text in matrix.text_judgements:
        return text
    if gold is None or predicted is None:
        unknown = one.gold if gold is None else one.predicted
        raise DataUnusable(
            f"'{unknown}' is rated, which is no label of the matrix: {', '.join(labels.names)}."
        )
    return gold.name if predicted is gold else labels.pair(predicted.name, gold.name)


def _rated_pair(
    unit: LabelPair | TextPair | str, ratings: tuple[Level, ...], run: FinishedRun
) -> RatedItem | None:
    """Return a rated pair with its verdict; None where it has none."""
    levels = run.levels
    if isinstance(unit, str):
        return _item(ratings, levels, "same", levels.same, None, by_rule=True, labels=(unit, unit))
    if isinstance(unit, TextPair):
        verdict = text_verdict(unit, run.matrix, levels)
        labels = (unit.text, unit.gold)
    elif unit in run.matrix.judgements:
        verdict = verdict_on(unit, run)
        labels = (unit.first, unit.second)
    else:
        return None
    level = verdict.level or likeliest(verdict.p_related or 0.0, verdict.p_same or 0.0)
    return _item(
        ratings, levels, level, verdict.score, verdict.p_related, by_rule=False, labels=labels
    )


def verdict_on(pair: LabelPair, run: FinishedRun) -> Verdict:
    """Return the verdict on a judged pair of labels."""
    return judged_verdict(pair, run.matrix, run.levels)


def _item(
    ratings: tuple[Level, ...],
    levels: Levels,
    level: Level,
    score: float,
    p_related: float | None,
    *,
    by_rule: bool,
    labels: tuple[str, str] | None = None,
) -> RatedItem:
    human_score = sum(getattr(levels, one) for one in ratings) / len(ratings)
    if p_related is None:
        p_related = 0.0 if level == "unrelated" else 1.0
    return RatedItem(ratings, human_score, level, score, p_related, by_rule, labels)


def _settled(ratings: Mapping[LabelPair, list[Level]]) -> dict[LabelPair, tuple[Level, ...]]:
    return {pair: tuple(said) for pair, said in ratings.items()}
