"""What is shown of stages, also of two at a time."""

import re
from threading import Thread

import pytest

from evaluator.cli.progress import Bars, LineProgress


def test_stages_at_the_same_time_share_one_set_of_bars(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    bars = Bars()
    with bars.stage("classifying", 3, "cases") as classified:
        with bars.stage("judging", 4, "questions", done=1) as judged:
            judged(2)
            thread = Thread(target=classified, args=(3,))
            thread.start()
            thread.join()
        with bars.stage("calibrating", 1, "questions") as calibrated:
            calibrated(1)
    shown = capsys.readouterr().err
    for name, counts in (("classifying", "3/3"), ("judging", "3/4"), ("calibrating", "1/1")):
        assert len(re.findall(rf"{name} .* {counts} ", shown)) == 1


def test_each_stage_alone_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    for name in ("reading", "scoring"):
        with pytest.raises(KeyboardInterrupt), bars.stage(name, None, "cases"):
            raise KeyboardInterrupt
    shown = capsys.readouterr().err
    assert (shown.count("reading"), shown.count("scoring")) == (1, 1)


def test_lines_tell_of_each_stage_apart() -> None:
    lines: list[tuple[str, int]] = []
    shown = LineProgress(lambda stage, done, *_: lines.append((stage, done)))
    with shown.stage("classifying", 3, "cases") as classified:
        with shown.stage("judging", 4, "questions") as judged:
            judged(4)
        classified(3)
    assert lines == [("classifying", 0), ("judging", 0), ("judging", 4), ("classifying", 3)]
