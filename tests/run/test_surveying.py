"""What a first reading of the data finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases import Case, FileCases, FirstCases
from evaluator.cases.shard import Shard
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelSet
from evaluator.run.kept_cases import kept_cases
from evaluator.run.surveying import survey, survey_shard

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


class Listed(list[Case]):
    def __str__(self) -> str:
        return "listed cases"


@searching
@given(ids=st.lists(st.text(), unique=True), count=st.integers(1, 9))
def test_the_shards_are_all_cases_each_once_at_its_place(
    tmp_path: Path, ids: list[str], count: int
) -> None:
    cases = Listed(Case(one, f"the engine of {one}", "cars") for one in ids)
    placed: dict[int, Case] = {}
    for number in range(count):
        with kept_cases(tmp_path, str(cases)) as own:
            surveyed = survey_shard(cases, LABELS, Shard(number, count), own)
            assert surveyed.total == len(ids)
            assert list(surveyed.positions) == sorted(surveyed.positions)
            found = dict(zip(surveyed.positions, surveyed.cases, strict=True))
        assert not placed.keys() & found.keys()
        placed |= found
    assert [placed[place] for place in range(len(ids))] == cases


def test_a_repeated_id_is_found_by_its_shard_and_an_unknown_label_by_all(tmp_path: Path) -> None:
    twice = written(tmp_path, "7,x,cars", "a,x,cars", "7,y,cars")  # shards 1 and 3 of 8
    with kept_cases(tmp_path, str(twice)) as own:
        assert len(survey_shard(twice, LABELS, Shard(3, 8), own).cases) == 1
    with (
        kept_cases(tmp_path, str(twice)) as own,
        pytest.raises(DataUnusable, match="has the id '7' twice"),
    ):
        survey_shard(twice, LABELS, Shard(1, 8), own)
    unknown = written(tmp_path, "7,x,law", "a,x,cars")
    with (
        kept_cases(tmp_path, str(unknown)) as own,
        pytest.raises(DataUnusable, match="does not know these gold labels: law"),
    ):
        survey_shard(unknown, LABELS, Shard(3, 8), own)
