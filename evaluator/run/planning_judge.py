"""What judging would cost."""

import time
from dataclasses import dataclass
from itertools import islice

from evaluator.backends.protocol import PullProgress
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix import Wanted
from evaluator.judge.rubric import Rubric
from evaluator.run.calibrating import Calibrator
from evaluator.run.directory import RunDirectory
from evaluator.run.judging import JudgeSession
from evaluator.run.opening import asking_sessions, open_judge
from evaluator.run.panel import journal_of
from evaluator.run.settings import Settings

PROBE_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class JudgingPlan:
    """What the judge stage would do.

    Attributes:
        questions: Questions that the verdicts rest on, of all judges of a panel.
        calls: Those not yet answered, and those on reference pairs that a new judge is asked once.
        probe_calls: Questions that were asked to measure the time.
        seconds: Estimated time.
    """

    questions: int
    calls: int
    probe_calls: int
    seconds: float


def plan_judging(
    settings: Settings,
    labels: LabelSet,
    rubric: Rubric,
    *,
    pairs: int,
    directory: RunDirectory | None,
    pull: PullProgress,
) -> JudgingPlan:
    """Return what judging a label set would cost.

    Args:
        settings: Which judges.
        labels: The label set.
        rubric: What they are asked.
        pairs: How many of its pairs need a verdict.
        directory: Where answers are kept; None where there is none yet.
        pull: Progress of pulling a missing model.

    Raises:
        ConfigError: A judge, a stored matrix or a calibration is unusable.
        JudgeUnavailable: A judge that has questions left cannot be reached.
    """
    each = 2 * pairs + Calibrator(settings.calibration, rubric).questions_besides(labels)
    if settings.matrix is not None:
        open_judge(settings, labels, rubric, pull)
        return JudgingPlan(each, 0, 0, 0.0)
    sessions = asking_sessions(settings, rubric, pull)
    calls = probe_calls = 0
    seconds = 0.0
    for number, session in sessions.items():
        left = each
        if directory is not None:
            answers = directory.answers()
            journal = journal_of(answers, number) if len(settings.judge) > 1 else answers
            left = max(0, each - len({answer.question for answer in journal}))
        if left:
            probe = _probe(session, labels)
            left += probe.survey_questions
            seconds += left * probe.seconds_a_question
            probe_calls += probe.calls
        calls += left
    return JudgingPlan(each * len(sessions), calls, probe_calls, seconds)


@dataclass(frozen=True, slots=True)
class _Probe:
    """What a few questions told of a judge.

    Attributes:
        seconds_a_question: How long an answer takes.
        calls: Questions that were asked for this.
        survey_questions: Questions on reference pairs that it has yet to answer, once.
    """

    seconds_a_question: float
    calls: int
    survey_questions: int


def _probe(session: JudgeSession, labels: LabelSet) -> _Probe:
    pairs = list(islice(labels.pairs(), PROBE_QUESTIONS))
    questions = Wanted(pairs).questions[: PROBE_QUESTIONS + 1]
    with session as judge:
        judge.ask(labels, questions[:1], lambda _: None)  # the first loads and warms the model
        started = time.monotonic()
        judge.ask(labels, questions[1:], lambda _: None)
        spent = time.monotonic() - started
        survey = judge.survey_questions
    return _Probe(spent / max(len(questions) - 1, 1), len(questions), survey)
