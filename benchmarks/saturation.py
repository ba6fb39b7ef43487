"""Whether a server's slots are kept busy by an evaluator that finds their number by itself.

The questions are those on 20 Newsgroups labels, in both orders. *Bare* is a closed loop of asyncio
and httpx that knows the number of slots, sends the same requests, keeps so many in flight and reads
no answer. *Ours* is the judge stage's own way from question to verdict, told nothing. Both ask in
turns, the first one alternating from round to round, each round with new connections, so that
finding the number is part of it.

The servers are llama.cpp's own with the packaged weights, on the same processors, which tells its
slots; and the protocol server of our tests in a process of its own, whose every answer takes the
same time and which, as Ollama, tells only how long a question waited.
"""

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.label_sets import newsgroups
from benchmarks.llama_server import ALIAS, LlamaServer
from benchmarks.scripted_server import MODEL, scripted_server
from benchmarks.table import Cell
from evaluator.backends.gguf import packaged_gguf
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.ollama import CANDIDATES, KEEP_LOADED, OPTIONS
from evaluator.backends.openai import KEY_VARIABLES, OpenAIBackend
from evaluator.backends.opening import open_backend
from evaluator.backends.paced import PacedServer
from evaluator.backends.pacing import MOST_IN_FLIGHT
from evaluator.backends.protocol import Backend, Prompt
from evaluator.judge.asking import Answer, Interviewer, NoAnswer
from evaluator.judge.labels import LabelSet
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question, both_orders, probe_prompt, prompt_writer
from evaluator.judge.rubric_file import load_rubric

ROUNDS = 6
LLAMA_SLOTS = (2, 4)
LLAMA_QUESTIONS = 160
SCRIPTED = ((1, 0.05), (2, 0.05), (4, 0.05), (8, 0.05), (4, 0.02))
"""Slots, and seconds of an answer."""

QUESTIONS_OF_A_SLOT = 60
TIMEOUT = 120.0
TARGET = 0.95
RUBRIC = load_rubric("category-relevance")

Body = Callable[[Prompt], tuple[str, dict[str, Any]]]
"""From a prompt to the path and the body of its request."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """One server's throughput both ways.

    Attributes:
        server: Which, and its slots.
        questions: Asked in each round, each way.
        bare: Answers a second of the bare loop, the median of the rounds.
        ours: Answers a second of the judge stage, the median of the rounds.
        ratios: Ours to bare, of each round.
        found: Questions in flight at the end of each round.
    """

    server: str
    questions: int
    bare: float
    ours: float
    ratios: Sequence[float]
    found: Sequence[int]

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "server": self.server,
            "questions": self.questions,
            "bare, answers/s": self.bare,
            "ours, answers/s": self.ours,
            "ratio": statistics.median(self.ratios),
            "of the rounds": f"{min(self.ratios):.2f} to {max(self.ratios):.2f}",
            "at least": TARGET,
            "in flight at the end": ", ".join(map(str, sorted(set(self.found)))),
        }


def measure() -> Iterator[Saturation]:
    """Yield a row for each server."""
    labels = newsgroups().labels
    for slots in LLAMA_SLOTS:
        with LlamaServer(packaged_gguf(), slots=slots) as llama:
            key = {KEY_VARIABLES[0]: llama.key}
            yield _measured(
                f"llama.cpp, {slots} slots",
                labels,
                _Loop(llama.url, slots, _completion, {"authorization": f"Bearer {llama.key}"}),
                lambda url=llama.url, key=key: _llama_judge(url, key),
                LLAMA_QUESTIONS,
            )
    for slots, seconds in SCRIPTED:
        with scripted_server(slots, seconds) as url:
            yield _measured(
                f"protocol server, {slots} slots, {seconds * 1000:.0f} ms an answer",
                labels,
                _Loop(url, slots, _chat, {}),
                lambda url=url: _ollama_judge(url),
                QUESTIONS_OF_A_SLOT * slots,
            )


@dataclass(frozen=True, slots=True)
class _Loop:
    """The bare loop before one server: how many requests, and how they look."""

    url: str
    slots: int
    body: Body
    headers: dict[str, str]

    async def seconds(self, prompts: Sequence[Prompt]) -> float:
        """Return how long all prompts take together."""
        waiting = iter(prompts)

        async def work() -> None:
            for prompt in waiting:
                path, body = self.body(prompt)
                (await client.post(path, json=body)).raise_for_status()

        async with httpx.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=TIMEOUT, trust_env=False
        ) as client:
            began = time.monotonic()
            await asyncio.gather(*(work() for _ in range(self.slots)))
            return time.monotonic() - began


def _measured(
    server: str, labels: LabelSet, bare: _Loop, open_judge: Callable[[], Backend], number: int
) -> Saturation:
    write = prompt_writer(RUBRIC, labels)
    questions = [one for pair in labels.pairs() for one in both_orders(pair)]
    random.Random(number).shuffle(questions)
    supply = itertools.cycle(questions)
    rates: list[tuple[float, float]] = []
    found: list[int] = []
    for number_of_round in range(-1, ROUNDS):  # one more before, that warms the server up
        asked = list(itertools.islice(supply, number))
        seconds = {}
        for is_ours in (True, False) if number_of_round % 2 else (False, True):
            if is_ours:
                seconds[True], in_flight = asyncio.run(_ours(open_judge(), write, asked))
            else:
                seconds[False] = asyncio.run(bare.seconds([write(one) for one in asked]))
        if number_of_round >= 0:
            rates.append((number / seconds[False], number / seconds[True]))
            found.append(in_flight)
    return Saturation(
        server,
        number,
        statistics.median(rate for rate, _ in rates),
        statistics.median(rate for _, rate in rates),
        [mine / theirs for theirs, mine in rates],
        found,
    )


async def _ours(
    judge: Backend, write: Callable[[Question], Prompt], questions: Sequence[Question]
) -> tuple[float, int]:
    """Return the seconds that all verdicts took, and how many were in flight at the end."""
    heard: list[Answer | NoAnswer] = []
    async with judge:
        interviewer = Interviewer(judge, write, RUBRIC.question.answers, AskingPolicy(TIMEOUT))
        began = time.monotonic()
        await interviewer.ask_all(questions, heard.append)
        seconds = time.monotonic() - began
        in_flight = judge.concurrency
    assert all(isinstance(one, Answer) for one in heard), "unanswered"
    return seconds, in_flight


def _ollama_judge(url: str) -> Backend:
    spec = JudgeSpec("ollama", MODEL, (url,))
    probe = probe_prompt(RUBRIC)
    return open_backend(spec, timeout=TIMEOUT, concurrency=None, pull=None, probe=probe)


def _llama_judge(url: str, key: dict[str, str]) -> Backend:
    return PacedServer(
        OpenAIBackend(
            ALIAS,
            url,
            timeout=TIMEOUT,
            concurrency=MOST_IN_FLIGHT,
            probe=probe_prompt(RUBRIC),
            environment=key,
        )
    )


def _completion(prompt: Prompt) -> tuple[str, dict[str, Any]]:
    """Return what the packaged model is asked by: it answers better without a chat template."""
    sampling = {"temperature": 0, "seed": 0, "max_tokens": 1, "logprobs": CANDIDATES}
    return "/v1/completions", {"model": ALIAS, "prompt": prompt.text, **sampling}


def _chat(prompt: Prompt) -> tuple[str, dict[str, Any]]:
    told = {"options": OPTIONS, "logprobs": True, "top_logprobs": CANDIDATES}
    kept = {"stream": False, "truncate": False, "keep_alive": KEEP_LOADED}
    return "/api/chat", {"model": MODEL, "messages": prompt.messages, **told, **kept}
