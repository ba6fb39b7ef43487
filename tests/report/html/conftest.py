"""The content of a page, made by the real parts."""

from collections.abc import Callable, Sequence

import pytest

from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.case_line import CaseLine
from evaluator.report.html.content import Origin, RunContent
from evaluator.report.summary import Summary

MakeLine = Callable[..., CaseLine]


@pytest.fixture
def line() -> MakeLine:
    """Make a line of `cases.jsonl`."""

    def made(
        case_id: str = "1",
        gold: str = "a",
        predicted: str | None = "b",
        score: float | None = 0.25,
        **more: object,
    ) -> CaseLine:
        given = {"id": case_id, "gold": gold, "predicted": predicted, "score": score}
        empty = {"confidence": None, "level": None, "p_related": None, "p_same": None}
        return CaseLine.model_validate({**empty, **given, "flags": ("judged",), **more})

    return made


@pytest.fixture
def lines(line: MakeLine) -> Sequence[CaseLine]:
    return [
        line("1", "a", "a", 1.0, flags=("exact",), confidence=0.9, excerpt="An article on a."),
        line("2", "a", "b", 0.3, p_related=0.6, excerpt="Another one."),
        line("3", "a", "c", 0.05, p_related=0.1),
        line("4", "b", "c", None, flags=("unscored:timeout",)),
    ]


@pytest.fixture
def content(summary: Summary, matrix: VerdictMatrix, lines: Sequence[CaseLine]) -> RunContent:
    origin = Origin(
        command="judge",
        started_at="2026-01-01T00:00:00+00:00",
        versions={"evaluator": "0.1.0"},
        fingerprints={"labels": "0123"},
        config={"threshold": 0.8},
        rubric=load_rubric("category-relevance"),
    )
    return RunContent("evaluation", summary, matrix, lines, origin)
