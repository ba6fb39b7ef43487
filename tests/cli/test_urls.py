"""URLs on the command line: refused in one sentence where they cannot be."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import assert_fails, evaluator

from evaluator.cli.main import cli
from evaluator.errors import ConfigError
from evaluator.storage.location import url_of


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Give the tests' own log back: a command sets it up as if the process were its own."""
    handlers, level = [*logging.root.handlers], logging.root.level
    levels = {name: logging.getLogger(name).level for name in [*logging.root.manager.loggerDict]}
    yield
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def refusal(*arguments: str) -> str:
    with pytest.raises(ConfigError) as refused:
        cli.main([*arguments], standalone_mode=False)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_a_key_in_a_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    config = tmp_path / "run.yaml"
    config.write_text("model: m\ndata: s3://bucket/x?key=hidden\n", "utf-8")
    for arguments in (
        ("run", "--data", "s3://user:hidden@bucket/x", "--model", "m"),
        ("judge", "--predictions", "p.csv", "--rubric", "s3://bucket/r.yaml?key=hidden"),
        ("run", "--config-file", str(config)),
    ):
        said = refusal(*arguments)
        assert "cannot hold a user name, a password" in said
        assert "hidden" not in said


def test_what_is_a_path_alone_says_so() -> None:
    said = refusal("report", "run", "--output", "s3://bucket/report.html")
    assert said == "'--output' is a path on this machine and cannot be a URL."


def test_a_run_in_knitfab_writes_to_no_url() -> None:
    said = refusal("run", "--knitfab", "--model", "m", "--save-to", "s3://bucket/run")
    assert "--save-to is an absolute path such as /out, not a URL" in said


def test_a_plan_of_knitfab_has_no_urls() -> None:
    said = refusal("knitfab", "plan", "--project", "p", "--model", "s3://bucket/model")
    assert said.startswith("--model-path cannot be s3://bucket/model: a Run of Knitfab has no key")


def test_a_kind_of_store_that_nobody_knows_is_an_error_of_settings() -> None:
    ended = evaluator("judge", "--predictions", "xyz://bucket/p.csv")
    assert_fails(ended, 2, "xyz:// is no kind of store that fsspec knows")


def test_without_s3fs_the_extra_is_named() -> None:
    guards = str(Path(__file__).parent.parent / "guards")
    guarded = {"PYTHONPATH": guards, "FORBIDDEN_IMPORTS": "s3fs"}
    ended = evaluator("judge", "--predictions", "s3://bucket/p.csv", env=guarded)
    assert_fails(ended, 2, "pip install 'llm-judge-evaluator[s3]'")


def test_a_setting_by_a_url_stands_for_it() -> None:
    from evaluator.run.settings import RunSettings

    settings = RunSettings.model_validate({"data": "s3://b/x.csv", "model_path": "s3://b/m"})
    assert url_of(settings.model_path) == "s3://b/m"
    assert settings.model_dump(mode="json")["data"] == "s3://b/x.csv"
