"""Reasons asked of a real server, and of judges that fail."""

import asyncio
from collections.abc import Callable, Iterable

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel, Status

from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.protocol import Prompt
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import FAULTS_IN_A_ROW_BEFORE_GIVING_UP, AskingPolicy
from evaluator.judge.reason import MOST_TOKENS, Ruling
from evaluator.judge.reasoning import NoReason, Reason, Reasoner

QUICK = AskingPolicy(timeout=60.0, attempts=2, longest_wait=0.0)
PROBE = Prompt("Decide.", (), "Same?", ("Yes", "No"))
WORDS = [" both", " are", " sports."]


def three_words(text: str) -> dict[str, float]:
    said = sum(word in text for word in WORDS)
    return {WORDS[said]: 1.0} if said < len(WORDS) else {}


def endless(text: str) -> dict[str, float]:
    return {" on": 0.6, " off": 0.4}


def silent(text: str) -> dict[str, float]:
    return {}


def rulings(count: int) -> list[Ruling]:
    return [Ruling(str(number), "gold", related=True) for number in range(count)]


def write(ruling: Ruling) -> Prompt:
    return Prompt("Say why.", (), f"Is {ruling.predicted} related to {ruling.gold}? Yes, because")


def explained(
    server: OllamaServer, asked: Iterable[Ruling], policy: AskingPolicy = QUICK
) -> list[Reason | NoReason]:
    heard: list[Reason | NoReason] = []

    async def explain() -> None:
        backend = OllamaBackend("m", server.url, timeout=60.0, concurrency=2, probe=PROBE)
        async with backend:
            await Reasoner(backend, write, policy).explain_all(asked, heard.append)

    asyncio.run(explain())
    return heard


def serving(answer: Callable[[str], dict[str, float]], *faults: Status) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [ServedModel("m")], faults)


def test_every_reason_is_asked_for_once() -> None:
    with serving(three_words) as server:
        heard = explained(server, rulings(5))
        questions = [body["messages"][-1]["content"] for body in server.bodies("/api/chat")]
    assert {one.ruling for one in heard} == set(rulings(5))
    assert all(isinstance(one, Reason) and one.text == "both are sports." for one in heard)
    assert sorted(questions) == sorted(write(ruling).question for ruling in rulings(5))


def test_a_reason_has_a_bounded_number_of_tokens() -> None:
    with serving(endless) as server:
        (heard,) = explained(server, rulings(1))
    assert isinstance(heard, Reason)
    assert heard.usage.generated_tokens == MOST_TOKENS
    assert heard.text.split() == ["on"] * MOST_TOKENS


def test_a_judge_that_says_nothing_gives_no_reason() -> None:
    with serving(silent) as server:
        assert explained(server, rulings(1)) == [NoReason(*rulings(1), "nothing-said")]


def test_what_fails_is_asked_again_and_then_left() -> None:
    with serving(three_words, Status(paths=("/api/chat",), code=503, times=1)) as server:
        (heard,) = explained(server, rulings(1))
        assert isinstance(heard, Reason)
    with serving(three_words, Status(paths=("/api/chat",), code=503, times=2)) as server:
        assert explained(server, rulings(1)) == [NoReason(*rulings(1), "http-503")]


def test_a_judge_that_fails_at_every_ruling_is_unavailable() -> None:
    with (
        serving(three_words, Status(paths=("/api/chat",), code=503)) as server,
        pytest.raises(JudgeUnavailable, match="5 questions in a row"),
    ):
        explained(server, rulings(2 * FAULTS_IN_A_ROW_BEFORE_GIVING_UP))
