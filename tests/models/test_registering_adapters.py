"""From an adapter to a served model in one command: merged for a while, sent, and asked."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer
from running import evaluator

from evaluator.errors import (
    ConfigError,
    EvaluatorError,
    JudgeUnavailable,
    ModelUnusable,
    StorageFailed,
)
from evaluator.models.merging import merge_adapter
from evaluator.models.plan_summary import summary_of
from evaluator.models.recipe import recipe_of_options
from evaluator.models.registered import Registered
from evaluator.models.registering import plan_registration, register
from evaluator.models.registration import Wish
from evaluator.models.server import Address

from .model_files import write_checkpoint, write_gguf
from .quiet import Quiet
from .serving import serving

RECIPE = recipe_of_options("Be brief.", None, ["temperature=0.1"])


@pytest.fixture
def adapter(llama_adapter: Path, tmp_path: Path) -> Path:
    """A copy, beside which nothing else is."""
    return Path(shutil.copytree(llama_adapter, tmp_path / "trained" / "lora"))


def wish(adapter: Path, base: Path, **more: Any) -> Wish:
    return Wish(
        **{"name": "judge", "quantize": "q4_K_M", "recipe": RECIPE, **more},
        source=adapter,
        base=str(base),
    )


def registered(server: OllamaServer, wanted: Wish, progress: Quiet | None = None) -> Registered:
    return register(wanted, Address(server.url), 5.0, progress or Quiet())


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in folder.iterdir()
    }


def was_asked_for_nothing(server: OllamaServer) -> bool:
    return {one.path for one in server.requests} <= {"/api/version", "/api/tags"}


def test_what_is_uploaded_is_what_a_merge_makes(
    adapter: Path, small_llama: Path, tmp_path: Path
) -> None:
    merge_adapter(adapter, str(small_llama), tmp_path / "merged", 1 << 30, Quiet())
    told = Quiet()
    with serving() as server:
        done = registered(server, wish(adapter, small_llama), told)
        (body,) = server.bodies("/api/create")
        assert body["files"] == digests(tmp_path / "merged")
        assert set(server.blobs.all) == set(body["files"].values())
        assert (body["quantize"], body["system"]) == ("q4_K_M", "Be brief.")
        assert not {"from", "adapters"} & set(body)
    assert [path.name for path in adapter.parent.iterdir()] == ["lora"]
    assert (done.source, done.quantization) == (str(adapter), "Q4_K_M")
    assert done.merge is not None and done.merge.difference <= done.merge.bound
    assert done.merge.moved is not None and done.merge.moved > done.merge.bound
    stages = [name for name, _ in told.stages]
    assert stages == ["merging", "hashing", "uploading", "creating"]


def test_the_command_tells_of_both_steps(adapter: Path, small_llama: Path, tmp_path: Path) -> None:
    modelfile = tmp_path / "Modelfile"
    modelfile.write_text(f"FROM {small_llama}\nADAPTER {adapter}\nSYSTEM Be brief.\n", "utf-8")
    work = tmp_path / "work"
    work.mkdir()
    with serving() as server:
        ended = evaluator(
            *("models", "register", "judge", "--modelfile", modelfile, "--judge-url", server.url),
            *("--work-dir", work, "--memory", 0.5),
        )
    assert ended.code == 0, ended.err
    lines = ["merging: 1 of 1 MiB", "hashing: 1 of 1 MiB", "uploading: 1 of 1 MiB"]
    assert all(line in ended.err for line in lines)
    assert "Merged and compared with base and adapter: logits up to" in ended.out
    assert "Registered judge:latest" in ended.out
    assert list(work.iterdir()) == []


def of_another_size(adapter: Path, base: Path) -> dict[str, Any]:
    return {"base": write_checkpoint(base.parent / "other")}


def kept_nowhere(adapter: Path, base: Path) -> dict[str, Any]:
    return {"work_dir": base / "nowhere"}


def damaged(adapter: Path, base: Path) -> dict[str, Any]:
    path = adapter / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    return {}


def classifying(adapter: Path, base: Path) -> dict[str, Any]:
    return _changed(base, {"architectures": ["LlamaForSequenceClassification"]})


def unknown_to_the_server(adapter: Path, base: Path) -> dict[str, Any]:
    return _changed(base, {"architectures": ["NewForCausalLM"]})


def no_adapter(adapter: Path, base: Path) -> dict[str, Any]:
    return {"adapter": base}


def adapter_in_gguf(adapter: Path, base: Path) -> dict[str, Any]:
    return {"adapter": write_gguf(adapter / "lora.gguf", kind="adapter")}


def named(**given: Any) -> Callable[[Path, Path], dict[str, Any]]:
    return lambda adapter, base: given


def _changed(base: Path, settings: dict[str, Any]) -> dict[str, Any]:
    path = base / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **settings}), "utf-8")
    return {}


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (of_another_size, ModelUnusable, r"is broken \(target-not-in-base\)"),
        (damaged, ModelUnusable, r"is broken \(file-damaged\)"),
        (classifying, ModelUnusable, "Ollama serves models that write"),
        (unknown_to_the_server, ModelUnusable, "not known to convert a NewForCausalLM"),
        (kept_nowhere, StorageFailed, "name a directory that can be written with --work-dir"),
        (no_adapter, ConfigError, "is no adapter's folder"),
        (adapter_in_gguf, ConfigError, "is no adapter's folder"),
        (named(name="my judge"), ConfigError, "cannot be the name of a model"),
        (named(name="base:1b"), ConfigError, "has a model base:1b already"),
        (named(quantize="q2_K"), ModelUnusable, "quantizes to q4_K_M, q4_K_S, q8_0, not to q2_K"),
    ],
)
def test_what_cannot_work_is_refused_before_the_merge(
    change: Callable[[Path, Path], dict[str, Any]],
    kind: type[EvaluatorError],
    words: str,
    adapter: Path,
    small_llama: Path,
) -> None:
    base = Path(shutil.copytree(small_llama, adapter.parent.parent / "base"))
    given = {"adapter": adapter, "base": base, **change(adapter, base)}
    told = Quiet()
    with serving() as server:
        with pytest.raises(kind, match=words):
            registered(server, wish(**given), told)
        assert was_asked_for_nothing(server)
    assert told.stages == []
    assert [path.name for path in adapter.parent.iterdir()] == ["lora"]


def test_a_server_that_converts_nothing_is_told_before_the_merge(
    adapter: Path, small_llama: Path
) -> None:
    told = Quiet()
    for quantize in (None, "q4_K_M"):
        with (
            serving(version="0.34.1") as server,
            pytest.raises(ModelUnusable, match=r"0\.34\.1 does not convert what a merge makes"),
        ):
            registered(server, wish(adapter, small_llama, quantize=quantize), told)
    assert told.stages == []


def test_a_disk_without_room_is_noticed_before_the_merge(
    adapter: Path, small_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(adapter)._replace(free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with serving() as server, pytest.raises(StorageFailed, match="another place with --work-dir"):
        registered(server, wish(adapter, small_llama))


def test_a_plan_merges_and_sends_nothing(adapter: Path, small_llama: Path) -> None:
    with serving() as server:
        plan = plan_registration(wish(adapter, small_llama), Address(server.url), 5.0)
        assert was_asked_for_nothing(server)
        told = summary_of(plan, server.url)
    assert plan.merge is not None and plan.merge.base.path == small_llama
    assert (told.source, told.merged_into, told.files) == (adapter, small_llama, None)
    assert (told.format, told.source_bytes) == ("adapter", plan.merge.plan.size)
    assert plan.source.architecture == "LlamaForCausalLM"
    assert [path.name for path in adapter.parent.iterdir()] == ["lora"]


def test_a_server_that_goes_during_the_merge_leaves_nothing_behind(
    adapter: Path, small_llama: Path
) -> None:
    server = serving()
    told = Quiet(merging=lambda: server.__exit__(None, None, None))
    with server, pytest.raises(JudgeUnavailable, match="no Ollama server answers"):
        registered(server, wish(adapter, small_llama), told)
    assert ("merging", 1) in told.stages
    assert [path.name for path in adapter.parent.iterdir()] == ["lora"]


@pytest.mark.parametrize("stage", ["merging", "hashing", "uploading"])
def test_an_interruption_leaves_nothing_behind(
    stage: str, adapter: Path, small_llama: Path
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    left = adapter.parent / ".lora.registering-abcd1234"  # by one that was killed
    left.mkdir()
    with serving() as server, pytest.raises(KeyboardInterrupt):
        registered(server, wish(adapter, small_llama), Quiet(**{stage: interrupt}))
    assert [path.name for path in adapter.parent.iterdir()] == ["lora"]
