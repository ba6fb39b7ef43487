"""`evaluator compare`, as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from compared_runs import better_rows, judged, judged_by_the_same, prediction_rows
from rated_run import write_table
from running import assert_fails, evaluator

from evaluator.report.comparison import ComparisonReport

MODELS = {"one": (), "two": ("an oven and a doctor",)}
"""Texts that a model's tokenizer has met, so that the two read articles in different ways."""

ARTICLES = ("the engine of the car", "the salt of the soup", "the doctor", "a wheel", "an oven")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged(prediction_rows(), tmp_path_factory.mktemp("runs") / "base")


@pytest.fixture(scope="module")
def better(base: Path) -> Path:
    return judged_by_the_same(better_rows(prediction_rows()), base.parent / "better", base)


def test_the_comparison_is_printed_and_written_in_each_form(
    base: Path, better: Path, tmp_path: Path
) -> None:
    outputs = ["--output", tmp_path / "c.md", "--output", tmp_path / "c.JSON"]
    ended = evaluator("compare", base, better, *outputs)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("B is better than A: accuracy +")
    shown = " ".join(ended.out.split())
    for words in (
        "A base 240",
        "B better 240",
        "P(B better) 1.000 1.000",
        "Right in B alone (20 of",
    ):
        assert words in shown
    assert ended.out.endswith(f"Written:\n  {tmp_path}/c.md\n  {tmp_path}/c.JSON\n")
    assert (
        (tmp_path / "c.md").read_text("utf-8").startswith("# Comparison of runs\n\n**B is better")
    )
    printed = evaluator("compare", base, better, "--format", "json")
    assert printed.out == (tmp_path / "c.JSON").read_text("utf-8")
    assert ComparisonReport.model_validate_json(printed.out).comparisons[0].conclusion == "better"


def test_a_regression_fails_where_it_is_to_fail(base: Path, better: Path) -> None:
    assert evaluator("compare", better, base).code == 0
    ended = evaluator("compare", better, base, "--fail-on-regression")
    assert ended.code == 1
    assert ended.err.startswith("Failed on regression: B is worse than A in accuracy −")
    assert "Regression: B is worse than A" in ended.out
    asked = evaluator(
        *["compare", better, base, "--format", "json"], env={"EVALUATOR_FAIL_ON_REGRESSION": "1"}
    )
    assert (asked.code, json.loads(asked.out)["comparisons"][0]["conclusion"]) == (1, "worse")
    assert evaluator("compare", base, better, base, "--fail-on-regression").code == 0


def test_the_seed_decides_the_probability(base: Path, tmp_path: Path) -> None:
    rows = prediction_rows()
    for row in rows[:12]:
        row["predicted"] = row["gold"]
    for row in rows[12:20]:
        row["predicted"] = "cakes" if row["gold"] != "cakes" else "bread"
    other = judged_by_the_same(rows, tmp_path / "other", base)

    def probability(*arguments: object) -> float:
        ended = evaluator("compare", base, other, "--format", "json", *arguments)
        (found,) = json.loads(ended.out)["comparisons"]
        return float(found["probability_more_relevant"])

    assert 0 < probability() == probability("--seed", 0) != probability("--seed", 1) < 1


def test_failures_are_one_sentence_with_their_code(base: Path, tmp_path: Path) -> None:
    assert_fails(evaluator("compare", base), 2, "2 to 26 run directories can be compared, not 1.")
    assert_fails(evaluator("compare", base, tmp_path), 2, "neither a run directory")
    ended = evaluator("compare", base, base, "--output", tmp_path / "c.txt")
    assert_fails(ended, 2, "c.txt must end with .html, .json, .md.")
    ended = evaluator("compare", base, base, "--output", tmp_path / "none" / "c.md")
    assert_fails(ended, 74, "c.md cannot be written")
    other = judged(prediction_rows(cases=100), tmp_path / "other")
    assert_fails(evaluator("compare", base, other), 2, "cannot be compared with", "140 of 240")


@pytest.fixture(scope="module")
def measured(
    make_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Classify and judge the same 60 articles, by the verdicts on the first model's labels."""
    folder = tmp_path_factory.mktemp("measured")
    labels = ("cars", "cooking", "medicine")
    rows = [
        {"id": n, "text": f"{ARTICLES[n % 5]} {n}", "label": labels[n * n % 3]} for n in range(60)
    ]
    data = write_table(folder / "articles.csv", rows)
    judged_pairs = [{"id": n, "predicted": labels[n], "gold": labels[n - 1]} for n in range(3)]
    matrix = judged(judged_pairs, folder / "ruler") / "matrix.json"
    models = {name: make_model(labels, texts=texts) for name, texts in MODELS.items()}

    def measure(model: str, save_to: str, *arguments: object) -> Path:
        ended = evaluator(
            *["run", "--model", models[model], "--data", data, "--matrix", matrix],
            *["--save-to", folder / save_to, "--device", "cpu", *arguments],
        )
        assert ended.code == 0, ended.err
        return folder / save_to

    return measure


def test_two_models_are_compared_and_another_sample_is_refused(
    measured: Callable[..., Path],
) -> None:
    one, two = measured("one", "one"), measured("two", "two")
    ended = evaluator("compare", one, two, "--format", "json")
    assert ended.code == 0, ended.err
    report = ComparisonReport.model_validate_json(ended.out)
    assert [run.command for run in report.runs] == ["run", "run"]
    assert report.comparisons[0].accuracy.n == 60
    sample = measured("two", "sample", "--num-samples", 30, "--seed", 3)
    ended = evaluator("compare", one, sample)
    assert_fails(
        ended,
        2,
        "sample (all in one, 30 stratified by seed 3 in sample); ",
        "ids that the other lacks (30 of 60, such as '",
        "evaluate both on the same cases.",
    )
