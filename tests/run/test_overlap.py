"""Classifying and judging at the same time, where a server judges."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel, Status
from running import findings, journaled

from evaluator.errors import JudgeUnavailable, ModelUnusable
from evaluator.run import judging, pipeline, sharding
from evaluator.run.pipeline import run_evaluation
from evaluator.run.progress import Advance, Progress
from evaluator.run.settings import RunSettings
from evaluator.run.sharding import run_whole_or_shard

CASES = 200
PATIENCE = 120.0

Configured = Callable[..., RunSettings]


class Meeting:
    """A judge that answers only after a classification, and a classifier that waits for an answer.

    Only at the same time can both be done: in turn, one waits in vain.
    """

    def __init__(self) -> None:
        self.classified = Event()
        self.answered = Event()
        self.was_in_time = False

    def answer(self, text: str) -> dict[str, float]:
        self.was_in_time |= self.classified.wait(PATIENCE)
        self.answered.set()
        yes = (sum(text.encode()) % 89 + 5) / 100
        return {"Yes": yes, "No": 1 - yes}

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        return self._stage(name)

    @contextmanager
    def _stage(self, name: str) -> Iterator[Advance]:
        def advance(count: int) -> None:
            if name == "classifying":
                self.classified.set()
                self.was_in_time &= self.answered.wait(PATIENCE)

        yield advance


def ignored(*step: object) -> None:
    pass


def wait_until(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def server(meeting: Meeting) -> Iterator[OllamaServer]:
    with OllamaServer(ScriptedEngine(meeting.answer), [ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path, tiny_model: Path, server: OllamaServer) -> Configured:
    data = tmp_path / "cases.csv"
    rows = (f"the engine {n},{('cars', 'cooking', 'medicine')[n % 3]}\n" for n in range(CASES))
    data.write_text("text,label\n" + "".join(rows))
    usual: dict[str, Any] = {
        "data": data,
        "model_path": tiny_model,
        "save_to": tmp_path / "run",
        "judge": "ollama:llama3.2",
        "judge_url": server.url,
        "retries": 0,
        "calibration": "none",
    }
    return lambda **changes: RunSettings.model_validate({**usual, **changes})


def test_pairs_are_judged_while_articles_are_classified(
    configured: Configured,
    meeting: Meeting,
    progress: Progress,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finished = run_evaluation(configured(), meeting, ignored)
    assert meeting.was_in_time
    assert {"classifying", "judging"} <= finished.summary.timings.keys()
    # In turn, as with a judge in this process.
    monkeypatch.setattr(judging.JudgeSession, "is_served", False)
    run_evaluation(configured(save_to=tmp_path / "in turn"), progress, ignored)
    assert findings(tmp_path / "run") == findings(tmp_path / "in turn")
    for name in ("cases.jsonl", "matrix.json", "pairs.csv"):
        mine, theirs = (tmp_path / run / name for run in ("run", "in turn"))
        assert mine.read_bytes() == theirs.read_bytes()


def test_the_first_shard_classifies_while_its_judge_answers(
    configured: Configured,
    meeting: Meeting,
    progress: Progress,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_whole_or_shard(configured(shard="0/2"), meeting, ignored)
    assert meeting.was_in_time
    monkeypatch.setattr(judging.JudgeSession, "is_served", False)
    run_whole_or_shard(configured(shard="0/2", save_to=tmp_path / "in turn"), progress, ignored)
    shards = [tmp_path / run / "shards" for run in ("run", "in turn")]
    for name in ("matrix.json", "0-of-2/matrix.json", "0-of-2/predictions.jsonl"):
        mine, theirs = (folder / name for folder in shards)
        assert mine.read_bytes() == theirs.read_bytes()


def test_the_verdicts_of_the_first_shard_are_there_before_it_has_classified(
    configured: Configured, meeting: Meeting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classify = sharding.classify_cases
    verdicts = tmp_path / "run" / "shards" / "matrix.json"
    seen: list[bool] = []

    def waiting(*how: Any, **more: Any) -> Any:
        predictions = classify(*how, **more)
        wait_until(verdicts.exists)
        seen.append(verdicts.exists())
        return predictions

    monkeypatch.setattr(sharding, "classify_cases", waiting)
    run_whole_or_shard(configured(shard="0/2"), meeting, ignored)
    assert seen == [True]


def test_a_judge_that_fails_ends_the_classification_and_both_journals_are_kept(
    configured: Configured, server: OllamaServer, meeting: Meeting, tmp_path: Path
) -> None:
    server.faults.add(Status(code=500, after=1))
    meeting.answered.set()
    with pytest.raises(JudgeUnavailable, match="failed at 5 questions in a row"):
        run_evaluation(configured(concurrency=1), meeting, ignored)
    assert len(journaled(tmp_path / "run", "answers")) == 1
    assert 1 <= len(journaled(tmp_path / "run", "classifications")) <= CASES


def test_a_classifier_that_fails_ends_the_judging_and_both_journals_are_kept(
    configured: Configured,
    meeting: Meeting,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    classify = pipeline.classify_cases

    def broken(*how: Any, **more: Any) -> Any:
        classify(*how, **more)
        wait_until(lambda: journaled(tmp_path / "run", "answers"))
        raise ModelUnusable("the model broke.")

    monkeypatch.setattr(pipeline, "classify_cases", broken)
    with pytest.raises(ModelUnusable, match="the model broke"):
        run_evaluation(configured(), meeting, ignored)
    assert 1 <= len(journaled(tmp_path / "run", "answers")) <= 6
    assert len(journaled(tmp_path / "run", "classifications")) == CASES
