import logging
from types import SimpleNamespace

import pytest
import torch

from evaluator.classifier.hardware import numeric_type, usable_device, usual_batch_tokens

THERE = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


@pytest.mark.skipif(all(THERE.values()), reason="needs a device that is absent")
def test_a_device_that_is_absent_falls_back_to_the_cpu_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    absent = next(device for device, there in THERE.items() if not there)
    with caplog.at_level(logging.WARNING):
        assert usable_device(absent) == "cpu"
    assert caplog.messages == [
        f"device '{absent}' is not available here; the classifier runs on the CPU"
    ]


def test_auto_takes_the_fastest_device_there_is(caplog: pytest.LogCaptureFixture) -> None:
    fastest = next((device for device in ("cuda", "mps") if THERE[device]), "cpu")
    assert usable_device("auto") == fastest
    assert usable_device("cpu") == "cpu"
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_a_named_type_is_taken(name: str) -> None:
    assert numeric_type(name, "cpu", SimpleNamespace()) == getattr(torch, name)


def test_small_models_compute_in_float32_on_the_cpu() -> None:
    assert numeric_type("auto", "cpu", SimpleNamespace(hidden_size=511)) == torch.float32
    assert numeric_type("auto", "cpu", SimpleNamespace()) == torch.float32


def test_large_models_compute_in_bfloat16_where_the_cpu_multiplies_it() -> None:
    capabilities = torch.cpu.get_capabilities()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    expected = torch.bfloat16 if native else torch.float32
    assert numeric_type("auto", "cpu", SimpleNamespace(hidden_size=512)) == expected


def test_other_devices_compute_in_float32_unless_told() -> None:
    assert numeric_type("auto", "mps", SimpleNamespace(hidden_size=4096)) == torch.float32


@pytest.mark.skipif(not THERE["cuda"], reason="needs a GPU")
def test_a_gpu_computes_in_the_shorter_type_it_is_made_for() -> None:
    expected = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    assert numeric_type("auto", "cuda", SimpleNamespace(hidden_size=8)) == expected


def test_a_gpu_computes_more_tokens_at_once() -> None:
    assert usual_batch_tokens("cpu") == usual_batch_tokens("mps") < usual_batch_tokens("cuda")
