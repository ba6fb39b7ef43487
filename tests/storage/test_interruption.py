import signal
import threading
import time
from collections.abc import Iterator

import pytest
from running import PATIENCE

from evaluator.storage.interruption import AGAIN_SECONDS, SIGNAL, interruptible


@pytest.fixture(params=[signal.SIG_IGN, signal.default_int_handler])
def _ctrl_c(request: pytest.FixtureRequest) -> Iterator[None]:
    """SIGINT ignored, as in what a script starts in the background, and heard."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


def wait_to_be_interrupted() -> float:
    """Return how long a long sleep lasts that another thread ends."""
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interruptible() as interrupt:
        threading.Timer(0.05, interrupt).start()
        time.sleep(PATIENCE)
    return time.monotonic() - started


@pytest.mark.usefixtures("_ctrl_c")
def test_another_thread_ends_what_the_main_thread_waits_for() -> None:
    assert wait_to_be_interrupted() < PATIENCE / 2


def test_a_signal_that_wakes_nobody_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, kill = [], signal.pthread_kill

    def first_one_lost(thread: int, number: int) -> None:
        sent.append(number)
        if len(sent) > 1:
            kill(thread, number)

    monkeypatch.setattr(signal, "pthread_kill", first_one_lost)
    assert wait_to_be_interrupted() < PATIENCE / 2
    assert sent[:2] == [SIGNAL, SIGNAL]


def test_cleaning_up_is_not_interrupted_again() -> None:
    with interruptible() as interrupt:
        thread = threading.Thread(target=interrupt)
        with pytest.raises(KeyboardInterrupt):
            thread.start()
            time.sleep(PATIENCE)
        time.sleep(3 * AGAIN_SECONDS)
        thread.join()


def test_nothing_is_interrupted_after_the_context() -> None:
    before = signal.getsignal(SIGNAL)
    with interruptible() as interrupt:
        pass
    interrupt()
    assert signal.getsignal(SIGNAL) == before


def test_in_another_thread_it_interrupts_nothing() -> None:
    ended = threading.Event()

    def work() -> None:
        with interruptible() as interrupt:
            interrupt()
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended.is_set()
