import hashlib
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelSet
from evaluator.judge.rubric import Levels
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.classifying import case_source
from evaluator.run.fingerprints import (
    judging_fingerprints,
    labels_fingerprint,
    rubric_fingerprint,
    run_fingerprints,
)
from evaluator.run.settings import MatrixSettings, RunSettings

RUBRIC = load_rubric("category-relevance")
CARS = Label("cars", "cars")
MEDICINE = Label("med", "medicine", "Health.", ("doctors", "clinics"))


def fingerprint(*labels: Label) -> str:
    return labels_fingerprint(LabelSet(labels))


def test_a_description_counts_where_the_judge_is_asked_about_it() -> None:
    """That is where no alias says the label in other words."""
    one, other = (Label("med", "medicine", text) for text in ("Health.", "Doctors."))
    assert len({fingerprint(CARS, med) for med in (one, other, Label("med", "medicine"))}) == 3
    said = Label("med", "medicine", "", ("Health.",))
    assert fingerprint(CARS, said) != fingerprint(CARS, one)


def test_the_same_labels_have_the_same_fingerprint() -> None:
    again = Label("med", "medicine", "Another description.", ("doctors", "clinics"))
    assert fingerprint(CARS, MEDICINE) == fingerprint(CARS, again)


@pytest.mark.parametrize(
    "labels",
    [
        (MEDICINE, CARS),
        (CARS,),
        (CARS, Label("medic", "medicine", "", ("doctors", "clinics"))),
        (CARS, Label("med", "health", "", ("doctors", "clinics"))),
        (CARS, Label("med", "medicine", "", ("doctors",))),
        (CARS, Label("med", "medicine", "", ("doctorsclinics",))),
    ],
)
def test_a_change_that_a_verdict_could_notice_changes_the_fingerprint(
    labels: tuple[Label, ...],
) -> None:
    assert fingerprint(*labels) != fingerprint(CARS, MEDICINE)


def test_a_rubric_is_known_by_its_name_and_by_all_that_it_says() -> None:
    assert rubric_fingerprint(RUBRIC).startswith("category-relevance@")
    changes: list[dict[str, object]] = [
        {},
        {"base_rate": 0.3},
        {"criteria": "Other words."},
        {"levels": Levels(same=1, related=0.6, unrelated=0)},
        {"further_forms": ()},
        {"free_text": RUBRIC.free_text.model_copy(update={"hedges": ("or",)})},
    ]
    known = {rubric_fingerprint(RUBRIC.model_copy(update=change)) for change in changes}
    assert len(known) == len(changes)


def test_a_matrix_that_is_read_counts(tmp_path: Path) -> None:
    labels = LabelSet([CARS, MEDICINE])
    plain = MatrixSettings(labels=Path("l.txt"))
    assert judging_fingerprints(plain, labels, RUBRIC) == {
        "labels": labels_fingerprint(labels),
        "rubric": rubric_fingerprint(RUBRIC),
    }
    matrix = tmp_path / "matrix.json"
    matrix.write_bytes(b"{}")
    reading = MatrixSettings(labels=Path("l.txt"), matrix=matrix)
    digest = hashlib.sha256(b"{}").hexdigest()
    assert judging_fingerprints(reading, labels, RUBRIC)["matrix"] == digest
    matrix.unlink()
    with pytest.raises(DataUnusable):
        judging_fingerprints(reading, labels, RUBRIC)


def test_a_run_is_known_by_its_cases_model_and_labels(tmp_path: Path, tiny_model: Path) -> None:
    labels = LabelSet([CARS, MEDICINE])
    data = tmp_path / "cases.csv"

    def fingerprints() -> dict[str, str]:
        settings = RunSettings(data=data, model_path=tiny_model)
        return run_fingerprints(settings, case_source(settings), labels, RUBRIC)

    data.write_text("text,label\none,cars\n")
    before = fingerprints()
    assert set(before) == {"data", "model", "labels", "rubric"}
    data.write_text("text,label\ntwo,cars\n")
    after = fingerprints()
    assert {name for name in before if before[name] != after[name]} == {"data"}
