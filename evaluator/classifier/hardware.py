"""Where the classifier runs and in which numeric type."""

import logging
from typing import Any

logger = logging.getLogger(__name__)

HIDDEN_SIZE_THAT_PAYS_FOR_BF16 = 512
BATCH_TOKENS = 2_048
BATCH_TOKENS_ON_A_GPU = 16_384


def usable_device(wanted: str) -> str:
    """Return the device to run on; one that is not there becomes the CPU, with a warning."""
    import torch

    there = {"cpu"}
    if torch.cuda.is_available():
        there.add("cuda")
    if torch.backends.mps.is_available():
        there.add("mps")
    if wanted == "auto":
        return next(device for device in ("cuda", "mps", "cpu") if device in there)
    if wanted not in there:
        logger.warning("device '%s' is not available here; the classifier runs on the CPU", wanted)
        return "cpu"
    return wanted


def usual_batch_tokens(device: str) -> int:
    """Return how many tokens to compute at once: what stays in a CPU's cache or fills a GPU."""
    return BATCH_TOKENS_ON_A_GPU if device == "cuda" else BATCH_TOKENS


def numeric_type(wanted: str, device: str, config: Any) -> Any:
    """Return the torch dtype to compute in.

    `auto` takes bfloat16 where the hardware multiplies it natively and the model is large enough
    to gain from it (`python -m benchmarks numeric_type`), else float32.
    """
    import torch

    if wanted != "auto":
        return getattr(torch, wanted)
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    large = getattr(config, "hidden_size", 0) >= HIDDEN_SIZE_THAT_PAYS_FOR_BF16
    if device == "cpu" and large and _cpu_multiplies_bf16():
        return torch.bfloat16
    return torch.float32


def _cpu_multiplies_bf16() -> bool:
    import torch

    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
