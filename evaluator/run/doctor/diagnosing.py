"""The whole walk: from the settings to a verdict."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import PullProgress
from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.labels import LabelSet
from evaluator.judge.matrix_file import labels_of_matrix
from evaluator.judge.question import probe_prompt
from evaluator.judge.rubric import Rubric
from evaluator.report.diagnosis import Finding
from evaluator.run.doctor.answering import Answering
from evaluator.run.doctor.inside import OwnModel
from evaluator.run.doctor.intention import Intention, ReadSettings, run_step
from evaluator.run.doctor.material import Material
from evaluator.run.doctor.place import save_directory_step
from evaluator.run.doctor.server import Server
from evaluator.run.doctor.surroundings import Surroundings
from evaluator.run.doctor.vectors import Comparing
from evaluator.run.doctor.walking import Found, Step, Walk
from evaluator.run.opening import open_judge
from evaluator.run.settings import DoctorSettings


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
    (data,) = walk.along(material.data_steps)
    yield data
    yield from walk.along(material.model_steps, after=labels)
    run = run_step(settings, rubric, material.labels, pull)
    yield from walk.along([run], after=labels if labels.state == "failed" else data)
    judging = _JudgeWalk(settings, rubric, pull, walk, here)
    if settings.matrix is not None:
        yield from walk.along([judging.stored_verdicts(settings.matrix, material.labels)])
        return
    for spec in wanted.specs:
        yield from judging.along_all(spec)


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

    def along_all(self, spec: JudgeSpec) -> Iterator[Finding]:
        """Yield what each step to a judge finds, at every server where it has any."""
        failed: Finding | None = None
        for url in spec.urls or (None,):
            for finding in self._along(spec if url is None else replace(spec, urls=(url,))):
                failed = finding if finding.state == "failed" else failed
                yield finding
        if len(spec.urls) > 1:
            yield from self.walk.along([self._replicas(spec)], _named(spec), after=failed)

    def _along(self, spec: JudgeSpec) -> Iterator[Finding]:
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

    def _replicas(self, spec: JudgeSpec) -> Step:
        """Return the step that sees whether all servers of a judge serve the same one."""

        async def compared() -> str:
            backend = open_backend(
                spec,
                timeout=self.settings.timeout,
                concurrency=self.settings.concurrency,
                pull=None,
                probe=probe_prompt(self.rubric, self.rubric.form(spec.form)),
            )
            async with backend as entered:
                return entered.identity.digest

        def check() -> Found:
            digest = asyncio.run(compared())
            return Found(f"{len(spec.urls)} servers serve the same judge, {digest[:19]}")

        advice = "update the servers and models until they are the same."
        return Step("replicas", check, JudgeUnavailable, advice)

    def stored_verdicts(self, matrix: Path, labels: LabelSet | None) -> Step:
        """Return the step that reads verdicts that were given before."""

        def check() -> Found:
            known = labels or labels_of_matrix(matrix)
            with open_judge(self.settings, known, self.rubric, self.pull) as judge:
                lock = judge.lock
            return Found(f"those of {lock.backend} {lock.model} in {matrix}: none is asked")

        return Step("stored verdicts", check, ConfigError, "judge anew with `evaluator matrix`.")


def _named(spec: JudgeSpec) -> str:
    model = f":{spec.model}" if spec.model else ""
    form = f"#{spec.form}" if spec.form else ""
    at = f"@{','.join(spec.urls)}" if spec.urls else ""
    return f"{spec.backend}{model}{at}{form}"
