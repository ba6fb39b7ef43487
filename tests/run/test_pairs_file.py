import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import PairJudgement, TextJudgement, VerdictMatrix
from evaluator.judge.question import TextPair
from evaluator.judge.rubric import Levels
from evaluator.judge.scoring import Reading
from evaluator.judge.verdict import Outcome
from evaluator.run.pairs_file import PAIR_COLUMNS, write_pairs
from evaluator.statistics.tally import Tally

LEVELS = Levels(same=1.0, related=0.5, unrelated=0.0)
LOCK = JudgeLock(
    backend="embedded",
    model="m",
    digest="sha256:0",
    server_version="1",
    options=(),
    rubric="category-relevance",
    prompt_hash="0",
)
PAIR = LabelPair("cars", "trams")
JUDGEMENT = PairJudgement(Reading(2.0, 0.9), Reading(-1.0, 0.7))


def matrix(
    labels: LabelSet,
    judgements: dict[LabelPair, PairJudgement],
    unanswered: dict[LabelPair, str] | None = None,
) -> VerdictMatrix:
    return VerdictMatrix(LOCK, labels, judgements, unanswered or {})


def rows_of(matrix: VerdictMatrix, tally: Tally | None = None) -> list[dict[str, str]]:
    file = io.StringIO(newline="")
    write_pairs(file, matrix, tally, LEVELS)
    file.seek(0)
    return list(csv.DictReader(file))


def missed(gold: str, predicted: str, times: int, tally: Tally) -> None:
    for _ in range(times):
        tally.add(Outcome(Prediction("1", gold, predicted), gold, predicted, None, "timeout"))


def test_both_directions_of_a_pair_are_rows() -> None:
    rows = rows_of(matrix(labels_from_names(["cars", "trams"]), {PAIR: JUDGEMENT}))
    shared = {
        "n": "0",
        "score": "0.31123",
        "p_related": "0.622459",
        "p_same": "",
        "centred_logit": "0.5",
        "logit": "0.5",
        "label_mass": "0.7",
        "disagreement": "",
        "unanswered": "",
    }
    assert rows == [
        {
            "predicted": "trams",
            "gold": "cars",
            "logit_predicted_first": "-1",
            "logit_gold_first": "2",
            **shared,
        },
        {
            "predicted": "cars",
            "gold": "trams",
            "logit_predicted_first": "2",
            "logit_gold_first": "-1",
            **shared,
        },
    ]
    assert tuple(rows[0]) == PAIR_COLUMNS


def test_a_pair_without_a_verdict_shows_why() -> None:
    labels = labels_from_names(["cars", "trams"])
    for row in rows_of(matrix(labels, {}, {PAIR: "timeout"})):
        assert row["unanswered"] == "timeout"
        assert {row[name] for name in PAIR_COLUMNS[3:-1]} == {""}


def test_a_text_is_a_row_with_its_score_and_both_probabilities() -> None:
    golf, chess = TextPair("golf", "cars"), TextPair("=chess", "trams")
    # Related: mean logit 0.5, p = 0.622459. Same: mean logit 0, q = 0.5. p·(q + 0.5·(1 - q)).
    text = TextJudgement(JUDGEMENT, PairJudgement(Reading(1.0, 0.9), Reading(-1.0, 0.9)))
    tally = Tally()
    for _ in range(3):
        prediction = Prediction("1", "cars", "Golf!")
        tally.add(Outcome(prediction, "cars", None, None, "timeout", "golf"))
    labels = labels_from_names(["cars", "trams"])
    found = VerdictMatrix(LOCK, labels, {}, {}, {golf: text}, {chess: "timeout"})
    first, second = rows_of(found, tally)
    assert (first["predicted"], first["gold"], first["n"]) == ("golf", "cars", "3")
    assert (first["score"], first["p_related"], first["p_same"]) == ("0.466844", "0.622459", "0.5")
    assert (first["logit_predicted_first"], first["logit_gold_first"]) == ("2", "-1")
    assert (second["predicted"], second["n"], second["unanswered"]) == ("'=chess", "0", "timeout")


def test_the_most_frequent_confusions_come_first() -> None:
    labels = labels_from_names(["a", "b", "c"])
    tally = Tally()
    missed("c", "a", 3, tally)
    missed("a", "c", 2, tally)
    missed("b", "b", 9, tally)
    rows = rows_of(
        matrix(
            labels,
            dict.fromkeys(list(labels.pairs())[:2], JUDGEMENT),
            {LabelPair("b", "c"): "x"},
        ),
        tally,
    )
    assert [(row["predicted"], row["gold"], row["n"]) for row in rows] == [
        ("a", "c", "3"),
        ("c", "a", "2"),
        ("b", "a", "0"),
        ("a", "b", "0"),
        ("c", "b", "0"),
        ("b", "c", "0"),
    ]


def test_a_single_label_makes_a_table_without_rows() -> None:
    file = io.StringIO()
    write_pairs(file, matrix(labels_from_names(["a"]), {}), None, LEVELS)
    assert file.getvalue() == ",".join(PAIR_COLUMNS) + "\n"


@pytest.mark.parametrize(
    "label", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("x")']
)
def test_a_label_is_never_a_formula(label: str) -> None:
    rows = rows_of(
        matrix(labels_from_names(["cars", label]), {LabelPair("cars", label): JUDGEMENT})
    )
    shown = "'" + label.replace("\r", " ")
    assert {(row["predicted"], row["gold"]) for row in rows} == {(shown, "cars"), ("cars", shown)}
    assert len(rows) == 2


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@searching
@given(NAMES, NAMES)
def test_any_labels_can_be_read_from_the_table(first: str, second: str) -> None:
    labels = labels_from_names([first, f"other {second}"])
    pair = LabelPair(first, f"other {second}")
    rows = rows_of(matrix(labels, {pair: JUDGEMENT}))
    assert len(rows) == 2
    names = {row["predicted"].removeprefix("'") for row in rows}
    readable = (first.removeprefix("'"), f"other {second}")
    assert names == {name.replace("\r", " ") for name in readable}
    for row in rows:
        assert not row["predicted"].startswith(("=", "+", "-", "@", "\t", "\r"))
