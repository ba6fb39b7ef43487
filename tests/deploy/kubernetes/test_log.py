"""A log is read once, wherever it breaks; its lines are read whatever they hold."""

import json

from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.deploy.kubernetes.log import LogPosition
from evaluator.deploy.kubernetes.log_line import StageProgress, parse_line, readable

NANOSECONDS = st.lists(st.integers(0, 3_000_000_000), min_size=1, max_size=12)


@searching
@given(NANOSECONDS, st.lists(st.integers(0, 12), max_size=5))
def test_every_line_comes_once_wherever_the_stream_breaks(
    times: list[int], breaks: list[int]
) -> None:
    """Lines of equal times included, as a server sends all of the second that it is asked from."""
    lines = [
        f"2026-11-21T10:00:{time // 10**9:02d}.{time % 10**9:09d}Z line {count}".encode()
        for count, time in enumerate(sorted(times))
    ]
    position, read = LogPosition(), []
    for length in [*breaks, len(lines)]:
        since = position.since.rstrip("Z").encode()
        sent = [line for line in lines if line[: len(since)] >= since]
        position.reopened()
        read.extend(said for line in sent[:length] if (said := position.new(line)) is not None)
    assert read == [line.partition(b" ")[2] for line in lines]


def test_a_position_is_asked_for_by_the_second_in_the_log_s_own_time_zone() -> None:
    position = LogPosition()
    assert position.since == ""
    position.new(b"2026-11-21T19:00:01.123456789+09:00 a")
    assert position.since == "2026-11-21T19:00:01+09:00"


def test_a_line_without_a_time_is_read_as_it_is() -> None:
    assert LogPosition().new(b"unable to retrieve container logs") == (
        b"unable to retrieve container logs"
    )


@searching
@given(st.text(max_size=80))
def test_any_line_is_read_and_none_steers_a_terminal(line: str) -> None:
    parse_line(line)
    assert readable(line).isprintable()


@searching
@given(
    st.dictionaries(
        st.sampled_from(["event", "stage", "done", "total", "unit", "rate", "message", "level"]),
        st.none()
        | st.integers()
        | st.floats()
        | st.text(max_size=9)
        | st.sampled_from(["progress", "log", "error"]),
    )
)
def test_any_object_is_progress_or_a_message_or_neither(said: dict[str, object]) -> None:
    found = parse_line(json.dumps(said))
    assert readable(json.dumps(said)).isprintable()
    if isinstance(found, StageProgress):
        assert found.seconds_left is None or found.seconds_left >= 0


def test_the_time_left_is_what_is_left_at_the_rate() -> None:
    half = StageProgress(stage="judging", done=10, total=40, unit="pairs", rate=2.0)
    assert half.seconds_left == 15  # 30 at 2 a second
    assert StageProgress(stage="a", done=1, total=None, rate=1.0).seconds_left is None
    assert StageProgress(stage="a", done=0, total=9, rate=0.0).seconds_left is None
