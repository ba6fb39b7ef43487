"""Steps in order and in time."""

import threading
import time

import pytest

from evaluator.errors import JudgeUnavailable, StorageFailed
from evaluator.run.doctor.walking import Found, Step, Walk, skipped, warning


def step(name: str, check: object = None, seconds: float = 30.0) -> Step:
    done = check or (lambda: Found("fine"))
    return Step(name, done, StorageFailed, "do something.", seconds)  # type: ignore[arg-type]


def fail(sentence: str) -> Step:
    def check() -> Found:
        raise JudgeUnavailable(sentence)

    return step("broken", check)


def test_steps_after_a_failed_one_are_not_reached() -> None:
    taken: list[str] = []
    after = step("after", lambda: taken.append("after") or Found(""))
    found = list(Walk(10).along([step("before"), fail("it is broken; mend it."), after], "judge"))
    assert [one.state for one in found] == ["ok", "failed", "not reached"]
    assert [one.subject for one in found] == ["judge"] * 3
    assert (found[1].found, found[1].advice) == ("it is broken", "mend it.")
    assert found[1].exit_code == 3
    assert taken == []


@pytest.mark.parametrize(
    ("said", "wrong", "todo"),
    [
        ("a is broken (b; c); mend it.", "a is broken (b; c)", "mend it."),
        ("a is broken: b (1. of 2). Mend it.", "a is broken: b (1. of 2)", "Mend it."),
        ("a is broken", "a is broken", "do something."),
    ],
)
def test_what_to_do_is_what_an_error_says_last(said: str, wrong: str, todo: str) -> None:
    (found,) = Walk(10).along([fail(said)])
    assert (found.found, found.advice) == (wrong, todo)


def test_an_error_without_advice_gets_that_of_its_step() -> None:
    (found,) = Walk(10).along([fail("it is broken.")])
    assert (found.found, found.advice) == ("it is broken", "do something.")


def test_warnings_and_skipped_steps_end_no_walk() -> None:
    steps = [
        step("a", lambda: warning("odd", "look.")),
        step("b", lambda: skipped("no")),
        step("c"),
    ]
    found = list(Walk(10).along(steps))
    assert [one.state for one in found] == ["warning", "skipped", "ok"]
    assert [one.exit_code for one in found] == [0, 0, 0]


def test_a_failed_finding_elsewhere_can_stand_before_steps() -> None:
    walk = Walk(10)
    (broken,) = walk.along([fail("it is broken; mend it.")])
    (found,) = walk.along([step("next")], after=broken)
    assert (found.state, found.found) == ("not reached", "“broken” has to be right first")


def test_a_step_that_hangs_is_left_behind_and_fails_as_its_kind() -> None:
    release = threading.Event()
    walk = Walk(30)
    hanging = step("hanging", lambda: release.wait(60) and Found(""), seconds=0.2)
    started = time.monotonic()
    (found,) = walk.along([hanging])
    release.set()
    assert time.monotonic() - started < 30
    assert walk.left_behind
    assert (found.state, found.exit_code) == ("failed", 74)
    assert found.found == "it did not come to an end in 0.2 s"
    assert found.advice == "do something."


def test_no_step_begins_when_the_time_is_up() -> None:
    taken: list[str] = []
    walk = Walk(0.05)
    time.sleep(0.06)
    (found,) = walk.along([step("late", lambda: taken.append("late") or Found(""))])
    assert (found.state, found.found, taken) == ("not reached", "the time was up", [])
