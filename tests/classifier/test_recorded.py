from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.classifier.recorded import RecordedPredictions
from evaluator.errors import DataUnusable


def recorded(folder: Path, content: str) -> RecordedPredictions:
    path = folder / "predictions.csv"
    path.write_text(content, "utf-8")
    return RecordedPredictions(path)


def complaint(predictions: RecordedPredictions) -> str:
    with pytest.raises(DataUnusable) as caught:
        list(predictions)
    return str(caught.value)


def test_predictions_come_in_file_order_as_often_as_asked(tmp_path: Path) -> None:
    predictions = recorded(
        tmp_path, "id,predicted,gold,confidence\na, cars ,cars, 0.5 \nb,boats,cars,\n"
    )
    expected = [Prediction("a", "cars", "cars", 0.5), Prediction("b", "cars", "boats", None)]
    assert list(predictions) == expected
    assert list(predictions) == expected


def test_named_columns_are_used(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("who,says,is,sure\n1,a,b,1\n", "utf-8")
    predictions = RecordedPredictions(tmp_path / "p.csv", "says", "is", "who", "sure")
    assert list(predictions) == [Prediction("1", "b", "a", 1.0)]


def test_an_article_travels_with_its_prediction(tmp_path: Path) -> None:
    (one,) = recorded(tmp_path, "predicted,gold,text\na,b, the post \n")
    assert one.text == " the post "
    (tmp_path / "p.csv").write_text("predicted,gold,text,headline\na,b,the post,short\n", "utf-8")
    (named,) = RecordedPredictions(tmp_path / "p.csv", text="headline")
    assert named.text == "short"
    missing = RecordedPredictions(tmp_path / "p.csv", text="headlin")
    assert "no column 'headlin' for the article text; did you mean 'headline'" in complaint(missing)


def test_a_column_of_labels_is_no_article_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("text,gold\na,b\n", "utf-8")
    (one,) = RecordedPredictions(tmp_path / "p.csv", predicted="text")
    assert (one.label, one.text) == ("a", None)


@pytest.mark.parametrize("predicted", ["", "   "])
def test_an_empty_prediction_has_a_reason_in_the_place_of_a_label(
    tmp_path: Path, predicted: str
) -> None:
    (one,) = recorded(tmp_path, f"predicted,gold\n{predicted},cars\n")
    assert one == Prediction("row-1", "cars", None, missing="empty-prediction")


def test_an_empty_gold_label_is_numbered(tmp_path: Path) -> None:
    said = complaint(recorded(tmp_path, "predicted,gold\na,b\na, \n"))
    assert said.endswith("record 2 has no gold label.")


@pytest.mark.parametrize("confidence", ["-0.1", "1.01", "nan", "inf", "high", "50%", "True"])
def test_a_confidence_that_is_no_probability_is_shown(tmp_path: Path, confidence: str) -> None:
    said = complaint(recorded(tmp_path, f"predicted,gold,confidence\na,b,{confidence}\n"))
    assert f"record 1 has the confidence '{confidence}'" in said


@pytest.mark.parametrize(("confidence", "value"), [("0", 0.0), ("1", 1.0), ("1e-3", 0.001)])
def test_confidences_at_the_ends_are_taken(tmp_path: Path, confidence: str, value: float) -> None:
    (one,) = recorded(tmp_path, f"predicted,gold,confidence\na,b,{confidence}\n")
    assert one.confidence == value


def test_a_header_alone_holds_no_predictions(tmp_path: Path) -> None:
    assert complaint(recorded(tmp_path, "predicted,gold\n")).endswith("holds no predictions.")


def test_a_missing_column_names_its_flag(tmp_path: Path) -> None:
    assert "--predicted-column" in complaint(recorded(tmp_path, "x,gold\na,b\n"))
    assert "--gold-column" in complaint(recorded(tmp_path, "predicted,x\na,b\n"))


@given(ids=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=30))
@searching
def test_ids_are_unique_or_the_first_repeated_one_is_named(tmp_path: Path, ids: list[str]) -> None:
    lines = "".join(f"{name},x,y\n" for name in ids)
    predictions = recorded(tmp_path, f"id,predicted,gold\n{lines}")
    repeated = [name for place, name in enumerate(ids) if name in ids[:place]]
    if repeated:
        with pytest.raises(DataUnusable, match=f"the id '{repeated[0]}' twice"):
            predictions.require_unique_ids()
    else:
        predictions.require_unique_ids()


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    one = recorded(tmp_path, "predicted,gold\na,b\n").fingerprint
    assert recorded(tmp_path, "predicted,gold\na,b\n").fingerprint == one
    assert recorded(tmp_path, "predicted,gold\na,c\n").fingerprint != one


def test_articles_can_be_required(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("predicted,gold\na,b\n", "utf-8")
    needy = RecordedPredictions(tmp_path / "p.csv", needs_text=True)
    assert "no column that looks like the article text" in complaint(needy)
    assert "--text-column" in complaint(needy)
