"""Values of model parameters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.models.parameters import PARAMETERS, WrongParameter, parameter_value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0.1", 0.1),
        ("temperature", "1", 1.0),
        ("num_ctx", "4096", 4096),
        ("num_predict", "-2", -2),
        ("stop", "<|eot_id|>", "<|eot_id|>"),
        ("stop", " User:", " User:"),
        ("stop", "\n", "\n"),
        ("seed", " 7 ", 7),
        ("use_mmap", "FALSE", False),
        ("use_mmap", "t", True),
        ("seed", "-5", -5),
    ],
)
def test_values_are_read_as_what_they_are(name: str, text: str, value: Any) -> None:
    found = parameter_value(name, text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("temprature", "1", "did you mean temperature?"),
        ("temperature", "hot", "temperature is a number from 0, not 'hot'"),
        ("temperature", "-0.1", "temperature is a number from 0"),
        ("temperature", "nan", "temperature is a number"),
        ("temperature", "inf", "temperature is a number"),
        ("top_p", "1.5", "top_p is a number from 0 to 1, not '1.5'"),
        ("num_ctx", "4096.0", "num_ctx is a whole number from 1"),
        ("num_ctx", "0", "num_ctx is a whole number from 1"),
        ("num_ctx", "9" * 30, "num_ctx is a whole number from 1"),
        ("use_mmap", "maybe", "use_mmap is true or false"),
        ("num_gpu", "", "num_gpu is a whole number from -1, not ''"),
        ("seed", "٣", "seed is a whole number"),
    ],
)
def test_wrong_values_are_told(name: str, text: str, words: str) -> None:
    with pytest.raises(WrongParameter) as caught:
        parameter_value(name, text)
    assert words in str(caught.value)


@searching
@given(st.sampled_from(sorted(PARAMETERS)), st.text())
def test_any_text_is_a_value_or_is_told_to_be_none(name: str, text: str) -> None:
    parameter = PARAMETERS[name]
    try:
        value = parameter_value(name, text)
    except WrongParameter:
        return
    if parameter.kind in {"int", "float"}:
        assert isinstance(value, int | float)
        assert parameter.least <= value <= parameter.most
