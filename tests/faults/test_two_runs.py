"""Two runs on one directory: the second ends at once and is told who holds it."""

import json
import platform
import time
from pathlib import Path

import pytest
from running import assert_fails, ended, evaluator, findings, journaled, start
from small_run import QUESTIONS, GatedJudge, asked, judge_command, wait_for_answers

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.mark.parametrize("command", ["judge", "judge --fresh", "matrix", "run"])
def test_a_second_run_is_told_who_holds_the_directory_and_changes_nothing(
    predictions: Path,
    gated: GatedJudge,
    tmp_path: Path,
    command: str,
    tiny_model: Path,
) -> None:
    save_to = tmp_path / "run"
    labels = tmp_path / "labels.txt"
    labels.write_text("cars\ncooking\nmedicine\n", "utf-8")
    data = tmp_path / "cases.csv"
    data.write_text("text,label\nthe engine,cars\n", "utf-8")
    inputs = {
        "judge": ["--predictions", predictions],
        "matrix": ["--labels", labels],
        "run": ["--data", data, "--model", tiny_model],
    }
    first = start(*judge_command(predictions, gated, save_to))
    wait_for_answers(save_to, 2, first)
    name, *fresh = command.split()
    # It is refused before it looks for its judge, which is not there.
    judge = ["--judge", "ollama:llama3.2", "--judge-url", NOBODY_LISTENS]
    second = evaluator(name, *inputs[name], *judge, "--save-to", save_to, *fresh)
    holder = f"{save_to} is in use by process {first.pid} on {platform.node()}, since 20"
    assert_fails(second, 74, holder, "wait until that run has ended, or use another --save-to")
    gated.open_gate()
    assert ended(first).code == 0
    assert len(journaled(save_to, "answers")) == QUESTIONS
    assert findings(save_to)["cases"]["unscored"] == 0


def test_a_damaged_name_of_the_holder_still_gives_a_sentence(
    predictions: Path, gated: GatedJudge, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, gated, save_to)
    first = start(*command)
    wait_for_answers(save_to, 2, first)
    (save_to / ".holder.json").write_bytes(b"\x00" * 40)
    assert_fails(evaluator(*command), 74, f"{save_to} is in use by another process; wait")
    gated.open_gate()
    assert ended(first).code == 0


def test_a_killed_holder_blocks_nobody(
    predictions: Path, gated: GatedJudge, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, gated, save_to)
    killed = start(*command)
    wait_for_answers(save_to, 4, killed)
    killed.kill()
    killed.communicate()
    gated.open_gate()
    assert json.loads((save_to / ".holder.json").read_bytes())["pid"] == killed.pid
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert "ontinuing the run" in resumed.err
    assert not (save_to / ".holder.json").exists()


def test_of_two_starts_at_the_same_moment_one_works(
    predictions: Path, gated: GatedJudge, tmp_path: Path
) -> None:
    command = judge_command(predictions, gated, tmp_path / "run")
    one, other = both = [start(*command) for _ in range(2)]
    while one.poll() is None and other.poll() is None:
        time.sleep(0.01)
    gated.open_gate()
    ends = sorted((ended(process) for process in both), key=lambda end: end.code)
    assert ends[0].code == 0, ends[0].err
    winner = other if one.returncode else one
    assert_fails(ends[1], 74, f"is in use by process {winner.pid} on {platform.node()}")
    assert asked(gated).total() == len(asked(gated)) == QUESTIONS
