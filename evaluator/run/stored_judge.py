"""The verdicts of a `matrix.json`, given again."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.matrix_file import read_matrix
from evaluator.judge.question import TextPair
from evaluator.judge.rubric import Rubric
from evaluator.report.summary import RunUsage
from evaluator.run.calibrating import Calibrator
from evaluator.run.journal import Journal
from evaluator.run.judged import Judged
from evaluator.run.progress import Progress

NOT_IN_MATRIX = "not-in-matrix"


class StoredJudge:
    """The verdicts of a `matrix.json`, given again without a call.

    Args:
        path: The file.
        labels: The label set to judge.
        rubric: The rubric that must have been asked.
        calibrator: Which calibration is wanted.

    Raises:
        ConfigError: The file is unusable, was made with another rubric, or cannot be calibrated so.
    """

    def __init__(
        self, path: Path, labels: LabelSet, rubric: Rubric, calibrator: Calibrator
    ) -> None:
        stored = read_matrix(path, labels)
        lock = stored.lock
        if lock.rubric != rubric.name:
            raise ConfigError(
                f"{path} was judged with the rubric '{lock.rubric}', not with '{rubric.name}'; "
                f"add --rubric {lock.rubric}, or judge the label set anew with `evaluator matrix`."
            )
        if lock.prompt_hash not in rubric.prompt_hashes:
            raise ConfigError(
                f"{path} was judged with another version of the rubric '{lock.rubric}'; "
                "judge the label set anew with `evaluator matrix`."
            )
        self._matrix = calibrator.recalibrated(stored)

    def __enter__(self) -> "StoredJudge":
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    @property
    def lock(self) -> JudgeLock:
        """Which judge gave the verdicts."""
        return self._matrix.lock

    @property
    def is_served(self) -> bool:
        """Nobody: there is no work to do beside another."""
        return False

    def judge(
        self,
        labels: LabelSet,
        wanted: Wanted,
        journal: Journal[Answer],
        progress: Progress,
    ) -> Judged:
        """Return the stored verdicts; what has none is unanswered."""
        matrix = limited(self._matrix, wanted, {})
        questions = 2 * len(matrix.judgements) + 4 * len(matrix.text_judgements)
        usage = RunUsage(
            questions=questions,
            calls=0,
            cached=questions,
            prompt_tokens=0,
            evaluated_tokens=0,
            generated_tokens=0,
        )
        return Judged(matrix, usage)

    @property
    def everything(self) -> Wanted:
        """What the file may hold verdicts on: all pairs of the labels, and the texts it knows."""
        matrix = self._matrix
        return Wanted(list(matrix.labels.pairs()), list(matrix.text_judgements))


def limited(
    matrix: VerdictMatrix, wanted: Wanted, reasons: Mapping[LabelPair | TextPair, str]
) -> VerdictMatrix:
    """Return the verdicts of a matrix on what is wanted; what has none is unanswered.

    Args:
        matrix: The verdicts.
        wanted: Pairs of labels, and texts.
        reasons: Why some have no verdict, where that is known.
    """
    pairs = {one: matrix.judgements.get(one) for one in wanted.pairs}
    texts = {one: matrix.text_judgements.get(one) for one in wanted.texts}
    return replace(
        matrix,
        judgements={pair: found for pair, found in pairs.items() if found},
        unanswered={
            pair: reasons.get(pair, NOT_IN_MATRIX) for pair, found in pairs.items() if not found
        },
        text_judgements={text: found for text, found in texts.items() if found},
        unanswered_texts={
            text: reasons.get(text, NOT_IN_MATRIX) for text, found in texts.items() if not found
        },
    )
