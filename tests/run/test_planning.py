"""What a plan counts, and that it leaves no trace."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel

from evaluator.backends.protocol import Usage
from evaluator.cases.digest import text_sha256
from evaluator.classifier.prediction import Classification
from evaluator.errors import ConfigError, DataUnusable, JudgeUnavailable
from evaluator.judge.asking import Answer
from evaluator.judge.labels import labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.question import Question
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run import planning
from evaluator.run.classifying import case_source
from evaluator.run.directory import RunDirectory
from evaluator.run.fingerprints import run_fingerprints
from evaluator.run.holding import held
from evaluator.run.planning import PROBE_ARTICLES, Plan, plan_run
from evaluator.run.provenance import Provenance
from evaluator.run.settings import RunSettings

LABELS = ("cars", "cooking", "medicine")
SECONDS_A_QUESTION = 0.02


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4}, seconds=SECONDS_A_QUESTION)
    with OllamaServer(engine, [ServedModel("llama3.2")]) as running:
        yield running


LOCK = JudgeLock(
    backend="embedded",
    model="m",
    digest="sha256:0",
    server_version="1",
    options=(),
    rubric="category-relevance",
    prompt_hash=load_rubric("category-relevance").prompt_hash,
)


def run_settings(
    folder: Path, model: Path, server: OllamaServer, articles: list[str], **changes: Any
) -> RunSettings:
    """Settings of a run on these articles, which are spread over the labels."""
    data = folder / "cases.jsonl"
    with data.open("w") as lines:
        for number, text in enumerate(articles):
            lines.write(json.dumps({"text": text, "label": LABELS[number % 3]}) + "\n")
    settings = {"data": data, "model_path": model, "save_to": folder / "run"}
    judge = {"judge": "ollama:llama3.2", "judge_url": server.url, "calibration": "none"}
    return RunSettings.model_validate({**settings, **judge, **changes})


def plan(*arguments: Any, **changes: Any) -> Plan:
    return plan_run(run_settings(*arguments, **changes), lambda *_: None)


def begin(*arguments: Any, **changes: Any) -> RunDirectory:
    """Record the start of the run that is planned later."""
    settings = run_settings(*arguments, **changes)
    directory = RunDirectory(settings.save_to)
    labels, rubric = labels_from_names(LABELS), load_rubric(settings.rubric)
    fingerprints = run_fingerprints(settings, case_source(settings), labels, rubric)
    Provenance(directory, "run", settings, fingerprints, rubric).lock_judge(LOCK)
    return directory


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_plan_counts_what_a_run_would_do_and_writes_nothing(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    articles = [
        *(f"the car number {number}" for number in range(40)),
        "",
        " \n",
        "the car number 1",
    ]
    model = contents(tiny_model)
    planned = plan(tmp_path, tiny_model, server, articles)
    assert (planned.cases, planned.articles, planned.articles_left) == (43, 40, 40)
    assert (planned.labels, planned.questions, planned.calls) == (3, 6, 6)
    assert planned.probe_articles == PROBE_ARTICLES
    assert planned.probe_calls == len(server.bodies("/api/chat")) == 4
    assert planned.seconds_judging >= 6 * SECONDS_A_QUESTION - 0.05
    assert [path.name for path in tmp_path.iterdir()] == ["cases.jsonl"]
    assert contents(tiny_model) == model


def test_articles_that_fit_into_one_batch_take_time_too(
    tmp_path: Path, tiny_model: Path, server: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = planning.loaded_classifier

    def load_slow(*how: Any) -> Any:
        classify = load(*how)

        def slowly(prompts: list[str]) -> Iterator[Any]:
            for found in classify(prompts):
                time.sleep(0.01)
                yield found

        return slowly

    monkeypatch.setattr(planning, "loaded_classifier", load_slow)
    planned = plan(tmp_path, tiny_model, server, [f"car {number}" for number in range(300)])
    assert planned.seconds_classifying >= 300 * 0.01


def test_a_plan_leaves_out_what_the_run_directory_holds(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    directory = begin(tmp_path, tiny_model, server, ["one", "two", "three"])
    with directory.classifications() as journal:
        for text in ("one", "two", "not in the data"):
            journal.append(Classification(text_sha256(text), "cars", 0.5, False, 3))
    with directory.answers() as answers:
        for first, second in (("cars", "cooking"), ("cooking", "cars")):
            question = Question(first, second)
            answers.append(Answer(question, Reading(0.1, 0.9), Usage(9, 9, 1), 0.1))
    before = contents(tmp_path / "run")
    planned = plan(tmp_path, tiny_model, server, ["one", "two", "three"])
    assert (planned.articles, planned.articles_left, planned.probe_articles) == (3, 1, 3)
    assert (planned.questions, planned.calls) == (6, 4)
    assert contents(tmp_path / "run") == before
    anew = plan(tmp_path, tiny_model, server, ["one", "two", "three"], fresh=True)
    assert (anew.articles_left, anew.calls) == (3, 6)
    assert contents(tmp_path / "run") == before


def test_a_plan_needs_no_lock_while_the_run_works(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    directory = begin(tmp_path, tiny_model, server, ["one", "two"])
    with held(directory.path), directory.classifications() as journal:
        journal.append(Classification(text_sha256("one"), "cars", 0.5, False, 3))
        before = contents(directory.path)
        planned = plan(tmp_path, tiny_model, server, ["one", "two"])
        assert (planned.articles, planned.articles_left) == (2, 1)
        assert contents(directory.path) == before


def test_a_plan_with_nothing_left_loads_and_asks_nothing(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    labels = labels_from_names(LABELS)
    judgements = dict.fromkeys(labels.pairs(), PairJudgement(Reading(1, 0.9), Reading(1, 0.9)))
    matrix = tmp_path / "matrix.json"
    matrix.write_text(matrix_json(VerdictMatrix(LOCK, labels, judgements, {})))
    directory = begin(tmp_path, tiny_model, server, ["one"], matrix=matrix)
    with directory.classifications() as journal:
        journal.append(Classification(text_sha256("one"), "cars", 0.5, False, 3))
    planned = plan(tmp_path, tiny_model, server, ["one"], matrix=matrix)
    assert (planned.calls, planned.probe_calls, planned.seconds_judging) == (0, 0, 0.0)
    assert (planned.articles_left, planned.probe_articles) == (0, 0)
    assert planned.seconds_classifying == 0.0
    assert server.requests == []


def test_a_plan_says_how_many_questions_there_may_be_below_articles(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    articles = ["one", "one", "two", ""]
    bare = plan(tmp_path, tiny_model, server, articles)
    shown = plan(tmp_path, tiny_model, server, articles, show_article=True)
    assert bare.article_questions == 0
    assert shown.article_questions == 2 * len(articles)  # as if all were wrong
    assert (shown.questions, shown.calls) == (bare.questions, bare.calls)
    with pytest.raises(ConfigError, match="--show-article takes one judge"):
        plan(
            tmp_path,
            tiny_model,
            server,
            articles,
            show_article=True,
            judge="embedding",
            judge_url=(),
        )


def test_a_plan_refuses_a_directory_that_the_run_would_refuse(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    directory = begin(tmp_path, tiny_model, server, ["one"])
    with directory.classifications() as journal:
        journal.append(Classification(text_sha256("one"), "cars", 0.5, False, 3))
    with pytest.raises(ConfigError, match="made from something else: data"):
        plan(tmp_path, tiny_model, server, ["two"])


def test_a_plan_meets_what_would_stop_the_run(
    tmp_path: Path, tiny_model: Path, server: OllamaServer
) -> None:
    with pytest.raises(DataUnusable, match="does not know these gold labels: one"):
        plan(tmp_path, tiny_model, server, ["one"], label_column="text")
    with pytest.raises(JudgeUnavailable, match="'nobody:latest' is not on"):
        plan(tmp_path, tiny_model, server, ["one"], judge="ollama:nobody")
    with pytest.raises(ConfigError, match=r"matrix\.json cannot be read"):
        plan(tmp_path, tiny_model, server, ["one"], matrix=tmp_path / "matrix.json")
    assert not (tmp_path / "run").exists()


def test_many_labels_cost_at_most_two_questions_a_case(
    tmp_path: Path, make_model: Any, server: OllamaServer
) -> None:
    model = make_model([*LABELS, *(f"label {number}" for number in range(70))])
    planned = plan(tmp_path, model, server, ["one", "two", "three", "four"])
    assert (planned.labels, planned.questions, planned.calls) == (73, 8, 8)
