"""A run that goes through every stage, each of them small, and is ended in any of them."""

import json
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from few_references import few_references
from forked import ForkedEvaluator
from ollama_server import OllamaServer
from running import PATIENCE, Ended, findings, journaled
from system_calls import KILLED, Fate

STAGES = {
    "reading": "cases.csv",
    "classifying": "classifications.jsonl",
    "judging": "answers.jsonl",
    "survey": "answers-references.jsonl",
    "articles": "answers-articles.jsonl",
    "reasons": "reasons.jsonl",
    "writing": ".",
}
"""How the names of the files begin that a stage reads or changes; those of results begin with a dot
until they are whole."""

ASKED = ("answers", "answers-references", "answers-articles", "reasons")
KEYS = {"classifications": "text_sha256", "reasons": "ruling"}
EXACT_FILES = ("cases.jsonl", "matrix.json", "pairs.csv", "deepeval-result.json")
IN_FLIGHT = 2
LABELS = ("cars", "cooking", "medicine")
CASES = 9


def write_cases(path: Path) -> Path:
    rows = [f"{n},the engine {n} of the salt {n * 7},{LABELS[n % 3]}" for n in range(CASES)]
    path.write_text("\n".join(["id,text,label", *rows]), "utf-8")
    return path


def answer(text: str) -> dict[str, float]:
    """A judge that knows what is related among the references."""
    asked = text[text.rfind("Is ") :]
    known = any(
        pair.related and pair.first in asked and pair.second in asked
        for pair in few_references("en").pairs
    )
    share = random.Random(text).uniform(0.1, 0.5) + 0.4 * known
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


@dataclass(frozen=True, slots=True)
class StagedRun:
    """A run that ends badly and is then continued.

    Attributes:
        evaluator: Starts the command line.
        server: The judge.
        model: The classifier.
        folder: Holds what is read, what each start finds, and the undisturbed run.
        extra: What the run does besides: articles or reasons.
    """

    evaluator: ForkedEvaluator
    server: OllamaServer
    model: Path
    folder: Path
    extra: tuple[str, ...]

    @property
    def place(self) -> Path:
        """Where the run directory and the cache lie of the run that is disturbed."""
        return self.folder / "place"

    @property
    def save_to(self) -> Path:
        return self.place / "run"

    @property
    def undisturbed(self) -> Path:
        return self.folder / "undisturbed"

    def start(self, fate: Fate | None = None, killed_after: float | None = None) -> Ended:
        """Start it, or continue it."""
        judge = ["--judge", "ollama:llama3.2", "--judge-url", self.server.url]
        return self.evaluator(
            *["run", "--data", self.folder / "cases.csv", "--model", self.model, *judge],
            *["--concurrency", IN_FLIGHT, "--calibration", "reference", *self.extra],
            *["--save-to", self.save_to],
            fate=fate,
            env={"EVALUATOR_CACHE": str(self.place / "cache")},
            killed_after=killed_after,
        )

    def killed_in(self, stage: str, call: int) -> bool:
        """Start it and end it at a call of a stage, counted from this start.

        Returns whether there is one; if not, it ended by itself. What was kept before is asked no
        more, whatever is asked is kept but for what was in flight.
        """
        return self._killed(Fate(str(self.folder), call, "killed", name=STAGES[stage]), None)

    def killed_after(self, seconds: float) -> bool:
        """Start it and end it after a time, from outside; the same holds."""
        return self._killed(None, seconds)

    def _killed(self, fate: Fate | None, seconds: float | None) -> bool:
        before = self.kept()
        wait_until_nobody_asks()
        self.server.forget_requests()
        ended = self.start(fate, seconds)
        wait_until_nobody_asks()
        new = {journal: count - before[journal] for journal, count in self.kept().items()}
        assert min(new.values()) >= 0
        heard = sum(new[journal] for journal in ASKED)
        assert self.asked() <= heard + IN_FLIGHT
        assert ended.code in (0, KILLED), ended.err
        return ended.code == KILLED

    def begin_at(self, place: Path | None) -> None:
        """Let the next start find what lies at a place, or nothing."""
        shutil.rmtree(self.place, ignore_errors=True)
        if place is None:
            self.place.mkdir()
        else:
            shutil.copytree(place, self.place)

    def make_undisturbed(self) -> Counter[str]:
        """Make the run to which nothing happens; return how many calls each of its stages makes."""
        self.begin_at(None)
        told = self.folder.with_name(f"{self.folder.name}-calls.txt")
        assert self.start(Fate(str(self.folder), 0, "noted", after=str(told))).code == 0
        shutil.move(self.save_to, self.undisturbed)
        names = [line.partition(" ")[2] for line in told.read_text("utf-8").splitlines()]
        return Counter(
            stage for name in names for stage, start in STAGES.items() if name.startswith(start)
        )

    def kept(self, save_to: Path | None = None) -> Counter[str]:
        """Return how many answers of each kind a run kept, none of them twice."""
        found: Counter[str] = Counter()
        for journal in (*ASKED, "classifications"):
            keys = keys_of(journal, journaled(save_to or self.save_to, journal))
            assert len(set(keys)) == len(keys), journal
            found[journal] = len(keys)
        return found

    def asked(self) -> int:
        """How much the judge was asked since its requests were forgotten.

        A kill can cut a request short, which counts as none.
        """
        return sum(map(bool, self.server.bodies("/api/chat")))

    def assert_continues(self) -> None:
        """Check that it asks what is not kept, and that alone, and ends as the undisturbed one."""
        before, whole = self.kept(), self.kept(self.undisturbed)
        wait_until_nobody_asks()
        self.server.forget_requests()
        resumed = self.start()
        assert resumed.code == 0, resumed.err
        left = sum(whole[journal] - before[journal] for journal in ASKED)
        assert self.asked() == left
        self.assert_is_whole()

    def assert_is_whole(self) -> None:
        """Check that it kept and found what the undisturbed one did."""
        assert self.kept() == self.kept(self.undisturbed)
        assert findings(self.save_to) == findings(self.undisturbed)
        for name in EXACT_FILES:
            theirs = (self.undisturbed / name).read_bytes()
            assert (self.save_to / name).read_bytes() == theirs, name
        assert reasons(self.save_to) == reasons(self.undisturbed)
        assert sorted(path.name for path in self.save_to.glob(".*")) == [".journal", ".lock"]


def keys_of(journal: str, records: Iterable[dict[str, Any]]) -> list[str]:
    """What each record of a journal is about."""
    return [json.dumps(record[KEYS.get(journal, "question")]) for record in records]


def reasons(save_to: Path) -> Any:
    path = save_to / "reasons.json"
    return json.loads(path.read_bytes())["reasons"] if path.exists() else None


def wait_until_nobody_asks() -> None:
    """Wait until the server has read what a killed process sent it last."""
    deadline = time.monotonic() + PATIENCE
    while any("process_request_thread" in one.name for one in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.005)
