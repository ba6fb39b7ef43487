"""The compute resources of a plan, and the GPUs among them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from evaluator.deploy.knitfab.findings import Finding, quoted, refused, warning
from evaluator.deploy.knitfab.parts import Part

QUANTITY = re.compile(
    r"(?P<number>[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30}))(?P<suffix>[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?",
    re.ASCII,
)
STANDARD = ("cpu", "memory", "ephemeral-storage")
HUGE_PAGES = "hugepages-"
SMALL = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)}
"""The suffixes below one; those above make any whole number a whole number."""


def resource_findings(part: Part | None, *, uses_one_gpu: bool) -> Iterator[Finding]:
    """Yield what is wrong with the resources: names of Kubernetes, each with a quantity.

    Args:
        part: What stands under `resources`.
        uses_one_gpu: Whether what the plan runs is known to use no second GPU.
    """
    if part is None or part.is_null:
        return
    if not part.is_pairs:
        message = f"'resources' is {part.shape}, but is written as key: value pairs"
        yield refused(part.line, message)
        return
    seen: set[str | None] = set()
    for key, value in part.pairs:
        if key.text in seen:
            yield refused(key.line, f"'resources' gives the key {key.shape} twice")
        seen.add(key.text)
        yield from _findings_of(key, value)
    yield from _gpu_findings(part, uses_one_gpu)


def _findings_of(key: Part, value: Part) -> Iterator[Finding]:
    name = key.text
    if name is None:
        yield refused(key.line, f"'resources' has {key.shape} for a key")
        return
    if "/" not in name and name not in STANDARD and not name.startswith(HUGE_PAGES):
        gpu = "; a GPU of NVIDIA is 'nvidia.com/gpu'" if "gpu" in name.lower() else ""
        yield refused(key.line, f"Kubernetes knows no resource {quoted(name)}{gpu}")
    quantity = None if value.text is None else QUANTITY.fullmatch(value.text)
    if quantity is None or value.text is None:
        message = f"{quoted(name)} is {value.shape}, and no quantity such as '1', '500m' or '10Gi'"
        yield refused(value.line, message)
    elif quantity["number"].startswith("-"):
        yield refused(value.line, f"{quoted(name)} is less than nothing")
    elif "/" in name and _count(value).denominator != 1:
        yield refused(value.line, f"{quoted(name)} is {value.shape}, but is counted in whole ones")


def _gpu_findings(part: Part, uses_one_gpu: bool) -> Iterator[Finding]:
    claims = [key for key, value in part.pairs if _is_gpu(key.text or "") and _count(value) > 0]
    for key, value in part.pairs:
        if key not in claims or _count(value) <= 1:
            continue
        claim = f"{value.shape} of {quoted(key.text or '')}"
        if uses_one_gpu:
            message = (
                f"{claim}: the evaluator uses one at most, and the Run waits until all are free"
            )
            yield refused(key.line, message)
        else:
            message = f"{claim}: the Run waits for ever where no node has as many"
            yield warning(key.line, message)
    for first, other in pairwise(claims):
        yield refused(
            other.line,
            f"{quoted(first.text or '')} and {quoted(other.text or '')} are two GPU claims: a GPU "
            "is offered under one name, so the Run would wait for ever; keep one",
        )


def _is_gpu(name: str) -> bool:
    vendor, slash, kind = name.lower().partition("/")
    return bool(slash) and ("gpu" in kind or kind.startswith("mig-") or vendor.startswith("gpu."))


def _count(value: Part) -> Fraction:
    """Return a quantity as a number; 0 of what is none."""
    quantity = None if value.text is None else QUANTITY.fullmatch(value.text)
    if quantity is None:
        return Fraction(0)
    suffix = quantity["suffix"] or ""
    number = Fraction(quantity["number"])
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix != "Ei":
        return number * Fraction(10) ** int(suffix[1:])
    return number * SMALL.get(suffix, Fraction(1))
