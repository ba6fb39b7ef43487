"""What a user wants, as far as the settings tell it, and whether a run would begin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import import_ollama
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError
from evaluator.judge.labels import LabelSet
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.calibrating import Calibrator
from evaluator.run.classifying import case_source
from evaluator.run.directory import RunDirectory
from evaluator.run.doctor.material import NO_MODEL
from evaluator.run.doctor.walking import Found, Step, skipped
from evaluator.run.explaining import Explainer
from evaluator.run.fingerprints import run_fingerprints
from evaluator.run.opening import judge_specs, open_judge
from evaluator.run.overriding import read_overrides
from evaluator.run.provenance import Provenance
from evaluator.run.settings import DoctorSettings, RunSettings
from evaluator.run.showing import ArticleStage
from evaluator.storage.location import url_of

ReadSettings = Callable[[], DoctorSettings]


@dataclass(slots=True)
class Intention:
    """What a user wants, as far as it can be understood.

    Attributes:
        read: Reads the settings.
        settings: The settings, once they are read.
        rubric: The rubric that they name.
        specs: The judges that they name.
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
        self.settings, self.rubric, self.specs = settings, rubric, specs
        model = "no model under test" if settings.model_path is None else str(settings.model_path)
        return Found(f"judge {', '.join(settings.judge)}; rubric {rubric.name}; {model}")


def run_step(
    settings: DoctorSettings, rubric: Rubric, labels: LabelSet | None, pull: PullProgress
) -> Step:
    """Return the step that sees whether a run would begin, and whether it continues another.

    Args:
        settings: What a run would be made from.
        rubric: What the judge would be asked.
        labels: The model's labels; None where they are not known.
        pull: Progress of pulling a missing model.
    """

    def check() -> Found:
        run = settings.run
        if run is None or labels is None:
            return skipped(NO_MODEL)
        judge = open_judge(run, labels, rubric, pull)
        ArticleStage(run, judge, rubric)
        Explainer(run.explain, judge, rubric)
        read_overrides(run.overrides, labels)
        return _beginning(run, labels, rubric)

    advice = "take another directory with --save-to, or start over with --fresh."
    return Step("run", check, ConfigError, advice)


def _beginning(run: RunSettings, labels: LabelSet, rubric: Rubric) -> Found:
    if run.save_to.is_dir() and not run.fresh and url_of(run.save_to) is None:
        directory = RunDirectory(run.save_to)
        if directory.holds_results:
            fingerprints = run_fingerprints(run, case_source(run), labels, rubric)
            earlier = Provenance(directory, "run", run, fingerprints, rubric).record
            return Found(f"would continue the one that began at {earlier.started_at}")
    return Found("would begin anew")
