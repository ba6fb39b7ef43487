"""A run in shards that is quick to make, and what it must share with a whole one."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from judge_locks import lock_of_llama

from evaluator.judge.labels import labels_from_names
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.scoring import Reading
from evaluator.run import classifying
from evaluator.run.merging import merge_shards
from evaluator.run.pipeline import Finished
from evaluator.run.progress import Advance, Progress
from evaluator.run.settings import RunSettings
from evaluator.run.sharding import FinishedShard, run_whole_or_shard

Configured = Callable[..., RunSettings]

LABELS = ("cars", "cooking", "medicine")
WORDS = ("engine", "car", "salt", "soup", "the", "of", "and", "a", "ñandú", "鉄道")
EXACT_FILES = ("cases.jsonl", "matrix.json", "pairs.csv", "deepeval-result.json", "junit.xml")


def write_cases(path: Path, draw: random.Random, count: int) -> Path:
    """Write cases with odd ids, articles that occur several times, and empty ones."""
    articles = [" ".join(draw.choices(WORDS, k=draw.randint(1, 8))) for _ in range(count // 2 + 1)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            case_id = draw.choice(["{}", "news {}", "記事{}", "../{}"]).format(number)
            text = draw.choice([*articles, " "])
            row = {"id": case_id, "text": text, "label": draw.choice(LABELS)}
            file.write(json.dumps(row, ensure_ascii=draw.random() < 0.5) + "\n")
    return path


def content(run: Path) -> dict[str, Any]:
    """Everything in a run directory that two ways to the same run must agree on."""
    files = {name: (run / name).read_bytes() for name in EXACT_FILES if (run / name).exists()}
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    record = json.loads((run / "run.json").read_text("utf-8"))
    for spent in ("usage", "timings"):
        del summary[spent]
    for when in ("started_at", "finished_at", "timings", "merged_from"):
        del record[when]
    del record["config"]["save_to"]
    return {**files, "summary": summary, "record": record}


class Killed(BaseException):
    """Ends a run at some instant, and nothing in it may catch that."""


class KillingProgress:
    """Lets so many steps be shown, and then ends the run."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        return self._stage()

    @contextmanager
    def _stage(self) -> Iterator[Advance]:
        self._step(1)
        yield self._step

    def _step(self, count: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed


def ignored(*step: object) -> None:
    pass


LOADED: dict[Path, classifying.Classifier] = {}


def load_classifiers_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load each classifier once, where every shard would: that takes longer than all it does."""
    load = classifying.loaded_classifier

    def loaded(settings: RunSettings, labels: Sequence[str]) -> classifying.Classifier:
        if settings.model_path not in LOADED:
            LOADED[settings.model_path] = load(settings, labels)
        return LOADED[settings.model_path]

    monkeypatch.setattr(classifying, "loaded_classifier", loaded)


def shard(settings: RunSettings, progress: Progress) -> FinishedShard:
    finished = run_whole_or_shard(settings, progress, ignored)
    assert isinstance(finished, FinishedShard)
    return finished


def shards(configured: Configured, count: int, progress: Progress, **changes: Any) -> Path:
    """Do every shard and return their root."""
    for index in range(count):
        shard(configured(shard=f"{index}/{count}", **changes), progress)
    return configured(**changes).save_to


def merge(root: Path, progress: Progress, **given: Any) -> Finished:
    return merge_shards([root], None, given, progress, ignored)


def insisting(work: Callable[[Progress], object], draw: random.Random) -> int:
    """Do something again and again, killed at random instants, until it ends; return the kills."""
    kills = 0
    while True:
        try:
            work(KillingProgress(draw.randint(0, 3 + 4 * kills)))
        except Killed:
            kills += 1
        else:
            return kills


def stored_verdicts(names: Sequence[str]) -> VerdictMatrix:
    """Verdicts on all pairs of labels but the first, a different one on each."""
    labels, draw = labels_from_names(names), random.Random(3)
    readings = {
        pair: PairJudgement(Reading(draw.gauss(0, 1), 0.9), Reading(draw.gauss(0, 1), 0.8))
        for pair in list(labels.pairs())[1:]
    }
    return VerdictMatrix(lock_of_llama(), labels, readings, {})
