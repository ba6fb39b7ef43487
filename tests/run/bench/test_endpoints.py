"""What `--endpoint` may say."""

from typing import Any

import pytest

from evaluator.errors import ConfigError
from evaluator.run.bench.endpoints import endpoints_of
from evaluator.run.settings import BenchSettings

ONE, OTHER = "http://one:11434", "http://other:11434"


def named(**given: Any) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    found = endpoints_of(BenchSettings(**given))
    return [(one.name, one.spec.backend, one.spec.model, one.spec.urls) for one in found]


def test_an_address_has_the_judge_of_the_settings() -> None:
    assert named(judge=("ollama:m",), endpoint=(f"docker={ONE}", f"native={OTHER}")) == [
        ("docker", "ollama", "m", (ONE,)),
        ("native", "ollama", "m", (OTHER,)),
    ]


def test_an_address_in_the_judges_own_name_gives_way() -> None:
    assert named(judge=(f"ollama:m@{ONE}",), endpoint=(f"native={OTHER}",)) == [
        ("native", "ollama", "m", (OTHER,))
    ]


def test_an_endpoint_can_be_another_judge() -> None:
    found = named(endpoint=("small=embedded", f"large=openai:m@{ONE}"))
    assert found == [("small", "embedded", None, ()), ("large", "openai", "m", (ONE,))]


def test_without_endpoints_the_judges_of_the_settings_are_measured_one_a_server() -> None:
    assert named(judge=("ollama:m",), judge_url=(ONE, OTHER)) == [
        (f"ollama:m@{ONE}", "ollama", "m", (ONE,)),
        (f"ollama:m@{OTHER}", "ollama", "m", (OTHER,)),
    ]
    assert named() == [("embedded", "embedded", None, ())]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"endpoint": (ONE,)}, "names no endpoint; write --endpoint NAME=URL"),
        (
            {"judge": ("ollama:m",), "endpoint": (f"a={ONE}", f"a={OTHER}")},
            "the endpoint 'a' is there twice",
        ),
        ({"endpoint": (f"a={ONE}",)}, "'embedded' is asked in this process; say which model"),
        (
            {"judge": ("ollama:m", "ollama:n"), "endpoint": (f"a={ONE}",)},
            "does not say which judge of the panel",
        ),
        ({"judge": ("embedding",)}, "the embedding judge gives no answers to measure"),
        ({"endpoint": ("a=oracle",)}, "'oracle' names no judge"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        named(**given)
    assert sentence in str(error.value)
