"""What a first reading of the data finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.cases import Case, FileCases, FirstCases
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelSet
from evaluator.run.surveying import survey

LABELS = LabelSet([Label("cars", "autos", "", ("vehicles",)), Label("med", "medicine")])


def written(folder: Path, *rows: str) -> FileCases:
    path = folder / "cases.csv"
    path.write_text("\n".join(["id,text,label", *rows]), "utf-8")
    return FileCases(path)


class Endless:
    """Cases without end, whose gold labels nobody knows."""

    def __iter__(self) -> Iterator[Case]:
        number = 0
        while True:
            number += 1
            yield Case(str(number), "x", f"label {number:03} " + "x" * 1_000)

    def __str__(self) -> str:
        return "endless cases"


def test_surveyed_cases_are_counted_and_still_the_same(tmp_path: Path) -> None:
    source = written(tmp_path, "1,the engine,cars", "2,,Vehicles", "3,the pill,medicine")
    cases = survey(source, LABELS)
    assert len(cases) == 3
    assert list(cases) == list(cases) == list(source)
    assert len(survey(FirstCases(source, 2), LABELS)) == 2


def test_gold_labels_that_the_model_cannot_say_are_named(tmp_path: Path) -> None:
    source = written(tmp_path, "1,x,law", "2,x,art", "3,x,law", "4,x,med")
    with pytest.raises(DataUnusable) as caught:
        survey(source, LABELS)
    assert str(caught.value) == (
        "the model does not know these gold labels: art, law; it knows: cars, med."
    )


def test_a_column_of_anything_but_labels_is_noticed_without_reading_it_all() -> None:
    with pytest.raises(DataUnusable) as caught:
        survey(Endless(), LABELS)
    assert 10 < str(caught.value).count("label 0") <= 30
    assert len(str(caught.value)) <= 2_000  # as long as any sentence may be


def test_an_id_that_occurs_twice_is_named(tmp_path: Path) -> None:
    source = written(tmp_path, "a,x,cars", "b,x,cars", "a,y,cars")
    with pytest.raises(DataUnusable) as caught:
        survey(source, LABELS)
    path = tmp_path / "cases.csv"
    assert str(caught.value) == f"{path} has the id 'a' twice; ids must be unique."


def test_an_id_that_equals_a_row_number_counts_as_twice(tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match="the id 'row-2' twice"):
        survey(written(tmp_path, "row-2,x,cars", ",x,cars"), LABELS)


@pytest.mark.parametrize("rows", [["1,x,cars"], ["1,x,cars", "2,x,cars", "3,x,cars"]])
def test_cases_that_became_fewer_or_more_are_noticed(tmp_path: Path, rows: list[str]) -> None:
    cases = survey(written(tmp_path, "1,x,cars", "2,x,cars"), LABELS)
    written(tmp_path, *rows)
    with pytest.raises(DataUnusable) as caught:
        list(cases)
    assert str(caught.value) == (
        f"{tmp_path / 'cases.csv'} changed while it was read; "
        "start over with --fresh when nothing writes to it."
    )
