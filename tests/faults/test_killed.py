"""What a killed process leaves half-written is gone after the next start."""

from pathlib import Path

from ollama_server import OllamaServer
from running import case_lines, evaluator, start
from small_run import CASES_TO_WATCH, judge_command, wait_for_half_written_cases, write_predictions


def test_half_written_results_of_a_killed_run_are_swept_by_the_next(
    server: OllamaServer, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    many = write_predictions(tmp_path / "many.csv", CASES_TO_WATCH)
    command = judge_command(many, server, save_to)
    process = start(*command)
    wait_for_half_written_cases(save_to, process)
    process.kill()
    process.communicate()
    assert len(list(save_to.glob(".cases.jsonl.*"))) == 1
    assert not (save_to / "cases.jsonl").exists()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert len(case_lines(save_to)) == CASES_TO_WATCH
    assert sorted(path.name for path in save_to.glob(".*")) == [".journal", ".lock"]
