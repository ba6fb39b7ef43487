"""A disk that fills up at any write: one sentence, exit code 74, and nothing computed is lost."""

import shutil
import sys
from pathlib import Path

import pytest
from disks import PAGE, fill, pages
from ollama_server import OllamaServer
from running import assert_fails, case_lines, ended, evaluator, findings, journaled, start
from small_run import (
    QUESTIONS,
    GatedJudge,
    asked,
    judge_command,
    wait_for_answers,
    write_predictions,
)

from evaluator.cli.progress import LineProgress
from evaluator.errors import StorageFailed
from evaluator.run.settings import RunSettings
from evaluator.run.sharding import run_whole_or_shard

FULL = "cannot be written: No space left on device; make room"
FILES = (
    "run.json",
    "deepeval-result.json",
    "cases.jsonl",
    "matrix.json",
    "pairs.csv",
    "summary.json",
    "report.html",
    "report.md",
)
BESIDE_EACH_OTHER = {"deepeval-result.json", "cases.jsonl"}
"""Written at the same time, so that either may meet the last page."""
HOLDERS_PAGE = 1
RECORDS_PAGES = 4  # of run.json, which holds the rubric in full

pytestmark = pytest.mark.skipif(PAGE != 4_096, reason="room is counted in pages of 4 KiB")


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """Below a path so long that run.json, which names it, ends in the middle of a page."""
    folder = tmp_path.joinpath(*["long" * 50] * 5)
    folder.mkdir(parents=True)
    return write_predictions(folder / "predictions.csv")


def results(save_to: Path) -> dict[str, bytes]:
    return {name: (save_to / name).read_bytes() for name in FILES[1:] if (save_to / name).exists()}


def assert_no_leftovers(save_to: Path) -> None:
    assert sorted(path.name for path in save_to.glob(".*")) == [".journal", ".lock"]


def test_while_answers_are_journaled_none_of_those_heard_is_asked_again(
    predictions: Path, undisturbed: Path, gated: GatedJudge, disk: Path
) -> None:
    save_to = disk / "run"
    command = judge_command(predictions, gated, save_to)
    process = start(*command)
    wait_for_answers(save_to, 4, process)
    ballast = fill(disk, pages_left=0)  # what is left is the rest of the journal's page
    gated.open_gate()
    assert_fails(ended(process), 74, f"{save_to / '.journal' / 'answers.jsonl'} {FULL}")
    heard = len(journaled(save_to, "answers"))
    assert 4 < heard < QUESTIONS
    assert_no_leftovers(save_to)
    ballast.unlink()
    gated.forget_requests()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert asked(gated).total() == QUESTIONS - heard
    assert findings(save_to) == findings(undisturbed)


@pytest.mark.parametrize("name", FILES)
def test_while_a_file_is_written_its_old_content_stays_and_no_answer_is_lost(
    predictions: Path, undisturbed: Path, server: OllamaServer, disk: Path, name: str
) -> None:
    save_to = disk / "run"
    command = judge_command(predictions, server, save_to)
    shutil.copytree(undisturbed, save_to)
    earlier = FILES[1 : FILES.index(name)]
    for file in earlier:  # what replaces nothing takes room, which runs out at `name`
        (save_to / file).unlink()
    old = results(save_to)
    taken = sum(pages(undisturbed / file) for file in (*earlier, name))
    ballast = fill(disk, pages_left=HOLDERS_PAGE + taken - 1)
    ended = evaluator(*command, "--threshold", "0.1")
    assert_fails(ended, 74, FULL)
    possible = BESIDE_EACH_OTHER if name in BESIDE_EACH_OTHER else {name}
    assert any(f"Error: {save_to / file} {FULL}" in ended.err for file in possible), ended.err
    new = results(save_to)
    assert new.keys() - possible == {*earlier, *old} - possible
    assert {file: new[file] for file in old} == old
    assert_no_leftovers(save_to)
    ballast.unlink()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert asked(server).total() == 0
    assert findings(save_to) == findings(undisturbed)
    assert case_lines(save_to) == case_lines(undisturbed)


def test_while_articles_are_classified_none_of_those_done_is_classified_again(
    server: OllamaServer, tmp_path: Path, disk: Path, tiny_model: Path
) -> None:
    data = tmp_path / "cases.csv"
    rows = [f"the engine number {number},cars" for number in range(60)]
    data.write_text("\n".join(["text,label", *rows]), "utf-8")
    judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url]
    save_to = disk / "run"
    command = ["run", "--data", data, "--model", tiny_model, *judge, "--save-to", save_to]
    # Six answers fit into a page of their journal; sixty classifications do not.
    ballast = fill(disk, pages_left=HOLDERS_PAGE + RECORDS_PAGES + 2)
    journal = save_to / ".journal" / "classifications.jsonl"
    assert_fails(evaluator(*command), 74, f"{journal} {FULL}")
    done = journaled(save_to, "classifications")
    assert 0 < len(done) < 60
    assert_no_leftovers(save_to)
    ballast.unlink()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    classified = [one["text_sha256"] for one in journaled(save_to, "classifications")]
    assert len(classified) == len(set(classified)) == 60
    assert findings(save_to)["cases"]["classified"] == 60


LIMIT = 32 * 1_024
FILE_SIZE_LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
for name in [one for one in os.environ if one.startswith("COVERAGE_")]:
    del os.environ[name]  # its data file would exceed the limit too
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_limit_that_a_file_exceeds_is_told_like_a_full_disk(
    server: OllamaServer, tmp_path: Path
) -> None:
    save_to = tmp_path / "run"
    many = write_predictions(tmp_path / "many.csv", 1_000)
    command = judge_command(many, server, save_to)
    limited = [sys.executable, "-c", FILE_SIZE_LIMITED, str(LIMIT)]
    ended = evaluator(*command, through=limited)
    assert_fails(ended, 74, f"{save_to / 'deepeval-result.json'} cannot be written: File too large")
    assert results(save_to) == {}
    assert_no_leftovers(save_to)
    server.forget_requests()
    resumed = evaluator(*command)
    assert resumed.code == 0, resumed.err
    assert asked(server).total() == 0
    assert (save_to / "cases.jsonl").stat().st_size > LIMIT


def test_a_shard_without_room_for_its_own_cases_keeps_none_and_is_continued(
    disk: Path, tiny_model: Path
) -> None:
    data = disk.parent / "cases.csv"
    rows = (f"{n},{'the engine ' * 100}{n},cars\n" for n in range(200))  # 110 KB in each shard
    data.write_text("id,text,label\n" + "".join(rows), "utf-8")
    told = {"data": data, "model_path": tiny_model, "save_to": disk / "root", "shard": "1/2"}
    settings, silent = RunSettings.model_validate(told), LineProgress(lambda *step: None)
    ballast = fill(disk, pages_left=10)
    with pytest.raises(StorageFailed, match=FULL):
        run_whole_or_shard(settings, silent, lambda *step: None)
    shard = disk / "root" / "shards" / "1-of-2"
    assert [path.name for path in shard.iterdir()] == [".lock"]
    ballast.unlink()
    run_whole_or_shard(settings, silent, lambda *step: None)
    assert (shard / "shard.json").exists()
