"""The judge stage with a server."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, Reset, ScriptedEngine, ServedModel, Status

from evaluator.backends.protocol import PullProgress, Usage
from evaluator.errors import JudgeUnavailable
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelPair, labels_from_names
from evaluator.judge.matrix import Wanted
from evaluator.judge.question import Question, both_orders
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run.directory import RunDirectory
from evaluator.run.journal import Journal
from evaluator.run.judged import Judged
from evaluator.run.judging import JudgeSession
from evaluator.run.opening import open_judge
from evaluator.run.progress import Progress
from evaluator.run.settings import MatrixSettings

LABELS = labels_from_names(["cars", "cooking", "medicine", "trams"])
PAIRS = list(LABELS.pairs())
RUBRIC = load_rubric("category-relevance")


def answer(text: str) -> dict[str, float]:
    """A judge whose answer depends on the question alone."""
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.9 * share, "No": 0.9 * (1 - share)}


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture
def journal(tmp_path: Path) -> Journal[Answer]:
    return RunDirectory(tmp_path / "run").answers()


def ignored(*step: object) -> None:
    pass


def opened(
    settings: MatrixSettings, rubric: Rubric = RUBRIC, pull: PullProgress = ignored
) -> JudgeSession:
    judge = open_judge(settings, LABELS, rubric, pull)
    assert isinstance(judge, JudgeSession)
    return judge


def session(server: OllamaServer, rubric: Rubric = RUBRIC, **changes: Any) -> JudgeSession:
    settings = {
        "labels": "l.txt",
        "judge": "ollama:llama3.2",
        "judge_url": server.url,
        "retries": 0,
        "calibration": "none",
        **changes,
    }
    return opened(MatrixSettings.model_validate(settings), rubric)


def judged_by(
    server: OllamaServer,
    journal: Journal[Answer],
    progress: Progress,
    pairs: list[LabelPair] = PAIRS,
    **changes: Any,
) -> Judged:
    with session(server, **changes) as judge:
        return judge.judge(LABELS, Wanted(pairs), journal, progress)


def asked(server: OllamaServer) -> int:
    return len(server.bodies("/api/chat"))


def test_every_pair_is_asked_in_both_orders_and_kept(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    judged = judged_by(server, journal, progress)
    assert set(judged.matrix.judgements) == set(PAIRS)
    kept = {one.question: one.reading for one in journal}
    for pair, found in judged.matrix.judgements.items():
        forward, backward = both_orders(pair)
        assert (found.forward, found.backward) == (kept[forward], kept[backward])
    assert len(kept) == asked(server) == 12
    usage = judged.usage
    assert (usage.questions, usage.calls, usage.cached) == (12, 12, 0)
    assert usage.prompt_tokens == sum(one.usage.prompt_tokens for one in journal) > 12
    assert (usage.evaluated_tokens, usage.generated_tokens) == (None, 12)
    assert progress.stages == [("judging", 12, "questions", 0, 12)]  # type: ignore[attr-defined]


def test_only_what_the_journal_does_not_know_is_asked(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    whole = judged_by(server, journal, progress).matrix.judgements
    lines = journal._path.read_bytes().splitlines(keepends=True)
    journal._path.write_bytes(b"".join(lines[:5]))
    server.forget_requests()
    judged = judged_by(server, journal, progress)
    assert asked(server) == judged.usage.calls == 7
    assert (judged.usage.questions, judged.usage.cached) == (12, 5)
    assert judged.matrix.judgements == whole
    assert progress.stages[-1] == ("judging", 12, "questions", 5, 12)  # type: ignore[attr-defined]
    server.forget_requests()
    assert judged_by(server, journal, progress).usage.calls == asked(server) == 0


def test_answers_to_other_questions_are_left_alone(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    foreign = Answer(Question("chess", "cars"), Reading(0.5, 0.5), Usage(1000, 1, 1), 0.1)
    with journal:
        journal.append(foreign)
    judged = judged_by(server, journal, progress, PAIRS[:1])
    assert (judged.usage.questions, judged.usage.calls) == (2, 2)
    assert judged.usage.prompt_tokens < 1000
    assert next(iter(journal)) == foreign


def test_a_question_without_an_answer_leaves_its_pair_and_is_asked_next_time(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    server.faults.add(Status(code=400, times=1))
    judged = judged_by(server, journal, progress, concurrency=1)
    assert judged.matrix.unanswered == {PAIRS[0]: "http-400"}
    assert len(judged.matrix.judgements) == 5
    assert len(list(journal)) == 11
    server.forget_requests()
    again = judged_by(server, journal, progress)
    assert asked(server) == again.usage.calls == 1
    assert again.matrix.unanswered == {}


def test_a_judge_that_dies_leaves_its_answers_in_the_journal(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    server.faults.add(Reset(after=4))
    with pytest.raises(JudgeUnavailable, match="5 questions in a row"):
        judged_by(server, journal, progress, concurrency=1)
    assert len(list(journal)) == 4
    server.faults.clear()
    server.forget_requests()
    assert judged_by(server, journal, progress).usage.calls == asked(server) == 8


def test_settings_say_how_patient_and_how_parallel_to_be(
    server: OllamaServer, journal: Journal[Answer], progress: Progress
) -> None:
    server.faults.add(Status(code=503, times=2))
    judged = judged_by(server, journal, progress, concurrency=1, retries=2)
    assert judged.matrix.unanswered == {}
    assert asked(server) == 14


def test_a_judge_that_is_not_all_on_the_gpu_is_told_of(
    journal: Journal[Answer], progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    model = ServedModel("llama3.2", size=1000, gpu_share=0.25)
    with OllamaServer(ScriptedEngine(answer), [model]) as server:
        judged = judged_by(server, journal, progress)
        told = (
            "The judge ran with 75.0 % of its weights outside of GPU memory, where they are slow."
        )
        assert judged.usage.outside_gpu == 0.75
        assert [record.getMessage() for record in caplog.records] == [told]
        server.forget_requests()
        again = judged_by(server, journal, progress)
        assert again.usage.outside_gpu is None  # nothing was asked, so nothing was slow
        assert server.bodies("/api/ps") == []
        assert len(caplog.records) == 1


def test_a_judge_on_the_gpu_is_nothing_to_tell_of(
    server: OllamaServer,
    journal: Journal[Answer],
    progress: Progress,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert judged_by(server, journal, progress).usage.outside_gpu == 0.0
    assert caplog.records == []


def test_a_judge_without_probabilities_is_told_of_once_and_gives_verdicts(
    journal: Journal[Answer], progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    old = OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2")], version="0.9.1")
    with old as server:
        judged = judged_by(server, journal, progress)
    assert judged.matrix.lock.scoring == "schema"
    # Each order says yes or no as good as certainly, so a pair's share of yes is 0, 1/2 or 1.
    shares = {round(one.probability, 6) for one in judged.matrix.judgements.values()}
    assert shares <= {0.0, 0.5, 1.0}
    (record,) = caplog.records
    assert record.getMessage().startswith("The judge gives no probabilities")


def test_the_lock_names_the_judge_and_the_rubric(server: OllamaServer) -> None:
    with session(server) as judge:
        lock = judge.lock
    assert (lock.backend, lock.model) == ("ollama", "llama3.2:latest")
    assert lock.digest == f"sha256:{ServedModel('llama3.2').manifest_digest}"
    assert (lock.rubric, lock.prompt_hash) == (RUBRIC.name, RUBRIC.prompt_hash)


def test_a_judge_that_cannot_be_opened_is_closed_again(server: OllamaServer) -> None:
    judge = session(server, judge="ollama:nobody")
    with pytest.raises(JudgeUnavailable, match="is not on the Ollama server"), judge:
        pass
    with pytest.raises(RuntimeError, match="Runner is closed"):
        judge._loop._runner.get_loop()


def test_pulling_needs_permission() -> None:
    engine = ScriptedEngine(answer)
    steps: list[str] = []

    def pull(status: str, completed: int, total: int) -> None:
        steps.append(status)

    with OllamaServer(engine, [], registry=[ServedModel("llama3.2")]) as server:
        settings = {"labels": "l", "judge": "ollama:llama3.2", "judge_url": server.url}
        refusing = opened(MatrixSettings.model_validate(settings), pull=pull)
        with pytest.raises(JudgeUnavailable, match="add --pull"), refusing:
            pass
        assert steps == []
        allowed = MatrixSettings.model_validate({**settings, "pull": True})
        with opened(allowed, pull=pull):
            pass
        assert steps[-1] == "success"
