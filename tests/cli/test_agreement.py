"""`evaluator agreement` and `evaluator agreement sample`, as a user runs them."""

import json
from pathlib import Path

import pytest
from rated_run import judged_run, rate, read_table, write_table
from running import assert_fails, evaluator


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged_run(tmp_path_factory.mktemp("judged"))


def sample(run: Path, how: str, n: int, output: Path) -> Path:
    ended = evaluator("agreement", "sample", run, "--how", how, "--n", n, "--output", output)
    assert ended.code == 0, ended.err
    return output


def test_from_a_sample_over_ratings_to_the_corrected_score(run: Path, tmp_path: Path) -> None:
    table = rate(sample(run, "random", 90, tmp_path / "human.csv"))
    ended = evaluator("agreement", run, "--labels", table)
    assert ended.code == 0, ended.err
    for words in ("quadratic kappa", "AUC of relatedness", "corrected", "PPI++", "Rogan–Gladen"):
        assert words in ended.out
    printed = evaluator("agreement", run, "--labels", table, "--format", "json")
    assert json.loads(printed.out) == json.loads((run / "agreement.json").read_text("utf-8"))
    assert json.loads(printed.out)["correction"]["labelled"] == 90


def test_from_pairs_in_doubt_to_a_calibration(run: Path, tmp_path: Path) -> None:
    table = rate(sample(run, "uncertain", 66, tmp_path / "pairs.csv"))
    file = tmp_path / "calibration.json"
    ended = evaluator("agreement", run, "--labels", table, "--save-calibration", file)
    assert ended.code == 0, ended.err
    assert "platt, fitted on 66 pairs" in " ".join(ended.out.split())
    assert json.loads(file.read_text("utf-8"))["n"] == 66


def test_a_sample_says_what_to_do_with_it_and_is_continued(run: Path, tmp_path: Path) -> None:
    table = sample(run, "random", 10, tmp_path / "human.csv")
    arguments = ["--how", "random", "--n", 5, "--output", table]
    ended = evaluator("agreement", "sample", run, *arguments)
    assert "5 cases were added" in ended.out
    assert "holds 15" in ended.out
    assert len(read_table(table)) == 15


def test_a_run_called_sample_can_be_named(run: Path, tmp_path: Path) -> None:
    table = rate(sample(run, "random", 20, tmp_path / "human.csv"))
    (tmp_path / "sample").symlink_to(run)
    ended = evaluator("agreement", "./sample", "--labels", table, cwd=tmp_path)
    assert ended.code == 0, ended.err


def test_failures_are_one_sentence_with_their_code(run: Path, tmp_path: Path) -> None:
    table = sample(run, "random", 10, tmp_path / "human.csv")
    assert_fails(evaluator("agreement", run, "--labels", table), 5, "rates nothing yet")
    assert_fails(
        evaluator("agreement", "sample", run, "--how", "uncertain", "--output", table),
        *(2, "never mixed"),
    )
    rate(table)
    assert_fails(evaluator("agreement", tmp_path, "--labels", table), 2, "neither a run directory")
    calibrate = ["--save-calibration", tmp_path / "calibration.json"]
    ended = evaluator("agreement", run, "--labels", table, *calibrate)
    assert_fails(ended, 5, "needs 50 labelled pairs")
    rows = read_table(table)
    write_table(table, [{**rows[0], "drawn": "uncertain"}, *rows[1:]])
    assert_fails(evaluator("agreement", run, "--labels", table), 5, "drawn in different ways")
