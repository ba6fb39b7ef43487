"""`junit.xml`: the gates and the cases as tests, for the pages on which CI shows those."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOBase
from typing import IO, cast
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from evaluator.report.case_line import CaseLine
from evaluator.report.summary import Gate, Summary
from evaluator.report.wording import told_apart

UNSCORED = "unscored:"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 allows in no form, not even escaped."""


def write_junit(
    file: IO[str],
    summary: Summary,
    cases: Callable[[], Iterator[CaseLine]],
    threshold: float,
) -> None:
    """Write the gates and the cases of a run; the memory needed does not grow with the cases.

    Args:
        file: An open text file.
        summary: The run's result, for its gates.
        cases: Yields the cases; called twice, because their counts come before them.
        threshold: Score from which a case passes, 0 to 1.
    """
    gates, judged = _gate_counts(summary.gate), _case_counts(cases(), threshold)
    writer = _Writer(file)
    with writer.lines("testsuites", {"name": "evaluator", **(gates + judged).attributes}):
        with writer.lines("testsuite", {"name": "gates", **gates.attributes}):
            for check in summary.gate.checks:
                with writer.line("testcase", {"name": check.name, "classname": "gates"}):
                    if not check.passed:
                        writer.empty("failure", {"message": check.phrase})
        with writer.lines("testsuite", {"name": "cases", **judged.attributes}):
            for case in cases():
                with writer.line("testcase", {"name": case.id, "classname": case.gold}):
                    _write_outcome(writer, case, threshold)


@dataclass(frozen=True, slots=True)
class _Counts:
    tests: int = 0
    failures: int = 0
    skipped: int = 0

    def __add__(self, other: "_Counts") -> "_Counts":
        return _Counts(
            self.tests + other.tests,
            self.failures + other.failures,
            self.skipped + other.skipped,
        )

    @property
    def attributes(self) -> dict[str, str]:
        return {
            "tests": str(self.tests),
            "failures": str(self.failures),
            "errors": "0",
            "skipped": str(self.skipped),
        }


def _gate_counts(gate: Gate) -> _Counts:
    return _Counts(len(gate.checks), sum(not one.passed for one in gate.checks))


def _case_counts(cases: Iterator[CaseLine], threshold: float) -> _Counts:
    tests = failures = skipped = 0
    for case in cases:
        tests += 1
        skipped += case.score is None
        failures += case.score is not None and case.score < threshold
    return _Counts(tests, failures, skipped)


def _write_outcome(writer: "_Writer", case: CaseLine, threshold: float) -> None:
    """Write why a case does not pass; nothing for one that does."""
    if case.score is None:
        reason = next(flag for flag in case.flags if flag.startswith(UNSCORED))
        writer.empty("skipped", {"message": f"unscored: {reason.removeprefix(UNSCORED)}"})
    elif case.score < threshold:
        score = told_apart(case.score, threshold)
        writer.empty(
            "failure",
            {"message": f"predicted '{case.predicted}': score {score}, less than {threshold:g}"},
        )


class _Writer:
    """Writes elements as they come, whatever their attributes hold."""

    def __init__(self, file: IO[str]) -> None:
        # text files are of this class, without which the generator would write bytes
        text = cast(TextIOBase, file)
        self._xml = XMLGenerator(text, "utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def lines(self, name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        """Write what is written meanwhile inside an element, from a new line on."""
        with self.line(name, attributes):
            self._xml.ignorableWhitespace("\n")
            yield

    @contextmanager
    def line(self, name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        """Write what is written meanwhile inside an element, on one line with it."""
        self._xml.startElement(name, _allowed(attributes))
        yield
        self._xml.endElement(name)
        self._xml.ignorableWhitespace("\n")

    def empty(self, name: str, attributes: Mapping[str, str]) -> None:
        """Write an element without content."""
        self._xml.startElement(name, _allowed(attributes))
        self._xml.endElement(name)


def _allowed(attributes: Mapping[str, str]) -> "AttributesImpl[str]":
    return AttributesImpl({name: _FORBIDDEN.sub("�", value) for name, value in attributes.items()})
