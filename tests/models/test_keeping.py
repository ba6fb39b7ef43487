"""The models of a server, listed and removed."""

import pytest
from ollama_server import Body, Status

from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.models.keeping import existing_model, listed_models, remove_model
from evaluator.models.server import Address

from .serving import BASE, serving


def test_models_are_listed_and_removed() -> None:
    with serving() as server:
        (model,) = listed_models(Address(server.url))
        assert (model.model, model.size) == ("base:1b", BASE.size)
        assert (model.details.quantization_level, model.details.family) == ("F16", "llama")
        remove_model(existing_model("BASE:1b", Address(server.url)), Address(server.url))
        assert server.requests[-1].method == "DELETE"
        assert server.requests[-1].body == {"model": "base:1b"}
        assert listed_models(Address(server.url)) == []
        with pytest.raises(ConfigError, match="has no model base:1b"):
            existing_model("base:1b", Address(server.url))


def test_what_is_no_ollama_and_what_refuses_is_told() -> None:
    with (
        serving(Body(paths=("/api/tags",), raw=b"[]")) as server,
        pytest.raises(JudgeUnavailable, match="is no Ollama server"),
    ):
        listed_models(Address(server.url))
    with serving(Status(paths=("/api/delete",), code=403, error="")) as server:
        model = existing_model("base:1b", Address(server.url))
        with pytest.raises(JudgeUnavailable, match=r"refused /api/delete: .* \(HTTP 403\)"):
            remove_model(model, Address(server.url))
