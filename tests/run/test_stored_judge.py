"""Verdicts that were stored stand in for a judge."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, VerdictMatrix, Wanted
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run.calibrating import Calibrator
from evaluator.run.directory import RunDirectory
from evaluator.run.journal import Journal
from evaluator.run.judging import JudgeSession
from evaluator.run.opening import open_judge
from evaluator.run.progress import Progress
from evaluator.run.settings import MatrixSettings
from evaluator.run.stored_judge import StoredJudge

LABELS = labels_from_names(["cars", "cooking", "medicine", "trams"])
PAIRS = list(LABELS.pairs())
RUBRIC = load_rubric("category-relevance")
UNCALIBRATED = Calibrator("none", RUBRIC)
LOCK = JudgeLock(
    backend="embedded",
    model="m",
    digest="sha256:0",
    server_version="1",
    options=("n_ctx=2048",),
    rubric=RUBRIC.name,
    prompt_hash=RUBRIC.prompt_hash,
)


def judgement(number: int) -> PairJudgement:
    return PairJudgement(Reading(number + 0.25, 0.9), Reading(-number - 0.5, 0.8))


def stored(folder: Path, labels: LabelSet = LABELS, *, leave_out: int = 0, **lock: Any) -> Path:
    """A matrix file that lacks the last pairs."""
    pairs = list(labels.pairs())
    known = {pair: judgement(n) for n, pair in enumerate(pairs[: len(pairs) - leave_out])}
    matrix = VerdictMatrix(LOCK.model_copy(update=lock), labels, known, {})
    path = folder / "matrix.json"
    path.write_text(matrix_json(matrix))
    return path


def test_stored_verdicts_are_given_without_a_call(tmp_path: Path, progress: Progress) -> None:
    journal = RunDirectory(tmp_path / "run").answers()
    with StoredJudge(stored(tmp_path), LABELS, RUBRIC, UNCALIBRATED) as judge:
        judged = judge.judge(LABELS, Wanted(PAIRS), journal, progress)
        assert judge.lock == judged.matrix.lock == LOCK
    assert judged.matrix.judgements == {pair: judgement(n) for n, pair in enumerate(PAIRS)}
    assert judged.matrix.unanswered == {}
    usage = judged.usage
    assert (usage.questions, usage.calls, usage.cached) == (12, 0, 12)
    assert list(journal) == []


def test_stored_verdicts_turn_with_the_order_of_the_labels(
    tmp_path: Path, progress: Progress
) -> None:
    turned = labels_from_names(reversed(LABELS.names))
    with StoredJudge(stored(tmp_path), turned, RUBRIC, UNCALIBRATED) as judge:
        judged = judge.judge(
            turned, Wanted([LabelPair("cooking", "cars")]), Journal(tmp_path, Answer), progress
        )
    (found,) = judged.matrix.judgements.values()
    assert (found.forward, found.backward) == (judgement(0).backward, judgement(0).forward)


def test_a_stored_matrix_can_hold_more_labels_than_are_asked(
    tmp_path: Path, progress: Progress
) -> None:
    fewer = labels_from_names(["trams", "cars"])
    with StoredJudge(stored(tmp_path), fewer, RUBRIC, UNCALIBRATED) as judge:
        judged = judge.judge(
            fewer, Wanted(list(fewer.pairs())), Journal(tmp_path, Answer), progress
        )
    assert list(judged.matrix.judgements) == [LabelPair("trams", "cars")]


def test_pairs_that_are_not_stored_are_unanswered(tmp_path: Path, progress: Progress) -> None:
    with StoredJudge(stored(tmp_path, leave_out=2), LABELS, RUBRIC, UNCALIBRATED) as judge:
        judged = judge.judge(LABELS, Wanted(PAIRS), Journal(tmp_path, Answer), progress)
    assert judged.matrix.unanswered == dict.fromkeys(PAIRS[-2:], "not-in-matrix")
    assert len(judged.matrix.judgements) == 4
    assert judged.usage.questions == 8


def test_verdicts_under_another_version_of_the_rubric_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="judged with another version of the rubric"):
        StoredJudge(stored(tmp_path, prompt_hash="other"), LABELS, RUBRIC, UNCALIBRATED)


def test_verdicts_under_another_rubric_are_refused_with_the_flag_that_names_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"with the rubric 'other', .* add --rubric other"):
        StoredJudge(stored(tmp_path, rubric="other"), LABELS, RUBRIC, UNCALIBRATED)


def test_a_matrix_without_a_label_is_refused(tmp_path: Path) -> None:
    more = labels_from_names([*LABELS.names, "chess"])
    with pytest.raises(ConfigError, match="has no verdicts on 'chess'"):
        StoredJudge(stored(tmp_path), more, RUBRIC, UNCALIBRATED)


def test_a_matrix_stands_in_for_a_judge(tmp_path: Path) -> None:
    def opened(**changes: Any) -> object:
        settings = MatrixSettings.model_validate({"labels": "l", **changes})
        return open_judge(settings, LABELS, RUBRIC, lambda *_: None)

    assert isinstance(opened(matrix=stored(tmp_path)), StoredJudge)
    assert isinstance(opened(), JudgeSession)
    with pytest.raises(ConfigError, match="names no judge"):
        opened(judge="oracle:delphi")
