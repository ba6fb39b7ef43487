"""Hostile predictions judged as `evaluator judge` does it, by the embedded judge."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.robustness.item import Item
from benchmarks.robustness.judged import JudgedItem
from benchmarks.robustness.label_sets import HOSTILE_LABELS, HostileLabels
from evaluator.report.case_line import CaseLine
from evaluator.run.pipeline import judge_predictions
from evaluator.run.progress import Advance
from evaluator.run.settings import JudgeSettings

CALIBRATION = os.environ.get("BENCH_CALIBRATION", "none")
"""Without one, since `reference` asks another 40 questions about each text."""

Said = tuple[str, str]
"""A prediction and its gold label."""


def judge_items(items: Sequence[Item]) -> list[JudgedItem]:
    """Judge all items; a text that several share is one case."""
    judged: list[JudgedItem] = []
    for labels in HOSTILE_LABELS:
        mine = [item for item in items if item.labels == labels.name]
        said = dict.fromkeys([*_honest(labels), *_said(mine)])
        verdicts = _verdicts(labels, list(said))
        honest = {gold: _mean_of_wrong(labels, gold, verdicts) for gold in labels.words}
        judged += [
            JudgedItem(
                item,
                verdicts[item.predicted, item.gold],
                None if item.base is None else verdicts[item.base, item.gold],
                honest[item.gold],
            )
            for item in mine
        ]
    return judged


def _said(items: Iterable[Item]) -> Iterator[Said]:
    for item in items:
        yield item.predicted, item.gold
        if item.base is not None:
            yield item.base, item.gold


def _honest(labels: HostileLabels) -> Iterator[Said]:
    """Yield every wrong label for every gold label."""
    words = labels.words
    yield from ((wrong, gold) for gold in words for wrong in words if wrong != gold)


def _mean_of_wrong(labels: HostileLabels, gold: str, verdicts: dict[Said, CaseLine]) -> float:
    scores = [verdicts[wrong, gold].score for wrong in labels.words if wrong != gold]
    known = [score for score in scores if score is not None]
    return sum(known) / len(known)


def _verdicts(labels: HostileLabels, said: list[Said]) -> dict[Said, CaseLine]:
    with TemporaryDirectory() as folder:
        predictions = Path(folder) / "predictions.jsonl"
        predictions.write_text(
            "".join(
                json.dumps({"id": str(number), "predicted": predicted, "gold": gold}) + "\n"
                for number, (predicted, gold) in enumerate(said)
            ),
            "utf-8",
        )
        settings = JudgeSettings(
            predictions=predictions,
            labels=labels.path,
            rubric=labels.rubric,
            save_to=Path(folder) / "run",
            max_unscored=1.0,
            calibration=CALIBRATION,
        )
        judge_predictions(settings, _Silent(), lambda *_: None)
        lines = (settings.save_to / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [CaseLine.model_validate_json(line) for line in lines]
    return {said[int(case.id)]: case for case in cases}


class _Silent:
    """Shows no progress."""

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str, done: int = 0) -> Iterator[Advance]:
        yield lambda _: None
