"""Resources of a plan."""

import pytest
from knitfab_plans import changed, said

MEMORY = "  memory: 10Gi\n"
GPU = '  nvidia.com/gpu: "1"\n'


@pytest.mark.parametrize(
    "quantity",
    ["1", "0.5", ".5", "500m", '"10Gi"', "128974848", "129e6", "129M", "1E", "2Ei", "1."],
)
def test_quantities_of_kubernetes_pass(quantity: str) -> None:
    assert said(changed((MEMORY, f"  memory: {quantity}\n"))) == []


@pytest.mark.parametrize(
    "quantity", ["10GB", "10 Gi", "10gi", "ten", '""', "[1]", "", "1_000", "1e"]
)
def test_other_quantities_are_refused(quantity: str) -> None:
    (finding,) = said(changed((MEMORY, f"  memory: {quantity}\n")))
    assert finding.startswith("18: refused: 'memory' is ")
    assert finding.endswith("and no quantity such as '1', '500m' or '10Gi'")


def test_less_than_nothing_is_refused() -> None:
    assert said(changed(("cpu: 1", "cpu: -1"))) == ["17: refused: 'cpu' is less than nothing"]


def test_resources_of_devices_are_whole() -> None:
    assert said(changed((GPU, "  nvidia.com/gpu: 500m\n"))) == [
        "19: refused: 'nvidia.com/gpu' is '500m', but is counted in whole ones"
    ]
    assert said(changed((GPU, "  nvidia.com/gpu: 1000m\n"))) == []


def test_names_that_kubernetes_does_not_know_are_refused() -> None:
    assert said(changed((GPU, "  gpu: 1\n"))) == [
        "19: refused: Kubernetes knows no resource 'gpu'; a GPU of NVIDIA is 'nvidia.com/gpu'"
    ]
    assert said(changed((GPU, "  ram: 1\n"))) == ["19: refused: Kubernetes knows no resource 'ram'"]
    assert said(changed((GPU, "  hugepages-2Mi: 4Mi\n  ephemeral-storage: 1Gi\n"))) == []


def test_resources_that_are_no_pairs_are_refused() -> None:
    written = f"resources:\n  cpu: 1\n{MEMORY}{GPU}"
    (finding,) = said(changed((written, "resources: [cpu]\n")))
    assert finding == "16: refused: 'resources' is a list, but is written as key: value pairs"
    assert said(changed((written, "resources:\n"))) == []
    assert said(changed(("  cpu: 1\n", "  cpu: 1\n  cpu: 2\n"))) == [
        "18: refused: 'resources' gives the key 'cpu' twice"
    ]
    (finding,) = said(changed(("  cpu: 1\n", "  ? [a]\n  : 1\n")))
    assert finding == "17: refused: 'resources' has a list for a key"


@pytest.mark.parametrize(
    "other",
    ["nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb", "amd.com/gpu", "gpu.intel.com/i915"],
)
def test_two_names_for_a_gpu_are_two_claims(other: str) -> None:
    (finding,) = said(changed((GPU, f"{GPU}  {other}: 1\n")))
    assert finding.startswith(
        f"20: refused: 'nvidia.com/gpu' and '{other}' are two GPU claims: a GPU is offered under "
        "one name"
    )
    assert said(changed((GPU, f"{GPU}  {other}: 0\n"))) == []


def test_several_gpus_are_a_warning_but_to_the_evaluator_that_uses_one() -> None:
    several = (GPU, "  nvidia.com/gpu: 2\n")
    (finding,) = said(changed(several))
    assert finding == (
        "19: warning: '2' of 'nvidia.com/gpu': the Run waits for ever where no node has as many"
    )
    ours = ('["python", "-u", "train.py"]', "[evaluator, run, --knitfab]")
    (finding,) = said(changed(several, ours))
    assert finding.startswith(
        "19: refused: '2' of 'nvidia.com/gpu': the evaluator uses one at most"
    )
