"""Which judge the settings name."""

from evaluator.backends.naming import JudgeSpec, parse_judge
from evaluator.backends.protocol import PullProgress
from evaluator.judge.labels import LabelSet
from evaluator.judge.rubric import Rubric
from evaluator.run.calibrating import REFERENCE, Calibrator
from evaluator.run.embedding_session import EmbeddingSession
from evaluator.run.judged import Judge
from evaluator.run.judging import JudgeSession
from evaluator.run.panel import PanelSession
from evaluator.run.settings import Settings
from evaluator.run.stored_judge import StoredJudge


def open_judge(settings: Settings, labels: LabelSet, rubric: Rubric, pull: PullProgress) -> Judge:
    """Return the judge that the settings name, not yet entered; several are a panel.

    Raises:
        ConfigError: Its name cannot be understood, or its stored matrix or calibration is unusable.
    """
    calibrator = Calibrator(settings.calibration, rubric)
    if settings.matrix is not None:
        return StoredJudge(settings.matrix, labels, rubric, calibrator)
    specs = judge_specs(settings)
    if len(specs) == 1:
        return _session(specs[0], settings, rubric, calibrator, pull)
    of_members = Calibrator(REFERENCE, rubric)
    members = [_session(spec, settings, rubric, of_members, pull) for spec in specs]
    return PanelSession(members, rubric, calibrator)


def asking_sessions(
    settings: Settings, rubric: Rubric, pull: PullProgress
) -> dict[int, JudgeSession]:
    """Return the judges of the settings that are asked questions, not yet entered, by number.

    Raises:
        ConfigError: A judge's name cannot be understood.
    """
    calibrator = Calibrator(settings.calibration, rubric)
    specs = judge_specs(settings)
    found = [_session(spec, settings, rubric, calibrator, pull) for spec in specs]
    return {n: one for n, one in enumerate(found, start=1) if isinstance(one, JudgeSession)}


def judge_specs(settings: Settings) -> list[JudgeSpec]:
    """Return the judges that the settings name.

    Raises:
        ConfigError: A name cannot be understood.
    """
    return [
        parse_judge(one, settings.judge_model, settings.judge_url, ca_file=settings.ca_file)
        for one in settings.judge
    ]


def _session(
    spec: JudgeSpec,
    settings: Settings,
    rubric: Rubric,
    calibrator: Calibrator,
    pull: PullProgress,
) -> Judge:
    if spec.backend == "embedding":
        return EmbeddingSession(spec, rubric, calibrator)
    return JudgeSession(spec, settings, rubric, calibrator, pull)
