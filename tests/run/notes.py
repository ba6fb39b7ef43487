"""Small records that the tests of the journal keep and read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from evaluator.run.journal import Journal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@dataclass(frozen=True)
class Note:
    number: int
    text: str = ""


NOTES = st.lists(st.builds(Note, st.integers(), TEXTS), max_size=8)


def written(path: Path, records: Iterable[Note]) -> list[Note]:
    path.unlink(missing_ok=True)
    kept = list(records)
    with Journal(path, Note) as journal:
        for record in kept:
            journal.append(record)
    return kept


def read(path: Path) -> list[Note]:
    return list(Journal(path, Note))


def contains_in_order(found: Sequence[Note], wanted: Iterable[Note]) -> bool:
    rest = iter(found)
    return all(any(one == other for other in rest) for one in wanted)
