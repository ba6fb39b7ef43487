"""A run of the command on articles that are enormous, empty, or all of one kind."""

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from judge_locks import lock_of_llama
from running import Ended, case_lines, evaluator, findings, journaled

from evaluator.judge.labels import labels_from_names
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.scoring import Reading

LABELS = ("cars", "cooking", "medicine")
MILLION = 1_000_000
GUARDS = str(Path(__file__).parent.parent / "guards")
NO_TORCH = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": "torch transformers"}

Writer = Callable[[Path, Sequence[str]], Path]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Verdicts on the tiny model's labels."""
    labels = labels_from_names(LABELS)
    judgements = dict.fromkeys(labels.pairs(), PairJudgement(Reading(1, 0.9), Reading(1, 0.9)))
    path = tmp_path_factory.mktemp("matrix") / "matrix.json"
    path.write_text(matrix_json(VerdictMatrix(lock_of_llama(), labels, judgements, {})))
    return path


def enormous(number: int) -> str:
    """A million characters that begin like no other."""
    return f"{number} " + "the engine of the car " * (MILLION // 22)


def jsonl(folder: Path, texts: Sequence[str]) -> Path:
    path = folder / "cases.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"text": text, "label": LABELS[number % 3]}) + "\n")
    return path


def csv_gz(folder: Path, texts: Sequence[str]) -> Path:
    path = folder / "cases.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([text, LABELS[number % 3]] for number, text in enumerate(texts))
    return path


def run(data: Path, model: Path, matrix: Path, *more: object, **env: str) -> Ended:
    arguments = ["--data", data, "--model", model, "--matrix", matrix]
    return evaluator("run", *arguments, "--save-to", data.parent / "run", *more, env=env)


@pytest.mark.parametrize("write", [jsonl, csv_gz])
def test_an_enormous_and_an_empty_article_stand_beside_usual_ones(
    tmp_path: Path, tiny_model: Path, matrix: Path, write: Writer
) -> None:
    texts = [enormous(0), "", "the salt of the soup", " \n", enormous(0)]
    ended = run(write(tmp_path, texts), tiny_model, matrix, "--max-unscored", "0.5")
    assert ended.code == 0, ended.err
    cases = findings(tmp_path / "run")["cases"]
    assert sum(cases.pop("by_verdict").values()) == 3
    assert cases == {
        "total": 5,
        "classified": 3,
        "judged": 3,
        "unscored": 2,
        "by_reason": {"empty-text": 2},
        "truncated": 2,
    }
    assert len(journaled(tmp_path / "run", "classifications")) == 2  # two articles are equal
    flags = [line["flags"] for line in case_lines(tmp_path / "run")]
    assert [("truncated" in one, "unscored:empty-text" in one) for one in flags] == [
        (True, False),
        (False, True),
        (False, False),
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize("write", [jsonl, csv_gz])
def test_every_article_may_be_enormous(
    tmp_path: Path, tiny_model: Path, matrix: Path, write: Writer
) -> None:
    ended = run(write(tmp_path, [enormous(n) for n in range(30)]), tiny_model, matrix)
    assert ended.code == 0, ended.err
    cases = findings(tmp_path / "run")["cases"]
    assert (cases["total"], cases["classified"], cases["truncated"]) == (30, 30, 30)
    assert "classifying: 30 of 30 cases" in ended.err


def test_a_file_of_empty_articles_is_unscored_and_loads_no_model(
    tmp_path: Path, tiny_model: Path, matrix: Path
) -> None:
    data = jsonl(tmp_path, ["", "  ", "\n", ""])
    ended = run(data, tiny_model, matrix, **NO_TORCH)
    assert ended.code == 6, ended.err
    assert findings(tmp_path / "run")["cases"] == {
        "total": 4,
        "classified": 0,
        "judged": 0,
        "unscored": 4,
        "by_reason": {"empty-text": 4},
        "by_verdict": {},
        "truncated": 0,
    }
    assert journaled(tmp_path / "run", "classifications") == []
    assert run(data, tiny_model, matrix, "--max-unscored", "1").code == 0
