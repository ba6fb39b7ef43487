"""A bucket of its own for every test, on one server."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import S3Server

from .machines import Machine

_numbers = itertools.count()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server that answers as S3 does."""
    with S3Server() as running:
        yield running


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket, with the key to it in the environment."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.make_bucket(f"bucket-{next(_numbers)}")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, as on another machine."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EVALUATOR_CACHE", str(folder))
    return folder


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where a run is kept."""
    return f"memory:/{tmp_path}/run"


@pytest.fixture
def here(tmp_path: Path, url: str) -> Machine:
    """A machine."""
    return Machine(tmp_path / "here", url)


@pytest.fixture
def there(tmp_path: Path, url: str) -> Machine:
    """Another machine."""
    return Machine(tmp_path / "there", url)
