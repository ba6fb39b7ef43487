"""A merge is the run that one process would have made, or a sentence that says why not."""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from sharded_run import (
    LABELS,
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

from evaluator.cases.shard import Shard
from evaluator.classifier.prediction import Prediction
from evaluator.errors import ConfigError, DataUnusable, EvaluatorError
from evaluator.judge.labels import labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run.finished import read_finished
from evaluator.run.merged_predictions import MergedPredictions
from evaluator.run.merging import merge_shards
from evaluator.run.pipeline import run_evaluation
from evaluator.run.progress import Progress
from evaluator.run.settings import RunSettings
from evaluator.run.shard_predictions import ShardPredictions, write_predictions


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_classifiers_once(monkeypatch)


def stored_verdicts(names: Sequence[str]) -> VerdictMatrix:
    """Verdicts on all pairs of labels but the first, a different one on each."""
    labels, draw = labels_from_names(names), random.Random(3)
    readings = {
        pair: PairJudgement(Reading(draw.gauss(0, 1), 0.9), Reading(draw.gauss(0, 1), 0.8))
        for pair in list(labels.pairs())[1:]
    }
    rubric = load_rubric("category-relevance")
    lock = JudgeLock(
        backend="ollama",
        model="llama3.2",
        digest="sha256:1",
        server_version="0.33",
        options=(),
        rubric=rubric.name,
        prompt_hash=rubric.prompt_hash,
    )
    return VerdictMatrix(lock, labels, readings, {})


@pytest.fixture
def configured(tmp_path: Path, tiny_model: Path) -> Configured:
    """Make the settings of a run by a small GPT-2, whose batches are other ones in shards."""
    matrix = tmp_path / "verdicts.json"
    matrix.write_text(matrix_json(stored_verdicts(LABELS)), "utf-8")
    usual = {
        "data": tmp_path / "cases.jsonl",
        "model_path": tiny_model,
        "matrix": matrix,
        "calibration": "none",
        "save_to": tmp_path / "root",
        "junit": True,
        "max_unscored": 1,
    }
    return lambda **changes: RunSettings.model_validate({**usual, **changes})


@pytest.mark.parametrize("seed", range(5))
def test_killed_in_any_order_they_make_the_run_of_one_process(
    configured: Configured, tmp_path: Path, progress: Progress, seed: int
) -> None:
    draw = random.Random(seed)
    cases = draw.randint(5, 40)
    write_cases(tmp_path / "cases.jsonl", draw, cases)
    count = draw.randint(1, 6)
    sampled = {"num_samples": draw.choice([None, max(1, cases // 2)]), "seed": seed}
    sampled["sample"] = draw.choice(["stratified", "first"])
    run_evaluation(configured(save_to=tmp_path / "whole", **sampled), progress, ignored)
    whole = content(tmp_path / "whole")
    kills = 0
    for index in draw.choices(range(count), k=2) + draw.sample(range(count), count):
        settings = configured(shard=f"{index}/{count}", **sampled)
        kills += insisting(lambda killing, settings=settings: shard(settings, killing), draw)
    root = configured().save_to
    kills += insisting(lambda killing: merge(root, killing), draw)
    assert content(root) == whole
    assert kills > 0
    record = json.loads((root / "run.json").read_text("utf-8"))
    assert record["merged_from"] == count
    merge(root, progress)  # once more is the same
    assert content(root) == whole


def test_what_a_judge_leaves_unanswered_stays_so_with_its_reason(
    configured: Configured, tmp_path: Path, progress: Progress
) -> None:
    write_cases(tmp_path / "cases.jsonl", random.Random(1), 40)

    def answer(text: str) -> dict[str, float]:
        silent = "cooking" in text[text.rindex("Is ") :]
        return {"Perhaps": 0.9} if silent else {"Yes": 0.6, "No": 0.3}

    with OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2")]) as server:
        judge = {"judge": "ollama:llama3.2", "judge_url": server.url}
        asked = {**judge, "matrix": None, "retries": 0}
        settings = configured(save_to=tmp_path / "whole", **asked)
        whole = run_evaluation(settings, progress, ignored)
        server.forget_requests()
        root = shards(configured, 3, progress, **asked)
        assert len(server.bodies("/api/chat")) == 6  # both orders of three pairs, by one shard
    merged = merge(root, progress)
    assert content(root) == content(tmp_path / "whole")
    assert merged.summary.cases.by_reason["no-answer-word"] > 0
    assert merged.summary.usage.calls == whole.summary.usage.calls
    verdicts = [root / "shards" / name for name in ("matrix.json", "0-of-3/matrix.json")]
    assert len({path.read_bytes() for path in [*verdicts, root / "matrix.json"]}) == 1


def test_of_many_labels_a_stored_matrix_gives_the_pairs_that_were_met(
    configured: Configured, make_model: Any, tmp_path: Path, progress: Progress
) -> None:
    names = [f"label {number:02}" for number in range(66)]
    rows = (f"{n},the engine of car {n},{names[n]}\n" for n in range(9))
    (tmp_path / "cases.csv").write_text("id,text,label\n" + "".join(rows))
    large = {"data": tmp_path / "cases.csv", "model_path": make_model(names)}
    large["matrix"] = tmp_path / "matrix.json"
    large["matrix"].write_text(matrix_json(stored_verdicts(names)), "utf-8")
    run_evaluation(configured(save_to=tmp_path / "whole", **large), progress, ignored)
    root = shards(configured, 2, progress, **large)
    merge(root, progress)
    assert content(root) == content(tmp_path / "whole")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what every test would make anew."""
    return tmp_path_factory.mktemp("done")


@pytest.fixture
def two(done: Path, configured: Configured, tmp_path: Path, progress: Progress) -> Path:
    """The root of two shards that are done."""
    write_cases(tmp_path / "cases.jsonl", random.Random(2), 20)
    if not list(done.iterdir()):
        shards(configured, 2, progress, save_to=done)
    return shutil.copytree(done, tmp_path / "root")


def test_gates_are_given_to_the_merge_and_decide_there(two: Path, progress: Progress) -> None:
    assert merge(two, progress).summary.gate.passed
    failed = merge(two, progress, min_accuracy=0.99, threshold=0.4)
    assert not failed.summary.gate.passed
    assert failed.summary.pass_.threshold == 0.4
    with pytest.raises(ConfigError, match=r"--min-accuracy cannot be 2"):
        merge(two, progress, min_accuracy=2)


def test_directories_of_shards_are_merged_wherever_they_lie(
    two: Path, tmp_path: Path, progress: Progress
) -> None:
    merge(two, progress)
    moved = [
        shutil.copytree(two / "shards" / f"{n}-of-2", tmp_path / name)
        for n, name in ((1, "there"), (0, "here"))
    ]
    with pytest.raises(ConfigError, match="add --save-to"):
        merge_shards(moved, None, {}, progress, ignored)
    merge_shards(moved, tmp_path / "merged", {}, progress, ignored)
    assert content(tmp_path / "merged") == content(two)
    with pytest.raises(ConfigError, match="shard 0 of 2 is named twice"):
        merge_shards([two, tmp_path / "here"], tmp_path / "merged", {}, progress, ignored)


def test_a_shard_is_no_result(two: Path) -> None:
    for index in range(2):
        with pytest.raises(ConfigError, match="one shard of a run, which is no result"):
            read_finished(two / "shards" / f"{index}-of-2")


def rewritten(path: Path, change: Callable[[Any], object]) -> None:
    """Change a JSON file."""
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")


def remove(path: Path) -> None:
    shutil.rmtree(path)


def unfinish(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record.update(status="running"))


def forget_the_end(path: Path) -> None:
    (path / "shard.json").unlink()


def change_the_data(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record["fingerprints"].update(data="other"))


def change_the_seed(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record["lasting"].update(seed=9))


def change_a_version(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record["versions"].update(torch="1.0"))


def change_the_threshold(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record["config"].update(threshold=0.3))


def say_no_shard(path: Path) -> None:
    rewritten(path / "run.json", lambda record: record["config"].update(shard="the second"))


def cut_a_line(path: Path) -> None:
    lines = (path / "predictions.jsonl").read_bytes().splitlines(keepends=True)
    (path / "predictions.jsonl").write_bytes(b"".join(lines[:-1]))


def tear_a_line(path: Path) -> None:
    whole = (path / "predictions.jsonl").read_bytes()
    (path / "predictions.jsonl").write_bytes(whole[: len(whole) // 2])


def change_a_prediction(path: Path) -> None:
    text = (path / "predictions.jsonl").read_text("utf-8")
    (path / "predictions.jsonl").write_text(
        text.replace('"truncated":false', '"truncated":true', 1), "utf-8"
    )


def delete_the_predictions(path: Path) -> None:
    (path / "predictions.jsonl").unlink()


def other_shards(path: Path) -> None:
    shutil.copytree(path, path.with_name("2-of-5"))
    rewritten(path.with_name("2-of-5") / "run.json", lambda one: one["config"].update(shard="2/5"))


@pytest.mark.parametrize(
    ("damage", "error", "sentence"),
    [
        (remove, ConfigError, r"shard 1 of 2 is missing: run `evaluator run … --shard 1/2` again"),
        (unfinish, ConfigError, "shard 1 of 2 is not finished: run `evaluator run … --shard 1/2`"),
        (forget_the_end, ConfigError, "shard 1 of 2 is not finished"),
        (say_no_shard, ConfigError, "shard 1 of 2 is missing"),
        (change_the_data, ConfigError, r"shard 1 of 2 was made from .* 0 of 2: data \(other, was"),
        (change_the_seed, ConfigError, r"shard 1 of 2 was made .*: seed \(9, was 0\)"),
        (change_a_version, ConfigError, r"shard 1 of 2 was made .*: torch \(1.0, was"),
        (change_the_threshold, ConfigError, r"different settings .*: threshold \(0.3, was 0.8\)"),
        (cut_a_line, DataUnusable, "predictions.jsonl is not what shard 1 of 2 wrote"),
        (tear_a_line, DataUnusable, "predictions.jsonl is not what shard 1 of 2 wrote"),
        (change_a_prediction, DataUnusable, "predictions.jsonl is not what shard 1 of 2 wrote"),
        (delete_the_predictions, DataUnusable, r"predictions.jsonl cannot be read.*--shard 1/2"),
        (other_shards, ConfigError, "there are shards of 2 and of 5"),
    ],
)
def test_what_is_wrong_with_a_shard_is_said_and_leaves_no_result(
    two: Path,
    progress: Progress,
    damage: Callable[[Path], None],
    error: type[EvaluatorError],
    sentence: str,
) -> None:
    damage(two / "shards" / "1-of-2")
    with pytest.raises(error, match=sentence):
        merge(two, progress)
    assert not (two / "cases.jsonl").exists()
    assert not (two / "summary.json").exists()


def test_a_shard_is_mended_by_its_own_command(
    two: Path, configured: Configured, progress: Progress
) -> None:
    merge(two, progress)
    whole = content(two)
    cut_a_line(two / "shards" / "1-of-2")
    with pytest.raises(DataUnusable):
        merge(two, progress)
    shard(configured(shard="1/2"), progress)
    merge(two, progress)
    assert content(two) == whole


def test_another_judge_is_not_asked_where_the_verdicts_are_there(
    two: Path, progress: Progress, caplog: pytest.LogCaptureFixture
) -> None:
    merge(two, progress)
    whole = content(two)
    merge(two, progress, judge=("embedded",), retries=1)
    assert not caplog.messages
    merge(two, progress, judge=("ollama:nobody",))
    assert "the merge asks nobody: --judge changes nothing" in caplog.text
    assert content(two) == whole


def test_a_changed_matrix_is_noticed(two: Path, progress: Progress) -> None:
    path = two / "shards" / "0-of-2" / "matrix.json"
    path.write_text(path.read_text("utf-8") + " ")
    with pytest.raises(DataUnusable, match=r"matrix.json is not what shard 0 of 2 wrote"):
        merge(two, progress)


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ({0: [0, 2], 1: [1, 2]}, "has a case that another shard has too"),
        ({0: [0], 1: [2]}, "case number 2 is in no shard"),
        ({0: [0], 1: [1]}, "case number 3 of 3 is in no shard"),
    ],
)
def test_cases_that_are_there_twice_or_never_are_noticed(
    tmp_path: Path, places: dict[int, list[int]], sentence: str
) -> None:
    ids = {n: [one for one in map(str, range(99)) if Shard(n, 2).holds(one)] for n in places}
    parts = []
    for number, positions in places.items():
        predictions = [Prediction(ids[number].pop(), "cars", "cars") for _ in positions]
        path = tmp_path / f"{number}.jsonl"
        digest = write_predictions(path, positions, predictions)
        parts.append(ShardPredictions(path, Shard(number, 2), len(positions), digest))
    with pytest.raises(DataUnusable, match=sentence):
        list(MergedPredictions(parts, 3))


def test_a_run_of_its_own_is_not_written_over(
    two: Path, configured: Configured, tmp_path: Path, progress: Progress
) -> None:
    run_evaluation(configured(save_to=tmp_path / "own"), progress, ignored)
    with pytest.raises(ConfigError, match="not merged from shards"):
        merge_shards([two], tmp_path / "own", {}, progress, ignored)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_root_of_another_number_of_shards_is_refused_before_any_work(
    two: Path, configured: Configured, progress: Progress, fresh: bool
) -> None:
    before = sorted(two.rglob("*"))
    with pytest.raises(
        ConfigError, match=r"holds shards of 2, and this is shard 1 of 3: .*--save-to.*--name"
    ):
        shard(configured(shard="1/3", fresh=fresh, data=two / "not read"), progress)
    assert sorted(two.rglob("*")) == before


def test_a_root_with_a_run_in_one_piece_is_refused_before_any_work(
    two: Path, configured: Configured, progress: Progress
) -> None:
    root = two.with_name("own")
    run_evaluation(configured(save_to=root), progress, ignored)
    with pytest.raises(ConfigError, match=r"holds a run that is not merged from shards: use an"):
        shard(configured(shard="0/2", save_to=root), progress)
    assert not (root / "shards").exists()
    (root / "run.json").write_text("{}")
    with pytest.raises(ConfigError, match="not merged from shards"):
        shard(configured(shard="0/2", save_to=root), progress)


def test_a_merged_root_takes_its_own_shards_again(
    two: Path, configured: Configured, progress: Progress
) -> None:
    merge(two, progress)
    whole = content(two)
    shard(configured(shard="1/2", fresh=True), progress)
    merge(two, progress)
    assert content(two)["summary"] == whole["summary"]


def test_a_place_without_shards_is_no_root(tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(ConfigError, match="holds no shards; name what --save-to named"):
        merge(tmp_path, progress)
