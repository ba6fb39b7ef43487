"""Slots from what questions waited; expected values by hand."""

from evaluator.backends.protocol import Durations
from evaluator.run.doctor.overlap import AtOnce, Timed, overlap_found, slots_seen


def timed(waiting: float, computing: float = 0.1) -> Timed:
    return Timed(waiting + computing, Durations(waiting, 0.0, computing / 2, computing / 2))


def together(*waits: float) -> AtOnce:
    answers = [timed(wait) for wait in waits]
    return AtOnce(max(one.seconds for one in answers), answers)


ALONE = timed(0.02)


def test_only_the_first_of_a_queue_waits_for_nobody() -> None:
    # Alone a question waits 0.02 s and computes 0.1 s, so up to 0.07 s is no waiting for another.
    assert slots_seen(ALONE, together(0.02, 0.12, 0.22, 0.32)) == 1


def test_two_slots_begin_with_two_questions() -> None:
    assert slots_seen(ALONE, together(0.02, 0.03, 0.12, 0.13)) == 2


def test_all_that_begin_at_once_have_a_slot() -> None:
    assert slots_seen(ALONE, together(0.02, 0.03, 0.04, 0.05)) == 4


def test_there_is_always_one_slot() -> None:
    assert slots_seen(ALONE, together(0.5, 0.6)) == 1


def test_a_server_that_does_not_tell_is_judged_by_the_clock_alone() -> None:
    alone = Timed(0.1, None)
    silent = [Timed(0.1, None)] * 4
    assert slots_seen(alone, AtOnce(0.1, silent)) is None
    # 4 x 0.1 s of work in 0.12 s is a gain of 3.3; in 0.4 s of 1.
    assert overlap_found(alone, AtOnce(0.12, silent), is_ollama=False).state == "ok"
    serial = overlap_found(alone, AtOnce(0.4, silent), is_ollama=False)
    assert serial.state == "warning"
    assert serial.text == ("4 questions at once took 0.4 s, one alone 0.1 s: they hardly overlap")
