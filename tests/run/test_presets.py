from pathlib import Path
from typing import Any

import pytest

from evaluator.run.presets import PRESETS, above_preset
from evaluator.run.settings import RunSettings


def with_preset(**given: Any) -> RunSettings:
    return RunSettings.model_validate({"preset": "knitfab-example", "model_path": "m", **given})


def test_every_preset_is_a_name_that_the_settings_know() -> None:
    for name in PRESETS:
        assert RunSettings.model_validate({"preset": name, "model_path": "m"}).preset == name


def test_the_knitfab_example_reads_the_first_hundred_whole_posts_in_a_wrapped_prompt() -> None:
    settings = with_preset()
    assert (settings.dataset, settings.keep_headers) == ("20newsgroups:test", True)
    assert (settings.num_samples, settings.sample) == (100, "first")
    assert settings.threshold == 0.8
    assert settings.prompt_template == ("### [HUMAN] Classify this news article: '{{ text }}'\n")


def test_what_is_given_wins_over_the_preset() -> None:
    given = {"num_samples": 5, "sample": "stratified", "threshold": 0.4, "keep_headers": False}
    settings = with_preset(**given)
    assert {name: getattr(settings, name) for name in given} == given
    assert with_preset(num_samples=None).num_samples is None
    assert with_preset(dataset="20newsgroups:train").keep_headers


@pytest.mark.parametrize("source", [{"data": Path("d.csv")}, {"dataset": "hf:ag_news"}], ids=str)
def test_cases_from_elsewhere_have_no_headers_to_keep(source: dict[str, Any]) -> None:
    settings = with_preset(**source)
    assert (settings.data, settings.dataset) == (source.get("data"), source.get("dataset"))
    assert (settings.keep_headers, settings.num_samples) == (False, 100)


@pytest.mark.parametrize("name", [None, "", "mine", 7, ["knitfab-example"], {}])
def test_what_names_no_preset_adds_nothing(name: object) -> None:
    assert above_preset({"preset": name, "seed": 1}) == {"preset": name, "seed": 1}
