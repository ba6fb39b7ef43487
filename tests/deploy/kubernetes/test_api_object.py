"""What is no object is taken for an answer that broke off, whoever sent it."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from evaluator.deploy.kubernetes import cluster
from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.connection import Connection
from evaluator.deploy.kubernetes.kinds import JOB, POD
from evaluator.deploy.kubernetes.refusal import Refused, Request, Unreachable

WHOLE = {"metadata": {"name": "a", "labels": {"b": "c"}}, "spec": {"completions": 2}}


class Client:
    """The client, which answers everything with the same."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.rest_client = self
        self.configuration = SimpleNamespace(host="https://127.0.0.1:9")

    def update_params_for_auth(self, *settings: object) -> None:
        """Nobody asks who is asking."""

    def request(self, *asked: object, **settings: object) -> Any:
        from urllib3 import HTTPResponse

        body = io.BytesIO(self._content)
        return SimpleNamespace(response=HTTPResponse(body, preload_content=False))


def answering(content: object) -> Cluster:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    client: Any = Client(sent)
    return Cluster(Connection(client, "here", "127.0.0.1:9"), patience=0)


def test_an_object_is_returned_as_it_is() -> None:
    assert answering(WHOLE).get(JOB, "knitfab", "a") == WHOLE
    assert answering({"items": [WHOLE], "metadata": None}).list(JOB, "knitfab") == ([WHOLE], "")


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 100_000,
        [],
        {"metadata": None},
        {"metadata": {"name": 5}},
        {"metadata": {"name": "a", "labels": None}},
        {"metadata": {"name": "a", "annotations": {"b": 5}}},
        {**WHOLE, "spec": []},
    ],
)
def test_anything_else_broke_off(answer: object) -> None:
    with pytest.raises(Unreachable, match="broke off its answer"):
        answering(answer).get(JOB, "knitfab", "a")


@pytest.mark.parametrize(
    "answer", [{"items": {"a": 1}}, {"items": [5]}, {"items": [], "metadata": [1]}]
)
def test_so_did_a_list_of_anything_else(answer: object) -> None:
    with pytest.raises(Unreachable, match="broke off its answer"):
        answering(answer).list(JOB, "knitfab")


@pytest.mark.parametrize("said", [None, [], {"code": "x"}, {"message": 5}])
def test_a_watch_that_ends_in_no_words_is_a_refusal(said: object) -> None:
    with pytest.raises(Refused) as raised:
        list(answering({"type": "ERROR", "object": said}).watch(POD, "knitfab", "", "5", 1))
    assert raised.value.status == 500


def test_a_line_without_end_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1 MiB without a line break no more than the limit and a piece is held at a time."""
    monkeypatch.setattr(cluster, "LONGEST_LINE", 1 << 18)
    request = Request("get", "pods/log", "a", "knitfab")
    pieces = list(answering(b"x" * (1 << 20)).lines(POD, request, "log", {}, 5.0))
    assert b"".join(pieces) == b"x" * (1 << 20)
    assert max(map(len, pieces)) <= (1 << 18) + (1 << 16)
