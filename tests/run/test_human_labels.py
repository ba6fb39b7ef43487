from pathlib import Path

import pytest

from evaluator.errors import DataUnusable
from evaluator.judge.rubric import Levels
from evaluator.run.human_labels import HumanLabels, RatedPrediction, read_human_labels

LEVELS = Levels(same=1.0, related=0.5, unrelated=0.0)


def read(tmp_path: Path, *lines: str) -> HumanLabels:
    path = tmp_path / "human.csv"
    path.write_text("\n".join(lines), "utf-8")
    return read_human_labels(path, LEVELS)


def test_a_column_of_ids_makes_it_cases(tmp_path: Path) -> None:
    found = read(tmp_path, "id,human", "7,related", "8,", "9,same")
    assert found.unit == "cases"
    assert found.rated == (
        RatedPrediction("7", None, None, ("related",)),
        RatedPrediction("9", None, None, ("same",)),
    )
    assert (found.unrated, found.drawn) == (1, None)


def test_a_predicted_and_a_gold_column_make_it_pairs(tmp_path: Path) -> None:
    found = read(tmp_path, "gold,n,predicted,human", "cars,3,trams,unrelated")
    assert found.unit == "pairs"
    assert found.rated == (RatedPrediction(None, "trams", "cars", ("unrelated",)),)


def test_a_rating_is_a_level_or_its_score_in_any_spelling(tmp_path: Path) -> None:
    spellings = ("same", " Related ", "UNRELATED", "1", "1.0", "0.5", ".5", "0", "0.00")
    found = read(tmp_path, "id,human", *(f"{n},{one}" for n, one in enumerate(spellings)))
    same, related, unrelated = ("same",), ("related",), ("unrelated",)
    expected = [same, related, unrelated, same, same, related, related, unrelated, unrelated]
    assert [one.ratings for one in found.rated] == expected


def test_further_raters_stand_in_columns_or_in_rows(tmp_path: Path) -> None:
    found = read(tmp_path, "id,human,human_2,human_3", "7,same,,related", "7,0,,", "8,,same,")
    assert [one.ratings for one in found.rated] == [("same", "related", "unrelated"), ("same",)]


def test_other_columns_are_no_ratings(tmp_path: Path) -> None:
    found = read(tmp_path, "id,human,humans,human_note", "7,same,no,no")
    assert found.rated[0].ratings == ("same",)


def test_a_label_that_was_marked_for_a_spreadsheet_is_read_as_it_was(tmp_path: Path) -> None:
    found = read(tmp_path, "predicted,gold,human", "'=cars,'-trams,same")
    assert (found.rated[0].predicted, found.rated[0].gold) == ("=cars", "-trams")


@pytest.mark.parametrize("drawn", ["random", "uncertain"])
def test_how_they_were_drawn_is_known(drawn: str, tmp_path: Path) -> None:
    found = read(tmp_path, "id,human,drawn", f"7,same,{drawn}", f"8,,{drawn}")
    assert found.drawn == drawn


@pytest.mark.parametrize("other", ["uncertain", "", "guessed"])
def test_draws_of_two_kinds_are_never_mixed(other: str, tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match="drawn in different ways"):
        read(tmp_path, "id,human,drawn", "7,same,random", f"8,,{other}")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["id,rating", "7,same"], "has the columns id, rating; ratings of cases need id,human"),
        (["gold,human", "cars,same"], "ratings of pairs predicted,gold,human"),
        (["id,human", "7,close"], "record 1 has the rating 'close', which is none of same, 1"),
        (["id,human", "7,0.7"], "'0.7'"),
        (["id,human", "7,nan"], "'nan'"),
        (["id,human", "7,", "8, "], "rates nothing yet"),
        (["id,human", ",same"], "record 1 does not say which of the cases it rates"),
        (["predicted,gold,human", "cars,,same"], "which of the pairs"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    lines: list[str], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(DataUnusable) as raised:
        read(tmp_path, *lines)
    assert complaint in str(raised.value)
