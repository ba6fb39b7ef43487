"""The Role that ships is what the commands ask for: no verb less, and none more."""

from pathlib import Path

import kmock
import kubernetes_validate
import yaml
from aiohttp.web import json_response
from deploy.kubernetes.api_server import NAMESPACE, ApiServer, Manifest
from deploy.kubernetes.conftest import READY, Setup
from deploy.kubernetes.jobs import ending_with
from k8s.manifests import ROOT

Right = tuple[str, str, str]

ROLE, BINDING = yaml.safe_load_all((ROOT / "rbac.yaml").read_text("utf-8"))


def granted() -> set[Right]:
    return {
        (verb, group, resource)
        for rule in ROLE["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def needed(request: kmock.Request) -> set[Right]:
    """The rights that a request needs of a real API server."""
    if NAMESPACE.fullmatch(request.url.path):
        return {("get", "", "namespaces")}
    assert request.resource is not None
    resource = "/".join(filter(None, (request.resource.plural, request.subresource)))
    verbs = {"PATCH": {"patch", "create"}, "DELETE": {"delete"}}.get(request.method.value)
    if verbs is None:
        is_watch = request.params.get("watch") == "true"
        verbs = {"watch" if is_watch else "list" if request.name is None else "get"}
    if resource == "pods/exec":  # a websocket is a GET, and since 1.35 needs both
        verbs = {"get", "create"}
    return {(verb, request.resource.group or "", resource) for verb in verbs}


def test_the_role_is_what_all_commands_together_ask_for(judged: Setup, tmp_path: Path) -> None:
    def ready(api: ApiServer, manifest: Manifest) -> None:
        count = manifest["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), count)
        api.put("StatefulSet", {"metadata": manifest["metadata"], "status": {**READY, **counts}})

    judged.api.put("Namespace", {"metadata": {"name": "ollama"}})
    judged.api.controllers["StatefulSet"] = ready
    judged.api.controllers["Job"] = ending_with(0, "done")
    not_ready = {"metadata": {"name": "ollama"}, "spec": {"replicas": 1}}
    judged.api.answers["GET", "deployments"] = [lambda request: json_response(not_ready)]
    name = ("--name", "ada")
    for words in (
        ("up", "--overlay", "separate-namespace"),
        ("up", "--overlay", "cpu"),
        ("run", "--overlay", "cpu", *name, "--save-to", tmp_path / "a"),
        ("run", "--overlay", "cpu", *name, "--shards", "2", "--save-to", tmp_path / "d"),
        ("status", *name),
        ("logs", *name),
        ("results", tmp_path / "c", *name),
        ("down",),
        ("up", "--overlay", "replicas"),
        ("run", "--overlay", "replicas", *name, "--save-to", tmp_path / "b"),
        ("down", "--volumes"),
        ("down", "--volumes", "--namespace", "ollama"),
    ):
        done = judged.k8s(*words)
        assert done.code == 0, (words, done.err)
    asked = set().union(*(needed(one) for one in judged.api.asked))
    assert asked == granted()


def test_kubernetes_knows_every_field_of_it() -> None:
    for one in (ROLE, BINDING):
        kubernetes_validate.validate(one, "1.36", strict=True)
    assert BINDING["roleRef"]["name"] == ROLE["metadata"]["name"]


def test_it_grants_nothing_of_secrets_and_no_wildcard() -> None:
    for verb, group, resource in granted():
        assert "*" not in (verb, group, resource)
        assert resource not in ("secrets", "serviceaccounts", "roles", "rolebindings")
