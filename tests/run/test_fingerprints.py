import pytest

from evaluator.judge.labels import Label, LabelSet
from evaluator.run.fingerprints import labels_fingerprint

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
