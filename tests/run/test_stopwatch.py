import time

import pytest

from evaluator.run.stopwatch import Stopwatch


def test_time_is_added_up_by_stage_even_when_it_fails() -> None:
    watch = Stopwatch()
    assert watch.seconds == {}
    for _ in range(2):
        with watch.timing("reading"):
            time.sleep(0.02)
    with pytest.raises(ZeroDivisionError), watch.timing("judging"):
        raise ZeroDivisionError
    assert list(watch.seconds) == ["reading", "judging"]
    assert 0.04 <= watch.seconds["reading"] < 60
    assert 0 <= watch.seconds["judging"] < 60
