"""What a run in a container sees of this machine, and how it is called there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.cli.run import command
from evaluator.deploy.docker.job import judged_on_network
from evaluator.deploy.docker.mounting import job_for
from evaluator.errors import ConfigError
from evaluator.run.configuration import settings_from
from evaluator.run.settings import RunSettings

CACHE = Path("/home/me/.cache/evaluator")


def settings(**given: object) -> RunSettings:
    return settings_from(RunSettings, None, {"model_path": Path("/model"), **given})


def read_back(arguments: tuple[str, ...]) -> RunSettings:
    """The settings that `evaluator run` would have from a command line."""
    name, *rest = arguments
    assert name == "run"
    given = command.make_context("run", rest).params
    for shown in ("config_file", "form", "log_format", "debug"):
        given.pop(shown)
    return settings_from(RunSettings, None, given)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(
    given=st.fixed_dictionaries(
        {},
        optional={
            "num_samples": st.integers(1, 10**6),
            "text_column": texts,
            "prompt_template": texts.map(lambda text: f"### {text} {{{{ text }}}}"),
            "threshold": st.floats(0, 1),
            "timeout": st.floats(1e-3, 1e6),
            "pull": st.booleans(),
            "fresh": st.booleans(),
            "judge": st.lists(
                st.sampled_from(["ollama:llama3.2", "ollama:a@http://b:1"]), min_size=1
            ).map(tuple),
            "judge_url": st.lists(st.sampled_from(["http://a:1", "http://b:2"])).map(tuple),
            "preset": st.just("knitfab-example"),
            "labels": st.just(Path("labels with space.yaml")),
            "seed": st.integers(0, 2**32 - 1),
        },
    )
)
def test_the_command_line_in_the_container_says_what_the_settings_say(
    given: dict[str, object],
) -> None:
    here = settings(**given)
    there = read_back(job_for(here, CACHE).arguments)
    absolute = {
        name: value.absolute()
        for name, value in here.model_dump().items()
        if isinstance(value, Path)
    }
    assert there.model_dump() == here.model_dump() | absolute


def test_paths_are_the_same_inside_as_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model", "data.csv", "mine.yaml", "judge.gguf"):
        Path(name).touch()
    job = job_for(
        settings(
            model_path=Path("model"),
            data=Path("data.csv"),
            rubric="mine.yaml",
            judge=("embedded:judge.gguf#menu", "ollama:llama3.2"),
            save_to=Path("out"),
        ),
        CACHE,
    )
    names = ("data.csv", "model", "mine.yaml", "judge.gguf")
    assert set(job.read) == {tmp_path / name for name in names}
    assert job.written == (tmp_path / "out", CACHE)
    assert f"--data={tmp_path}/data.csv" in job.arguments
    assert f"--rubric={tmp_path}/mine.yaml" in job.arguments
    assert f"--judge=embedded:{tmp_path}/judge.gguf#menu" in job.arguments
    assert "--judge=ollama:llama3.2" in job.arguments


def test_names_that_are_no_paths_stay_names(tmp_path: Path) -> None:
    job = job_for(settings(base_model="gpt2", dataset="hf:ag_news"), CACHE)
    assert job.read == ()
    assert "--base-model=gpt2" in job.arguments


def test_what_is_not_there_is_left_for_the_run_to_miss(tmp_path: Path) -> None:
    job = job_for(settings(model_path=tmp_path / "gone"), CACHE)
    assert job.read == ()
    assert f"--model-path={tmp_path}/gone" in job.arguments


@pytest.fixture
def blob(tmp_path: Path) -> Path:
    """A file as the hub's cache keeps it."""
    blobs = tmp_path / "hub" / "models--org--name" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "0a1b").touch()
    return blobs / "0a1b"


def test_a_model_of_the_hubs_cache_brings_what_its_links_lead_to(
    tmp_path: Path, blob: Path
) -> None:
    snapshot = blob.parent.parent / "snapshots" / "main"
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to("../../blobs/0a1b")
    (snapshot / "same.json").symlink_to("model.safetensors")
    (snapshot / "broken").symlink_to("/nowhere/at/all")
    job = job_for(settings(model_path=snapshot), CACHE)
    assert set(job.read) == {snapshot, blob}


def test_a_model_of_links_into_the_hubs_cache_brings_what_they_lead_to(
    tmp_path: Path, blob: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").symlink_to(blob)
    assert set(job_for(settings(model_path=model), CACHE).read) == {model, blob}


@pytest.mark.parametrize("named", ["model_path", "data"])
@pytest.mark.parametrize(
    "target", ["/", "/var/run", "/etc/passwd", "../secret", "../hub", "blobs", "../chain"]
)
def test_a_folder_does_not_choose_what_else_the_container_sees(
    tmp_path: Path, blob: Path, target: str, named: str
) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "secret").touch()
    (tmp_path / "chain").symlink_to("/etc")
    where = str(blob.parent) if target == "blobs" else target
    (folder / "deep" / "a").symlink_to(where if target[0] != "." else f"../{where}")
    with pytest.raises(ConfigError, match="is a link that leads out of its folder, to "):
        job_for(settings(**{named: folder}), CACHE)


@pytest.mark.parametrize(
    ("given", "judge"),
    [
        ({}, ("ollama:llama3.2",)),
        ({"judge_model": "qwen3"}, ("ollama:qwen3",)),
        ({"judge_url": ("http://host.docker.internal:11434",)}, ("ollama:llama3.2",)),
        ({"judge": ("embedded",)}, ("embedded",)),
        ({"matrix": Path("matrix.json")}, ("embedded",)),
    ],
)
def test_the_judge_on_the_network_judges_where_none_is_named(
    given: dict[str, object], judge: tuple[str, ...]
) -> None:
    judged = judged_on_network(settings(**given))
    assert judged.judge == judge
    assert judged.judge_model is None
