import json
from pathlib import Path

import pytest
from openai_server import CompatibleServer, Document

from benchmarks.geval import USUAL_STEPS, GEval, deepeval_version

PAIRS = [("cars", "motorcycles"), ("cars", "atheism"), ("baseball", "ice hockey")]

SAID = {
    "cars": '{"reason": "both are driven", "score": 7}',
    "baseball": "I would say they are related.",
}


class Server(CompatibleServer):
    """Answers as the first of `SAID` whose word is in the prompt."""

    key = "key"

    def __init__(self) -> None:
        def respond(path: str, body: Document) -> tuple[int, Document]:
            prompt = body["messages"][-1]["content"]
            said = next(said for word, said in SAID.items() if word in prompt)
            choice = {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": said},
            }
            usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
            whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "judge"}
            return 200, {**whole, "choices": [choice], "usage": usage}

        super().__init__(respond)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALUATOR_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(deepeval_version() is None, reason="DeepEval is not installed")
def test_each_pair_is_asked_once_and_an_answer_that_is_no_json_is_no_score(cache: Path) -> None:
    with Server() as server:
        first = GEval(server, "sha256:0", "1.0", USUAL_STEPS).answers(PAIRS)
        asked = len(server.requests)
        again = GEval(server, "sha256:0", "1.0", USUAL_STEPS).answers(PAIRS)
        assert len(server.requests) == asked == len(PAIRS)
    assert [answer.score for answer in first.answers] == [0.7, 0.7, None]
    assert (first.asked, first.from_cache) == (3, 0)
    assert (again.asked, again.from_cache) == (0, 3)
    assert again.answers == first.answers
    assert json.dumps(server.requests[0]).count(USUAL_STEPS[1]) == 1


@pytest.mark.skipif(deepeval_version() is None, reason="DeepEval is not installed")
def test_answers_of_other_weights_or_steps_are_not_taken(cache: Path) -> None:
    with Server() as server:
        for weights, steps in (("a", USUAL_STEPS), ("b", USUAL_STEPS), ("b", USUAL_STEPS[1:])):
            found = GEval(server, weights, "1.0", steps).answers(PAIRS[:1])
            assert found.asked == 1
