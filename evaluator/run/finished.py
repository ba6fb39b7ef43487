"""A finished run, or a verdict matrix alone, as later commands read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.matrix_file import labels_of_matrix, read_matrix
from evaluator.judge.rubric import Levels
from evaluator.judge.rubric_file import load_rubric, rubric_names
from evaluator.run.fingerprints import rubric_fingerprint
from evaluator.run.provenance import RunRecord
from evaluator.run.records import CaseLine

RUN_FILE, CASES_FILE, MATRIX_FILE = "run.json", "cases.jsonl", "matrix.json"


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What earlier commands left.

    Attributes:
        path: The run directory or the matrix file.
        matrix: The judge's verdicts.
        levels: Scores of the rubric's levels.
        threshold: Score from which a case passes, 0 to 1; None for a matrix alone.
    """

    path: Path
    matrix: VerdictMatrix
    levels: Levels
    threshold: float | None

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
                    raise DataUnusable(f"{path} line {number} is no case of a run.") from error


def read_finished(path: Path) -> FinishedRun:
    """Read a run directory or a `matrix.json`.

    Raises:
        ConfigError: It is neither, is broken, the run has not ended, or its rubric changed since.
    """
    if path.is_file():
        matrix = _matrix(path)
        if matrix.lock.rubric not in rubric_names():
            raise ConfigError(
                f"{path} was judged by the rubric '{matrix.lock.rubric}', which is not built in; "
                "name the run directory that it is of instead."
            )
        return FinishedRun(path, matrix, load_rubric(matrix.lock.rubric).levels, None)
    record = _record(path)
    threshold = float(record.config["threshold"])
    return FinishedRun(path, _matrix(path / MATRIX_FILE), _levels(path, record), threshold)


def _levels(path: Path, record: RunRecord) -> Levels:
    named = str(record.config["rubric"])
    rubric = load_rubric(named)
    if rubric_fingerprint(rubric) != record.fingerprints.get("rubric"):
        raise ConfigError(
            f"the rubric {named} changed since the run in {path}; bring the one of that run back, "
            "or run its command again with another --save-to."
        )
    return rubric.levels


def _record(path: Path) -> RunRecord:
    file = path / RUN_FILE
    try:
        record = RunRecord.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise ConfigError(
            f"{path} is neither a run directory nor a matrix.json; name what --save-to named."
        ) from None
    except (OSError, ValidationError) as error:
        raise ConfigError(f"{file} is not a record that this version can read.") from error
    if record.status != "done":
        raise ConfigError(
            f"the run in {path} has not ended; wait for it, or run its command again to finish it."
        )
    return record


def _matrix(path: Path) -> VerdictMatrix:
    return read_matrix(path, labels_of_matrix(path))


@contextmanager
def _readable(path: Path) -> Iterator[Iterator[str]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield lines
    except (FileNotFoundError, NotADirectoryError):
        raise DataUnusable(
            f"{path.parent} holds no judged cases; name the directory of an `evaluator run` or "
            "`evaluator judge`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnusable(f"{path} cannot be read: {error}.") from error
