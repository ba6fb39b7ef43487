"""Classifying 20 Newsgroups with a model of GPT-2's shape (124M) on a CPU, against the reference.

The reference is the `text-classification` pipeline of transformers: one text after the other, in
float32, cut to 1,024 tokens. Every way runs in a process of its own and classifies the same posts,
a portion each in turn, so that a machine's other load falls on all alike; only classifying counts,
not loading. Ratios are of all portions together; brackets hold the lowest and the highest of a
portion.

`BENCH_BPE` names the folder of GPT-2's `encoder.json` and `vocab.bpe`, `BENCH_POSTS` a file of
posts (else those of 20 Newsgroups are fetched). The classifier is trained on posts that are not
classified, and kept where `BENCH_CLASSIFIER` says; one that is there already is taken.
"""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.commands import KIBIBYTES_A_MEBIBYTE, MEBIBYTE
from benchmarks.figure import Figure
from benchmarks.peers.classifiers import WAYS
from benchmarks.table import Cell
from benchmarks.trained_classifier import train
from evaluator.cases import Case, Cases, FileCases, NewsgroupsCases

REFERENCE, OURS = "reference", "ours"
PORTION, PORTIONS = 50, 6
COMPARED_PORTIONS = 1
HEAD_POSTS = 1_000
SEED = 8


@dataclass(frozen=True, slots=True)
class Portion:
    """What a way made of some posts."""

    labels: list[str]
    seconds: float
    cpu: float


@dataclass(slots=True)
class Side:
    """A running way to classify."""

    process: subprocess.Popen[str]
    portions: list[Portion] = field(default_factory=list)
    peak_mib: float = 0.0

    def classify(self, texts: Sequence[str]) -> None:
        """Classify a portion.

        Raises:
            RuntimeError: The process failed.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(list(texts)) + "\n")
        self.process.stdin.flush()
        self.portions.append(Portion(**json.loads(self.answer())))

    def answer(self) -> str:
        """Return a line that the process writes."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended early")
        return line

    @property
    def labels(self) -> list[str]:
        """The labels of all posts."""
        return [label for portion in self.portions for label in portion.labels]


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way beside the reference, on the same posts."""

    way: str
    side: Side
    reference: Side

    @property
    def cells(self) -> dict[str, Cell]:
        """The row of the table."""
        labels = self.side.labels
        equal = sum(map(str.__eq__, labels, self.reference.labels[: len(labels)]))
        return {
            "way": self.way,
            "posts": len(labels),
            "× cases a second": _times_as_fast(self.side, self.reference, "seconds"),
            "× cases a second of processor": _times_as_fast(self.side, self.reference, "cpu"),
            "same label": f"{equal / len(labels):.1%}",
            "× peak memory": self.side.peak_mib / self.reference.peak_mib,
        }


def measure() -> Iterator[Figure | WayRow | str]:
    """Yield our figures, then every way beside the reference."""
    posts = _posts()
    with _trained(posts) as model:
        texts = [post.text for post in posts[: PORTION * PORTIONS]]
        sides = _classified(model, texts)
    reference, ours = sides[REFERENCE], sides[OURS]
    yield from _figures(ours, reference)
    yield from (WayRow(way, side, reference) for way, side in sides.items())
    right = sum(map(str.__eq__, reference.labels, (post.gold for post in posts)))
    yield f"- The reference's labels are right for {right / len(texts):.0%} of {len(texts)} posts."


def _figures(ours: Side, reference: Side) -> Iterator[Figure]:
    cases = len(ours.labels)
    seconds, theirs = (sum(p.seconds for p in side.portions) for side in (ours, reference))
    yield Figure("a case", seconds / cases, "s", REFERENCE, theirs / cases, theirs / cases / 3)
    other = sum(map(str.__ne__, ours.labels, reference.labels))
    yield Figure("other labels", float(other), "of them", "all cases", float(cases), cases * 0.005)
    peak = reference.peak_mib
    yield Figure("peak memory", ours.peak_mib, "MiB", REFERENCE, peak, 1.1 * peak)


def _posts() -> list[Case]:
    given = os.environ.get("BENCH_POSTS")
    cases: Cases = FileCases(Path(given)) if given else NewsgroupsCases("train")
    different = list({case.text: case for case in cases if case.text.strip()}.values())
    random.Random(SEED).shuffle(different)
    return different


@contextmanager
def _trained(posts: Sequence[Case]) -> Iterator[Path]:
    """Yield a classifier trained on all posts but those that it will classify."""
    bpe, kept = os.environ.get("BENCH_BPE"), os.environ.get("BENCH_CLASSIFIER")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(kept or folder)
        if not (model / "config.json").exists():
            if not bpe:
                raise RuntimeError("name the folder of GPT-2's encoder.json with BENCH_BPE")
            seen = posts[PORTION * PORTIONS :]
            texts, labels = [post.text for post in seen], [post.gold for post in seen]
            _apart(train, model, Path(bpe), texts, labels, HEAD_POSTS)
        yield model


def _apart(work: Callable[..., None], *arguments: object) -> None:
    """Do something in a process of its own, lest its memory counts as that of later ones."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"training ended with {process.exitcode}")


def _classified(model: Path, texts: Sequence[str]) -> dict[str, Side]:
    with ExitStack() as running:
        sides = {way: running.enter_context(_started(model, way)) for way in WAYS}
        for number in range(PORTIONS):
            portion = texts[PORTION * number : PORTION * (number + 1)]
            for way, side in sides.items():
                if number < COMPARED_PORTIONS or way in (REFERENCE, OURS):
                    side.classify(portion)
    return sides


@contextmanager
def _started(model: Path, way: str) -> Iterator[Side]:
    arguments = [sys.executable, "-m", "benchmarks.peers.classifiers", str(model), way]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(arguments, text=True, stderr=subprocess.DEVNULL, **pipes)
    side = Side(process)
    try:
        side.answer()  # loaded
        yield side
    finally:
        assert process.stdin is not None
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = MEBIBYTE if sys.platform == "darwin" else KIBIBYTES_A_MEBIBYTE
        side.peak_mib = usage.ru_maxrss / unit


def _times_as_fast(side: Side, reference: Side, measured: str) -> str:
    pairs = [
        (getattr(theirs, measured), getattr(ours, measured))
        for theirs, ours in zip(reference.portions, side.portions, strict=False)
    ]
    total = sum(theirs for theirs, _ in pairs) / sum(ours for _, ours in pairs)
    ratios = [theirs / ours for theirs, ours in pairs]
    return f"{total:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
