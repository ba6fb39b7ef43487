"""What runs must share to be compared, and what is said of those that do not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compared_runs import judged, judged_by_the_same, prediction_rows
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from rated_run import LABELS, answer, write_table
from running import evaluator

from evaluator.errors import ConfigError
from evaluator.run.comparing import compare_runs

Json = dict[str, Any]
Changed = Callable[..., Path]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged(prediction_rows(cases=60), tmp_path_factory.mktemp("runs") / "base")


@pytest.fixture
def changed(base: Path, tmp_path: Path) -> Changed:
    """A copy of the run whose files say something else."""

    def change(file: str, edit: Callable[[Json], object], of: Path = base) -> Path:
        copy = tmp_path / "changed"
        if copy != of:
            shutil.copytree(of, copy)
        content = json.loads((copy / file).read_text("utf-8"))
        edit(content)
        (copy / file).write_text(json.dumps(content), "utf-8")
        return copy

    return change


def refusal(first: Path, second: Path) -> str:
    """The sentence that two runs are refused with."""
    with pytest.raises(ConfigError) as refused:
        compare_runs([first, second], 0)
    sentence = str(refused.value)
    assert sentence.startswith(f"{second} cannot be compared with {first}, since they differ in ")
    return sentence


def test_another_judge_is_refused_with_what_to_do(base: Path, tmp_path: Path) -> None:
    table, other = write_table(tmp_path / "p.csv", prediction_rows(cases=60)), tmp_path / "other"
    with OllamaServer(ScriptedEngine(answer), models=[ServedModel("gemma3")]) as server:
        ended = evaluator(
            *["judge", "--predictions", table, "--save-to", other],
            *["--judge", "ollama:gemma3", "--judge-url", server.url],
        )
    assert ended.code == 0, ended.err
    sentence = refusal(base, other)
    assert "judge model (llama3.2:latest in base, gemma3:latest in other)" in sentence
    assert sentence.endswith(f": judge other with --matrix {base}/matrix.json.")
    # The cure cures.
    assert (
        len(
            compare_runs(
                [base, judged_by_the_same(prediction_rows(cases=60), tmp_path / "cured", base)], 0
            ).runs
        )
        == 2
    )


def test_every_difference_is_named_with_both_values(base: Path, changed: Changed) -> None:
    def edit(summary: Json) -> None:
        judge = summary["judge"]
        judge["options"] = [*judge["options"][1:], "num_gpu=0"]
        judge["calibration"], judge["base_rate"] = "reference", 0.25

    first_option = json.loads((base / "run.json").read_text("utf-8"))["judge"]["options"][0]
    other = changed("summary.json", edit)
    other = changed(
        "run.json", lambda record: record["fingerprints"].update(rubric="mine@0"), other
    )
    sentence = refusal(base, other)
    for words in (
        f"judge options ({first_option} in base, num_gpu=0 in changed); ",
        "calibration (none in base, reference in changed); ",
        "base rate (none in base, 0.25 in changed); ",
        "in base, mine@0 in changed): ",
        "matrix.json, and use the same --calibration, and use the same --rubric.",
    ):
        assert words in sentence


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (
            "overrides_sha256",
            "f" * 64,
            f"overrides (none in base, {'f' * 19}… in changed): use the",
        ),
        (
            "article_hash",
            "0" * 16,
            "judge article_hash (none in base, 0000000000000000 in changed)",
        ),
        (
            "scoring",
            "text",
            "judge scoring (logprobs in base, text in changed): judge changed with",
        ),
    ],
)
def test_what_the_judge_was_shown_and_who_overruled_it_counts(
    base: Path, changed: Changed, field: str, value: str, words: str
) -> None:
    other = changed("summary.json", lambda summary: summary["judge"].update({field: value}))
    assert words in refusal(base, other)


def test_calibrations_by_different_labels_are_refused(
    base: Path, changed: Changed, tmp_path: Path
) -> None:
    def labelled(slope: float) -> Callable[[Json], object]:
        fit = {"kind": "platt", "slope": slope, "intercept": 0.5}
        biases = [{"text": label, "logit": 0.0} for label in LABELS]
        calibration = {
            "kind": "labelled",
            "fit": fit,
            "base_rate": 0.5,
            "biases": biases,
            "checked": [],
        }
        return lambda matrix: matrix.update(calibration=calibration)

    one = changed("summary.json", lambda summary: summary["judge"].update(calibration="labelled"))
    one = changed("matrix.json", labelled(1.5), one).rename(tmp_path / "one")
    same = shutil.copytree(one, tmp_path / "same")
    assert len(compare_runs([one, same], 0).runs) == 2
    shutil.copytree(one, tmp_path / "changed")
    other = changed("matrix.json", labelled(2.5), tmp_path / "changed")
    assert "calibration by labels (Platt(slope=1.5, intercept=0.5) in one, " in refusal(one, other)


def test_other_cases_are_refused_with_how_many_and_one_of_them(base: Path, tmp_path: Path) -> None:
    rows = prediction_rows(cases=60)
    fewer = judged_by_the_same(rows[:-2], tmp_path / "fewer", base)
    sentence = refusal(base, fewer)
    assert "ids that the other lacks (2 of 60, such as 'case-58' in base, 0 of 58 in fewer)" in (
        sentence
    )
    assert sentence.endswith(": evaluate both on the same cases.")


def test_other_gold_labels_are_refused_with_one_of_them(base: Path, tmp_path: Path) -> None:
    rows = prediction_rows(cases=60)
    gold = rows[7]["gold"]
    rows[7]["gold"] = "soup" if gold != "soup" else "bread"
    sentence = refusal(base, judged_by_the_same(rows, tmp_path / "other", base))
    assert (
        f"gold labels of 1 case, such as 'case-7' ({gold} in base, {rows[7]['gold']} in other): "
        "give both the same gold labels."
    ) in sentence


def test_runs_of_other_data_or_of_another_sample_are_refused(
    base: Path, changed: Changed, tmp_path: Path
) -> None:
    def as_run(data: str, **config: object) -> Callable[[Json], object]:
        def edit(record: Json) -> None:
            record["command"] = "run"
            record["fingerprints"]["data"] = data
            record["config"].update(config)

        return edit

    one = changed("run.json", as_run("a", num_samples=60, sample="stratified", seed=1))
    one = one.rename(tmp_path / "one")
    other = changed("run.json", as_run("b", num_samples=None, sample="first", seed=1))
    sentence = refusal(one, other)
    assert "data (a in one, b in changed); " in sentence
    assert "sample (60 stratified by seed 1 in one, all in changed): evaluate both" in sentence
    # The same cases, however they were drawn, are the same sample.
    changed("run.json", as_run("a", num_samples=60, sample="first"), other)
    assert len(compare_runs([one, other], 0).runs) == 2
    lines = (other / "cases.jsonl").read_text("utf-8").splitlines(keepends=True)
    (other / "cases.jsonl").write_text("".join(lines[:-1]), "utf-8")
    sentence = refusal(one, other)
    assert "sample (60 stratified by seed 1 in one, the first 60 in changed); ids that" in sentence


def labels_file(path: Path, labels: list[Json]) -> Path:
    path.write_text(json.dumps({"labels": labels}), "utf-8")
    return path


def test_labels_in_another_order_are_the_same_and_others_are_not(
    base: Path, tmp_path: Path
) -> None:
    rows = prediction_rows(cases=60)
    named = [{"name": label} for label in sorted(LABELS)]
    turned = labels_file(tmp_path / "turned.json", named[::-1])
    same = judged(rows, tmp_path / "same", "--labels", turned)
    assert len(compare_runs([base, same], 0).runs) == 2
    called = labels_file(tmp_path / "plain.json", [{**named[0], "plain": "loaf"}, *named[1:]])
    other = judged(rows, tmp_path / "other", "--labels", called)
    sentence = refusal(base, other)
    assert (
        "labels (12, of which 'bread' read as 'bread' in base, 12, of which 'bread' read as "
        "'loaf' in other): give both the same --labels."
    ) in sentence
    aliased = labels_file(
        tmp_path / "aliased.json", [{**named[0], "aliases": ["toast"]}, *named[1:]]
    )
    assert "labels (" in refusal(base, judged(rows, tmp_path / "aliased", "--labels", aliased))


def test_a_hostile_id_does_not_steer_the_terminal(base: Path, tmp_path: Path) -> None:
    rows = prediction_rows(cases=60)
    rows[0]["id"] = "\x1b[31mred"
    assert "\x1b" not in refusal(base, judged_by_the_same(rows, tmp_path / "other", base))
