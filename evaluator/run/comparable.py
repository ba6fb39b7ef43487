"""Which runs may be compared: those of one judge, one rubric and the same cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from evaluator.cases.digest import text_key
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.report.case_line import CaseLine
from evaluator.report.summary import Summary
from evaluator.report.wording import counted, printable
from evaluator.run.case_columns import CaseColumns, Keys, each_key
from evaluator.run.fingerprints import labels_fingerprint
from evaluator.run.finished import MATRIX_FILE, FinishedRun, no_cases
from evaluator.run.provenance import RunRecord
from evaluator.storage.location import named

LONGEST_SHOWN = 200
LONGEST_WORD_SHOWN = 63  # one less than a digest has
SHOWN_OF_A_DIGEST = 19

SAME_CASES = "evaluate both on the same cases"


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run of which cases were judged.

    Attributes:
        name: What messages call it.
        run: What it left.
        record: What it was made from.
        summary: Its result.
    """

    name: str
    run: FinishedRun
    record: RunRecord
    summary: Summary


@dataclass(frozen=True, slots=True)
class _Difference:
    """Something in which two runs differ, both values, and what would mend it."""

    what: str
    first: object
    second: object
    cure: str


def judged_run(name: str, run: FinishedRun) -> JudgedRun:
    """Return a finished run with its result.

    Raises:
        DataUnusable: No cases were judged, or the result cannot be read.
    """
    if run.record is None:
        raise no_cases(run.path)
    return JudgedRun(name, run, run.record, run.summary())


def require_same_ruler(first: JudgedRun, second: JudgedRun) -> None:
    """Refuse a run that was judged otherwise than the first, or has other data.

    Raises:
        ConfigError: With every difference, both values, and what to do.
    """
    found = [*_of_judge(first, second), *_of_inputs(first, second)]
    if found:
        raise _refusal(first, second, [*found, *_of_sample(first, second)])


def require_same_cases(
    first: JudgedRun, second: JudgedRun, cases: CaseColumns, others: CaseColumns
) -> None:
    """Refuse a run that has other cases than the first, or other gold labels.

    Raises:
        ConfigError: With how many differ, and an example.
    """
    found = list(_of_ids(first, second, cases, others))
    if found:
        raise _refusal(first, second, [*_of_sample(first, second), *found])
    apart = cases.golds != others.golds
    if apart.any():
        one, other = (_example(one.run, cases.keys[apart]) for one in (first, second))
        what = f"gold labels of {counted(int(apart.sum()), 'case')}, such as '{one.id}'"
        cure = "give both the same gold labels"
        raise _refusal(first, second, [_Difference(what, one.gold, other.gold, cure)])


def _of_judge(first: JudgedRun, second: JudgedRun) -> Iterable[_Difference]:
    one, other = first.summary.judge, second.summary.judge
    ruler = f"judge {second.name} with --matrix {named(first.run.path / MATRIX_FILE)}"
    for field in JudgeLock.model_fields:
        ours, theirs = getattr(one, field), getattr(other, field)
        if ours != theirs:
            shown = field == "article_hash"
            cure = "show the judge the same of the articles (--show-article)" if shown else ruler
            yield _Difference(f"judge {field}", ours, theirs, cure)
    calibrated = "use the same --calibration"
    if one.calibration != other.calibration:
        yield _Difference("calibration", one.calibration, other.calibration, calibrated)
    elif one.calibration == "labelled":
        fits = [run.run.matrix.calibration for run in (first, second)]
        ours, theirs = (None if one is None else one.fit for one in fits)
        if ours != theirs:
            yield _Difference("calibration by labels", ours, theirs, calibrated)
    if one.base_rate != other.base_rate:
        yield _Difference("base rate", one.base_rate, other.base_rate, calibrated)
    ours, theirs = one.overrides_sha256, other.overrides_sha256
    if ours != theirs:
        yield _Difference("overrides", ours, theirs, "use the same --overrides")


def _of_inputs(first: JudgedRun, second: JudgedRun) -> Iterable[_Difference]:
    one, other = first.record.fingerprints, second.record.fingerprints
    if one.get("rubric") != other.get("rubric"):
        yield _Difference("rubric", one.get("rubric"), other.get("rubric"), "use the same --rubric")
    if _labels_digest(first) != _labels_digest(second) and not _differ_in_order_alone(
        first, second
    ):
        yield _Difference("labels", *_unlike(first, second), "give both the same --labels")
    if "data" in one and "data" in other and one["data"] != other["data"]:
        yield _Difference("data", one["data"], other["data"], SAME_CASES)


def _differ_in_order_alone(first: JudgedRun, second: JudgedRun) -> bool:
    """Return whether both label sets hold the same labels, none of which has an alias.

    Two models often number the same labels in different ways, which changes no verdict.
    """
    for one in (first, second):
        if labels_fingerprint(one.run.matrix.labels) != _labels_digest(one):
            return False  # `matrix.json` holds no aliases
    return _called(first.run.matrix.labels) == _called(second.run.matrix.labels)


def _labels_digest(one: JudgedRun) -> str:
    return one.record.fingerprints.get("labels", "unknown")


def _called(labels: LabelSet) -> set[tuple[str, str]]:
    return {(label.name, label.plain) for label in labels}


def _unlike(first: JudgedRun, second: JudgedRun) -> tuple[str, str]:
    """Return how many labels each run has, and one that the other does not read so."""
    sets = [_called(one.run.matrix.labels) for one in (first, second)]
    if sets[0] == sets[1]:
        return _labels_digest(first), _labels_digest(second)
    told = []
    for ours, theirs in (sets, sets[::-1]):
        alone = sorted(ours - theirs)
        such = f", of which '{alone[0][0]}' read as '{alone[0][1]}'" if alone else ""
        told.append(f"{len(ours)}{such}")
    return told[0], told[1]


def _of_sample(first: JudgedRun, second: JudgedRun) -> Iterable[_Difference]:
    one, other = _sample(first.record), _sample(second.record)
    if one != other:
        yield _Difference("sample", one, other, SAME_CASES)


def _sample(record: RunRecord) -> str:
    """Return which cases of its data a run took."""
    size, config = record.config.get("num_samples"), record.config
    if size is None:
        return "all"
    if config.get("sample") == "first":
        return f"the first {size}"
    return f"{size} {config.get('sample')} by seed {config.get('seed')}"


def _of_ids(
    first: JudgedRun, second: JudgedRun, cases: CaseColumns, others: CaseColumns
) -> Iterable[_Difference]:
    if numpy.array_equal(cases.keys, others.keys):
        return
    ours = _alone(first.run, cases.keys, others.keys)
    theirs = _alone(second.run, others.keys, cases.keys)
    yield _Difference("ids that the other lacks", ours, theirs, SAME_CASES)


def _alone(run: FinishedRun, ours: Keys, theirs: Keys) -> str:
    alone = numpy.setdiff1d(ours, theirs, assume_unique=True)
    such = f", such as '{_example(run, alone).id}'" if len(alone) else ""
    return f"{len(alone)} of {len(ours)}{such}"


def _example(run: FinishedRun, keys: Keys) -> CaseLine:
    """Return the first case of a run that has one of the keys."""
    wanted = set(each_key(keys))
    return next(case for case in run.cases() if text_key(case.id) in wanted)


def _refusal(
    first: JudgedRun, second: JudgedRun, differences: Sequence[_Difference]
) -> ConfigError:
    told = []
    for one in differences:
        ours, theirs = _shown(one.first, one.second)
        told.append(f"{one.what} ({ours} in {first.name}, {theirs} in {second.name})")
    cures = dict.fromkeys(one.cure for one in differences)
    return ConfigError(
        f"{second.run.path} cannot be compared with {first.run.path}, since they differ in "
        f"{'; '.join(told)}: {', and '.join(cures)}."
    )


def _shown(first: Any, second: Any) -> tuple[str, str]:
    """Return two different values, of lists what only one has, of long texts how they begin."""
    if isinstance(first, tuple) and isinstance(second, tuple):
        return (_listed(first, second), _listed(second, first))
    return _short(first), _short(second)


def _listed(ours: tuple[str, ...], theirs: tuple[str, ...]) -> str:
    return ", ".join(one for one in ours if one not in theirs) or "none"


def _short(value: object) -> str:
    text = "none" if value is None else printable(str(value))
    longest = LONGEST_SHOWN if " " in text else LONGEST_WORD_SHOWN
    shown = LONGEST_SHOWN if " " in text else SHOWN_OF_A_DIGEST
    return text if len(text) <= longest else f"{text[:shown]}…"
