"""The images: who may run them, what is in them, and how large they are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from containers import ROOT, shell
from running import case_lines

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1_200)]

MEASURED_BYTES = 1_289_000_000
"""What the image adds to its base; docs/docker.md says so, too."""
MEASURED_WEIGHTS_BYTES = 361_000_000
ROOM_TO_GROW = 1.1
HARDENED = "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
LIST_INSTALLED = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.name: d.version for d in m.distributions(path=['SITE'])}))"
)


def size(client: Any, image: str) -> int:
    return int(client.images.get(image).attrs["Size"])


def test_any_user_can_run_it_with_a_read_only_root(image: str) -> None:
    for user in ("65534:65534", "12345:678", "0:0"):
        ended = shell(f"docker run --rm --network none {HARDENED} --user {user} {image} --version")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("evaluator, version ")


def test_it_is_a_job_of_nobodys_with_labels(client: Any, image: str) -> None:
    config = client.images.get(image).attrs["Config"]
    assert config["Entrypoint"] == ["evaluator"]
    assert config["User"] == "65534:65534"
    assert "Healthcheck" not in config or config["Healthcheck"] is None
    labels = config["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.1.0"
    assert re.fullmatch("[0-9a-f]{40}", labels["org.opencontainers.image.revision"])
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_it_adds_no_more_to_its_base_than_the_documentation_says(
    client: Any, image: str, embedded_image: str
) -> None:
    base = re.search(r"^ARG PYTHON_IMAGE=(.*)$", (ROOT / "docker/Dockerfile").read_text(), re.M)
    assert base is not None
    added = size(client, image) - size(client, base[1])
    assert 0.5 * MEASURED_BYTES < added < ROOM_TO_GROW * MEASURED_BYTES
    weights = size(client, embedded_image) - size(client, image)
    assert 250_000_000 < weights < ROOM_TO_GROW * MEASURED_WEIGHTS_BYTES
    page = " ".join((ROOT / "docs/docker.md").read_text("utf-8").split())
    assert f"{MEASURED_BYTES / 1e9:.2f} GB to its base" in page
    assert f"`embedded` adds {MEASURED_WEIGHTS_BYTES / 1e9:.2f} GB" in page


def test_every_package_in_it_has_the_version_of_the_constraints(image: str) -> None:
    site = shell(f"docker run --rm --entrypoint sh {image} -c 'echo /venv/lib/*/site-packages'")
    code = LIST_INSTALLED.replace("SITE", site.out.strip())
    ended = shell(f'docker run --rm --network none --entrypoint python {image} -c "{code}"')
    installed = {
        name.lower().replace("_", "-"): version.partition("+")[0]
        for name, version in json.loads(ended.out).items()
    }
    text = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    pinned = dict(re.findall(r"^([^=#\s]+)==(\S+)$", text, re.M))
    assert installed.pop("llm-judge-evaluator") == "0.1.0"
    assert {"torch", "transformers", "peft", "pyarrow", "datasets"} <= installed.keys()
    assert not {"pip", "pytest", "xllamacpp", "docker"} & installed.keys()
    assert installed == {name: pinned.get(name) for name in installed}


def test_nothing_that_a_run_imports_was_cut_away(image: str) -> None:
    modules = (
        "torch.nn, transformers.pipelines, peft, datasets, pyarrow.parquet, sklearn.datasets, "
        "scipy.stats, scipy.optimize, pandas, numpy.testing, ollama, backports.zstd"
    )
    ended = shell(
        f"docker run --rm --network none {HARDENED} --user 4711:4711 --entrypoint python {image} "
        f"-W error::DeprecationWarning:evaluator -c 'import {modules}'"
    )
    assert ended.code == 0, ended.err


def test_the_packaged_judge_needs_no_network(
    embedded_image: str, tmp_path: Path, world_writable: Path
) -> None:
    predictions = tmp_path / "predictions.csv"
    predictions.write_text("id,predicted,gold\n1,cars,cars\n2,cars,soup\n3,soup,cars\n", "utf-8")
    ended = shell(
        f"docker run --rm --network none {HARDENED} --user 12345:678 "
        f"-v {predictions}:/in/predictions.csv:ro -v {world_writable}:/out "
        f"{embedded_image} judge --predictions /in/predictions.csv --save-to /out/run"
    )
    assert ended.code == 0, ended.err
    lines = case_lines(world_writable / "run")
    assert [line["flags"] for line in lines] == [["exact"], ["judged"], ["judged"]]
    assert (world_writable / "run" / "summary.json").stat().st_uid == 12345
