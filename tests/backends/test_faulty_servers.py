"""The whole command before servers and proxies that answer with anything but an answer."""

import csv
import math
import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ollama_server import (
    Body,
    Bomb,
    CalledHtml,
    Fault,
    Flood,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    NoLogprobs,
    OllamaServer,
    Redirect,
    Reset,
    ScriptedEngine,
    ServedModel,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)
from running import Ended, evaluator, findings, journaled

LABELS = ("boats", "buses", "cars", "planes", "rafts", "ships", "skis", "trains", "trams")
PAIRS = list(combinations(LABELS, 2))  # in the order in which they are asked, both ways each
QUESTIONS = 2 * len(PAIRS)


def answer(text: str) -> dict[str, float]:
    """A judge whose answer depends on the question alone."""
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


def serve(*faults: Fault) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [ServedModel("llama3.2")], faults)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with serve() as running:
        yield running


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """One case for each ordered pair of labels, so that each pair's fate shows in two cases."""
    rows = [f"{gold}-{other},{other},{gold}" for gold in LABELS for other in LABELS]
    path = tmp_path / "predictions.csv"
    path.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
    return path


def judged(
    server: OllamaServer, predictions: Path, save_to: Path, *, max_unscored: float = 1
) -> Ended:
    return evaluator(
        *["judge", "--predictions", predictions, "--save-to", save_to],
        *["--max-unscored", max_unscored],
        *["--judge", "ollama:llama3.2", "--judge-url", server.url],
        *["--retries", 0, "--timeout", 10, "--concurrency", 1],
    )


def assert_one_sentence(ended: Ended, code: int) -> None:
    """One sentence on standard error, nothing on standard output, no traceback."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    (last,) = [line for line in ended.err.splitlines() if line.startswith("Error: ")]
    assert ended.err.endswith(f"{last}\n")
    assert len(last) < 500


ODD_ANSWERS: list[tuple[type[Fault], dict[str, Any], str]] = [
    (HtmlPage, {}, "bad-response"),
    (HtmlPage, {"code": 502}, "http-502"),
    (CalledHtml, {}, "bad-response"),
    (TruncatedJson, {}, "bad-response"),
    (InvalidUtf8, {}, "bad-response"),
    (Body, {}, "bad-response"),
    (NoLogprobs, {}, "no-logprobs"),
    (WrongLogprob, {"value": math.nan}, "bad-logprobs"),
    (WrongLogprob, {"value": math.inf}, "bad-logprobs"),
    (WrongLogprob, {"value": 0.5}, "bad-logprobs"),
    (Reset, {}, "connection-lost"),
    (Reset, {"after_bytes": 100}, "connection-lost"),
    (WrongLength, {"by": 100}, "connection-lost"),
    (WrongLength, {"by": -100}, "bad-response"),
    (HugeBody, {}, "answer-too-large"),
    (Flood, {}, "answer-too-large"),
    (Bomb, {}, "bad-response"),
    (Status, {"code": 500}, "http-500"),
]


def test_every_odd_answer_leaves_its_pair_unscored_with_its_reason(
    server: OllamaServer, predictions: Path, tmp_path: Path
) -> None:
    # Every other pair meets a fault at both of its questions; those between keep the run going.
    struck = PAIRS[::2]
    for turn, (kind, settings, _) in enumerate(ODD_ANSWERS):
        server.faults.add(kind(after=4 * turn, times=2, **settings))
    ended = judged(server, predictions, tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    reasons = [reason for _, _, reason in ODD_ANSWERS]
    with (tmp_path / "run" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    unanswered = [row for row in rows if row["unanswered"]]
    assert len(unanswered) == 2 * len(reasons)  # a row for each direction
    assert {(row["predicted"], row["gold"]): row["unanswered"] for row in unanswered} == {
        pair: reason
        for (one, other), reason in zip(struck, reasons, strict=True)
        for pair in ((one, other), (other, one))
    }
    assert {row["score"] + row["p_related"] for row in unanswered} == {""}  # and never a 0
    cases = findings(tmp_path / "run")["cases"]
    assert cases["by_reason"] == {name: 2 * reasons.count(name) for name in sorted(set(reasons))}
    assert cases["judged"] + cases["unscored"] == cases["total"] == len(LABELS) ** 2
    assert len(journaled(tmp_path / "run", "answers")) == QUESTIONS - 2 * len(reasons)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (HtmlPage(), "bad-response"),
        (NoLogprobs(), "no-logprobs"),
        (Reset(), "connection-lost"),
        (Flood(), "answer-too-large"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else value,
)
def test_a_server_that_never_answers_well_exits_3(
    server: OllamaServer, predictions: Path, tmp_path: Path, fault: Fault, reason: str
) -> None:
    server.faults.add(fault)
    ended = judged(server, predictions, tmp_path / "run")
    assert_one_sentence(ended, 3)
    assert f"the judge failed at 5 questions in a row ({reason}" in ended.err


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(WrongLogprob(value=math.nan), "bad-logprobs"), (Status(code=400), "http-400")],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else value,
)
def test_a_server_whose_every_answer_is_final_and_useless_leaves_all_unscored(
    server: OllamaServer, predictions: Path, tmp_path: Path, fault: Fault, reason: str
) -> None:
    server.faults.add(fault)
    ended = judged(server, predictions, tmp_path / "run", max_unscored=0.05)
    assert ended.code == 6, ended.err
    assert findings(tmp_path / "run")["cases"]["by_reason"] == {reason: QUESTIONS}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (HtmlPage, "/api/version"),
        (InvalidUtf8, "/api/tags"),
        (Body, "/api/show"),
        (Flood, "/api/tags"),
        (Bomb, "/api/show"),
    ],
)
def test_a_server_that_cannot_be_opened_exits_3(
    server: OllamaServer, predictions: Path, tmp_path: Path, kind: type[Fault], path: str
) -> None:
    server.faults.add(kind(paths=(path,)))
    ended = judged(server, predictions, tmp_path / "run")
    assert_one_sentence(ended, 3)
    assert f"no Ollama server answers at {server.url} (" in ended.err
    assert server.bodies("/api/chat") == []


@pytest.mark.parametrize("path", ["/api/version", "/api/tags", "/api/show", "/api/chat"])
def test_no_redirect_is_followed(
    server: OllamaServer, predictions: Path, tmp_path: Path, path: str
) -> None:
    with serve() as other:
        server.faults.add(Redirect(paths=(path,), location=f"{other.url}{path}"))
        ended = judged(server, predictions, tmp_path / "run")
        assert other.requests == []
    if path == "/api/chat":
        assert ended.code == 0, ended.err
        # The cases that need no judge are scored all the same.
        unscored = len(LABELS) ** 2 - len(LABELS)
        assert findings(tmp_path / "run")["cases"]["by_reason"] == {"http-307": unscored}
    else:
        assert_one_sentence(ended, 3)


def test_a_run_that_a_proxy_cut_off_goes_on_when_the_server_is_back(
    server: OllamaServer, predictions: Path, tmp_path: Path
) -> None:
    undisturbed = judged(server, predictions, tmp_path / "undisturbed")
    assert undisturbed.code == 0, undisturbed.err
    server.forget_requests()
    server.faults.add(HtmlPage(after=7))
    cut_off = judged(server, predictions, tmp_path / "run")
    assert_one_sentence(cut_off, 3)
    assert len(journaled(tmp_path / "run", "answers")) == 7
    server.faults.clear()
    server.forget_requests()
    healed = judged(server, predictions, tmp_path / "run")
    assert healed.code == 0, healed.err
    assert len(server.bodies("/api/chat")) == QUESTIONS - 7
    assert findings(tmp_path / "run") == findings(tmp_path / "undisturbed")
