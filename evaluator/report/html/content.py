"""What the page of a run is made from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.rubric import Rubric
from evaluator.report.agreement import AgreementReport
from evaluator.report.case_line import CaseLine
from evaluator.report.reasons import Reasons
from evaluator.report.summary import Summary


@dataclass(frozen=True, slots=True)
class Origin:
    """What a run was made from.

    Attributes:
        command: The command that made it.
        started_at: UTC time of its first start, ISO 8601.
        versions: Versions of Python and packages by name.
        fingerprints: Digests of the inputs by name.
        config: All resolved settings by name, as JSON values.
        rubric: What the judge was asked.
    """

    command: str
    started_at: str
    versions: Mapping[str, str]
    fingerprints: Mapping[str, str]
    config: Mapping[str, Any]
    rubric: Rubric


@dataclass(frozen=True, slots=True)
class RunContent:
    """All that a run directory tells.

    Attributes:
        name: What the reader knows the run by.
        summary: Its result.
        matrix: The judge's verdicts.
        cases: Its cases, read once.
        origin: What it was made from.
        reasons: What the judge says for its verdicts, if it was asked.
        agreement: How far people agree, if they were compared.
    """

    name: str
    summary: Summary
    matrix: VerdictMatrix
    cases: Iterable[CaseLine]
    origin: Origin
    reasons: Reasons | None = None
    agreement: AgreementReport | None = None
