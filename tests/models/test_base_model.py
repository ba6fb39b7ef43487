"""Where base models are looked for."""

from pathlib import Path

import pytest

from evaluator.models.base_model import find_base

SNAPSHOT = "a" * 40


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the hub with one model, laid out as its client does."""
    stored = tmp_path / "models--org--name"
    (stored / "blobs").mkdir(parents=True)
    (stored / "blobs" / "b1").write_text("{}", "utf-8")
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text(SNAPSHOT, "ascii")
    snapshot = stored / "snapshots" / SNAPSHOT
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").symlink_to("../../blobs/b1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    return snapshot


def test_a_name_of_the_hub_is_found_in_its_cache_with_links_to_blobs(cached: Path) -> None:
    found = find_base("org/name")
    assert found is not None
    assert found.path == cached
    assert found.content("config.json") == {}
    assert find_base("org/name", SNAPSHOT) == found
    assert find_base("org/name", "other") is None


@pytest.mark.parametrize("name", ["org/other", "../name", "org/../name", "a/b/c", "org/name\n"])
def test_other_names_are_not_found(cached: Path, name: str) -> None:
    assert find_base(name) is None


def test_a_reference_that_leads_elsewhere_is_not_followed(cached: Path) -> None:
    (cached.parent.parent / "refs" / "main").write_text("../../..", "ascii")
    assert find_base("org/name") is None


def test_a_directory_is_taken_as_it_is(tmp_path: Path) -> None:
    found = find_base(str(tmp_path))
    assert found is not None
    assert found.path == tmp_path
