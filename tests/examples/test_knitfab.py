"""The plans of the example in Knitfab."""

import re
import shlex
from pathlib import Path

import yaml
from running import evaluator

from evaluator.deploy.knitfab.lint import lint_file
from evaluator.run.configuration import read_config
from evaluator.run.settings import RunSettings

FOLDER = Path(__file__).parent.parent.parent / "examples" / "news-classification" / "knitfab"


def test_both_plans_are_clean() -> None:
    plans = sorted(FOLDER.glob("*.yaml"))
    assert [plan.name for plan in plans] == ["evaluate.yaml", "train.yaml"]
    for plan in plans:
        assert lint_file(plan) == []


def test_what_the_one_makes_the_other_takes() -> None:
    train, evaluate = (
        yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
        for name in ("train", "evaluate")
    )
    (made,) = train["outputs"]
    configs, model = evaluate["inputs"]
    assert set(model["tags"]) <= set(made["tags"])
    # A changed evaluation trains nothing again.
    assert not set(train["inputs"][0]["tags"]) <= set(configs["tags"])
    # Knitfab's example leaves its adapter there.
    assert f"--model-path={model['path']}/model" in evaluate["args"]


def test_the_evaluation_is_what_the_documented_command_prints() -> None:
    page = (FOLDER / "README.md").read_text("utf-8").replace("\\\n", "")
    made_here = re.compile(r"^evaluator knitfab plan .* > evaluate\.yaml$", re.MULTILINE)
    (line,) = made_here.findall(page)
    _, *words = shlex.split(line)
    command, target = words[: words.index(">")], words[-1]
    assert target == "evaluate.yaml"
    made = evaluator(*command, cwd=FOLDER, env={"EVALUATOR_CALIBRATION": ""})
    assert made.code == 0, made.err
    assert (FOLDER / target).read_text("utf-8") == made.out


def test_its_settings_are_those_of_a_run() -> None:
    given = read_config(FOLDER / "evaluate-configs" / "evaluate.yaml", RunSettings)
    settings = RunSettings.model_validate({**given, "model_path": "model", "knitfab": True})
    assert settings.save_to == Path("/out")
    assert settings.judge == ("ollama:llama3.2@http://ollama:11434",)
