"""Calibrating a judge: asked once, kept, taken again, and given up aloud."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, Reset, ScriptedEngine, ServedModel, Status

from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer
from evaluator.judge.calibration_file import LabelledCalibration, calibration_json
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.matrix import Wanted
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.platt import Platt
from evaluator.judge.references import built_in_references
from evaluator.judge.rubric_file import load_rubric
from evaluator.run import calibrating
from evaluator.run.calibrating import Calibrator
from evaluator.run.directory import RunDirectory
from evaluator.run.journal import Journal
from evaluator.run.judged import Judged
from evaluator.run.opening import open_judge
from evaluator.run.progress import Progress
from evaluator.run.settings import MatrixSettings
from evaluator.run.stored_judge import StoredJudge

RUBRIC = load_rubric("category-relevance")
ALL = built_in_references("en")
REFERENCES = replace(ALL, pairs=ALL.pairs[::8])
"""An eighth of the shipped pairs, so that a survey is asked in a second."""
QUESTION = re.compile(r"Is ([^?\n]+) related to ([^?\n]+)\?")
RELATED = {frozenset((pair.first, pair.second)) for pair in REFERENCES.pairs if pair.related}
LABELS = labels_from_names(["cars", "trams", "law"])
PAIRS = list(LABELS.pairs())
SURVEY_QUESTIONS = 2 * len(REFERENCES.pairs) + 2 * 8 * len(REFERENCES.texts)
OWN_QUESTIONS = 2 * 3 + 2 * 8 * 3


def knowing(text: str) -> dict[str, float]:
    """A judge that leans to some texts, and mostly knows the reference pairs."""
    first, second = QUESTION.findall(text)[-1]
    known = frozenset((first, second)) in RELATED or {first, second} == {"cars", "trams"}
    lean = sum(random.Random(one).uniform(-0.15, 0.15) for one in (first, second))
    noise = random.Random(f"{first}/{second}").uniform(-0.1, 0.1)
    yes = min(0.95, max(0.05, 0.4 + lean + noise + 0.25 * known))
    return {"Yes": yes, "No": 1 - yes}


def ignorant(text: str) -> dict[str, float]:
    yes = 1 - knowing(text)["Yes"]
    return {"Yes": yes, "No": 1 - yes}


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(ScriptedEngine(knowing), [ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(calibrating, "built_in_references", lambda _: REFERENCES)
    return tmp_path / "cache"


@pytest.fixture
def journal(tmp_path: Path) -> Journal[Answer]:
    return RunDirectory(tmp_path / "run").answers()


def judged_by(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, **changes: Any
) -> Judged:
    settings = {
        "labels": "l.txt",
        "judge": "ollama:llama3.2",
        "judge_url": server.url,
        "retries": 0,
        **changes,
    }
    checked = MatrixSettings.model_validate(settings)
    with open_judge(checked, LABELS, RUBRIC, lambda *_: None) as judge:
        return judge.judge(LABELS, Wanted(PAIRS), journal, progress)


def asked(server: OllamaServer) -> int:
    return len(server.bodies("/api/chat"))


def test_a_judge_is_surveyed_once_and_then_never_again(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path, cache: Path
) -> None:
    first = judged_by(server, journal, progress)
    assert asked(server) == SURVEY_QUESTIONS + OWN_QUESTIONS
    assert first.matrix.calibration is not None
    assert first.matrix.calibration.base_rate == RUBRIC.base_rate
    assert first.matrix.p_related(LabelPair("cars", "trams")) > 2 * RUBRIC.base_rate
    assert first.matrix.p_related(LabelPair("cars", "law")) < RUBRIC.base_rate
    assert len(list((cache / "surveys").iterdir())) == 1
    server.forget_requests()
    other = RunDirectory(tmp_path / "other").answers()
    second = judged_by(server, other, progress)
    assert asked(server) == OWN_QUESTIONS
    assert second.matrix.calibration == first.matrix.calibration


def test_a_survey_that_was_cut_short_goes_on_where_it_stopped(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, cache: Path
) -> None:
    whole = judged_by(server, journal, progress).matrix
    next((cache / "surveys").iterdir()).unlink()
    kept = journal.derived("references")._path
    lines = kept.read_bytes().splitlines(keepends=True)
    assert len(lines) == SURVEY_QUESTIONS
    kept.write_bytes(b"".join(lines[:500]))
    server.forget_requests()
    assert judged_by(server, journal, progress).matrix.calibration == whole.calibration
    assert asked(server) == SURVEY_QUESTIONS - 500


def test_without_calibration_no_question_more_is_asked(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    assert judged_by(server, journal, progress, calibration="none").matrix.calibration is None
    assert asked(server) == 6


def test_a_judge_that_does_not_know_the_references_stays_uncalibrated_aloud(
    journal: Journal[Answer], progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    with OllamaServer(ScriptedEngine(ignorant), [ServedModel("llama3.2")]) as server:
        matrix = judged_by(server, journal, progress).matrix
    assert matrix.calibration is None
    assert matrix.p_related(PAIRS[0]) == matrix.judgements[PAIRS[0]].probability
    assert "The judge stays uncalibrated: the judge does not tell related" in caplog.text


def test_a_cache_that_cannot_be_written_costs_a_warning_only(
    server: OllamaServer,
    journal: Journal[Answer],
    progress: Progress,
    cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cache.write_text("no folder")
    assert judged_by(server, journal, progress).matrix.calibration is not None
    assert "the judge's calibration is not kept for later runs" in caplog.text


def test_a_language_without_references_stays_uncalibrated_aloud(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    finnish = RUBRIC.model_copy(update={"language": "fi"})
    assert Calibrator("reference", finnish).completed(Wanted(PAIRS), LABELS) == Wanted(PAIRS)
    assert "no reference pairs in the language 'fi'" in caplog.text


def test_a_stored_matrix_keeps_its_calibration_or_loses_or_changes_it(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    matrix = judged_by(server, journal, progress).matrix
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(matrix))

    def taken(calibration: str) -> Judged:
        stored = StoredJudge(path, LABELS, RUBRIC, Calibrator(calibration, RUBRIC))
        return stored.judge(LABELS, Wanted(PAIRS), journal, progress)

    assert taken("reference").matrix == matrix
    assert taken("none").matrix.p_related(PAIRS[0]) == matrix.judgements[PAIRS[0]].probability
    labelled = tmp_path / "labelled.json"
    fit = LabelledCalibration(matrix.lock, Platt(1.0, 0.0), 60, 0.5, True)
    labelled.write_text(calibration_json(fit))
    again = taken(str(labelled)).matrix
    assert again.calibration is not None
    assert (again.calibration.kind, again.calibration.fit) == ("labelled", Platt(1.0, 0.0))
    assert again.centred_logit(PAIRS[0]) == matrix.centred_logit(PAIRS[0])


def test_a_stored_matrix_follows_the_base_rate_of_the_rubric(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    matrix = judged_by(server, journal, progress).matrix
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(matrix))
    rare = RUBRIC.model_copy(update={"base_rate": 0.05})
    stored = StoredJudge(path, LABELS, rare, Calibrator("reference", rare))
    again = stored.judge(LABELS, Wanted(PAIRS), journal, progress).matrix
    assert again.calibration is not None
    assert again.calibration.base_rate == 0.05
    odds = [p / (1 - p) for p in (matrix.p_related(PAIRS[0]), again.p_related(PAIRS[0]))]
    # Bayes' rule: the odds fall as those of the base rate do, from 1 in 4 to 1 in 19.
    assert odds[0] / odds[1] == pytest.approx(19 / 4)


def test_another_judges_labels_are_refused(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    lock = judged_by(server, journal, progress).matrix.lock
    other = lock.model_copy(update={"digest": "sha256:other"})
    path = tmp_path / "labelled.json"
    path.write_text(calibration_json(LabelledCalibration(other, Platt(1.0, 0.0), 60, 0.5, True)))
    with pytest.raises(ConfigError, match=r"of another judge: digest \(sha256:other"):
        judged_by(server, journal, progress, calibration=str(path))


def test_labels_cannot_calibrate_a_matrix_without_biases(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    matrix = judged_by(server, journal, progress, calibration="none").matrix
    path, labelled = tmp_path / "matrix.json", tmp_path / "labelled.json"
    path.write_text(matrix_json(matrix))
    labelled.write_text(
        calibration_json(LabelledCalibration(matrix.lock, Platt(1, 0), 60, 0.5, True))
    )
    with pytest.raises(ConfigError, match="needs the judge's leanings"):
        StoredJudge(path, LABELS, RUBRIC, Calibrator(str(labelled), RUBRIC))


def test_a_calibration_is_stored_with_the_matrix(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    matrix = judged_by(server, journal, progress).matrix
    stored = json.loads(matrix_json(matrix))["calibration"]
    assert stored["kind"] == "reference"
    assert {one["text"] for one in stored["biases"]} == set(LABELS.names)
    assert len(stored["checked"]) == len(REFERENCES.held_out)


def test_labels_of_plain_logits_need_no_reference(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    lock = judged_by(server, journal, progress, calibration="none").matrix.lock
    path = tmp_path / "labelled.json"
    fit = LabelledCalibration(lock, Platt(2.0, 0.5), 60, 0.5, centred=False)
    path.write_text(calibration_json(fit))
    server.forget_requests()
    matrix = judged_by(server, journal, progress, calibration=str(path)).matrix
    assert asked(server) == 0
    assert matrix.p_related(PAIRS[0]) == fit.fit.probability(matrix.judgements[PAIRS[0]].logit)


def test_a_survey_with_too_few_answers_is_not_kept(
    journal: Journal[Answer], progress: Progress, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = {pair.first for pair in REFERENCES.pairs[::4]}

    def patchy(text: str) -> dict[str, float]:
        first, second = QUESTION.findall(text)[-1]
        return {"Hm": 1.0} if {first, second} & lost else knowing(text)

    with OllamaServer(ScriptedEngine(patchy), [ServedModel("llama3.2")]) as server:
        matrix = judged_by(server, journal, progress).matrix
    assert matrix.calibration is None
    assert not (cache / "surveys").exists()
    assert "more than one in twenty" in caplog.text


def test_what_a_calibration_lost_is_told_and_asked_again_alone(
    server: OllamaServer,
    journal: Journal[Answer],
    progress: Progress,
    cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    undisturbed = judged_by(server, journal.derived("other"), progress).matrix
    next((cache / "surveys").iterdir()).unlink()
    server.forget_requests()
    # one on the label set's own leanings, two on pairs of the survey, one on leanings there
    for struck in (12, OWN_QUESTIONS + 5, SURVEY_QUESTIONS):
        server.faults.add(Reset(after=struck, times=1))
    server.faults.add(Status(code=500, after=OWN_QUESTIONS + 9, times=1))
    disturbed = judged_by(server, journal, progress, concurrency=1).matrix
    assert disturbed.unanswered == {}
    assert disturbed.calibration != undisturbed.calibration
    assert disturbed.lost == {"connection-lost": 3, "http-500": 1}
    assert "failed at 4 questions of its calibration (connection-lost 3, http-500 1)" in caplog.text
    assert not list(cache.glob("surveys/*"))
    server.faults.clear()
    server.forget_requests()
    caplog.clear()
    assert judged_by(server, journal, progress).matrix == undisturbed
    assert asked(server) == 4
    assert caplog.text == ""
    assert list(cache.glob("surveys/*"))


def test_a_survey_is_kept_though_the_judge_will_not_answer_a_question_of_it(
    journal: Journal[Answer], progress: Progress, cache: Path
) -> None:
    unwelcome = {REFERENCES.pairs[0].first, REFERENCES.pairs[0].second}

    def shy(text: str) -> dict[str, float]:
        return {"Hm": 1.0} if set(QUESTION.findall(text)[-1]) == unwelcome else knowing(text)

    with OllamaServer(ScriptedEngine(shy), [ServedModel("llama3.2")]) as server:
        matrix = judged_by(server, journal, progress).matrix
    assert matrix.calibration is not None
    assert matrix.lost == {}
    assert list(cache.glob("surveys/*"))


def test_the_cost_of_a_survey_is_told_where_it_was_asked(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    first = judged_by(server, journal, progress).usage
    assert first.calls == SURVEY_QUESTIONS + OWN_QUESTIONS
    second = judged_by(server, RunDirectory(tmp_path / "other").answers(), progress).usage
    assert second.calls == OWN_QUESTIONS


def test_a_fit_of_plain_logits_does_not_pass_for_a_centred_one(
    server: OllamaServer, journal: Journal[Answer], progress: Progress, tmp_path: Path
) -> None:
    lock = judged_by(server, journal, progress, calibration="none").matrix.lock
    path = tmp_path / "labelled.json"
    path.write_text(calibration_json(LabelledCalibration(lock, Platt(2, 0), 60, 0.5, False)))
    plain = judged_by(server, journal, progress, calibration=str(path)).matrix.calibration
    assert plain is not None
    assert not plain.is_centred
    assert replace(plain, biases={"cars": 0.5}).is_centred
