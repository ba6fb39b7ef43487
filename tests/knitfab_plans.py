"""Plans that tests take apart."""

from collections.abc import Iterable

from evaluator.deploy.knitfab.lint import lint

CLEAN = """\
annotations: ["made-by=hand"]
image: "localhost:30503/train:v1.0"
entrypoint: ["python", "-u", "train.py"]
args: ["--save-to", "/out"]
inputs:
  - path: /configs
    tags:
      - "type:config"
      - "project:news"
outputs:
  - path: /out/
    tags: ["type:model", "project:news"]
log:
  tags: ["type:log", "project:news"]
active: yes
resources:
  cpu: 1
  memory: 10Gi
  nvidia.com/gpu: "1"
on_node:
  prefer: ["vram=large"]
service_account: trainer
"""


def said(content: str) -> list[str]:
    """Return the findings on a plan as `LINE: CONSEQUENCE: MESSAGE`."""
    return [str(one) for one in lint(content)]


def changed(*changes: tuple[str, str]) -> str:
    """Return the clean plan with some of its text replaced."""
    plan = CLEAN
    for old, new in changes:
        assert old in plan
        plan = plan.replace(old, new)
    return plan


def without(keys: Iterable[str]) -> str:
    """Return the clean plan without some of its one-line entries."""
    lines = CLEAN.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition(":")[0] not in keys)
