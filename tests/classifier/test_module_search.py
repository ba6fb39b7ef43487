"""Expressions for modules, tried before peft meets them."""

import json
from pathlib import Path

import pytest

from evaluator.classifier import module_search
from evaluator.classifier.module_search import require_short_searches
from evaluator.errors import ModelUnusable

MODULES = [f"transformer.h.{layer}.attn.c_attn" for layer in range(12)]


def seeking(folder: Path, **settings: object) -> Path:
    (folder / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    return folder


@pytest.mark.parametrize(
    "settings",
    [
        {"target_modules": "(.*.*)*.*(.*.*)*x!"},
        {"exclude_modules": "(.*.*)*y!"},
        {"modules_to_save": ["(.?|.)(.|.?)" * 30]},
        {"rank_pattern": {"(.*.*)*y!": 4}},
        {"layers_pattern": ["(.*.*)*y!"]},
    ],
)
def test_a_search_without_end_is_refused_and_ended(
    tmp_path: Path, settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_search, "LONGEST_SEARCH_S", 1.0)
    with pytest.raises(ModelUnusable, match="by an expression that does not end"):
        require_short_searches(seeking(tmp_path, **settings), MODULES)


def test_expressions_as_people_and_programs_write_them_are_accepted(tmp_path: Path) -> None:
    parts = "(?:language|text).*?(?:self_attn|attention|attn|mlp).*?(?:k_proj|v_proj|c_attn)"
    settings = {
        "target_modules": f"(?:.*?{parts}.*?)|(?:\\bmodel\\.layers\\.[\\d]{{1,}}\\.(?:(?:q|k)))",
        "rank_pattern": {r"^transformer\.h\.\d+\.attn": 4, "(?i)head": 2},
        "base_model_name_or_path": "/models/mine (2",
    }
    require_short_searches(seeking(tmp_path, **settings), MODULES)


def test_plain_names_are_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_search, "LONGEST_SEARCH_S", 0.0)  # any trial would be too long
    require_short_searches(seeking(tmp_path, target_modules=["c_attn", "h.0.mlp"]), MODULES)
