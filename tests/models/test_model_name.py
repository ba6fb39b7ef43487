"""Names that an Ollama server takes."""

import pytest

from evaluator.errors import ConfigError
from evaluator.models.model_name import checked_name, is_model_name, same_model


@pytest.mark.parametrize(
    "name",
    [
        "rag-finetuned-q4",
        "llama3.2:1b",
        "_x",
        "team/judge:v1.2",
        "registry.example.com:5000/team/judge:latest",
        "x" * 80,
    ],
)
def test_names_that_a_server_takes(name: str) -> None:
    assert is_model_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":latest",
        "judge:",
        "-judge",
        ".judge",
        "my judge",
        "judge:a:b",
        "judge@sha256",
        "te.am/judge",
        "/judge",
        "a/b/c/d",
        "x" * 81,
        "判定",
        "judge\n",
        "./model.gguf/../x",
    ],
)
def test_names_that_no_server_takes(name: str) -> None:
    assert not is_model_name(name)
    with pytest.raises(ConfigError, match="cannot be the name of a model"):
        checked_name(name)


def test_a_name_without_a_tag_is_the_latest_and_case_makes_no_other_model() -> None:
    assert checked_name("judge") == "judge:latest"
    assert same_model("Judge", "judge:latest")
    assert not same_model("judge:a", "judge:b")


@pytest.mark.parametrize(
    "name",
    ["library/judge", "registry.ollama.ai/library/judge", "Registry.Ollama.AI/Library/judge"],
)
def test_the_usual_registry_and_namespace_make_no_other_model(name: str) -> None:
    assert checked_name(name) == "judge:latest"
    assert same_model(name, "judge") and same_model("JUDGE:latest", name)


def test_another_registry_or_namespace_makes_another_model() -> None:
    assert checked_name("registry.ollama.ai/team/judge:v1") == "team/judge:v1"
    for other in ("team/judge", "registry.example.com/library/judge", "library:latest"):
        assert not same_model("judge", other)
        assert same_model(other, checked_name(other))
