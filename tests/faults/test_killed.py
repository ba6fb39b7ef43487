"""What a killed process leaves half-written is gone after the next start."""

from pathlib import Path

from fated import start_held_in_cases
from ollama_server import OllamaServer
from running import case_lines, evaluator
from small_run import CASES, judge_command


def test_half_written_results_of_a_killed_run_are_swept_by_the_next(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, server, save_to)
    process = start_held_in_cases(command, save_to, tmp_path / "never")
    process.kill()
    process.communicate()
    assert len(list(save_to.glob(".cases.jsonl.*"))) == 1
    assert not (save_to / "cases.jsonl").exists()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert len(case_lines(save_to)) == CASES
    assert sorted(path.name for path in save_to.glob(".*")) == [".journal", ".lock"]
