"""The verdicts of a `matrix.json`, given again."""

from dataclasses import replace
from pathlib import Path

from evaluator.errors import ConfigError
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import Wanted
from evaluator.judge.matrix_file import read_matrix
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
        stored = self._matrix
        pairs = {one: stored.judgements.get(one) for one in wanted.pairs}
        texts = {one: stored.text_judgements.get(one) for one in wanted.texts}
        matrix = replace(
            stored,
            judgements={pair: found for pair, found in pairs.items() if found},
            unanswered={pair: NOT_IN_MATRIX for pair, found in pairs.items() if not found},
            text_judgements={text: found for text, found in texts.items() if found},
            unanswered_texts={text: NOT_IN_MATRIX for text, found in texts.items() if not found},
        )
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
