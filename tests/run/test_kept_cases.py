"""Cases that are kept in a file without a name."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases import Case
from evaluator.errors import StorageFailed
from evaluator.run.kept_cases import KeptCases, kept_cases

TEXTS = st.text(max_size=50)
CASES = st.lists(st.builds(Case, TEXTS, TEXTS, TEXTS), max_size=20)


@searching
@given(cases=CASES, later=CASES)
def test_they_come_back_as_they_were_added_again_and_again(
    tmp_path: Path, cases: list[Case], later: list[Case]
) -> None:
    with kept_cases(tmp_path, "cases.csv") as kept:
        for case in cases:
            kept.add(case)
        assert list(kept) == list(kept) == cases
        for case in later:
            kept.add(case)
        assert list(kept) == cases + later


def test_two_readings_go_on_side_by_side(tmp_path: Path) -> None:
    cases = [Case(str(n), "記事\n" * n, "cars") for n in range(5)]
    with kept_cases(tmp_path, "cases.csv") as kept:
        for case in cases:
            kept.add(case)
        assert list(zip(kept, kept, strict=True)) == list(zip(cases, cases, strict=True))


def test_messages_call_them_by_their_source(tmp_path: Path) -> None:
    with kept_cases(tmp_path, "cases.csv") as kept:
        assert str(kept) == "cases.csv"


def test_nobody_finds_them_and_nothing_of_them_is_left(tmp_path: Path) -> None:
    with kept_cases(tmp_path, "cases.csv") as kept:
        kept.add(Case("1", "a" * 100_000, "cars"))
        assert list(kept)
        assert not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageFailed, match="gone cannot be written: No such file"),
        kept_cases(tmp_path / "gone", "cases.csv"),
    ):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("characters", [10, 100_000])  # met at reading, and at once
def test_a_full_disk_is_one_sentence_wherever_it_is_met(characters: int) -> None:
    with io.FileIO("/dev/full", "r+") as device:
        file = io.BufferedRandom(device)
        kept = KeptCases(file, Path("shard"), "cases.csv")
        with pytest.raises(StorageFailed, match="shard cannot be written: No space left"):
            kept.add(Case("1", "a" * characters, "cars"))
            list(kept)
        with suppress(OSError):
            file.close()
