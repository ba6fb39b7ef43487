"""What is released: a wheel that anybody can build again, and pins that cannot be swapped."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RELEASED = ("evaluator", "k8s", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
FILES = ("requirements-release.txt", "docker/requirements.txt", "docker/requirements-embedded.txt")
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def built(sources: Path, output: Path) -> Path:
    """Build the wheel as a release does."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(output)]
    done = subprocess.run([*command, str(sources)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    (wheel,) = output.glob("*.whl")
    return wheel


def copied(folder: Path) -> Path:
    folder.mkdir()
    for name in RELEASED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel from a fresh copy of the sources."""
    folder = tmp_path_factory.mktemp("one")
    return built(copied(folder / "sources"), folder / "dist")


def test_two_builds_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sources = copied(tmp_path / "elsewhere")
    for path in sources.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    again = built(sources, tmp_path / "dist")
    digests = {hashlib.sha256(one.read_bytes()).hexdigest() for one in (wheel, again)}
    assert len(digests) == 1


def test_the_wheel_holds_the_package_and_the_manifests_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "evaluator").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    manifests = {
        str("evaluator/deploy/manifests" / path.relative_to(ROOT / "k8s"))
        for path in (ROOT / "k8s").rglob("*")
        if path.is_file()
    }
    assert names == package | manifests


def pins(file: str) -> dict[str, str]:
    found = PIN.findall((ROOT / file).read_text("utf-8"))
    return {name.lower().replace("_", "-").replace(".", "-"): version for name, version in found}


@pytest.mark.parametrize("file", FILES)
def test_hashed_pins_are_those_of_the_constraints(file: str) -> None:
    tested, released = pins("constraints.txt"), pins(file)
    elsewhere = {"colorama", "httpx2-jsfetch", "pywin32", "tzdata"}  # not on Linux
    assert {name: tested.get(name) for name in released.keys() - elsewhere} == {
        name: version for name, version in released.items() if name not in elsewhere
    }
    text = (ROOT / file).read_text("utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(released) > 5
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in text  # an address would decide where it is installed from


def test_nothing_is_released_that_the_hashed_pins_lack() -> None:
    """What the extras name is there, but torch, whose build each place chooses."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    runtime = project[project.index("dependencies = [") : project.index("all = [")]
    named = set(re.findall(r'"([a-z0-9.-]+)(?:[>=]=|>=)', runtime))
    released = pins("requirements-release.txt").keys()
    assert {name.replace(".", "-") for name in named} - released == {"torch"}
