"""Models whose settings promise more than their weights hold."""

from pathlib import Path

import pytest
import torch

from evaluator.classifier.capacity import as_large_as_its_weights
from evaluator.errors import ModelUnusable

from .loading import Copy, Loader, complaint, rewrite

MUCH_LARGER = "asks for a model that is much larger than its weights"


@pytest.mark.parametrize(
    "settings", [{"n_layer": 1_000_000}, {"n_positions": 10**12}, {"n_embd": 1_000_000}]
)
def test_a_model_is_not_made_larger_than_its_weights(
    load: Loader, tiny_model: Path, copy_of: Copy, settings: dict[str, int]
) -> None:
    model = copy_of(tiny_model)
    rewrite(model / "config.json", **settings)
    assert MUCH_LARGER in complaint(load, model)


def test_an_adapter_is_not_made_larger_than_its_weights(
    load: Loader, adapter: tuple[Path, Path], copy_of: Copy
) -> None:
    small = copy_of(adapter[0])
    rewrite(small / "adapter_config.json", r=10**7)
    assert MUCH_LARGER in complaint(load, small)


def test_models_made_afterwards_are_not_counted(tiny_model: Path) -> None:
    with pytest.raises(ModelUnusable), as_large_as_its_weights([tiny_model]):
        torch.nn.Linear(1 << 13, 1 << 13, device="meta")
    torch.nn.Linear(1 << 13, 1 << 13, device="meta")
