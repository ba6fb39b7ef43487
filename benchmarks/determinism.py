"""Whether a judge says the same when it is asked again.

Every run asks about the 66 pairs of the first 12 labels of 20 Newsgroups in both orders, without
calibration, with the packaged weights. The embedded judge is asked again in a new process, with the
labels shuffled, and after it was killed half way. Servers are asked *cold* (just started, one
question at a time), then *warm* (again, by the same server), and *parallel* by a new one: the
protocol server of our tests with a real llama.cpp behind it, which has one slot, and llama.cpp's
own server with 2 and 4 slots.

Each is compared with the first run of its kind. *Flips* are pairs whose answer changes sides;
differences are in the logit of one question, in which yes and no are equal at 0.
"""

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.label_sets import newsgroups
from benchmarks.llama_server import ALIAS, LlamaServer
from benchmarks.ours import evaluator
from benchmarks.pair_sets import grouped_pairs
from benchmarks.table import Cell
from evaluator.backends.gguf import SHA256, packaged_gguf
from evaluator.backends.openai import KEY_VARIABLES
from evaluator.judge.labels import LabelPair, LabelSet, labels_from_names
from evaluator.judge.matrix import PairJudgement
from evaluator.judge.matrix_file import read_matrix

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ollama_server import LlamaEngine, OllamaServer, ServedModel

SEED = 7
UNCALIBRATED = ("--calibration", "none")
LABELS = 12
SLOTS = (2, 4)
ANSWERS_BEFORE_THE_KILL = 60
LOOK_EVERY = 0.05

Judgements = Mapping[LabelPair, PairJudgement]


@dataclass(frozen=True, slots=True)
class Stability:
    """How far one run is from the first of its kind.

    Attributes:
        judge: Who was asked.
        run: How it was asked.
        equal: Share of questions whose logit is the same to the last bit, 0 to 1.
        flips: Share of pairs whose mean logit is on the other side of 0, 0 to 1.
        furthest: The largest difference of a question's logit.
        spread: Standard deviation of the first run's logits, to hold that against.
    """

    judge: str
    run: str
    equal: float
    flips: float
    furthest: float
    spread: float

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        return {
            "judge": self.judge,
            "asked again": self.run,
            "questions bit-equal": f"{100 * self.equal:.1f} %",
            "pairs that flip": f"{100 * self.flips:.1f} %",
            "largest difference": self.furthest,
            "deviation of the logits": self.spread,
        }


def measure() -> Iterator[Stability]:
    """Yield a row for each way of asking again."""
    words = list(grouped_pairs(newsgroups()).words)[:LABELS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _embedded(folder / "embedded", words)
        yield from _ollama(folder / "ollama", words)
        yield from _llama_server(folder / "llama", words)


def _embedded(folder: Path, words: list[str]) -> Iterator[Stability]:
    first = _matrix(folder / "first", words)
    yield stability("embedded", "in a new process", first, _matrix(folder / "again", words))
    shuffled = random.Random(SEED).sample(words, len(words))
    found = _matrix(folder / "shuffled", shuffled, as_listed=words)
    yield stability("embedded", "labels shuffled", first, found)
    _killed(folder / "killed", words)
    found = _matrix(folder / "killed", words)
    yield stability("embedded", "killed and resumed", first, found)


def _ollama(folder: Path, words: list[str]) -> Iterator[Stability]:
    name = "protocol server, 1 slot"
    with _ollama_server() as flags:
        cold = _matrix(folder / "cold", words, *flags, "--concurrency", 1)
        warm = _matrix(folder / "warm", words, *flags, "--concurrency", 1)
        yield stability(name, "warm", cold, warm)
    with _ollama_server() as flags:
        found = _matrix(folder / "new", words, *flags, "--concurrency", 1)
        yield stability(name, "cold, after a restart", cold, found)
    with _ollama_server() as flags:
        found = _matrix(folder / "parallel", words, *flags, "--concurrency", 4)
        yield stability(name, "cold, 4 questions at a time", cold, found)


def _llama_server(folder: Path, words: list[str]) -> Iterator[Stability]:
    with _llama(1) as flags:
        cold = _matrix(folder / "cold", words, *flags, "--concurrency", 1)
        warm = _matrix(folder / "warm", words, *flags, "--concurrency", 1)
        yield stability("llama.cpp's server, 1 slot", "warm", cold, warm)
    with _llama(1) as flags:
        found = _matrix(folder / "new", words, *flags, "--concurrency", 1)
        yield stability("llama.cpp's server, 1 slot", "cold, after a restart", cold, found)
    for slots in SLOTS:
        with _llama(slots) as flags:
            found = _matrix(folder / str(slots), words, *flags, "--concurrency", slots)
        run = f"cold, {slots} questions at a time"
        yield stability(f"llama.cpp's server, {slots} slots", run, cold, found)


@contextmanager
def _ollama_server() -> Iterator[tuple[object, ...]]:
    """Yield the flags of a judge on a new protocol server."""
    engine = LlamaEngine(packaged_gguf())
    model = ServedModel(ALIAS, base=True, digest=SHA256)
    with OllamaServer(engine, models=[model], parallel=4) as server:
        yield "--judge", f"ollama:{ALIAS}@{server.url}"
    engine.close()


@contextmanager
def _llama(slots: int) -> Iterator[tuple[object, ...]]:
    """Yield the flags of a judge on a new llama.cpp server."""
    with LlamaServer(packaged_gguf(), slots=slots) as server:
        os.environ[KEY_VARIABLES[0]] = server.key
        yield "--judge", f"openai:{ALIAS}@{server.url}"


def _matrix(
    folder: Path, words: list[str], *flags: object, as_listed: list[str] | None = None
) -> Judgements:
    """Judge all pairs of words and return the judgements.

    Args:
        folder: The run directory.
        words: The labels, in the order in which they are asked about.
        flags: How to judge.
        as_listed: The labels in the order in which their pairs are returned.

    Raises:
        RuntimeError: The command failed.
    """
    evaluator(*_arguments(folder, words, *flags))
    labels: LabelSet = labels_from_names(as_listed or words)
    return read_matrix(folder / "matrix.json", labels).judgements


def _killed(folder: Path, words: list[str]) -> None:
    """Judge, and kill the judge with some answers in its journal."""
    journal = folder / ".journal" / "answers.jsonl"
    command = [sys.executable, "-m", "evaluator", *map(str, _arguments(folder, words))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not journal.exists() or len(journal.read_bytes().splitlines()) < ANSWERS_BEFORE_THE_KILL:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(LOOK_EVERY)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _arguments(folder: Path, words: list[str], *flags: object) -> tuple[object, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    labels = folder.with_suffix(".txt")
    labels.write_text("\n".join(words), "utf-8")
    return ("matrix", "--labels", labels, "--save-to", folder, *UNCALIBRATED, *flags)


def stability(judge: str, run: str, first: Judgements, again: Judgements) -> Stability:
    """Return how far one run is from another."""
    assert first.keys() == again.keys(), "a pair was not judged"
    gaps = [
        abs(mine - theirs)
        for pair, judgement in first.items()
        for mine, theirs in zip(_logits(judgement), _logits(again[pair]), strict=True)
    ]
    flips = [(one.logit > 0) != (again[pair].logit > 0) for pair, one in first.items()]
    return Stability(
        judge,
        run,
        equal=statistics.fmean(gap == 0 for gap in gaps),
        flips=statistics.fmean(flips),
        furthest=max(gaps),
        spread=statistics.pstdev(logit for one in first.values() for logit in _logits(one)),
    )


def _logits(judgement: PairJudgement) -> tuple[float, float]:
    return judgement.forward.logit, judgement.backward.logit
