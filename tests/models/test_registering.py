"""Models registered at a server: everything checked first, then exactly the right requests."""

import json
from pathlib import Path
from typing import Any

import pytest
from ollama_server import CutUpload, ErrorInStream, OllamaServer, Reset, ServedModel, Status

from evaluator.errors import ConfigError, EvaluatorError, JudgeUnavailable, ModelUnusable
from evaluator.models.recipe import recipe_of_options
from evaluator.models.registered import Registered
from evaluator.models.registering import plan_registration, register
from evaluator.models.registration import Wish
from evaluator.models.server import Address

from .model_files import Q4_K_M, write_adapter, write_checkpoint, write_gguf
from .quiet import Quiet
from .serving import serving

NOTHING = recipe_of_options(None, None, [])


def wish(source: Path | None, name: str = "judge", **more: Any) -> Wish:
    return Wish(
        **{"base": None, "quantize": None, "recipe": NOTHING, **more}, name=name, source=source
    )


def registered(server: OllamaServer, wanted: Wish) -> Registered:
    return register(wanted, Address(server.url), 5.0, Quiet())


def asked(server: OllamaServer) -> list[str]:
    return [f"{one.method} {one.path}" for one in server.requests]


def test_a_gguf_file_is_checked_uploaded_made_and_asked(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "model.gguf", file_type=Q4_K_M, padding=5_000)
    recipe = recipe_of_options("Be brief.", None, ["temperature=0.1"])
    with serving() as server:
        done = registered(server, wish(path, recipe=recipe))
        (blob,) = server.blobs.all.values()
        (body,) = server.bodies("/api/create")
        assert body == {
            "model": "judge:latest",
            "stream": True,
            "files": {"model.gguf": blob.digest},
            "system": "Be brief.",
            "parameters": {"temperature": 0.1},
        }
        assert asked(server)[:6] == [
            "GET /api/version",
            "GET /api/tags",
            f"HEAD /api/blobs/{blob.digest}",
            f"POST /api/blobs/{blob.digest}",
            "POST /api/create",
            "GET /api/tags",
        ]
        assert asked(server)[-1] in {"POST /api/generate", "POST /api/chat"}
        made = server.catalogue.find("judge")
        assert json.loads(made.made_with)["system"] == "Be brief."
    assert (done.name, done.quantization) == ("judge:latest", "Q4_K_M")
    assert done.source_bytes == done.server_bytes == path.stat().st_size
    assert (done.files, done.files_sent) == (1, 1)
    # 0.75 to yes and 0.25 to no
    assert done.verdict.p_related == pytest.approx(0.75)
    assert (done.verdict.mass, done.verdict.is_right) == (pytest.approx(1.0), True)


def test_a_checkpoint_is_converted_and_quantized_by_the_server(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "model", "Qwen2ForCausalLM")
    with serving() as server:
        done = registered(server, wish(folder, quantize="Q4_k_m"))
        (body,) = server.bodies("/api/create")
        assert sorted(body["files"]) == [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
        ]
        assert set(body["files"].values()) == set(server.blobs.all)
        assert body["quantize"] == "q4_K_M"
    assert done.quantization == "Q4_K_M"
    assert done.server_bytes < done.source_bytes
    assert done.files == done.files_sent == 6


def test_an_adapter_is_added_to_a_base_model_of_the_server(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "lora")
    with serving() as server:
        registered(server, wish(folder, base="base:1b"))
        (body,) = server.bodies("/api/create")
        assert (body["from"], sorted(body["adapters"])) == (
            "base:1b",
            ["adapter_config.json", "adapter_model.safetensors"],
        )
        assert "files" not in body
        assert server.bodies("/api/show")[0] == {"model": "base:1b"}


def test_a_second_time_nothing_is_uploaded(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "model")
    with serving() as server:
        registered(server, wish(folder))
        server.forget_requests()
        again = registered(server, wish(folder, replace=True))
        assert not [one for one in asked(server) if one.startswith("POST /api/blobs")]
    assert again.files_sent == 0


def test_an_interrupted_command_sends_only_what_is_missing(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "model")
    full = Status(
        paths=("POST /api/blobs/",), code=500, error="no space left on device", after=2, times=1
    )
    with serving(full) as server:
        with pytest.raises(JudgeUnavailable, match="is full"):
            registered(server, wish(folder))
        assert len(server.blobs.all) == 2
        done = registered(server, wish(folder))
    assert done.files_sent == 4


REFUSED: list[tuple[type[EvaluatorError], dict[str, Any], str]] = [
    (ConfigError, {"name": "my judge"}, "cannot be the name of a model"),
    (ConfigError, {"name": "Base:1b"}, "has a model base:1b already; .* --replace"),
    (ConfigError, {"name": "library/base:1b"}, "has a model base:1b already; .* --replace"),
    (ConfigError, {"base": "base:1b"}, "is no adapter and has no base model"),
    (ModelUnusable, {"quantize": "q2_K"}, "quantizes to q4_K_M, q4_K_S, q8_0, not to q2_K"),
    (ConfigError, {"source": None}, "name what the model is made from"),
    (ConfigError, {"source": Path("/nowhere")}, "does not exist"),
]


@pytest.mark.parametrize(("kind", "wanted", "words"), REFUSED)
def test_what_cannot_work_is_refused_before_the_first_byte(
    tmp_path: Path, kind: type[EvaluatorError], wanted: dict[str, Any], words: str
) -> None:
    given = {"source": write_checkpoint(tmp_path), **wanted}
    with serving() as server:
        with pytest.raises(kind, match=words):
            registered(server, wish(**given))
        assert not [one for one in asked(server) if "blobs" in one or "create" in one]


def test_a_broken_checkpoint_is_refused_as_inspect_would(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with serving() as server:
        with pytest.raises(ModelUnusable, match=r"is broken \(shard-missing\): .*models inspect"):
            registered(server, wish(folder))
        assert server.requests == []


def test_adapters_are_checked_against_their_base_before_the_first_byte(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "lora")
    other = ServedModel("other:1b", family="qwen2")
    with serving() as server:
        server.catalogue.add(other)
        with pytest.raises(
            ConfigError, match="name its base model with --base, as the server calls it"
        ):
            registered(server, wish(folder))
        with pytest.raises(
            ConfigError, match="missing:latest is neither a directory here nor at the server"
        ):
            registered(server, wish(folder, base="missing"))
        with pytest.raises(ConfigError, match="nor can it be the name of a model at the server"):
            registered(server, wish(folder, base="./missing"))
        with pytest.raises(ConfigError, match="nothing is merged here: leave out --memory"):
            registered(server, wish(folder, base="base:1b", memory=1 << 30))
        with pytest.raises(ModelUnusable, match=r"the base model is of qwen2: merge it"):
            registered(server, wish(folder, base="other:1b"))
        assert server.blobs.all == {}
    with (
        serving(version="0.34.1") as server,
        pytest.raises(ModelUnusable, match=r"Ollama 0\.34\.1 takes no adapters: merge it"),
    ):
        registered(server, wish(folder, base="base:1b"))


def test_an_architecture_that_nobody_converts_is_the_servers_to_refuse(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path, "GPT2LMHeadModel")
    with serving() as server:
        with pytest.raises(ModelUnusable, match="not known to convert a GPT2LMHeadModel"):
            registered(server, wish(folder))
        with pytest.raises(JudgeUnavailable, match='unsupported architecture "GPT2LMHeadModel"'):
            registered(server, wish(folder, unlisted=True))


def test_a_classifier_is_sent_to_no_server(tmp_path: Path) -> None:
    whole = write_checkpoint(tmp_path / "whole", "GPT2ForSequenceClassification")
    lora = write_adapter(tmp_path / "lora", task_type="SEQ_CLS")
    with serving() as server:
        with pytest.raises(ModelUnusable, match="and this one classifies"):
            registered(server, wish(whole, unlisted=True))
        with pytest.raises(ModelUnusable, match="makes a classifier of its base"):
            registered(server, wish(lora, base="base:1b"))
        assert server.blobs.all == {}


def test_a_build_of_ones_own_is_let_decide(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    with (
        serving(version="0.0.0") as server,
        pytest.raises(JudgeUnavailable, match="unsupported quantization type Q2_K"),
    ):
        registered(server, wish(path, quantize="q2_K"))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ErrorInStream(error="write blob: no space left on device"), r"the disk of the server"),
        (ErrorInStream(error="tensor 'x' is broken."), r"cannot make judge:latest: tensor 'x' is"),
        (Status(paths=("/api/create",), code=400, error="invalid model name"), "invalid model"),
        (Reset(paths=("/api/create",), after_bytes=20), r"went away while it was making judge"),
        (Reset(paths=("/api/create",)), r"went away while .*\(last: nothing\)"),
    ],
)
def test_a_server_that_fails_while_it_makes_the_model_is_told(
    tmp_path: Path, fault: Any, words: str
) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    with serving(fault) as server, pytest.raises(JudgeUnavailable, match=words):
        registered(server, wish(path))


def test_an_interrupted_upload_does_not_show(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path)
    with serving(CutUpload(after_bytes=10, times=1)) as server:
        assert registered(server, wish(folder)).files_sent == 6


def test_a_model_that_answers_something_else_is_told(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    with serving(answer=lambda prompt: {"Hm": 0.9, "No": 0.06, "Yes": 0.02}) as server:
        verdict = registered(server, wish(path)).verdict
    assert (verdict.is_right, verdict.is_an_answer) == (False, False)
    assert verdict.mass == pytest.approx(0.08)
    with (
        serving(answer=lambda prompt: {"Hm": 1.0}) as server,
        pytest.raises(JudgeUnavailable, match=r"is registered at .* and gives no verdict"),
    ):
        registered(server, wish(path))


def test_a_plan_sends_nothing(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path)
    with serving() as server:
        plan = plan_registration(
            wish(folder, name="base:1b", replace=True), Address(server.url), 5.0
        )
        assert asked(server) == ["GET /api/version", "GET /api/tags"]
    assert plan.replaced is not None and plan.replaced.size == 1_000_000
    assert (plan.server_version, plan.source.architecture) == ("0.33.0", "LlamaForCausalLM")


def test_a_server_that_is_none_is_told(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf")
    with serving() as server:
        pass
    with pytest.raises(JudgeUnavailable, match="no Ollama server answers at"):
        registered(server, wish(path))
