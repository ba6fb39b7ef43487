import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.errors import ConfigError
from evaluator.run.configuration import read_config, settings_from
from evaluator.run.settings import JudgeSettings, MatrixSettings, RunSettings, Settings

SOURCE = "data: d.csv\nmodel_path: m\n"


def file(folder: Path, content: str | bytes, name: str = "config.yaml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def complaint(path: Path | None, kind: type[Settings] = RunSettings, **flags: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        settings_from(kind, path, flags)
    return str(caught.value)


def test_flags_win_over_the_file_which_wins_over_defaults(tmp_path: Path) -> None:
    path = file(tmp_path, f"{SOURCE}seed: 7\nthreshold: 0.5\nconcurrency: 2\n")
    flags = {"seed": 9, "threshold": None, "timeout": None, "pull": None}
    settings = settings_from(RunSettings, path, flags)
    assert (settings.seed, settings.threshold, settings.concurrency) == (9, 0.5, 2)
    assert (settings.timeout, settings.pull) == (120.0, False)
    assert (settings.data, settings.model_path) == (Path("d.csv"), Path("m"))


def test_a_flag_that_says_no_wins_over_a_file_that_says_yes(tmp_path: Path) -> None:
    path = file(tmp_path, "labels: l.txt\npull: true\nseed: 3\n")
    settings = settings_from(MatrixSettings, path, {"pull": False, "seed": 0})
    assert (settings.pull, settings.seed) == (False, 0)


@pytest.mark.parametrize(
    ("content", "flags", "expected"),
    [
        ("data: d.csv", {"dataset": "20newsgroups"}, {"data": None, "dataset": "20newsgroups"}),
        ("dataset: 20newsgroups", {"data": Path("d")}, {"data": Path("d"), "dataset": None}),
        (
            "dataset: 20newsgroups\nkeep_headers: true",
            {"data": Path("d")},
            {"data": Path("d"), "dataset": None, "keep_headers": False},
        ),
        (
            "data: d\njudge: ollama\njudge_model: m\njudge_url: host",
            {"judge": "embedded"},
            {"judge": ("embedded",), "judge_model": None, "judge_url": ()},
        ),
        (
            "data: d\njudge: ollama\njudge_model: m",
            {"judge_url": ("host",)},
            {"judge": ("ollama",), "judge_model": "m", "judge_url": ("host",)},
        ),
    ],
    ids=str,
)
def test_a_flag_makes_void_what_the_file_says_instead(
    tmp_path: Path, content: str, flags: dict[str, Any], expected: dict[str, Any]
) -> None:
    settings = settings_from(RunSettings, file(tmp_path, f"model_path: m\n{content}\n"), flags)
    assert {name: getattr(settings, name) for name in expected} == expected


def test_the_settings_of_knitfabs_example_are_read_as_they_are(tmp_path: Path) -> None:
    written = {"save_to": "/out", "device": "cuda", "num_sample": 100, "threshold": 0.8}
    path = file(tmp_path, json.dumps(written), "evaluate-config.json")
    settings = settings_from(RunSettings, path, {"model_path": Path("/in/model")})
    expected = {"save_to": Path("/out"), "device": "cuda", "num_samples": 100, "threshold": 0.8}
    assert {name: getattr(settings, name) for name in expected} == expected
    assert (settings.preset, settings.dataset) == (None, "20newsgroups:test")


def test_a_preset_counts_below_the_file_whoever_names_it(tmp_path: Path) -> None:
    path = file(tmp_path, "model: m\nthreshold: 0.5\npreset: knitfab-example\n")
    flags = {"num_samples": 7, "keep_headers": None}
    settings = settings_from(RunSettings, path, flags)
    assert (settings.threshold, settings.num_samples) == (0.5, 7)
    assert (settings.sample, settings.keep_headers) == ("first", True)
    unnamed = file(tmp_path, "model: m\nthreshold: 0.5\n", "unnamed.yaml")
    assert settings_from(RunSettings, unnamed, {**flags, "preset": "knitfab-example"}) == settings


def test_a_file_cannot_tell_every_start_to_begin_anew(tmp_path: Path) -> None:
    assert "has the unknown key 'fresh'" in complaint(file(tmp_path, f"{SOURCE}fresh: true\n"))
    flags = {"data": "d", "model_path": "m", "fresh": True}
    assert settings_from(RunSettings, None, flags).fresh


def test_settings_can_come_from_flags_alone() -> None:
    assert settings_from(MatrixSettings, None, {"labels": Path("l")}).labels == Path("l")


CONTENT = {"labels": "l.txt", "seed": 3, "judge": "ollama:m", "pull": True, "judge_url": None}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", json.dumps(CONTENT)),
        ("CONFIG.JSON", "\ufeff" + json.dumps(CONTENT, indent=1)),
        ("config.yaml", json.dumps(CONTENT)),
        ("config.yml", "labels: l.txt\nseed: 3\njudge: 'ollama:m'\npull: yes\njudge_url:\n"),
        ("config", "\ufefflabels: l.txt # mine\r\nseed: 3\r\njudge: ollama:m\r\npull: on\r\n"),
    ],
)
def test_json_and_yaml_say_the_same(tmp_path: Path, name: str, content: str) -> None:
    settings = settings_from(MatrixSettings, file(tmp_path, content, name), {})
    expected = MatrixSettings(labels=Path("l.txt"), seed=3, judge=("ollama:m",), pull=True)
    assert settings == expected


def test_keys_may_be_written_as_flags_are(tmp_path: Path) -> None:
    path = file(tmp_path, "data: d\nmodel-path: m\nnum-samples: 5\nsave-to: here\n")
    assert read_config(path, RunSettings) == {
        "data": "d",
        "model_path": "m",
        "num_samples": 5,
        "save_to": "here",
    }


def test_model_is_another_name_of_model_path(tmp_path: Path) -> None:
    assert read_config(file(tmp_path, "model: m"), RunSettings) == {"model_path": "m"}


def test_a_known_misspelling_is_read_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = file(tmp_path, "num-sample: 5")
    with caplog.at_level(logging.WARNING):
        assert read_config(path, RunSettings) == {"num_samples": 5}
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: 'num_sample' is read as 'num_samples'"
    ]


@pytest.mark.parametrize(
    "content",
    ["model: a\nmodel_path: b", "num_sample: 1\nnum-samples: 2", "save-to: a\nsave_to: b"],
)
def test_a_setting_given_under_two_names_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigError, match="twice"):
        read_config(file(tmp_path, content), RunSettings)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("treshold", "did you mean 'threshold'"),
        ("modelpath", "did you mean 'model_path'"),
        ("modle", "did you mean 'model'"),
        ("jugde-url", "did you mean 'judge_url'"),
        ("xyzzy", "the keys are article_tokens, base_model, "),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, key: str, hint: str) -> None:
    path = file(tmp_path, f"{SOURCE}{key}: 1\n")
    assert complaint(path).startswith(f"{path} has the unknown key '{key}'; {hint}")


def test_a_key_of_another_command_is_unknown(tmp_path: Path) -> None:
    path = file(tmp_path, "labels: l.txt\nbatch_tokens: 5\n")
    assert "unknown key 'batch_tokens'" in complaint(path, MatrixSettings)
    assert "unknown key 'model'" in complaint(file(tmp_path, "model: m"), JudgeSettings)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("c.json", "{", "is not JSON: "),
        ("c.json", "labels: l.txt", "is not JSON: "),
        ("c.json", "", "is not JSON: "),
        ("c.yaml", "a: [", "is not YAML: "),
        ("c.yaml", "a: b: c", "is not YAML: "),
        ("c.yaml", "? [a]\n: b", "is not YAML: "),
        ("c.yaml", "seed: 2024-13-45", "is not YAML: month must be in 1..12"),
        pytest.param("c.json", "1" * 5000, "is not JSON: ", id="huge number"),
        ("c.yaml", "!!python/object/apply:os.getcwd []", "is not YAML: "),
        ("c.yaml", b"a: \xff\xfe", "is not UTF-8: "),
        ("c.yaml", "- a\n- b", "must hold settings as key: value pairs"),
        ("c.json", "[1]", "must hold settings as key: value pairs"),
        ("c.yaml", "", "must hold settings as key: value pairs"),
        ("c.yaml", "1: a", "has the unknown key '1'"),
        ("c.yaml", "null: a", "has the unknown key 'None'"),
    ],
)
def test_a_broken_file_is_named(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    path = file(tmp_path, content, name)
    said = complaint(path)
    assert said.startswith(f"{path} ") and expected in said and "\n" not in said


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    assert complaint(path) == f"{path} cannot be read: No such file or directory."
    assert complaint(tmp_path) == f"{tmp_path} cannot be read: Is a directory."


@pytest.mark.parametrize("name", ["deep.json", "deep.yaml"])
def test_a_file_nested_too_deep_is_no_configuration(tmp_path: Path, name: str) -> None:
    path = file(tmp_path, "[" * 5_000, name)
    assert complaint(path).startswith(f"{path} is not ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("threshold: 1.5", "--threshold cannot be 1.5: Input should be less than or equal to 1."),
        ("threshold: .nan", "--threshold cannot be nan: "),
        ("max_unscored: -0.1", "--max-unscored cannot be -0.1: "),
        ("concurrency: 0", "--concurrency cannot be 0: "),
        ("concurrency: 257", "--concurrency cannot be 257: "),
        ("timeout: 0", "--timeout cannot be 0: "),
        ("retries: -1", "--retries cannot be -1: "),
        ("retries: 101", "--retries cannot be 101: "),
        ("num_samples: 0", "--num-samples cannot be 0: "),
        ("num_samples: many", "--num-samples cannot be 'many': "),
        ("seed: 1.5", "--seed cannot be 1.5: "),
        ("seed:", "--seed cannot be None: "),
        ("pull: perhaps", "--pull cannot be 'perhaps': "),
        ("sample: random", "--sample cannot be 'random': Input should be 'stratified' or 'first'."),
        ("preset: mine", "--preset cannot be 'mine': Input should be 'knitfab-example'."),
        ("device: tpu", "--device cannot be 'tpu': "),
        ("labels: [a, b]", "--labels cannot be ['a', 'b']: "),
        ("batch_tokens: 0", "--batch-tokens cannot be 0: "),
    ],
)
def test_a_value_out_of_range_names_its_flag(tmp_path: Path, content: str, expected: str) -> None:
    assert complaint(file(tmp_path, f"{SOURCE}{content}\n")).startswith(expected)


def test_what_is_missing_is_named() -> None:
    assert complaint(None, data=Path("d")) == "--model-path is required."
    assert complaint(None, JudgeSettings) == "--predictions is required."


def test_what_contradicts_itself_is_named() -> None:
    said = complaint(None, model_path=Path("m"), data=Path("d"), dataset="20newsgroups")
    assert said == "name the cases with either --data PATH or --dataset NAME, not both."


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(), SCALARS, max_size=3)
KEYS = st.sampled_from(sorted(RunSettings.model_fields)) | st.text()


@searching
@given(st.dictionaries(KEYS, VALUES, max_size=3) | VALUES)
def test_any_json_is_settings_or_a_clear_refusal(tmp_path: Path, content: Any) -> None:
    path = file(tmp_path, json.dumps(content), "config.json")
    try:
        settings_from(RunSettings, path, {"data": Path("d"), "model_path": Path("m")})
    except ConfigError as error:
        assert str(error).endswith(".")
