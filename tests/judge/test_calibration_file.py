import json
import math
from pathlib import Path

import numpy
import pytest
from scipy.special import expit

from evaluator.errors import ConfigError, DataUnusable
from evaluator.judge.calibration_file import (
    LabelledCalibration,
    calibration_json,
    fit_labelled,
    read_calibration,
)
from evaluator.judge.isotonic import Isotonic, fit_isotonic
from evaluator.judge.lock import JudgeLock
from evaluator.judge.platt import Platt, fit_platt

LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2",
    digest="sha256:a80c",
    server_version="0.33",
    options=("num_ctx=4096",),
    rubric="category-relevance",
    prompt_hash="e3b0",
)


def labelled(n: int) -> tuple[list[float], list[bool]]:
    """Pairs whose odds of being related are e^logit."""
    draw = numpy.random.default_rng(n)
    logits = draw.normal(0, 2, n)
    return logits.tolist(), (draw.random(n) < expit(logits)).tolist()


@pytest.mark.parametrize("n", [50, 300])
def test_few_labels_fit_platts_line(n: int) -> None:
    logits, related = labelled(n)
    found = fit_labelled(LOCK, logits, related, centred=True)
    assert found == LabelledCalibration(LOCK, fit_platt(logits, related), n, sum(related) / n, True)


def test_more_than_300_labels_fit_any_rising_form() -> None:
    logits, related = labelled(301)
    found = fit_labelled(LOCK, logits, related, centred=True)
    assert found.fit == fit_isotonic(logits, related)
    assert found.n == 301


def test_fewer_than_50_labels_fit_nothing() -> None:
    with pytest.raises(DataUnusable, match=r"needs 50 labelled pairs .* there are 49; draw more"):
        fit_labelled(LOCK, *labelled(49), centred=True)


@pytest.mark.parametrize("n", [60, 400])
def test_a_judge_that_means_the_contrary_is_not_mended(n: int) -> None:
    logits, related = labelled(n)
    with pytest.raises(DataUnusable, match="do not rise with the labels"):
        fit_labelled(LOCK, [-one for one in logits], related, centred=True)


@pytest.mark.parametrize("n", [80, 500])
def test_what_was_written_is_read(n: int, tmp_path: Path) -> None:
    written = fit_labelled(LOCK, *labelled(n), centred=True)
    path = tmp_path / "calibration.json"
    path.write_text(calibration_json(written), "utf-8")
    assert read_calibration(path) == written


def test_the_file_says_by_name_what_it_holds() -> None:
    line = LabelledCalibration(LOCK, Platt(1.5, -0.25), 120, 0.4, True)
    content = json.loads(calibration_json(line))
    assert content["lock"]["digest"] == "sha256:a80c"
    assert content["fit"] == {"kind": "platt", "slope": 1.5, "intercept": -0.25}
    assert (content["schema_version"], content["n"]) == (1, 120)
    assert (content["base_rate"], content["centred"]) == (0.4, True)
    steps = LabelledCalibration(LOCK, Isotonic((-1.0, 2.0), (0.1, 0.8)), 400, 0.5, False)
    assert json.loads(calibration_json(steps))["fit"] == {
        "kind": "isotonic",
        "logits": [-1.0, 2.0],
        "probabilities": [0.1, 0.8],
    }


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"fit": {"kind": "platt", "slope": math.nan, "intercept": 0}}, "fit.platt.slope"),
        ({"fit": {"kind": "spline"}}, "fit: Input tag 'spline'"),
        (
            {"fit": {"kind": "isotonic", "logits": [1, 1], "probabilities": [0.1, 0.2]}},
            "logits must rise",
        ),
        (
            {"fit": {"kind": "isotonic", "logits": [1, 2], "probabilities": [0.3, 0.2]}},
            "probabilities must not fall",
        ),
        (
            {"fit": {"kind": "isotonic", "logits": [1, 2], "probabilities": [0.3]}},
            "must be as many",
        ),
        ({"n": 49}, "n: Input should be greater than or equal to 50"),
        ({"base_rate": 1}, "base_rate: Input should be less than 1"),
        ({"schema_version": 2}, "schema_version"),
        ({"extra": 1}, "extra: Extra inputs"),
    ],
)
def test_a_broken_file_is_one_sentence(
    change: dict[str, object], complaint: str, tmp_path: Path
) -> None:
    content = json.loads(calibration_json(LabelledCalibration(LOCK, Platt(1, 0), 90, 0.5, True)))
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({**content, **change}), "utf-8")
    with pytest.raises(ConfigError) as raised:
        read_calibration(path)
    assert str(raised.value).startswith(f"{path} is not a calibration: ")
    assert complaint in str(raised.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_calibration(tmp_path / "none.json")
