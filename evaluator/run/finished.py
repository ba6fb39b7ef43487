"""A finished run, or a verdict matrix alone, as later commands read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.matrix_file import labels_of_matrix, read_matrix
from evaluator.judge.rubric import Levels
from evaluator.judge.rubric_file import load_rubric, rubric_names
from evaluator.report.agreement import AgreementReport
from evaluator.report.case_line import CaseLine
from evaluator.report.reasons import Reasons
from evaluator.report.summary import Summary, read_summary
from evaluator.run.provenance import RunRecord
from evaluator.storage.copies import fetched

RUN_FILE, CASES_FILE, MATRIX_FILE = "run.json", "cases.jsonl", "matrix.json"
SHARD_FILE, PREDICTIONS_FILE = "shard.json", "predictions.jsonl"
SUMMARY_FILE, REASONS_FILE, AGREEMENT_FILE = "summary.json", "reasons.json", "agreement.json"

FILES_READ = (RUN_FILE, CASES_FILE, MATRIX_FILE, SUMMARY_FILE, REASONS_FILE, AGREEMENT_FILE)

Part = TypeVar("Part", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What earlier commands left.

    Attributes:
        path: The run directory or the matrix file.
        matrix: The judge's verdicts.
        levels: Scores of the rubric's levels.
        record: What the run was made from; None for a matrix alone.
    """

    path: Path
    matrix: VerdictMatrix
    levels: Levels
    record: RunRecord | None

    @property
    def threshold(self) -> float | None:
        """Score from which a case passes, 0 to 1; None for a matrix alone."""
        return None if self.record is None else float(self.record.config["threshold"])

    @property
    def has_cases(self) -> bool:
        """Whether cases were judged, and not a label set alone."""
        return (self.path / CASES_FILE).is_file()

    def cases(self) -> Iterator[CaseLine]:
        """Yield the cases in the order of `cases.jsonl`.

        Raises:
            DataUnusable: There are none, or a line cannot be read.
        """
        path = self.path / CASES_FILE
        with _readable(path) as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield CaseLine.model_validate_json(line)
                except ValidationError as error:
                    raise DataUnusable(
                        f"{path} line {number} is no case of a run; run its command again, which "
                        "writes it anew."
                    ) from error

    def summary(self) -> Summary:
        """Return the run's result.

        Raises:
            DataUnusable: No cases were judged, or its file cannot be read.
        """
        if not self.has_cases:
            raise no_cases(self.path)
        return read_summary(self.path / SUMMARY_FILE)

    def reasons(self) -> Reasons | None:
        """Return what the judge says for its verdicts, None where nobody asked.

        Raises:
            DataUnusable: The file cannot be read.
        """
        return _beside(self.path / REASONS_FILE, Reasons)

    def agreement(self) -> AgreementReport | None:
        """Return how far people agree, None where they were not compared.

        Raises:
            DataUnusable: The file cannot be read.
        """
        return _beside(self.path / AGREEMENT_FILE, AgreementReport)


def no_cases(path: Path) -> DataUnusable:
    """Return the error that a directory or file holds no judged cases."""
    return DataUnusable(
        f"{path} holds no judged cases; name the directory of an `evaluator run` or "
        "`evaluator judge`."
    )


def read_finished(path: Path) -> FinishedRun:
    """Read a run directory or a `matrix.json`.

    Raises:
        ConfigError: It is neither, is broken, or the run has not ended.
    """
    path = fetched(path, ConfigError, FILES_READ)
    if path.is_file():
        matrix = _matrix(path)
        if matrix.lock.rubric not in rubric_names():
            raise ConfigError(
                f"{path} was judged by the rubric '{matrix.lock.rubric}', which is not built in; "
                "name the run directory that it is of instead."
            )
        return FinishedRun(path, matrix, load_rubric(matrix.lock.rubric).levels, None)
    record = _record(path)
    if record.config.get("shard") is not None:
        raise ConfigError(
            f"{path} is one shard of a run, which is no result; merge all shards with `evaluator "
            "merge` and name what that writes."
        )
    return FinishedRun(path, _matrix(path / MATRIX_FILE), record.rubric.levels, record)


def _record(path: Path) -> RunRecord:
    file = path / RUN_FILE
    try:
        record = RunRecord.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise ConfigError(
            f"{path} is neither a run directory nor a matrix.json; name what --save-to named."
        ) from None
    except (OSError, ValidationError) as error:
        raise ConfigError(
            f"{file} is not a record that this version can read; use the version that made it, or "
            "run its command again with --fresh."
        ) from error
    if not _is_share(record.config.get("threshold")):
        raise ConfigError(
            f"{file} does not say a threshold from 0 to 1; run its command again with --fresh."
        )
    if record.status != "done":
        raise ConfigError(
            f"the run in {path} has not ended; wait for it, or run its command again to finish it."
        )
    return record


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _matrix(path: Path) -> VerdictMatrix:
    return read_matrix(path, labels_of_matrix(path))


@contextmanager
def _readable(path: Path) -> Iterator[Iterator[str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield lines
    except (FileNotFoundError, NotADirectoryError):
        raise no_cases(path.parent) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnusable(f"{path} cannot be read: {error}.") from error


def _beside(path: Path, kind: type[Part]) -> Part | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValidationError) as error:
        raise DataUnusable(f"{path} cannot be read; delete it, or bring it back.") from error
