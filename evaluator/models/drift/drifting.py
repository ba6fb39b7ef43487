"""The work of `evaluator models drift`: two judges, asked or as they were kept."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from evaluator.backends.naming import JudgeSpec, parse_judge
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelPair, LabelSet, read_labels
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix_file import labels_of_matrix, read_matrix
from evaluator.judge.question import Question, both_orders
from evaluator.judge.references import References, nearest_references
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.models.drift.asking import Interview, ask_in_turns
from evaluator.models.drift.comparing import Contestant, drift_between
from evaluator.models.drift.opinions import Opinions, asked_opinions, kept_opinions
from evaluator.models.drift.report import Cost, DriftReport
from evaluator.run.calibrating import NONE, Calibrator
from evaluator.run.judging import JudgeSession
from evaluator.run.progress import Progress
from evaluator.run.settings import Settings

MATRIX_FILE = "matrix.json"


@dataclass(frozen=True, slots=True)
class Material:
    """What two judges are held against each other on.

    Attributes:
        pairs: The pairs.
        labels: Their label set; None for the reference pairs.
        references: Pairs with known answers.
        on: What the pairs are, in words.
    """

    pairs: list[LabelPair]
    labels: LabelSet | None
    references: References
    on: str

    @property
    def questions(self) -> list[Question]:
        """Both orders of every pair and of every reference pair."""
        known = [LabelPair(one.first, one.second) for one in self.references.pairs]
        asked = dict.fromkeys([*self.pairs, *known])
        return [question for pair in asked for question in both_orders(pair)]


def drift(
    judges: tuple[str, str],
    labels: Path | None,
    settings: Settings,
    pull: PullProgress,
    progress: Progress,
) -> DriftReport:
    """Hold a judge against another.

    Args:
        judges: Each a judge's name, or a `matrix.json` or the run directory that it is in.
        labels: A label set; None for that of a matrix, or else the shipped reference pairs.
        settings: How the judges are asked, by which rubric, and the seed.
        pull: Progress of pulling a missing model; used only where the settings allow it.
        progress: Where progress is shown.

    Raises:
        ConfigError: A judge, matrix or label set is unusable, or they do not go together.
        JudgeUnavailable: A judge cannot be reached or stops answering.
    """
    rubric = load_rubric(settings.rubric)
    kept = [kept_at(name) for name in judges]
    material = _material(labels, kept, rubric)
    asker = _Asker(material, settings, rubric, pull)
    asked = asker.asked(
        [name for name, path in zip(judges, kept, strict=True) if not path], progress
    )
    first, second = (
        _kept(name, path, material, rubric) if path else next(asked)
        for name, path in zip(judges, kept, strict=True)
    )
    return drift_between(
        first, second, material.pairs, material.references, on=material.on, seed=settings.seed
    )


def kept_at(name: str) -> Path | None:
    """Return the matrix file that a name means, or None where it names a judge."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path / MATRIX_FILE
    return path if path.is_file() or path.suffix == ".json" else None


def _material(labels: Path | None, kept: list[Path | None], rubric: Rubric) -> Material:
    references = nearest_references(rubric.language)
    matrix = next((one for one in kept if one is not None), None)
    if labels is None and matrix is None:
        pairs = [LabelPair(one.first, one.second) for one in references.pairs]
        return Material(pairs, None, references, "the shipped reference pairs")
    if labels is not None:
        found, on = read_labels(labels), f"the labels of {labels}"
    else:
        assert matrix is not None
        found, on = labels_of_matrix(matrix), f"the labels of {matrix}"
    return Material(list(found.pairs()), found, references, on)


def _kept(name: str, path: Path, material: Material, rubric: Rubric) -> Contestant:
    matrix = read_matrix(path, material.labels or labels_of_matrix(path))
    if matrix.lock.rubric != rubric.name:
        raise ConfigError(
            f"{path} was judged by the rubric '{matrix.lock.rubric}' and not by '{rubric.name}': "
            f"add --rubric {matrix.lock.rubric}."
        )
    return Contestant(name, kept_opinions(matrix), Cost())


def _spec(name: str, settings: Settings) -> JudgeSpec:
    spec = parse_judge(name, None, (), ca_file=settings.ca_file)
    if spec.backend == "embedding":
        raise ConfigError(
            f"{name} answers no questions: judge the labels with `evaluator matrix --judge {name}` "
            "and name its matrix.json."
        )
    return spec


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks judges.

    Attributes:
        material: About what.
        settings: How.
        rubric: By which rubric.
        pull: Progress of pulling a missing model.
    """

    material: Material
    settings: Settings
    rubric: Rubric
    pull: PullProgress

    def asked(self, names: list[str], progress: Progress) -> Iterator[Contestant]:
        """Return the judges with what they said, in their order; one twice, if it is named so."""
        specs = [_spec(name, self.settings) for name in names]
        none = Calibrator(NONE, self.rubric)
        with ExitStack() as stack:
            sessions = [
                stack.enter_context(JudgeSession(one, self.settings, self.rubric, none, self.pull))
                for one in specs
            ]
            read = list(self.material.labels or ())
            interviews = [Interview(session, read) for session in sessions]
            if interviews:
                ask_in_turns(interviews, self.material.questions, progress)
            costs = [one.cost(spec) for one, spec in zip(interviews, specs, strict=True)]
            locks = [session.lock for session in sessions]
        return (
            Contestant(name, self._opinions(lock, interview), cost)
            for name, lock, interview, cost in zip(names, locks, interviews, costs, strict=True)
        )

    def _opinions(self, lock: JudgeLock, interview: Interview) -> Opinions:
        base_rate = None if self.material.labels is None else self.rubric.base_rate
        return asked_opinions(
            lock, interview.heard, self.material.pairs, self.material.references, base_rate
        )
