"""A merge of shards that are damaged, missing or of another run says so."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sharded_run import Configured, content, ignored, load_classifiers_once, merge, shard

from evaluator.cases.shard import Shard
from evaluator.classifier.prediction import Prediction
from evaluator.errors import ConfigError, DataUnusable, EvaluatorError
from evaluator.run.finished import read_finished
from evaluator.run.merged_predictions import MergedPredictions
from evaluator.run.merging import merge_shards
from evaluator.run.pipeline import run_evaluation
from evaluator.run.progress import Progress
from evaluator.run.shard_predictions import ShardPredictions, write_predictions


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load_classifiers_once(monkeypatch)


def test_a_shard_is_no_result(two_shards: Path) -> None:
    for index in range(2):
        with pytest.raises(ConfigError, match="one shard of a run, which is no result"):
            read_finished(two_shards / "shards" / f"{index}-of-2")


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
    two_shards: Path,
    progress: Progress,
    damage: Callable[[Path], None],
    error: type[EvaluatorError],
    sentence: str,
) -> None:
    damage(two_shards / "shards" / "1-of-2")
    with pytest.raises(error, match=sentence):
        merge(two_shards, progress)
    assert not (two_shards / "cases.jsonl").exists()
    assert not (two_shards / "summary.json").exists()


def test_a_changed_matrix_is_noticed(two_shards: Path, progress: Progress) -> None:
    path = two_shards / "shards" / "0-of-2" / "matrix.json"
    path.write_text(path.read_text("utf-8") + " ")
    with pytest.raises(DataUnusable, match=r"matrix.json is not what shard 0 of 2 wrote"):
        merge(two_shards, progress)


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
    two_shards: Path, configured: Configured, tmp_path: Path, progress: Progress
) -> None:
    run_evaluation(configured(save_to=tmp_path / "own"), progress, ignored)
    with pytest.raises(ConfigError, match="not merged from shards"):
        merge_shards([two_shards], tmp_path / "own", {}, progress, ignored)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_root_of_another_number_of_shards_is_refused_before_any_work(
    two_shards: Path, configured: Configured, progress: Progress, fresh: bool
) -> None:
    before = sorted(two_shards.rglob("*"))
    with pytest.raises(
        ConfigError, match=r"holds shards of 2, and this is shard 1 of 3: .*--save-to.*--name"
    ):
        shard(configured(shard="1/3", fresh=fresh, data=two_shards / "not read"), progress)
    assert sorted(two_shards.rglob("*")) == before


def test_a_root_with_a_run_in_one_piece_is_refused_before_any_work(
    two_shards: Path, configured: Configured, progress: Progress
) -> None:
    root = two_shards.with_name("own")
    run_evaluation(configured(save_to=root), progress, ignored)
    with pytest.raises(ConfigError, match=r"holds a run that is not merged from shards: use an"):
        shard(configured(shard="0/2", save_to=root), progress)
    assert not (root / "shards").exists()
    (root / "run.json").write_text("{}")
    with pytest.raises(ConfigError, match="not merged from shards"):
        shard(configured(shard="0/2", save_to=root), progress)


def test_a_place_without_shards_is_no_root(tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(ConfigError, match="holds no shards; name what --save-to named"):
        merge(tmp_path, progress)


def test_a_shard_is_mended_by_its_own_command(
    two_shards: Path, configured: Configured, progress: Progress
) -> None:
    merge(two_shards, progress)
    whole = content(two_shards)
    cut_a_line(two_shards / "shards" / "1-of-2")
    with pytest.raises(DataUnusable):
        merge(two_shards, progress)
    shard(configured(shard="1/2"), progress)
    merge(two_shards, progress)
    assert content(two_shards) == whole
