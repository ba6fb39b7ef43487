import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite
from properties import searching

from evaluator.classifier.prediction import Prediction
from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.case_line import CaseLine
from evaluator.report.junit import write_junit
from evaluator.report.summary import Summary

Summarize = Callable[..., Summary]


def case(
    name: str = "1",
    gold: str = "a",
    predicted: str | None = "b",
    score: float | None = 0.25,
    flags: tuple[str, ...] = ("judged",),
) -> CaseLine:
    return CaseLine(
        id=name,
        gold=gold,
        predicted=predicted,
        confidence=None,
        score=score,
        level=None,
        p_related=None,
        p_same=None,
        flags=flags,
    )


CASES = (
    case("1", "a", "a", 1.0, ("exact",)),
    case("2", "a", "b", 0.25),
    case("3", "b", "c", 0.7996),
    case("4", "c", None, None, ("truncated", "unscored:empty-text")),
)


def written(summary: Summary, cases: Iterable[CaseLine], threshold: float = 0.8) -> str:
    file = io.StringIO()
    lines = list(cases)
    write_junit(file, summary, lambda: iter(lines), threshold)
    return file.getvalue()


def suites(text: str) -> tuple[TestSuite, TestSuite]:
    gates, cases = JUnitXml.fromstring(text.encode())
    assert (gates.name, cases.name) == ("gates", "cases")
    return gates, cases


def cases_of(suite: TestSuite) -> list[TestCase]:
    return list(suite)


def test_every_gate_is_a_test_and_says_why_it_fails(
    summary_of: Summarize, matrix: VerdictMatrix, predictions: list[Prediction]
) -> None:
    summary = summary_of(matrix, predictions, min_accuracy=0.4)
    gates, _ = suites(written(summary, []))
    passed, failed = cases_of(gates)
    assert (passed.name, passed.result) == ("min-accuracy", [])
    assert failed.name == "max-unscored"
    (failure,) = failed.result
    assert isinstance(failure, Failure)
    assert failure.message == "3 of 11 cases are unscored (0.273), more than --max-unscored 0.05"


def test_every_case_is_a_test_of_its_gold_label(summary: Summary) -> None:
    _, cases = suites(written(summary, CASES))
    right, wrong, near, unscored = cases_of(cases)
    assert [(one.name, one.classname) for one in cases] == [
        ("1", "a"),
        ("2", "a"),
        ("3", "b"),
        ("4", "c"),
    ]
    assert right.result == []
    (failure,) = wrong.result
    assert isinstance(failure, Failure)
    assert failure.message == "predicted 'b': score 0.250, less than 0.8"
    (failure,) = near.result
    assert failure.message == "predicted 'c': score 0.7996, less than 0.8"  # 0.800 would not be
    (skipped,) = unscored.result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "unscored: empty-text"


def test_every_case_has_a_line(summary: Summary) -> None:
    text = written(summary, CASES)
    assert [line.count("<testcase ") for line in text.splitlines()[2:]] == [
        *(0, 1, 0),  # the gate within its suite
        *(0, 1, 1, 1, 1, 0),
        0,
    ]
    assert text.endswith("</testsuites>\n")


def test_the_threshold_decides_which_cases_fail(summary: Summary) -> None:
    for threshold, failures in ((0.8, 2), (0.7996, 1), (0.25, 0), (1.0, 2)):
        _, cases = suites(written(summary, CASES, threshold))
        assert cases.failures == failures


def test_counts_come_before_what_they_count(summary: Summary) -> None:
    text = written(summary, CASES)
    gates, cases = suites(text)
    assert (gates.tests, gates.failures, gates.skipped) == (1, 1, 0)
    assert (cases.tests, cases.failures, cases.errors, cases.skipped) == (4, 2, 0, 1)
    whole = JUnitXml.fromstring(text.encode())
    assert (whole.tests, whole.failures, whole.errors, whole.skipped) == (5, 3, 0, 1)
    for suite, said in ((gates, (1, 1, 0)), (cases, (4, 2, 1))):
        suite.update_statistics()  # counted anew from the tests themselves
        assert (suite.tests, suite.failures, suite.skipped) == said


HOSTILE = st.one_of(st.text(), st.text("<>&\"'\x00\x0b\x1f\n\r\t\ud800\udfff\ufffe\uffff]]>é😀"))


@given(name=HOSTILE, gold=HOSTILE, predicted=HOSTILE)
@searching
def test_any_id_and_label_is_read_back(
    summary: Summary, name: str, gold: str, predicted: str
) -> None:
    _, cases = suites(written(summary, [case(name, gold, predicted)]))
    (found,) = cases_of(cases)
    assert found.name == readable(name)
    assert found.classname == readable(gold)
    (failure,) = found.result
    assert failure.message == f"predicted '{readable(predicted)}': score 0.250, less than 0.8"


def readable(text: str) -> str:
    """What XML 1.0 can hold of a text (section 2.2, Char)."""
    return "".join(one if one in "\t\n\r" or is_char(ord(one)) else "�" for one in text)


def is_char(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def test_memory_does_not_grow_with_the_cases(summary: Summary) -> None:
    class Forgetful(io.TextIOBase):
        def write(self, text: str) -> int:
            return len(text)

    def many(n: int) -> Callable[[], Iterator[CaseLine]]:
        return lambda: (case(str(number)) for number in range(n))

    def peak(n: int) -> int:
        tracemalloc.start()
        write_junit(Forgetful(), summary, many(n), 0.8)  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is loaded at the first call stays
    assert peak(5_000) < 2 * peak(50)
