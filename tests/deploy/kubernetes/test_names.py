"""Names, amounts and images: what is accepted is what Kubernetes takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.deploy.kubernetes.names import (
    LONGEST_NAME,
    checked_name,
    checked_quantity,
    checked_resource,
    image_parts,
    job_name,
    label_of,
    own_name,
    run_name,
)
from evaluator.errors import ConfigError

DNS_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?\Z")
KUBERNETES_QUANTITY = re.compile(r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)\Z")
"""As the API's own documentation has it; ours are fewer."""


@searching
@given(st.text(max_size=80))
def test_what_is_made_of_any_text_is_a_run_s_name_or_nothing(text: str) -> None:
    name = label_of(text)
    assert name == "" or run_name(name) == name


@searching
@given(st.from_regex(DNS_LABEL).filter(lambda name: len(name) <= LONGEST_NAME))
def test_a_job_and_its_pods_have_names_that_kubernetes_takes(name: str) -> None:
    job = job_name(run_name(name))
    assert DNS_LABEL.match(job)
    assert len(f"{job}-abcde") <= 63
    assert job != job_name(name)


@searching
@given(st.text(max_size=70))
def test_every_accepted_name_is_a_label(text: str) -> None:
    try:
        name = checked_name(text, "--namespace")
    except ConfigError as error:
        assert str(error).count(".") >= 1
    else:
        assert DNS_LABEL.match(name)
        assert len(name) <= 63


@searching
@given(st.text(alphabet="0123456789.mkKMGTPEi-+e", max_size=8))
def test_every_accepted_amount_is_one_of_kubernetes(text: str) -> None:
    try:
        amount = checked_quantity(text, "--job-cpu")
    except ConfigError:
        return
    assert KUBERNETES_QUANTITY.match(amount)
    assert float(amount.rstrip("mkKMGTPEi")) > 0


@pytest.mark.parametrize("amount", ["2", "500m", "0.5", "4Gi", "4G", "1.5Ti", ".5"])
def test_usual_amounts_are_accepted(amount: str) -> None:
    assert checked_quantity(amount, "--job-memory") == amount


@pytest.mark.parametrize("amount", ["", "0", "0m", "-1", "4 Gi", "4GB", "four", "4gi", "1\n"])
def test_amounts_that_kubernetes_would_refuse_are_refused_here(amount: str) -> None:
    with pytest.raises(ConfigError, match="--job-memory cannot be"):
        checked_quantity(amount, "--job-memory")


@pytest.mark.parametrize("name", ["nvidia.com/gpu", "nvidia.com/mig-1g.10gb", "amd.com/gpu"])
def test_resources_of_device_plugins_are_accepted(name: str) -> None:
    assert checked_resource(name, "--gpu") == name


@pytest.mark.parametrize("name", ["gpu", "nvidia.com/", "/gpu", "nvidia.com/gpu: 2", "a b/c"])
def test_what_is_no_resource_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="--gpu cannot be"):
        checked_resource(name, "--gpu")


DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("evaluator", {"newName": "evaluator"}),
        ("evaluator:v1", {"newName": "evaluator", "newTag": "v1"}),
        ("localhost:30503/evaluator", {"newName": "localhost:30503/evaluator"}),
        ("reg.example:5000/a/b_c:1.0", {"newName": "reg.example:5000/a/b_c", "newTag": "1.0"}),
        (f"evaluator@{DIGEST}", {"newName": "evaluator", "digest": DIGEST}),
        (f"evaluator:v1@{DIGEST}", {"newName": "evaluator", "digest": DIGEST}),
    ],
)
def test_an_image_is_taken_apart(image: str, parts: dict[str, str]) -> None:
    assert image_parts(image, "--image") == parts


@pytest.mark.parametrize("image", ["", "UPPER", "a b", "evaluator:", "evaluator@sha256:12", "-a"])
def test_what_is_no_image_is_refused(image: str) -> None:
    with pytest.raises(ConfigError, match="--image cannot be"):
        image_parts(image, "--image")


def test_a_name_that_is_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(ConfigError, match="at most 40 characters"):
        run_name("a" * 41)


def test_whoever_is_logged_in_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "Ada.Lovelace@Example")
    assert own_name() == "ada-lovelace-example"
    monkeypatch.setenv("LOGNAME", "愛")
    assert own_name() == "run"
