"""Plans rendered from the settings of a run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cli.run import command as run_command
from evaluator.deploy.knitfab.lint import lint
from evaluator.deploy.knitfab.plan import Wishes, evaluation_plan
from evaluator.deploy.knitfab.plan_file import plan_file
from evaluator.errors import ConfigError
from evaluator.run.configuration import settings_from
from evaluator.run.settings import RunSettings

WISHES = Wishes("localhost:30503/evaluator:v1", "news", cpu="2", memory="4Gi", gpu="nvidia.com/gpu")
OLLAMA = {"model_path": Path("model"), "judge": ("ollama:llama3.2",)}


def rendered(
    flags: Mapping[str, Any], config_file: Path | None = None, wishes: Wishes = WISHES
) -> dict[str, Any]:
    """Return the plan of a run as Knitfab reads it, after a look at what lint says of it."""
    settings = settings_from(RunSettings, config_file, flags)
    content = plan_file(evaluation_plan(settings, flags, config_file, wishes))
    assert lint(content) == []
    plan: dict[str, Any] = yaml.safe_load(content)
    return plan


def understood(plan: Mapping[str, Any], configs: Path | None = None) -> RunSettings:
    """Return the settings that the real command reads from a plan's arguments.

    Args:
        plan: The plan.
        configs: The folder that is mounted at `/configs`.
    """
    name, *args = plan["args"]
    assert (plan["entrypoint"], name) == (["evaluator"], "run")
    with run_command.make_context("run", args) as context:
        flags = {**context.params}
    file = flags.pop("config_file")
    for own in ("form", "log_format", "debug"):
        del flags[own]
    there = configs / file.relative_to("/configs") if file and configs else None
    assert (file is None) == (there is None)
    return settings_from(RunSettings, there, flags)


def mounts(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    return {one["path"]: one["tags"] for one in plan["inputs"]}


def test_flags_become_arguments_and_files_become_inputs(tmp_path: Path) -> None:
    data, labels = tmp_path / "articles.csv", tmp_path / "labels.yaml"
    labels.write_text("- a\n- b\n", "utf-8")
    flags = {**OLLAMA, "data": data, "labels": labels, "num_samples": 7, "fail_under": 0.5}
    plan = rendered(flags)
    assert mounts(plan) == {
        "/configs": ["type:evaluation-config", "project:news"],
        "/in/model": ["type:model", "project:news"],
        "/in/data": ["type:dataset", "project:news"],
    }
    assert plan["outputs"] == [{"path": "/out", "tags": ["type:metrics", "project:news"]}]
    assert plan["log"] == {"tags": ["type:log", "project:news"]}
    assert plan["image"] == "localhost:30503/evaluator:v1"
    assert plan["resources"] == {"cpu": "2", "memory": "4Gi"}
    assert understood(plan) == RunSettings(
        model_path=Path("/in/model"),
        data=Path("/in/data/articles.csv"),
        labels=Path("/configs/labels.yaml"),
        judge=("ollama:llama3.2@http://ollama:11434",),
        num_samples=7,
        fail_under=0.5,
        save_to=Path("/out"),
        knitfab=True,
        deadline=6 * 3600,
    )


def test_a_settings_file_stays_one_and_flags_win_over_it(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(
        "model: here/model\ndata: here/data.csv\njudge: ollama\njudge_model: qwen3\n"
        "threshold: 0.7\nnum_sample: 9\nsave_to: here/out\ndeadline: 60\ndevice: cuda\n",
        "utf-8",
    )
    plan = rendered({"num_samples": 5, "threshold": None}, file)
    assert "--threshold=0.7" not in plan["args"]
    assert understood(plan, tmp_path) == RunSettings(
        model_path=Path("/in/model"),
        data=Path("/in/data/data.csv"),
        judge=("ollama:qwen3@http://ollama:11434",),
        threshold=0.7,
        num_samples=5,
        save_to=Path("/out"),
        knitfab=True,
        deadline=60,
        device="cuda",
    )
    assert plan["resources"]["nvidia.com/gpu"] == "1"


def test_knitfabs_own_settings_file_makes_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "evaluate-config.json"
    file.write_text('{"save_to": "/out", "device": "cuda", "num_sample": 100}', "utf-8")
    plan = rendered(OLLAMA, file, replace(WISHES, model_folder="model"))
    assert mounts(plan).keys() == {"/configs", "/in/model"}
    settings = understood(plan, tmp_path)
    assert (settings.num_samples, settings.dataset) == (100, "20newsgroups:test")
    assert settings.model_path == Path("/in/model/model")


@pytest.mark.parametrize("folder", ["/model", "../model", "a/../.."])
def test_a_model_lies_in_its_data(folder: str) -> None:
    with pytest.raises(ConfigError, match="--model-folder is a folder in the model's data"):
        rendered(OLLAMA, wishes=replace(WISHES, model_folder=folder))


def test_data_that_is_a_folder_is_the_input_itself(tmp_path: Path) -> None:
    assert understood(rendered({**OLLAMA, "data": tmp_path})).data == Path("/in/data")


def test_a_base_model_is_an_input_if_it_is_here_and_a_name_if_not(tmp_path: Path) -> None:
    plan = rendered({**OLLAMA, "base_model": str(tmp_path)})
    assert mounts(plan)["/in/base"] == ["type:base-model", "project:news"]
    assert understood(plan).base_model == "/in/base"
    plan = rendered({**OLLAMA, "base_model": "openai-community/gpt2"})
    assert "/in/base" not in mounts(plan)
    assert understood(plan).base_model == "openai-community/gpt2"


@pytest.mark.parametrize(
    ("judge", "there"),
    [
        ({}, ("embedded",)),
        ({"judge": ("embedding#menu",)}, ("embedding#menu",)),
        ({"judge": ("embedded:a/b.gguf#menu",)}, ("embedded:/in/judge/b.gguf#menu",)),
        ({"judge": ("ollama",)}, ("ollama:llama3.2@http://ollama:11434",)),
        ({"judge": ("ollama:m#menu",)}, ("ollama:m@http://ollama:11434#menu",)),
        ({"judge": ("ollama:m@http://o.ns:1",)}, ("ollama:m@http://o.ns:1",)),
        ({"judge": ("openai:m@http://v",)}, ("openai:m@http://v",)),
        (
            {"judge": ("embedded", "ollama:m")},
            ("embedded", "ollama:m@http://ollama:11434"),
        ),
        ({"judge": ("ollama",), "judge_model": "m"}, ("ollama:m@http://ollama:11434",)),
    ],
)
def test_the_judge_is_named_as_a_run_reaches_it(
    judge: Mapping[str, Any], there: tuple[str, ...]
) -> None:
    plan = rendered({"model_path": Path("m"), **judge})
    assert understood(plan).judge == there
    assert ("/in/judge" in mounts(plan)) == any("/in/judge" in spec for spec in there)


def test_replicas_stay_replicas() -> None:
    urls = ("http://one:11434", "http://two:11434")
    settings = understood(rendered({**OLLAMA, "judge_url": urls}))
    assert (settings.judge, settings.judge_url) == (("ollama:llama3.2",), urls)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "0.0.0.0"])
def test_a_judge_on_this_machine_is_not_there_in_a_run(host: str) -> None:
    with pytest.raises(ConfigError, match="is not there in a Run"):
        rendered({"model_path": Path("m"), "judge": (f"ollama:m@http://{host}:11434",)})


def test_a_stored_matrix_needs_no_judge(tmp_path: Path) -> None:
    matrix = tmp_path / "matrix.json"
    plan = rendered({"model_path": Path("m"), "matrix": matrix})
    assert understood(plan).matrix == Path("/configs/matrix.json")
    assert not any(word.startswith("--judge") for word in plan["args"])


def test_files_of_one_name_cannot_lie_in_one_input(tmp_path: Path) -> None:
    flags = {**OLLAMA, "labels": Path("a/x.csv"), "overrides": Path("b/x.csv")}
    with pytest.raises(ConfigError, match=r"two files would be /configs/x\.csv in the container"):
        rendered(flags)


def test_an_image_that_brings_the_judge_is_asked_for() -> None:
    settings = settings_from(RunSettings, None, {"model_path": Path("m")})
    embedded = plan_file(evaluation_plan(settings, {}, None, WISHES))
    assert "the image has to bring one" in embedded
    flags = {**OLLAMA}
    served = evaluation_plan(settings_from(RunSettings, None, flags), flags, None, WISHES)
    assert "the image has to bring one" not in plan_file(served)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"image": "evaluator@sha256:0"}, "has a digest"),
        ({"image": "evaluator"}, "has no tag"),
        ({"memory": "4GB"}, "'memory' is '4GB', and no quantity"),
    ],
)
def test_a_plan_that_would_be_refused_is_not_rendered(
    wrong: Mapping[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match="Knitfab would take no such plan: .*" + message):
        rendered(OLLAMA, wishes=replace(WISHES, **wrong))


@searching
@given(
    project=st.text(min_size=1).filter(str.strip),
    name=st.text("aß\"'\\\n\t :#{&*", min_size=1),
    seed=st.integers(0, 9),
)
def test_whatever_things_are_called_the_plan_means_them(project: str, name: str, seed: int) -> None:
    flags = {**OLLAMA, "data": Path("folder") / f"{name}.csv", "seed": seed}
    plan = rendered(flags, wishes=replace(WISHES, project=project))
    assert plan["outputs"][0]["tags"][1] == f"project:{project}"
    assert understood(plan).data == Path("/in/data") / f"{name}.csv"
