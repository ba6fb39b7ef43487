import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.errors import ConfigError
from evaluator.judge.labels import Label, LabelPair, LabelSet, labels_from_names, normalized
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, TextJudgement, VerdictMatrix
from evaluator.judge.matrix_file import labels_of_matrix, matrix_json, read_matrix
from evaluator.judge.question import TextPair
from evaluator.judge.scoring import Reading

LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2:latest",
    digest="sha256:00",
    server_version="0.12.11",
    options=("num_ctx=2048",),
    rubric="category-relevance",
    prompt_hash="11",
)

READINGS = st.builds(Reading, st.floats(-80, 80), st.floats(0, 1))
NAMES = st.lists(st.text(min_size=1), min_size=1, max_size=6, unique_by=normalized)


def judgement(forward: float, backward: float) -> PairJudgement:
    return PairJudgement(Reading(forward, 0.9), Reading(backward, 0.7))


def reading(matrix: VerdictMatrix, first: str, second: str) -> Reading:
    """The answer to the question that names `first` first."""
    pair = matrix.labels.pair(first, second)
    found = matrix.judgements[pair]
    return found.forward if pair.first == first else found.backward


def stored(folder: Path, **changes: Any) -> Path:
    """A matrix file on the labels a and b, with changes."""
    cell = {
        "first": "a",
        "second": "b",
        "forward": {"logit": 1.0, "mass": 0.9},
        "backward": {"logit": -1.0, "mass": 0.8},
    }
    content = {
        "schema_version": 1,
        "lock": LOCK.model_dump(mode="json"),
        "labels": [{"name": "a", "plain": "alpha"}, {"name": "b", "plain": "beta"}],
        "cells": [cell],
    }
    path = folder / "matrix.json"
    path.write_text(json.dumps({**content, **changes}), "utf-8")
    return path


STORED_LABELS = LabelSet([Label("a", "alpha"), Label("b", "beta")])


def complaint(path: Path, labels: LabelSet = STORED_LABELS) -> str:
    with pytest.raises(ConfigError) as caught:
        read_matrix(path, labels)
    return str(caught.value)


@given(names=NAMES)
@searching
def test_the_labels_of_a_matrix_are_those_that_were_judged(
    tmp_path: Path, names: list[str]
) -> None:
    labels = LabelSet(Label(name, f"{name} x", "What.", (f"{name} y",)) for name in names)
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(VerdictMatrix(LOCK, labels, {}, {})), "utf-8")
    found = labels_of_matrix(path)
    assert list(found) == [Label(name, f"{name} x") for name in names]
    assert read_matrix(path, found).labels is found


def test_the_labels_of_a_stored_matrix_have_its_plain_names(tmp_path: Path) -> None:
    assert list(labels_of_matrix(stored(tmp_path))) == list(STORED_LABELS)


@given(names=NAMES, data=st.data())
@searching
def test_a_stored_matrix_is_read_as_it_was_whatever_the_order_of_the_labels(
    tmp_path: Path, names: list[str], data: st.DataObject
) -> None:
    labels = LabelSet(Label(name, f"{name} x") for name in names)
    judged = {
        pair: PairJudgement(data.draw(READINGS), data.draw(READINGS))
        for pair in labels.pairs()
        if data.draw(st.booleans())
    }
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(VerdictMatrix(LOCK, labels, judged, {})), "utf-8")

    same = read_matrix(path, labels)
    assert (same.lock, same.judgements, same.unanswered) == (LOCK, judged, {})

    fewer = data.draw(st.permutations(names))[: data.draw(st.integers(1, len(names)))]
    part = read_matrix(path, LabelSet(Label(name, f"{name} x") for name in fewer))
    expected = {pair for pair in judged if {pair.first, pair.second} <= set(fewer)}
    assert len(part.judgements) == len(expected)
    for pair in expected:
        for first, second in ((pair.first, pair.second), (pair.second, pair.first)):
            assert reading(part, first, second) == reading(same, first, second)


def test_what_the_calibration_lost_stays_known(tmp_path: Path) -> None:
    path, labels = tmp_path / "matrix.json", labels_from_names(["a", "b"])
    lost = {"http-503": 2, "timeout": 1}
    path.write_text(matrix_json(VerdictMatrix(LOCK, labels, {}, {}, lost=lost)), "utf-8")
    assert read_matrix(path, labels).lost == lost


def test_pairs_without_a_verdict_are_left_out_of_the_file() -> None:
    labels = labels_from_names(["a", "b", "c"])
    judged = {LabelPair("a", "b"): judgement(1.0, 2.0)}
    matrix = VerdictMatrix(LOCK, labels, judged, {LabelPair("a", "c"): "timeout"})
    content = json.loads(matrix_json(matrix))
    assert [(cell["first"], cell["second"]) for cell in content["cells"]] == [("a", "b")]
    assert content["labels"][2] == {"name": "c", "plain": "c"}
    assert content["lock"] == LOCK.model_dump(mode="json")


def test_a_matrix_lacking_a_label_names_it(tmp_path: Path) -> None:
    labels = LabelSet([*STORED_LABELS, Label("c", "gamma")])
    said = complaint(stored(tmp_path), labels)
    assert "has no verdicts on 'c'; judge the label set anew with `evaluator matrix`." in said


def test_a_matrix_on_other_plain_names_shows_both(tmp_path: Path) -> None:
    said = complaint(stored(tmp_path), LabelSet([Label("a", "alpha"), Label("b", "bravo")]))
    assert "judged 'b' as 'beta', but the labels now call it 'bravo'" in said


def test_a_missing_matrix_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    assert complaint(path).startswith(f"{path} cannot be read")
    with pytest.raises(ConfigError) as caught:
        labels_of_matrix(path)
    assert str(caught.value) == complaint(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "content: Invalid JSON"),
        (b'{"lock": ', "content: Invalid JSON"),
        (b"\xff\xfe", "content: Invalid JSON"),
        (b"[]", "content: "),
        (b"{}", "lock: Field required"),
    ],
)
def test_what_is_no_matrix_is_refused_with_the_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "matrix.json"
    path.write_bytes(content)
    assert f"{path} is not a verdict matrix: {words}" in complaint(path)
    with pytest.raises(ConfigError) as caught:
        labels_of_matrix(path)
    assert str(caught.value) == complaint(path)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"extra": 1}, "extra"),
        ({"labels": [{"name": "a"}]}, "labels.0.plain"),
        ({"cells": [{"first": "a"}]}, "cells.0.second"),
        ({"lock": {**LOCK.model_dump(), "digest": None}}, "lock.digest"),
    ],
)
def test_a_matrix_of_another_shape_is_refused_with_the_place(
    tmp_path: Path, changes: dict[str, Any], place: str
) -> None:
    assert f"is not a verdict matrix: {place}: " in complaint(stored(tmp_path, **changes))


@pytest.mark.parametrize(
    ("side", "value"), [("logit", "1e999"), ("mass", "1.5"), ("mass", "-0.1"), ("logit", '"x"')]
)
def test_a_verdict_out_of_range_is_refused(tmp_path: Path, side: str, value: str) -> None:
    path = stored(tmp_path)
    before = {"logit": '"logit": 1.0', "mass": '"mass": 0.9'}[side]
    path.write_text(path.read_text("utf-8").replace(before, f'"{side}": {value}'), "utf-8")
    assert f"cells.0.forward.{side}: " in complaint(path)


def test_stored_texts_are_read_as_they_were(tmp_path: Path) -> None:
    labels = labels_from_names(["a", "b"])
    texts = {
        TextPair("football", name): TextJudgement(judgement(1.0, 2.0), judgement(-1.0, 0.5))
        for name in ("a", "b")
    }
    silent = {TextPair("golf", "a"): "timeout"}
    path = tmp_path / "matrix.json"
    path.write_text(matrix_json(VerdictMatrix(LOCK, labels, {}, {}, texts, silent)), "utf-8")
    assert read_matrix(path, labels).text_judgements == texts
    assert read_matrix(path, labels).unanswered_texts == {}  # left out, to be asked
    only_a = read_matrix(path, labels_from_names(["a"])).text_judgements
    assert list(only_a) == [TextPair("football", "a")]
