"""A run whose disk fails it at any system call is continued as if nothing had been."""

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import pytest
from forked import ForkedEvaluator
from ollama_server import OllamaServer
from running import Ended, assert_fails, findings, journaled
from small_run import asked, judge_command, judge_server
from system_calls import KILLED, Fate

LABELS = ("ships", "trains", "planes")
QUESTIONS = len(LABELS) * (len(LABELS) - 1)
EXACT_FILES = ("cases.jsonl", "matrix.json", "pairs.csv", "deepeval-result.json")
SAMPLED = 4


@dataclass(frozen=True, slots=True)
class SmallRun:
    """A run that ends badly and is then continued.

    Attributes:
        evaluator: Starts the command line.
        server: The judge.
        predictions: What is judged.
        undisturbed: The directory of the run to which nothing happened.
    """

    evaluator: ForkedEvaluator
    server: OllamaServer
    predictions: Path
    undisturbed: Path

    def start(self, save_to: Path, fate: Fate | None = None) -> Ended:
        """Start it, or continue it."""
        return self.evaluator(*judge_command(self.predictions, self.server, save_to), fate=fate)

    def assert_continues(self, save_to: Path) -> None:
        """Check that it asks what is not kept, and that alone, and ends as the undisturbed one."""
        kept = len(journaled(save_to, "answers"))
        self.server.forget_requests()
        resumed = self.start(save_to)
        assert resumed.code == 0, resumed.err
        assert asked(self.server).total() == len(asked(self.server)) == QUESTIONS - kept
        questions = [json.dumps(one["question"]) for one in journaled(save_to, "answers")]
        assert len(questions) == len(set(questions)) == QUESTIONS
        assert findings(save_to) == findings(self.undisturbed)
        for name in EXACT_FILES:
            assert (save_to / name).read_bytes() == (self.undisturbed / name).read_bytes()
        assert sorted(path.name for path in save_to.glob(".*")) == [".journal", ".lock"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallRun]:
    folder = tmp_path_factory.mktemp("instants")
    predictions = folder / "predictions.csv"
    rows = [f"{one}-{other},{one},{other}" for one, other in permutations(LABELS, 2)]
    predictions.write_text("\n".join(["id,predicted,gold", *rows]), "utf-8")
    with judge_server(seconds=0.0) as server, ForkedEvaluator(folder) as evaluator:
        run = SmallRun(evaluator, server, predictions, folder / "undisturbed")
        assert run.start(run.undisturbed).code == 0
        yield run


def noted(small: SmallRun, save_to: Path) -> list[str]:
    """Make the run, or continue it, and return which system calls it makes, in their order."""
    told = save_to.with_name("calls.txt")
    assert small.start(save_to, Fate(str(save_to), 0, "noted", str(told))).code == 0
    return told.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def calls(small: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return noted(small, tmp_path_factory.mktemp("counted") / "run")


@pytest.mark.parametrize("kind", ["torn", "lost", "reordered", "torn-tail"])
def test_after_torn_writes_and_power_cuts_what_reached_the_disk_is_continued(
    small: SmallRun, calls: list[str], tmp_path: Path, kind: str
) -> None:
    for instant in random.Random(kind).sample(range(len(calls)), SAMPLED):
        save_to, after = tmp_path / f"{instant}", tmp_path / f"{instant}-after"
        ended = small.start(save_to, Fate(str(save_to), instant, kind, str(after)))
        assert ended.code == KILLED, ended.err
        small.assert_continues(save_to if kind == "torn" else after)


def test_answers_that_were_forced_to_the_disk_outlast_every_power_cut(
    small: SmallRun, calls: list[str], tmp_path: Path
) -> None:
    # The journal is forced when the judge stage ends; all results are written after that.
    save_to, after = tmp_path / "run", tmp_path / "after"
    assert (
        small.start(save_to, Fate(str(save_to), len(calls) - 1, "lost", str(after))).code == KILLED
    )
    assert len(journaled(after, "answers")) == QUESTIONS
    assert json.loads((after / "summary.json").read_bytes())
    small.assert_continues(after)


def test_a_name_that_a_killed_start_did_not_force_is_forced_by_the_next(
    small: SmallRun, tmp_path: Path
) -> None:
    save_to, after = tmp_path / "run", tmp_path / "after"
    # The folder of journals is made, and then the first one in it, whose name is forced next.
    unforced = Fate(str(save_to), 1, "killed", name=".journal")
    assert small.start(save_to, unforced).code == KILLED
    assert (save_to / ".journal" / "answers.jsonl").read_bytes() == b""
    shutil.copytree(save_to, tmp_path / "copy")
    last = len(noted(small, tmp_path / "copy")) - 1
    cut = Fate(str(save_to), last, "lost", str(after), unforced="answers.jsonl")
    assert small.start(save_to, cut).code == KILLED
    assert len(journaled(after, "answers")) == QUESTIONS
    small.assert_continues(after)


def test_without_room_from_any_write_on_it_says_so_and_is_continued(
    small: SmallRun, calls: list[str], tmp_path: Path
) -> None:
    last_write = max(number for number, call in enumerate(calls) if call.startswith("write "))
    for instant in random.Random("full").sample(range(last_write + 1), 2 * SAMPLED):
        save_to = tmp_path / f"{instant}"
        ended = small.start(save_to, Fate(str(save_to), instant, "full"))
        assert_fails(ended, 74, str(save_to), "No space left on device")
        small.assert_continues(save_to)
