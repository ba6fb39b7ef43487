"""What shards left for the merge, as it may have come from another machine."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from judge_locks import lock_of_llama

from evaluator.cases.shard import Shard
from evaluator.classifier.prediction import Prediction
from evaluator.judge.labels import LabelSet, labels_from_names
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import Reading
from evaluator.run.configuration import settings_from
from evaluator.run.merging import merge_shards
from evaluator.run.provenance import RunRecord
from evaluator.run.settings import INDEX_VARIABLE, RunSettings
from evaluator.run.shard_predictions import PlacedPrediction, ShardPredictions
from evaluator.run.shard_record import ShardRecord
from evaluator.run.usage import NOTHING_ASKED
from fuzz.promise import Broken, damaged, environment, split, written

COUNT, CASES = 2, 6
PREDICTIONS, MATRIX, SHARD, RUN = "predictions.jsonl", "matrix.json", "shard.json", "run.json"


class _Quiet:
    @contextmanager
    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> Iterator[Callable[[int], None]]:
        yield lambda items: None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _lines(shard: Shard) -> bytes:
    from pydantic import TypeAdapter

    lines = TypeAdapter(PlacedPrediction)
    made = b""
    for position in range(CASES):
        prediction = Prediction(f"case {position}", "cars", ("cars", "cooking")[position % 2], 0.5)
        if shard.holds(prediction.case_id):
            made += lines.dump_json(PlacedPrediction(position, prediction)) + b"\n"
    return made


def _verdicts(labels: LabelSet) -> bytes:
    said = PairJudgement(Reading(0.5, 0.9), Reading(-0.25, 0.8))
    judgements = dict.fromkeys(labels.pairs(), said)
    return matrix_json(
        VerdictMatrix(lock_of_llama(), labels, judgements, {}, {}, {}, None, ())
    ).encode()


@cache
def _healthy() -> tuple[dict[str, bytes], ...]:
    """Return the files of each shard of a run, by their names."""
    labels = labels_from_names(["cars", "cooking"])
    made = []
    for index in range(COUNT):
        shard = Shard(index, COUNT)
        settings = RunSettings.model_validate(
            {"model_path": "/in/model", "data": "/in/cases.csv", "shard": shard.written}
        )
        record = RunRecord(
            command="run",
            status="done",
            config=settings.model_dump(mode="json"),
            lasting=settings.lasting(),
            fingerprints={"data": "1", "labels": "2", "rubric": "3"},
            rubric=load_rubric("category-relevance"),
            versions={"evaluator": "0.1.0", "python": "3.11"},
            started_at="2026-01-01T00:00:00+00:00",
            timings={"classifying": 1.0},
        )
        lines, verdicts = _lines(shard), _verdicts(labels) if index == 0 else None
        told = ShardRecord(
            shard=shard.written,
            cases=lines.count(b"\n"),
            total=CASES,
            predictions_sha256=_sha256(lines),
            labels=tuple(labels),
            matrix_sha256=None if verdicts is None else _sha256(verdicts),
            usage=NOTHING_ASKED,
        )
        files = {
            RUN: record.model_dump_json().encode(),
            SHARD: told.model_dump_json().encode(),
            PREDICTIONS: lines,
        }
        made.append(files if verdicts is None else {**files, MATRIX: verdicts})
    return tuple(made)


def merge(data: bytes, folder: Path) -> None:
    """Shards of which one file says something else, with the digests that it then has."""
    choice, content = split(data, 8)
    of_shards = [dict(files) for files in _healthy()]
    files, name = of_shards[choice // 4], (RUN, SHARD, PREDICTIONS, MATRIX)[choice % 4]
    if name == PREDICTIONS:
        first, *others = files[name].splitlines(keepends=True)
        files[name] = damaged(json.loads(first), content) + b"\n" + b"".join(others)
    else:
        files[name] = damaged(json.loads(files.get(name, b"{}")), content)
    if name != SHARD:
        told: dict[str, Any] = json.loads(files[SHARD])
        told["predictions_sha256"] = _sha256(files[PREDICTIONS])
        told["cases"] = files[PREDICTIONS].count(b"\n")
        told["matrix_sha256"] = _sha256(files[MATRIX]) if MATRIX in files else None
        files[SHARD] = json.dumps(told).encode()
    merged(folder, of_shards)


def merged(folder: Path, of_shards: Sequence[Mapping[str, bytes]] = ()) -> Path:
    """Merge shards, healthy ones where none are given, and return the run directory."""
    for index, files in enumerate(of_shards or _healthy()):
        place = folder / "run" / "shards" / f"{index}-of-{COUNT}"
        place.mkdir(parents=True)
        for name, held in files.items():
            written(place, name, held)
    merge_shards([folder / "run"], folder / "merged", {}, _Quiet(), lambda *told: None)
    return folder / "merged"


def predictions(data: bytes, folder: Path) -> None:
    """Whatever a shard's file holds, what is read of it is in order, and its own."""
    path, shard = written(folder, PREDICTIONS, data), Shard(0, 1)
    last = -1
    for one in ShardPredictions(path, shard, len(data.splitlines()), _sha256(data)):
        if one.position <= last:
            raise Broken(f"{one.position} after {last}")
        last = one.position


def shard_name(data: bytes, folder: Path) -> None:
    """`--shard I/N`, or N where a variable says I: no shard is out of its range."""
    said, _, index = data.decode("utf-8", "replace").partition("\n")
    given = {"model_path": "m", "data": "d.csv", "shard": said}
    with environment({INDEX_VARIABLE: index.replace("\0", "") or None}):
        shard = settings_from(RunSettings, None, given).own_shard
    if shard is None or not 0 <= shard.index < shard.count or Shard.parse(shard.written) != shard:
        raise Broken(f"{shard}")
