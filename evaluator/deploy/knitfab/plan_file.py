"""A plan as the file that `knit plan apply` takes, with what there is to know beside it."""

import re
from collections.abc import Iterator

from evaluator.deploy.knitfab.lint import lint
from evaluator.deploy.knitfab.plan import EvaluationPlan, PlanInput
from evaluator.errors import ConfigError
from evaluator.run.settings import KNITFAB_OUTPUT

PLAIN = re.compile(r"[a-z][\w./-]*", re.ASCII)
"""Keys that need no quotes."""


def plan_file(plan: EvaluationPlan) -> str:
    """Return a plan as YAML with comments.

    Raises:
        ConfigError: Knitfab would drop or refuse something in it.
    """
    content = "\n".join(_lines(plan)) + "\n"
    wrong = next((one for one in lint(content) if one.is_error), None)
    if wrong is not None:
        raise ConfigError(f"Knitfab would take no such plan: {wrong.message}.")
    return content


def _lines(plan: EvaluationPlan) -> Iterator[str]:
    wishes = plan.wishes
    yield "# An evaluation in Knitfab. Check it after a change: evaluator knitfab lint FILE"
    yield "annotations:"
    yield '  - "description=evaluator run"'
    yield ""
    yield "# As the cluster's nodes call it; with a tag, without a digest."
    if plan.uses_embedded_judge:
        yield "# No judge is named: the image has to bring one (`--target embedded`)."
    yield f"image: {_text(wishes.image)}"
    yield ""
    yield 'entrypoint: ["evaluator"]'
    yield "# Knitfab sets no environment: all is said here or in the settings file."
    yield "args:"
    yield from (f"  - {_text(one)}" for one in plan.args)
    yield ""
    yield "# A Run is made for every combination of data with these tags. Paths may not overlap."
    yield "inputs:"
    for one in plan.inputs:
        yield from _input_lines(one, wishes.project)
    yield ""
    yield "# Everything that the run writes; the summary is summary.json, the report report.html."
    yield "outputs:"
    yield f"  - path: {_text(str(KNITFAB_OUTPUT))}"
    yield "    tags:"
    yield from _tag_lines("metrics", wishes.project, indent="      ")
    yield ""
    yield "# What the run prints: its result, and on a failed gate why."
    yield "log:"
    yield "  tags:"
    yield from _tag_lines("log", wishes.project, indent="    ")
    yield ""
    yield "active: true"
    yield ""
    yield from _resource_lines(plan)


def _input_lines(one: PlanInput, project: str) -> Iterator[str]:
    holding = f" with {' and '.join(map(_text, one.files))} in it" if one.files else ""
    yield f"  # What another plan makes with these tags, or a folder{holding}, pushed with"
    tags = f"-t {_text(f'type:{one.type}')} -t {_text(f'project:{project}')}"
    yield f"  # knit data push {tags} FOLDER"
    yield f"  - path: {_text(str(one.path))}"
    yield "    tags:"
    yield from _tag_lines(one.type, project, indent="      ")


def _tag_lines(kind: str, project: str, indent: str) -> Iterator[str]:
    yield f"{indent}- {_text(f'type:{kind}')}"
    yield f"{indent}- {_text(f'project:{project}')}"


def _resource_lines(plan: EvaluationPlan) -> Iterator[str]:
    if plan.wishes.gpu in plan.resources:
        yield "# One GPU for the classifier. If the judge has the cluster's only one, the Run waits"
        yield "# for ever: share it (time-slicing, MIG), or leave the classifier on the CPU."
    else:
        yield "# No GPU: the classifier is small, and the judge may need the only one."
    yield "resources:"
    for name, quantity in plan.resources.items():
        yield f"  {name if PLAIN.fullmatch(name) else _text(name)}: {_text(quantity)}"


def _text(text: str) -> str:
    """Return a text in quotes."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(one: str) -> str:
    if one in ('"', "\\"):
        return f"\\{one}"
    return one if one.isprintable() else f"\\U{ord(one):08x}"
