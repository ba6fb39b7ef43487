"""What the API refuses has a sentence that says what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.deploy.kubernetes.refusal import Request, refusal

PODS = Request("patch", "pods", "a", "knitfab")


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (401, "Unauthorized", "missing or expired"),
        (403, 'User "system:anonymous" cannot get resource', "sends no credentials"),
        (403, 'User "u" cannot patch resource "pods"', "you may not patch pods a in the namespace"),
        (
            *(403, 'pods "a" is forbidden: exceeded quota: small, requested: cpu=4, used: cpu=1'),
            "exceed the quota small (requested: cpu=4);",
        ),
        (403, 'violates PodSecurity "restricted:latest": runAsNonRoot', "Pod Security forbids"),
        (404, 'namespaces "knitfab" not found', "kubectl create namespace knitfab"),
        (404, 'pods "a" not found', "there is no pods a in the namespace knitfab."),
        (409, 'conflict with "helm" using v1: .spec', "also managed by helm; --take-over"),
        (422, "spec.selector: Invalid value: field is immutable", "delete it first"),
        (422, 'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set', "delete it"),
        (422, "spec.x: Required value", "refuses to patch pods a in the namespace knitfab (422)"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, said: str, words: str) -> None:
    refused = refusal(status, said, PODS, "here")
    assert words in str(refused)
    assert (refused.status, refused.exit_code) == (status, 7)


@searching
@given(st.sampled_from([400, 401, 403, 404, 409, 410, 422, 500, 504]), st.text(max_size=400))
def test_every_refusal_is_one_line(status: int, said: str) -> None:
    sentence = str(refusal(status, said, PODS, "here"))
    assert "\n" not in sentence
    assert sentence.endswith(".")
