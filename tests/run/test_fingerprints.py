import hashlib
from pathlib import Path

import pytest

from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelSet
from evaluator.run.classifying import case_source
from evaluator.run.fingerprints import judging_fingerprints, labels_fingerprint, run_fingerprints
from evaluator.run.settings import MatrixSettings, RunSettings

CARS = Label("cars", "cars")
MEDICINE = Label("med", "medicine", "Health.", ("doctors", "clinics"))


def fingerprint(*labels: Label) -> str:
    return labels_fingerprint(LabelSet(labels))


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


def test_a_matrix_that_is_read_counts(tmp_path: Path) -> None:
    labels = LabelSet([CARS, MEDICINE])
    plain = MatrixSettings(labels=Path("l.txt"))
    assert judging_fingerprints(plain, labels) == {"labels": labels_fingerprint(labels)}
    matrix = tmp_path / "matrix.json"
    matrix.write_bytes(b"{}")
    reading = MatrixSettings(labels=Path("l.txt"), matrix=matrix)
    digest = hashlib.sha256(b"{}").hexdigest()
    assert judging_fingerprints(reading, labels)["matrix"] == digest
    matrix.unlink()
    with pytest.raises(DataUnusable):
        judging_fingerprints(reading, labels)


def test_a_run_is_known_by_its_cases_model_and_labels(tmp_path: Path, tiny_model: Path) -> None:
    labels = LabelSet([CARS, MEDICINE])
    data = tmp_path / "cases.csv"

    def fingerprints() -> dict[str, str]:
        settings = RunSettings(data=data, model_path=tiny_model)
        return run_fingerprints(settings, case_source(settings), labels)

    data.write_text("text,label\none,cars\n")
    before = fingerprints()
    assert set(before) == {"data", "model", "labels"}
    data.write_text("text,label\ntwo,cars\n")
    after = fingerprints()
    assert {name for name in before if before[name] != after[name]} == {"data"}
