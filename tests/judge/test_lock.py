from dataclasses import replace

from evaluator.backends.protocol import JudgeIdentity
from evaluator.judge.lock import lock_of
from evaluator.judge.rubric_file import load_rubric

RUBRIC = load_rubric("category-relevance")
IDENTITY = JudgeIdentity("ollama", "llama3.2:latest", "sha256:1", "0.12.11", ("num_ctx=2048",))


def test_a_lock_holds_the_judge_and_the_rubric() -> None:
    assert lock_of(IDENTITY, RUBRIC).model_dump() == {
        "backend": "ollama",
        "model": "llama3.2:latest",
        "digest": "sha256:1",
        "server_version": "0.12.11",
        "options": ("num_ctx=2048",),
        "rubric": "category-relevance",
        "prompt_hash": RUBRIC.prompt_hash,
        "scoring": "logprobs",
        "article_hash": None,
    }


def test_how_answers_are_read_is_part_of_the_lock() -> None:
    written = replace(IDENTITY, scoring="text")
    assert lock_of(written, RUBRIC).scoring == "text"
    assert lock_of(written, RUBRIC) != lock_of(IDENTITY, RUBRIC)


def test_equal_locks_differ_in_nothing() -> None:
    assert lock_of(IDENTITY, RUBRIC).differences(lock_of(IDENTITY, RUBRIC)) == []


def test_each_difference_shows_now_and_then() -> None:
    then = lock_of(IDENTITY, RUBRIC)
    now = then.model_copy(update={"digest": "sha256:2", "server_version": "0.13.0"})
    assert now.differences(then) == [
        "digest (sha256:2, was sha256:1)",
        "server_version (0.13.0, was 0.12.11)",
    ]
