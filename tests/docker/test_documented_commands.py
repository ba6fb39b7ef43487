"""The commands of the documentation, as they are written there, on a real engine."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from containers import IMAGE, ROOT, shell
from running import case_lines, findings

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1_200)]

SEED = [
    "docker network create ollama-net",
    "docker run -d --gpus all --network ollama-net -v ollama:/root/.ollama -p 11434:11434 "
    "--name ollama ollama/ollama",
    "docker exec -it ollama ollama pull llama3.2",
]
CASES = 160


def blocks(page: str) -> list[list[str]]:
    """The commands of a page, block by block, with continued lines joined."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    return [block.replace("\\\n", "").splitlines() for block in found]


def block_with(page: str, start: str) -> list[str]:
    """The commands of the block that has a line beginning so."""
    return next(block for block in blocks(page) if any(line.startswith(start) for line in block))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the commands mount."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "docker", tmp_path / "docker")
    (tmp_path / "evaluation").mkdir()
    return tmp_path


@pytest.fixture
def default_name(client: Any, image: str) -> Any:
    """The image under the name that the documentation gives it."""
    client.images.get(image).tag("evaluator", "latest")
    yield
    client.images.remove("evaluator:latest")


@pytest.mark.parametrize("page", ["README.md", "docs/docker.md"])
def test_the_seeds_commands_are_documented_word_for_word(page: str) -> None:
    assert block_with(page, SEED[0])[:3] == SEED


@pytest.mark.usefixtures("engine", "default_name")
def test_the_documented_commands_evaluate_the_example(checkout: Path) -> None:
    network, judge, pull = SEED
    assert shell(network).code == 0
    no_gpu = shell(judge)
    assert "could not select device driver" in no_gpu.err
    shell("docker rm ollama")
    assert shell(judge.replace("--gpus all ", "")).code == 0
    assert shell("until docker exec ollama ollama list; do sleep 0.2; done").code == 0
    pulled = shell(f"script --quiet --return --command {shlex.quote(pull)} /dev/null")  # -t
    assert pulled.code == 0, pulled.out
    assert "success" in pulled.out
    job = next(line for line in block_with("README.md", SEED[0]) if "--rm" in line)
    # 3,600 questions to a judge that nobody asked before are left out.
    job = job.replace("docker run", "docker run -e EVALUATOR_CALIBRATION=none", 1)
    ended = shell(job, cwd=checkout)
    assert ended.code == 0, ended.err
    assert "Accuracy is" in ended.out
    run = checkout / "evaluation" / "run"
    assert len(case_lines(run)) == CASES
    judge_lock = findings(run)["judge"]
    assert (judge_lock["backend"], judge_lock["model"]) == ("ollama", "llama3.2:latest")


@pytest.mark.usefixtures("engine", "default_name")
def test_compose_pulls_the_model_and_evaluates_the_example(checkout: Path) -> None:
    compose = "docker compose" if shell("docker compose version").code == 0 else "docker-compose"
    if shell(f"{compose} version").code != 0:
        pytest.skip("Docker Compose is not installed")
    lines = [line for line in block_with("docs/docker.md", "docker compose") if "compose" in line]
    up, down = (line.replace("docker compose", compose, 1) for line in lines)
    (checkout / "evaluation").chmod(0o777)
    for profile in ("cpu", "gpu"):
        checked = shell(f"{compose} -f docker/compose.yaml --profile {profile} config -q", checkout)
        assert checked.code == 0, checked.err
    run = up.replace(" --rm", " --rm -e EVALUATOR_CALIBRATION=none")
    ended = shell(run, cwd=checkout)
    assert ended.code == 0, ended.err[-3_000:]
    assert "Accuracy is" in ended.out
    assert (checkout / "evaluation" / "run" / "summary.json").stat().st_uid == 1000
    ended = shell(down, cwd=checkout)
    assert ended.code == 0, ended.err
    left = shell("docker ps --all --format '{{.Names}}'; docker volume ls --quiet")
    assert "ollama" in left.out.splitlines()  # the volume, with the model
    assert not re.search("evaluator_|docker_", left.out)


def test_the_page_names_the_image_as_make_does() -> None:
    made = shell("make --dry-run image", cwd=ROOT).out
    assert "--tag evaluator " in " ".join(made.split()) + " "
    assert IMAGE.partition(":")[0] == "evaluator"
