"""Two stages at once, one of them in a thread."""

from collections.abc import Callable
from threading import Event, current_thread, main_thread

import pytest

from evaluator.errors import JudgeUnavailable, ModelUnusable
from evaluator.run import beside as module
from evaluator.run.beside import StageBeside, is_stage_left_behind
from evaluator.run.progress import Progress

PATIENCE = 120.0


def counted(until: Callable[[], bool]) -> Callable[[Progress], int]:
    """Return a stage that takes a step after another until it is over."""

    def work(progress: Progress) -> int:
        steps = 0
        with progress.stage("counting", None, "steps") as advance:
            while not until():
                steps += 1
                advance(1)
        return steps

    return work


def test_both_stages_work_at_the_same_time(progress: Progress) -> None:
    here, there = Event(), Event()

    def work(shown: Progress) -> str:
        assert here.wait(PATIENCE)
        there.set()
        return current_thread().name

    with StageBeside(work, progress) as beside:
        here.set()
        assert there.wait(PATIENCE)
        assert beside.result() != main_thread().name


def test_the_stage_in_this_thread_ends_when_the_other_fails(progress: Progress) -> None:
    def fail(shown: Progress) -> None:
        raise ModelUnusable("broken.")

    with (
        pytest.raises(ModelUnusable, match="broken"),
        StageBeside(fail, progress) as beside,
    ):
        counted(lambda: False)(beside.progress)


def test_the_other_stage_ends_when_the_one_in_this_thread_fails(progress: Progress) -> None:
    begun, ended = Event(), Event()

    def work(shown: Progress) -> None:
        try:
            counted(lambda: begun.set() or False)(shown)
        finally:
            ended.set()

    with pytest.raises(JudgeUnavailable, match="gone"), StageBeside(work, progress):
        assert begun.wait(PATIENCE)
        raise JudgeUnavailable("gone.")
    assert ended.is_set()


def test_an_interruption_ends_both(progress: Progress) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        StageBeside(counted(lambda: False), progress),
    ):
        raise KeyboardInterrupt


def test_an_interruption_leaves_a_stage_behind_that_takes_no_step(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.05)
    go_on = Event()
    with (
        pytest.raises(KeyboardInterrupt),
        StageBeside(lambda _: go_on.wait(PATIENCE), progress) as beside,
    ):
        raise KeyboardInterrupt
    assert is_stage_left_behind()
    go_on.set()
    assert beside.result()


def test_a_failure_after_the_stage_in_this_thread_is_met_with_the_result(
    progress: Progress,
) -> None:
    def fail(shown: Progress) -> None:
        raise ModelUnusable("broken.")

    with pytest.raises(ModelUnusable, match="broken"), StageBeside(fail, progress) as beside:
        beside.result()


def test_both_stages_show_their_progress(progress: Progress) -> None:
    steps = iter(range(3))
    with StageBeside(counted(lambda: next(steps, None) is None), progress) as beside:
        with beside.progress.stage("judging", 2, "questions", done=1) as advance:
            advance(1)
        assert beside.result() == 3
    assert sorted(progress.stages) == [  # type: ignore[attr-defined]
        ("counting", None, "steps", 0, 3),
        ("judging", 2, "questions", 1, 2),
    ]
