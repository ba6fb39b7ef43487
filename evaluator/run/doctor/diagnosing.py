"""The whole walk: from the settings to a verdict."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import import_ollama
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix_file import labels_of_matrix
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.diagnosis import Finding
from evaluator.run.calibrating import Calibrator
from evaluator.run.doctor.answering import Answering
from evaluator.run.doctor.inside import OwnModel
from evaluator.run.doctor.material import Material
from evaluator.run.doctor.place import save_directory_step
from evaluator.run.doctor.server import Server
from evaluator.run.doctor.surroundings import Surroundings
from evaluator.run.doctor.vectors import Comparing
from evaluator.run.doctor.walking import Found, Step, Walk
from evaluator.run.opening import judge_specs, open_judge
from evaluator.run.settings import DoctorSettings

ReadSettings = Callable[[], DoctorSettings]


@dataclass(slots=True)
class Intention:
    """What a user wants, as far as it can be understood.

    Attributes:
        read: Reads the settings.
        settings: The settings, once they are read.
        rubric: The rubric that they name.
        specs: The judges that they name, one for each server.
    """

    read: ReadSettings
    settings: DoctorSettings | None = None
    rubric: Rubric | None = None
    specs: Sequence[JudgeSpec] = ()

    @property
    def step(self) -> Step:
        """Return the step that understands it."""
        advice = "see `evaluator doctor --help` and docs/reference.md."
        return Step("configuration", self._understand, ConfigError, advice)

    def _understand(self) -> Found:
        settings = self.read()
        rubric = load_rubric(settings.rubric)
        specs = judge_specs(settings)
        Calibrator(settings.calibration, rubric)
        for spec in specs:
            rubric.form(spec.form)
            if spec.backend == "ollama":
                import_ollama()
        self.settings, self.rubric = settings, rubric
        self.specs = [one for spec in specs for one in _by_server(spec)]
        model = "no model under test" if settings.model_path is None else str(settings.model_path)
        return Found(f"judge {', '.join(settings.judge)}; rubric {rubric.name}; {model}")


def diagnose(
    read: ReadSettings, pull: PullProgress, walk: Walk, here: Surroundings
) -> Iterator[Finding]:
    """Yield what each step from the settings to a verdict finds, as it is found.

    What does not depend on a failed step is looked at all the same: bad data hides no bad judge.

    Args:
        read: Reads the settings.
        pull: Progress of pulling a missing model.
        walk: Takes the steps.
        here: Where this process runs.
    """
    wanted = Intention(read)
    yield from walk.along([wanted.step])
    settings, rubric = wanted.settings, wanted.rubric
    if settings is None or rubric is None:
        return
    yield from walk.along([save_directory_step(settings)])
    material = Material(settings)
    (labels,) = walk.along(material.label_steps)
    yield labels
    yield from walk.along(material.data_steps)
    yield from walk.along(material.model_steps, after=labels)
    judging = _JudgeWalk(settings, rubric, pull, walk, here)
    if settings.matrix is not None:
        yield from walk.along([judging.stored_verdicts(settings.matrix, material.labels)])
        return
    for spec in wanted.specs:
        yield from judging.along(spec)


@dataclass(frozen=True, slots=True)
class _JudgeWalk:
    """The way to a judge's verdict.

    Attributes:
        settings: How it is asked.
        rubric: What it is asked.
        pull: Progress of pulling a missing model.
        walk: Takes the steps.
        here: Where this process runs.
    """

    settings: DoctorSettings
    rubric: Rubric
    pull: PullProgress
    walk: Walk
    here: Surroundings

    def along(self, spec: JudgeSpec) -> Iterator[Finding]:
        """Yield what each step to a judge finds, at one server where it has any."""
        there = (
            Server(spec, spec.urls[0], self.here, self.settings.pull)
            if spec.urls
            else OwnModel(spec)
        )
        judge: Answering | Comparing
        if spec.backend == "embedding":
            judge = Comparing(spec, self.rubric)
        else:
            judge = Answering(spec, self.settings, self.rubric, self.pull)
        try:
            yield from self.walk.along([*there.steps, *judge.steps, there.clock], _named(spec))
        finally:
            if not self.walk.left_behind:
                judge.close()

    def stored_verdicts(self, matrix: Path, labels: LabelSet | None) -> Step:
        """Return the step that reads verdicts that were given before."""

        def check() -> Found:
            known = labels or labels_of_matrix(matrix)
            with open_judge(self.settings, known, self.rubric, self.pull) as judge:
                lock = judge.lock
            return Found(f"those of {lock.backend} {lock.model} in {matrix}: none is asked")

        return Step("stored verdicts", check, ConfigError, "judge anew with `evaluator matrix`.")


def _by_server(spec: JudgeSpec) -> Sequence[JudgeSpec]:
    """Return a judge once for each of its replicas."""
    return [replace(spec, urls=(url,)) for url in spec.urls] or [spec]


def _named(spec: JudgeSpec) -> str:
    model = f":{spec.model}" if spec.model else ""
    form = f"#{spec.form}" if spec.form else ""
    at = f"@{spec.urls[0]}" if spec.urls else ""
    return f"{spec.backend}{model}{at}{form}"
