"""A merge that asks the judge makes the run of one process, and asks nothing twice."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from sharded_run import (
    Configured,
    content,
    ignored,
    insisting,
    load_classifiers_once,
    merge,
    shard,
    shards,
    write_cases,
)

from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.run.pipeline import run_evaluation
from evaluator.run.progress import Progress
from evaluator.run.settings import RunSettings

MANY = [f"label {number:02}" for number in range(66)]
REASON = [" both", " are", " told."]
OTHER_DIGEST = "5" * 64


def answer(text: str) -> dict[str, float]:
    """A judge whose verdict depends on the whole question, with the article above it."""
    asked_last = text[text.rindex("user") :]
    if "because" in asked_last:
        said = sum(word in asked_last for word in REASON)
        return {REASON[said]: 1.0} if said < len(REASON) else {}
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.9 * share, "No": 0.9 * (1 - share)}


def serving(**model: Any) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2", **model)])


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_classifiers_once(monkeypatch)


@pytest.fixture
def configured(tmp_path: Path, tiny_model: Path, server: OllamaServer) -> Configured:
    """Make the settings of a run below articles, each of which is a batch of its own."""
    usual = {
        "data": write_cases(tmp_path / "cases.jsonl", random.Random(4), 24),
        "model_path": tiny_model,
        "show_article": True,
        "judge": "ollama:llama3.2",
        "judge_url": server.url,
        "calibration": "none",
        "concurrency": 1,
        "retries": 0,
        "save_to": tmp_path / "root",
        "junit": True,
        "max_unscored": 1,
    }
    return lambda **changes: RunSettings.model_validate({**usual, **changes})


def asked(server: OllamaServer) -> Counter[str]:
    """How often each question was asked, with the article above it."""
    return Counter(json.dumps(body["messages"]) for body in server.bodies("/api/chat"))


def reasons(run: Path) -> object:
    """What the judge said for its verdicts, apart from what that cost."""
    path = run / "reasons.json"
    if not path.exists():
        return None
    said = json.loads(path.read_text("utf-8"))
    del said["usage"]
    return said


@pytest.fixture(params=["articles", "reasons", "many labels"])
def changes(
    request: pytest.FixtureRequest, make_model: Callable[..., Path], tmp_path: Path
) -> dict[str, Any]:
    """Settings with which no shard can ask the judge."""
    if request.param == "articles":
        return {}
    if request.param == "reasons":
        return {"show_article": False, "explain": "all"}
    rows = (f"{n},the engine of car {n},{MANY[n]}\n" for n in range(9))
    (tmp_path / "cases.csv").write_text("id,text,label\n" + "".join(rows))
    model = make_model(MANY)
    return {"show_article": False, "data": tmp_path / "cases.csv", "model_path": model}


def test_what_shards_cannot_ask_is_asked_by_the_merge_and_each_question_once(
    configured: Configured,
    server: OllamaServer,
    changes: dict[str, Any],
    tmp_path: Path,
    progress: Progress,
) -> None:
    run_evaluation(configured(save_to=tmp_path / "whole", **changes), progress, ignored)
    questions = asked(server)
    assert len(questions) > 6
    server.forget_requests()
    root = shards(configured, 3, progress, **changes)
    assert not asked(server)
    kills = insisting(lambda killing: merge(root, killing), random.Random(2))
    assert kills > 2
    assert asked(server) == questions
    assert content(root) == content(tmp_path / "whole")
    assert reasons(root) == reasons(tmp_path / "whole")
    assert (reasons(root) is not None) == ("explain" in changes)
    merge(root, progress, min_accuracy=0.99)  # a gate decides anew, of the same answers
    assert asked(server) == questions


def test_the_merge_can_be_told_where_the_judge_is(
    configured: Configured, server: OllamaServer, tmp_path: Path, progress: Progress
) -> None:
    run_evaluation(configured(save_to=tmp_path / "whole"), progress, ignored)
    nowhere = {"judge_url": "http://127.0.0.1:9", "timeout": 1.0}
    root = shards(configured, 2, progress, **nowhere)
    with pytest.raises(JudgeUnavailable):
        merge(root, progress)
    assert not (root / "run.json").exists()
    merge(root, progress, judge=("ollama:llama3.2",), judge_url=(server.url,), timeout=120.0)
    assert content(root) == content(tmp_path / "whole")


def test_shards_that_name_different_judges_leave_it_to_the_merge_which_counts(
    configured: Configured, server: OllamaServer, progress: Progress
) -> None:
    root = shards(configured, 2, progress)
    shard(configured(shard="1/2", judge="ollama:mistral"), progress)
    with pytest.raises(ConfigError, match=r"judge \(.*mistral.*say to `evaluator merge`"):
        merge(root, progress)
    assert merge(root, progress, judge=("ollama:llama3.2",), judge_url=(server.url,)).summary


def test_answers_of_one_judge_are_not_mixed_with_those_of_another(
    configured: Configured, tmp_path: Path, progress: Progress
) -> None:
    root = shards(configured, 2, progress)
    merge(root, progress)
    before = content(root)
    with serving(digest=OTHER_DIGEST) as other:
        with pytest.raises(ConfigError, match=r"the judge changed since the merge.*digest"):
            merge(root, progress, judge_url=(other.url,))
        assert content(root) == before
        assert not asked(other)


def test_a_merge_of_shards_that_were_started_over_asks_anew(
    configured: Configured, server: OllamaServer, progress: Progress
) -> None:
    root = shards(configured, 2, progress)
    merge(root, progress)
    questions = asked(server)
    for record in root.glob("shards/*/run.json"):
        said = json.loads(record.read_text("utf-8"))
        record.write_text(json.dumps({**said, "started_at": "2031-01-01T00:00:00+00:00"}))
    merge(root, progress)
    assert asked(server) == questions + questions


def test_one_shard_with_other_reasons_is_refused(
    configured: Configured, progress: Progress
) -> None:
    root = shards(configured, 2, progress, show_article=False, explain="all")
    shard(configured(shard="1/2", show_article=False, explain="failures"), progress)
    with pytest.raises(ConfigError, match=r"shard 1 of 2 was made .*explain \(failures, was all\)"):
        merge(root, progress)


def test_a_judge_that_cannot_be_shown_articles_is_refused_by_the_shard(
    configured: Configured, progress: Progress
) -> None:
    with pytest.raises(ConfigError, match="--show-article takes one judge"):
        panel = {"judge": ("ollama:a", "ollama:b"), "calibration": "reference"}
        shard(configured(shard="0/2", **panel), progress)
