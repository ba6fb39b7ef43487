"""Several judges that judge one after the other, and whose verdicts are pooled."""

from collections.abc import Sequence
from contextlib import ExitStack

from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.asking import Answer
from evaluator.judge.labels import LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix import VerdictMatrix, Wanted
from evaluator.judge.panel import panel_lock, pooled
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.rubric import Rubric
from evaluator.run.calibrating import NONE, Calibrator
from evaluator.run.journal import Journal
from evaluator.run.judged import Judge, Judged
from evaluator.run.progress import Progress
from evaluator.run.usage import total_usage


class PanelSession:
    """A panel of open judges.

    Args:
        members: The judges, each calibrated on the reference pairs; kept as an attribute.
        rubric: What they are asked.
        calibrator: Which calibration of the pooled verdicts is wanted.

    Raises:
        ConfigError: None is wanted.
    """

    def __init__(self, members: Sequence[Judge], rubric: Rubric, calibrator: Calibrator) -> None:
        if not calibrator.wanted:
            raise ConfigError(
                f"a panel pools calibrated judges: drop --calibration {NONE}, or name one judge."
            )
        self.members = members
        self._rubric = rubric
        self._calibrator = calibrator
        self._open = ExitStack()

    def __enter__(self) -> "PanelSession":
        """Load or reach every judge.

        Raises:
            JudgeUnavailable: One cannot be loaded or reached.
            ConfigError: Two of them are one.
        """
        with ExitStack() as opening:
            locks = [opening.enter_context(member).lock for member in self.members]
            for at, lock in enumerate(locks):
                if lock in locks[:at]:
                    raise ConfigError(
                        f"the judge {lock.backend} {lock.model} is on the panel twice; name it "
                        "once, or in another form of the rubric."
                    )
            self._open = opening.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close them all."""
        self._open.close()

    @property
    def lock(self) -> JudgeLock:
        """Which judges these are."""
        return panel_lock([member.lock for member in self.members], self._rubric)

    @property
    def is_served(self) -> bool:
        """Whether servers do the work of every member."""
        return all(member.is_served for member in self.members)

    def judge(
        self, labels: LabelSet, wanted: Wanted, journal: Journal[Answer], progress: Progress
    ) -> Judged:
        """Return the pooled verdicts, each member's answers in a journal of its own.

        Raises:
            JudgeUnavailable: A judge stopped answering, or cannot be calibrated.
        """
        found = [
            member.judge(labels, wanted, journal_of(journal, number), progress)
            for number, member in enumerate(self.members, start=1)
        ]
        surveys = [_survey(one) for one in found]
        matrices = [one.matrix for one in found]
        matrix = pooled(matrices, surveys, self.lock, self._rubric.base_rate)
        if isinstance(matrix, str):
            raise JudgeUnavailable(f"{matrix}; judge by one of them with --calibration {NONE}.")
        usage = total_usage([one.usage for one in found])
        return Judged(self._calibrator.recalibrated(matrix), usage)


def journal_of(journal: Journal[Answer], number: int) -> Journal[Answer]:
    """Return the journal of a panel's member, counted from 1."""
    return journal.derived(str(number))


def _survey(found: Judged) -> ReferenceSurvey:
    """Return a member's survey.

    Raises:
        JudgeUnavailable: It could not be calibrated.
    """
    matrix: VerdictMatrix = found.matrix
    if found.survey is None or matrix.calibration is None:
        raise JudgeUnavailable(
            f"the judge {matrix.lock.backend} {matrix.lock.model} cannot be calibrated and so "
            "cannot sit on a panel; leave it out."
        )
    return found.survey
