"""The judge in this process answers bit-equal, in any order and after anything."""

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from running import environment

from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.protocol import Prompt, Shot, TokenProbability, Unanswered
from evaluator.errors import ConfigError
from evaluator.judge.article_questions import written_below
from evaluator.judge.question import Question
from evaluator.judge.reason import Ruling
from evaluator.judge.scoring import read_answer

from .embedded_judge import HOCKEY_AND_BASEBALL, QUESTIONS, RUBRIC, WHY, WRITE, Ask

OTHER = Prompt("Name the capital.", (Shot("France:", "Paris"), Shot("Italy:", "Rome")), "Spain:")

Distribution = tuple[TokenProbability, ...]

IN_ANOTHER_PROCESS = """
import asyncio, json, sys
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.protocol import Prompt, Shot

async def ask(prompts):
    async with EmbeddedBackend(None) as backend:
        return [(await backend.ask(prompt)).candidates for prompt in prompts]

prompts = [
    Prompt(one["instruction"], tuple(Shot(*shot) for shot in one["shots"]), one["question"])
    for one in json.load(sys.stdin)
]
answers = asyncio.run(ask(prompts))
print(json.dumps([[(item.token, item.logprob.hex()) for item in one] for one in answers]))
"""


@pytest.fixture(scope="module")
def expected(ask: Ask) -> dict[Question, Distribution]:
    """What the judge says at first hearing."""
    return heard(ask, QUESTIONS)


def heard(ask: Ask, questions: Iterable[Question]) -> dict[Question, Distribution]:
    return {question: ask(WRITE(question)).candidates for question in questions}


def test_answers_are_bit_equal_in_any_order(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    assert len(set(expected.values())) == len(QUESTIONS)  # equal for no trivial reason
    assert heard(ask, reversed(QUESTIONS)) == expected
    assert heard(ask, QUESTIONS[::2] + QUESTIONS[1::2]) == expected


def test_answers_are_bit_equal_after_other_prompts(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    question = QUESTIONS[3]
    for other in (OTHER, Prompt(WRITE(question).instruction, (), "quite different " * 20)):
        ask(other)
        assert ask(WRITE(question)).candidates == expected[question]


def test_answers_are_bit_equal_after_reasons_and_reasons_are_equal(
    runner: asyncio.Runner,
    backend: EmbeddedBackend,
    ask: Ask,
    expected: dict[Question, Distribution],
) -> None:
    first = runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), 60))
    assert ask(WRITE(QUESTIONS[2])).candidates == expected[QUESTIONS[2]]
    runner.run(backend.explain(WHY(Ruling("baseball", "cryptography", related=False)), 60))
    assert runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), 60)).said == first.said
    assert ask(WRITE(QUESTIONS[2])).candidates == expected[QUESTIONS[2]]


def test_answers_below_articles_are_bit_equal_in_any_order(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    assert RUBRIC.article is not None
    excerpts = ("The goalkeeper was hurt.", "Keys of 64 bits are short. " * 8)
    writers = [written_below(WRITE, RUBRIC.article, excerpt) for excerpt in excerpts]
    prompts = [write(question) for write in writers for question in QUESTIONS[:3]]
    first = [ask(prompt).candidates for prompt in prompts]
    assert len({*first, *expected.values()}) == len(prompts) + len(QUESTIONS)
    assert ask(WRITE(QUESTIONS[5])).candidates == expected[QUESTIONS[5]]
    mixed = [4, 1, 3, 0, 5, 2]  # from article to article
    assert [ask(prompts[n]).candidates for n in mixed] == [first[n] for n in mixed]


def test_an_article_is_read_once_for_all_its_questions(ask: Ask) -> None:
    assert RUBRIC.article is not None
    write = written_below(WRITE, RUBRIC.article, "The goalkeeper was hurt. " * 20)
    costs = [ask(write(question)).usage for question in QUESTIONS[:2]]
    assert all(cost.prompt_tokens > 200 for cost in costs)
    assert all(cost.evaluated_tokens is not None and cost.evaluated_tokens < 20 for cost in costs)


def test_answers_are_bit_equal_after_questions_that_timed_out(
    runner: asyncio.Runner,
    backend: EmbeddedBackend,
    ask: Ask,
    expected: dict[Question, Distribution],
) -> None:
    async def give_up(question: Question, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await backend.ask(WRITE(question))

    for number, question in enumerate(QUESTIONS):
        with suppress(TimeoutError):
            runner.run(give_up(QUESTIONS[number - 1], 0.001 * (1 + number)))
        assert ask(WRITE(question)).candidates == expected[question]


def test_answers_are_bit_equal_after_a_fresh_load(
    gguf: Path, expected: dict[Question, Distribution]
) -> None:
    async def ask_anew() -> dict[Question, Distribution]:
        async with EmbeddedBackend(gguf) as backend:
            return {
                question: (await backend.ask(WRITE(question))).candidates
                for question in reversed(QUESTIONS)
            }

    assert asyncio.run(ask_anew()) == expected


def test_answers_are_bit_equal_in_another_process(expected: dict[Question, Distribution]) -> None:
    questions = [*QUESTIONS[5:], *QUESTIONS[:5]]
    prompts = [
        {
            "instruction": prompt.instruction,
            "shots": [(shot.question, shot.answer) for shot in prompt.shots],
            "question": prompt.question,
        }
        for prompt in map(WRITE, questions)
    ]
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS],
        input=json.dumps(prompts),
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [
        tuple(TokenProbability(token, float.fromhex(logprob)) for token, logprob in one)
        for one in json.loads(done.stdout)
    ]
    assert dict(zip(questions, answers, strict=True)) == expected


def test_the_rubrics_answers_are_among_the_candidates(
    expected: dict[Question, Distribution],
) -> None:
    for candidates in expected.values():
        assert len(candidates) == 20
        assert all(item.logprob <= 0 for item in candidates)
        assert sum(math.exp(item.logprob) for item in candidates) <= 1 + 1e-6
        assert read_answer(candidates, RUBRIC.question.answers).mass > 0.5


def test_only_what_follows_the_constant_part_is_computed(ask: Ask) -> None:
    ask(WRITE(QUESTIONS[0]))
    usage = ask(WRITE(QUESTIONS[7])).usage
    assert usage.generated_tokens == 1
    assert usage.evaluated_tokens is not None
    assert 0 < usage.evaluated_tokens <= 20
    assert usage.prompt_tokens > 3 * usage.evaluated_tokens


def test_a_prompt_too_long_is_unanswered_and_the_next_is_not(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    prompt = WRITE(QUESTIONS[0])
    for too_long in (
        Prompt(prompt.instruction, prompt.shots, "word " * 3000),
        Prompt("word " * 3000, (), "short"),
        Prompt(OTHER.instruction, OTHER.shots, "word " * 3000),
    ):
        with pytest.raises(Unanswered) as caught:
            ask(too_long)
        assert type(caught.value) is Unanswered  # another attempt would not help
        assert caught.value.reason == "prompt-too-long"
        assert ask(prompt).candidates == expected[QUESTIONS[0]]


def test_a_refused_rubric_leaves_the_answers_to_others_as_they_were(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    with pytest.raises(ConfigError):
        ask(Prompt("Decide.", (), "Two?", ("one thing", "one more thing")))
    assert ask(WRITE(QUESTIONS[2])).candidates == expected[QUESTIONS[2]]
