"""The judge in this process, with the packaged model."""

import asyncio
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from running import environment

from evaluator.backends import embedded
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.protocol import Prompt, Reply, Shot, TokenProbability, Unanswered
from evaluator.errors import ConfigError, EvaluatorError, JudgeUnavailable
from evaluator.judge.article_questions import written_below
from evaluator.judge.labels import labels_from_names
from evaluator.judge.question import Question, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import read_answer

TOPICS = ("ice hockey", "baseball", "cryptography", "motorcycles")
QUESTIONS = [Question(first, second) for first in TOPICS for second in TOPICS if first != second]
RUBRIC = load_rubric("category-relevance")
WRITE = prompt_writer(RUBRIC, labels_from_names(TOPICS))
WHY = reason_writer(RUBRIC, labels_from_names(TOPICS))
HOCKEY_AND_BASEBALL = Ruling("ice hockey", "baseball", related=True)
OTHER = Prompt("Name the capital.", (Shot("France:", "Paris"), Shot("Italy:", "Rome")), "Spain:")

Distribution = tuple[TokenProbability, ...]
Ask = Callable[[Prompt], Reply]

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
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module")
def backend(runner: asyncio.Runner, gguf: Path) -> Iterator[EmbeddedBackend]:
    one = EmbeddedBackend(None)
    runner.run(one.__aenter__())
    yield one
    runner.run(one.__aexit__())


@pytest.fixture(scope="module")
def ask(runner: asyncio.Runner, backend: EmbeddedBackend) -> Ask:
    return lambda prompt: runner.run(backend.ask(prompt))


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


def test_a_reason_is_the_rest_of_its_line(runner: asyncio.Runner, backend: EmbeddedBackend) -> None:
    reply = runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), 60))
    assert "sports" in reply.said
    assert "\n" not in reply.said
    assert reply.candidates == ()
    assert 0 < reply.usage.generated_tokens < 60


def test_a_reason_has_no_more_tokens_than_it_may(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    for tokens in (1, 3):
        reply = runner.run(backend.explain(WHY(HOCKEY_AND_BASEBALL), tokens))
        assert reply.usage.generated_tokens == tokens


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


def test_a_reason_that_does_not_fit_is_unanswered(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    with pytest.raises(Unanswered, match="prompt-too-long"):
        runner.run(backend.explain(Prompt("Say why.", (), "long " * 3000), 60))


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


@pytest.mark.parametrize(
    ("choices", "token_of"),
    [
        (("related words", "related not at all"), "related"),
        (("Yes", "Yes, but"), "Yes"),
        (("Yes", "No", "No way"), "No"),
    ],
)
def test_answers_that_begin_with_the_same_token_are_refused(
    ask: Ask, choices: tuple[str, ...], token_of: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ask(Prompt("Decide.", (Shot("One?", choices[0]),), "Two?", choices))
    clashing = [choice for choice in choices if choice.startswith(token_of)]
    assert str(caught.value) == (
        f"the model gemma-3-270m-q4_k_m.gguf begins '{clashing[0]}' and '{clashing[1]}' with the "
        "same token, the only one that is read: choose other answer words in the rubric."
    )


@pytest.mark.parametrize("name", ["category-relevance", "category-relevance-ja"])
def test_the_answers_of_every_rubric_begin_with_their_own_tokens(ask: Ask, name: str) -> None:
    rubric = load_rubric(name)
    prompt = prompt_writer(rubric, labels_from_names(TOPICS))(QUESTIONS[0])
    assert read_answer(ask(prompt).candidates, rubric.question.answers).mass > 0.5


def test_a_refused_rubric_leaves_the_answers_to_others_as_they_were(
    ask: Ask, expected: dict[Question, Distribution]
) -> None:
    with pytest.raises(ConfigError):
        ask(Prompt("Decide.", (), "Two?", ("one thing", "one more thing")))
    assert ask(WRITE(QUESTIONS[2])).candidates == expected[QUESTIONS[2]]


def test_an_answer_tells_where_its_time_went(ask: Ask) -> None:
    durations = ask(WRITE(QUESTIONS[0])).durations
    assert durations is not None
    assert durations.prompt > 0
    assert durations.generation > 0
    assert (durations.waiting, durations.loading) == (0, 0)


def test_it_does_not_tell_where_its_model_lies(
    runner: asyncio.Runner, backend: EmbeddedBackend
) -> None:
    assert runner.run(backend.outside_gpu()) is None


def test_the_identity_holds_the_files_digest(backend: EmbeddedBackend, gguf: Path) -> None:
    with gguf.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    assert backend.identity.digest == f"sha256:{digest}"
    assert (backend.identity.backend, backend.identity.model) == ("embedded", gguf.name)
    assert backend.identity.server_version.startswith("xllamacpp 20")
    assert backend.identity.options == ("n_ctx=2048", "n_parallel=1", "swa_full=true")


def test_a_given_file_has_its_own_digest(gguf: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other.gguf"
    shutil.copyfile(gguf, copy)

    async def identity() -> tuple[str, str]:
        async with EmbeddedBackend(copy) as backend:
            return backend.identity.model, backend.identity.digest

    try:
        with copy.open("r+b") as content:
            content.seek(-1, os.SEEK_END)
            content.write(b"?")
            content.seek(0)
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        assert asyncio.run(identity()) == ("other.gguf", f"sha256:{digest}")
    finally:
        copy.unlink()  # pytest would keep its many bytes for days


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/completion"), ("POST", "/tokenize"), ("GET", "/v1/models"), ("GET", "/slots")],
)
def test_the_loopback_port_needs_its_key(backend: EmbeddedBackend, method: str, path: str) -> None:
    address = backend._server.listening_address
    assert httpx.URL(address).host == "127.0.0.1"
    body = {"prompt": "x", "content": "x"} if method == "POST" else None
    for headers in ({}, {"Authorization": "Bearer guess"}):
        with httpx.Client(trust_env=False, base_url=address, headers=headers) as client:
            assert client.request(method, path, json=body).status_code == 401


def opening_failure(gguf: Path | None) -> EvaluatorError:
    async def enter() -> None:
        async with EmbeddedBackend(gguf):
            pass

    with pytest.raises(EvaluatorError) as caught:
        asyncio.run(enter())
    return caught.value


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read: No such file"), (b"", "not a GGUF"), (b"PK\x03\x04", "not a GGUF")],
)
def test_a_file_that_is_no_model_is_a_wrong_setting(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "judge.gguf"
    if content is not None:
        path.write_bytes(content)
    error = opening_failure(path)
    assert isinstance(error, ConfigError)
    assert complaint in str(error) and str(path) in str(error)
    assert isinstance(opening_failure(tmp_path), ConfigError)


def test_a_truncated_model_is_a_judge_that_is_not_there(
    gguf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "half.gguf"
    with gguf.open("rb") as content:
        path.write_bytes(content.read(10_000_000))
    error = opening_failure(path)
    assert isinstance(error, JudgeUnavailable)
    assert str(error) == f"llama.cpp cannot load {path}: is the file complete?"
    assert capfd.readouterr().out == ""


def test_without_llama_cpp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    error = opening_failure(None)
    assert isinstance(error, JudgeUnavailable)
    assert "pip install 'llm-judge-evaluator[embedded]'" in str(error)


def test_a_library_that_llama_cpp_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = 'raise ImportError("libgomp.so.1: cannot open shared object file")'
    (tmp_path / "xllamacpp.py").write_text(broken, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    error = opening_failure(None)
    assert isinstance(error, JudgeUnavailable)
    assert "cannot be loaded here: libgomp.so.1: cannot open" in str(error)
    assert "pip install" not in str(error)


@pytest.mark.parametrize(
    ("limit", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None)]
)
def test_a_containers_cpu_limit_counts(
    limit: str, most: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpu.max"
    path.write_text(limit, "ascii")
    monkeypatch.setattr(embedded, "CPU_LIMIT", path)
    there = len(os.sched_getaffinity(0))
    assert embedded._processors() == (there if most is None else min(there, most))
    assert 1 <= embedded.processor_threads() <= there
