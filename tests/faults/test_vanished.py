"""A run directory, or its journal, that vanishes while the run works."""

import errno
import shutil
from pathlib import Path

import pytest
from fated import start_held_in_cases
from ollama_server import OllamaServer
from running import assert_fails, ended, evaluator, findings, journaled, start
from small_run import QUESTIONS, GatedJudge, asked, judge_command, wait_for_answers


def delete(folder: Path) -> None:
    """Delete a folder in which a run may just be making a file."""
    for _ in range(100):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
        else:
            return
    raise AssertionError(f"{folder} fills up again and again")


@pytest.mark.parametrize("recreated", [False, True])
def test_a_deleted_directory_ends_the_run_with_a_sentence(
    predictions: Path, undisturbed: Path, gated: GatedJudge, tmp_path: Path, recreated: bool
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, gated, save_to)
    process = start(*command)
    wait_for_answers(save_to, 4, process)
    delete(save_to)
    if recreated:
        save_to.mkdir()
    gated.open_gate()
    said = f"{save_to} was deleted or replaced while the run worked, and what it had computed"
    assert_fails(ended(process), 74, said, "run the same command again to start over")
    assert list(tmp_path.glob("run/*")) == []
    gated.forget_requests()
    again = evaluator(*command)
    assert again.code == 0, again.err
    assert asked(gated).total() == QUESTIONS
    assert findings(save_to) == findings(undisturbed)


def test_a_directory_that_vanishes_under_the_results_ends_the_run_with_the_same_sentence(
    predictions: Path, server: OllamaServer, tmp_path: Path
) -> None:
    save_to, go_on = tmp_path / "run", tmp_path / "go on"
    process = start_held_in_cases(judge_command(predictions, server, save_to), save_to, go_on)
    delete(save_to)
    go_on.touch()
    said = f"{save_to} was deleted or replaced while the run worked, and what it had computed"
    assert_fails(ended(process), 74, said)
    assert not save_to.exists()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_deleted_journal_ends_the_run_and_the_next_continues_from_what_is_there(
    predictions: Path, undisturbed: Path, gated: GatedJudge, tmp_path: Path, replaced: bool
) -> None:
    save_to = tmp_path / "run"
    command = judge_command(predictions, gated, save_to)
    process = start(*command)
    wait_for_answers(save_to, 4, process)
    journal = save_to / ".journal" / "answers.jsonl"
    copy = journal.with_name("copy")
    copy.write_bytes(journal.read_bytes())
    journal.unlink()
    if replaced:
        copy.replace(journal)
    gated.open_gate()
    said = f"{journal} was deleted or replaced while the run worked, and what it kept is lost"
    assert_fails(ended(process), 74, said, "run the same command again")
    gated.forget_requests()
    assert len(journaled(save_to, "answers")) == (4 if replaced else 0)
    assert evaluator(*command).code == 0
    assert asked(gated).total() == QUESTIONS - (4 if replaced else 0)
    assert findings(save_to) == findings(undisturbed)
