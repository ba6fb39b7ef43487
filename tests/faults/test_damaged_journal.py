"""A journal or record that was damaged between two starts: what is whole is used again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ollama_server import OllamaServer
from running import assert_fails, evaluator, findings
from small_run import QUESTIONS, asked, judge_command

LOST = 7


def keep_but(journal: Path, damage: Callable[[bytes], bytes]) -> None:
    """Damage the last lines of a journal."""
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-LOST]) + damage(b"".join(lines[-LOST:])))


def zeros(lines: bytes) -> bytes:
    return bytes(len(lines))


def many_torn_lines(lines: bytes) -> bytes:
    return lines.replace(b'"first"', b'"fir') * 100


def a_line_of_a_hundred_megabytes(lines: bytes) -> bytes:
    return b"garbage " * 12_500_000


@pytest.fixture
def damaged(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of a finished run, for a test to damage."""
    save_to = tmp_path / "run"
    shutil.copytree(undisturbed, save_to)
    return save_to


@pytest.mark.parametrize(
    ("damage", "warning"),
    [
        (zeros, f"line {QUESTIONS - LOST + 1} is damaged: doing it again"),
        (a_line_of_a_hundred_megabytes, f"line {QUESTIONS - LOST + 1} is damaged: doing it again"),
        (
            many_torn_lines,
            f"has {LOST * 100} damaged lines, the first is line {QUESTIONS - LOST + 1}: doing them",
        ),
    ],
)
def test_what_is_whole_is_used_and_the_rest_asked_again(
    predictions: Path,
    server: OllamaServer,
    damaged: Path,
    damage: Callable[[bytes], bytes],
    warning: str,
) -> None:
    found = findings(damaged)
    journal = damaged / ".journal" / "answers.jsonl"
    keep_but(journal, damage)
    command = judge_command(predictions, server, damaged)
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert resumed.err.count(f"{journal} {warning}") == resumed.err.count("damaged") == 1
    assert asked(server).total() == LOST
    assert findings(damaged) == found
    server.forget_requests()
    assert evaluator(*command).code == 0
    assert asked(server).total() == 0


@pytest.mark.parametrize("name", ["run.json", ".journal/answers.jsonl"])
def test_a_folder_in_a_files_place_is_named(
    predictions: Path, server: OllamaServer, damaged: Path, name: str
) -> None:
    (damaged / name).unlink()
    (damaged / name).mkdir()
    ended = evaluator(*judge_command(predictions, server, damaged))
    assert_fails(ended, 74, f"{damaged / name} cannot be read: Is a directory")
    assert asked(server).total() == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: json.dumps({**json.loads(content), "schema_version": 2}).encode(),
    ],
    ids=["torn", "zeros", "later version"],
)
def test_a_record_that_cannot_be_continued_is_refused_but_not_by_fresh(
    predictions: Path,
    undisturbed: Path,
    server: OllamaServer,
    damaged: Path,
    damage: Callable[[bytes], bytes],
) -> None:
    record = damaged / "run.json"
    record.write_bytes(damage(record.read_bytes()))
    before = record.read_bytes()
    command = judge_command(predictions, server, damaged)
    refused = evaluator(*command)
    assert_fails(refused, 2, f"{record} is not a record this version can continue", "--fresh")
    assert record.read_bytes() == before
    assert asked(server).total() == 0
    fresh = evaluator(*command, "--fresh")
    assert fresh.code == 0, fresh.err
    assert findings(damaged) == findings(undisturbed)
