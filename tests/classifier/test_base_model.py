"""Bases of adapters, on this machine and on the hub."""

import pickle
import shutil
from pathlib import Path

import pytest

from evaluator.classifier.base_model import base_directory
from evaluator.errors import ModelUnusable

from .loading import Copy, Loader, answers, rewrite


@pytest.fixture
def stored(tmp_path: Path, language_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The base as the hub's own client keeps it, out of reach of the hub."""
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    revision = "0123456789abcdef0123456789abcdef01234567"
    kept = cache / "models--org--base"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text(revision, "ascii")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return Path(shutil.copytree(language_model, kept / "snapshots" / revision))


def test_a_base_of_the_hub_is_used_as_one_in_a_directory(
    stored: Path, load: Loader, adapter: tuple[Path, Path]
) -> None:
    assert base_directory("org/base") == stored
    assert answers(load(adapter[0], base_model="org/base")) == answers(load(adapter[0]))


def test_a_base_of_the_hub_that_leads_elsewhere_is_refused(stored: Path) -> None:
    (stored / "adapter_model.bin").write_bytes(pickle.dumps({}))
    rewrite(stored / "config.json", transformers_weights="adapter_model.bin")
    with pytest.raises(ModelUnusable, match="transformers_weights"):
        base_directory("org/base")


@pytest.mark.parametrize("name", ["org/gone", "not a name", "/gone/from/here"])
def test_a_base_that_is_nowhere_asks_for_its_place(stored: Path, name: str) -> None:
    with pytest.raises(ModelUnusable, match="could not be found; pass --base-model PATH"):
        base_directory(name)


def test_a_base_that_is_only_pickled_is_refused(language_model: Path, copy_of: Copy) -> None:
    base = copy_of(language_model)
    (base / "model.safetensors").rename(base / "pytorch_model.bin")
    with pytest.raises(ModelUnusable, match="only pickled weights"):
        base_directory(str(base))
