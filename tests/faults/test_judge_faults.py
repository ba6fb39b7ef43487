"""A judge that fails at any of its requests: a reason for it, and the next start mends the run."""

import math
import random
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest
from forked import ForkedEvaluator
from ollama_server import (
    Body,
    Bomb,
    CalledHtml,
    Drip,
    DuplicateTokens,
    Fault,
    Flood,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    NoLogprobs,
    OllamaServer,
    OtherDigest,
    OtherModel,
    Reset,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)
from running import Ended, assert_fails, findings, journaled
from small_run import asked, judge_command, judge_server

LABELS = ("ships", "trains", "planes")
QUESTIONS = len(LABELS) * (len(LABELS) - 1)
CHAT = "/api/chat"

FAULTS: list[tuple[Callable[..., Fault], str]] = [
    (Reset, "connection-lost"),
    (lambda **when: Reset(after_bytes=100, **when), "connection-lost"),
    (lambda **when: Hang(seconds=60.0, **when), "timeout"),
    (lambda **when: Drip(pause=60.0, piece=100, **when), "timeout"),
    (lambda **when: Status(code=429, **when), "http-429"),
    (lambda **when: Status(code=500, **when), "http-500"),
    (lambda **when: Status(code=503, **when), "http-503"),
    (HtmlPage, "bad-response"),
    (CalledHtml, "bad-response"),
    (Body, "bad-response"),
    (TruncatedJson, "bad-response"),
    (InvalidUtf8, "bad-response"),
    (Bomb, "bad-response"),
    (lambda **when: WrongLength(by=100, **when), "connection-lost"),
    (HugeBody, "answer-too-large"),
    (Flood, "answer-too-large"),
    (NoLogprobs, "no-logprobs"),
    (lambda **when: WrongLogprob(value=math.nan, **when), "bad-logprobs"),
    (OtherModel, "wrong-model"),
]


class Judged:
    """A small run with six questions, and the judge that fails it."""

    def __init__(self, evaluator: ForkedEvaluator, server: OllamaServer, folder: Path) -> None:
        self.evaluator = evaluator
        self.server = server
        self.predictions = folder / "predictions.csv"
        rows = [f"{one}-{other},{one},{other}" for one, other in permutations(LABELS, 2)]
        self.predictions.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
        self.undisturbed = folder / "undisturbed"
        assert self.start(self.undisturbed).code == 0

    def start(self, save_to: Path, timeout: float = 30.0) -> Ended:
        command = judge_command(self.predictions, self.server, save_to)
        patience = ["--retries", 0, "--timeout", timeout, "--max-unscored", 1]
        return self.evaluator(*command, *patience)

    def assert_continues(self, save_to: Path) -> None:
        kept = len(journaled(save_to, "answers"))
        self.server.faults.clear()
        self.server.forget_requests()
        resumed = self.start(save_to)
        assert resumed.code == 0, resumed.err
        assert asked(self.server).total() == QUESTIONS - kept
        assert findings(save_to) == findings(self.undisturbed)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder = tmp_path_factory.mktemp("faults")
    with judge_server(seconds=0.0) as server, ForkedEvaluator(folder) as evaluator:
        yield Judged(evaluator, server, folder)


@pytest.mark.parametrize("turn", range(len(FAULTS)))
def test_a_question_that_is_lost_has_its_reason_and_is_the_only_one_asked_again(
    judged: Judged, tmp_path: Path, turn: int
) -> None:
    fault, reason = FAULTS[turn]
    struck = random.Random(turn).randrange(QUESTIONS)
    judged.server.faults.add(fault(after=struck, times=1))
    ended = judged.start(tmp_path / "run", timeout=5.0 if reason == "timeout" else 30.0)
    assert ended.code == 0, ended.err
    cases = findings(tmp_path / "run")["cases"]
    assert cases["by_reason"] == {reason: 2}  # both directions of the pair
    assert cases["judged"] + cases["unscored"] == cases["total"]
    assert len(journaled(tmp_path / "run", "answers")) == QUESTIONS - 1
    judged.assert_continues(tmp_path / "run")


def test_candidates_that_are_listed_twice_count_once(judged: Judged, tmp_path: Path) -> None:
    judged.server.faults.add(DuplicateTokens())
    assert judged.start(tmp_path / "run").code == 0
    judged.server.faults.clear()
    assert findings(tmp_path / "run") == findings(judged.undisturbed)


@pytest.mark.parametrize("after", [1, QUESTIONS])
def test_of_a_judge_that_is_exchanged_while_it_is_asked_nothing_is_kept(
    judged: Judged, tmp_path: Path, after: int
) -> None:
    judged.server.faults.add(OtherDigest(after=after, counting=(CHAT,)))
    exchanged = judged.start(tmp_path / "run")
    assert_fails(exchanged, 3, "'llama3.2:latest' was exchanged", "of two judges", "--fresh")
    assert journaled(tmp_path / "run", "answers") == []
    assert not (tmp_path / "run" / "matrix.json").exists()
    other = judged.start(tmp_path / "run")
    assert_fails(other, 2, "the judge changed", "digest")
    judged.assert_continues(tmp_path / "run")  # the first judge is back


def test_a_judge_that_is_exchanged_between_two_starts_is_refused(
    judged: Judged, tmp_path: Path
) -> None:
    assert judged.start(tmp_path / "run").code == 0
    judged.server.faults.add(OtherDigest())
    assert_fails(judged.start(tmp_path / "run"), 2, "the judge changed", "digest")
    judged.server.faults.clear()
