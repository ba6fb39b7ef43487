"""Ways of judging pairs of words, all with the packaged weights."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from benchmarks.embeddings import cosines
from benchmarks.geval import BEST_STEPS, USUAL_STEPS, GEval, deepeval_version, geval_note
from benchmarks.llama_server import LlamaServer, llama_version
from benchmarks.ours import ours, questions_of
from benchmarks.pair_quality import Scores
from benchmarks.pair_sets import PairSet
from evaluator.backends.gguf import SHA256, cache_dir, packaged_gguf
from evaluator.errors import ConfigError

OURS, PANEL, UNCALIBRATED = "ours", "ours, panel", "yes or no"
JUDGES: dict[str, tuple[str, ...]] = {
    OURS: (),
    PANEL: ("--judge", "embedded", "--judge", "embedding"),
}
"""The product's ways that ask, with their flags."""
BY_MATRIX: dict[str, tuple[str, tuple[str, ...]]] = {
    OURS: (OURS, ()),
    PANEL: (PANEL, ()),
    UNCALIBRATED: (OURS, ("--calibration", "none")),
}
"""The product's ways, with the one that asks for their matrix, and their flags."""

GEVAL = {"GEval": USUAL_STEPS, "GEval, best steps": BEST_STEPS}


class Ways:
    """All ways, asked one after the other.

    Args:
        runs: A folder for runs that ask nothing.

    Attributes:
        notes: What is to be told of how the scores came about.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._kept = cache_dir() / "bench" / "runs"
        self._numbers = itertools.count()
        self._gguf = packaged_gguf()
        self.notes = [geval_note()]

    def scores(self, pairs: PairSet) -> Iterator[Scores]:
        """Yield each way's scores of a set."""
        for way, flags in JUDGES.items():
            yield Scores(way, self._asked(way, pairs, flags))
        yield self._by_matrix(UNCALIBRATED, pairs, pairs)
        yield Scores("embeddings", cosines(self._gguf, pairs), are_probabilities=False)
        if deepeval_version() is None:
            return
        with LlamaServer(self._gguf) as server:
            for way, steps in GEVAL.items():
                geval = GEval(server, SHA256, llama_version(), steps)
                found = geval.answers(pairs.pairs)
                self.notes.append(
                    f"- {way} on {pairs.name}: {found.asked} pairs asked in this run, "
                    f"{found.from_cache} kept from an earlier one."
                )
                yield Scores(way, tuple(answer.score for answer in found.answers))

    def in_subset(self, scores: Scores, whole: PairSet, subset: PairSet) -> Scores:
        """Return one way's scores where a subset's labels are the whole label set.

        The product takes its matrix of the whole set, and has to score the subset's pairs by it
        without knowing the other labels; the other ways look at one pair at a time.
        """
        if scores.way in BY_MATRIX:
            return self._by_matrix(scores.way, whole, subset)
        known = dict(zip(whole.pairs, scores.values, strict=True))
        values = tuple(known[pair] for pair in subset.pairs)
        return Scores(scores.way, values, scores.are_probabilities)

    def _asked(self, way: str, pairs: PairSet, flags: tuple[str, ...]) -> tuple[float | None, ...]:
        """Ask the product's judges, going on where an interrupted benchmark stopped."""
        run = self._kept_run(way, pairs)
        try:
            values = ours(pairs, flags, run)
        except ConfigError:
            # Another judge, or another version of it, was asked there.
            values = ours(pairs, (*flags, "--fresh"), run)
        asked, known = questions_of(run)
        self.notes.append(
            f"- {way} on {pairs.name}: {asked} questions asked in this run, "
            f"{known} kept from an earlier one."
        )
        return values

    def _by_matrix(self, way: str, whole: PairSet, pairs: PairSet) -> Scores:
        """Return the product's scores of pairs by the matrix of a set that they are of."""
        asked, flags = BY_MATRIX[way]
        stored = ("--matrix", self._kept_run(asked, whole) / "matrix.json")
        return Scores(way, ours(pairs, (*flags, *stored), self._runs / str(next(self._numbers))))

    def _kept_run(self, way: str, pairs: PairSet) -> Path:
        return self._kept / f"{way}, {pairs.name}"
