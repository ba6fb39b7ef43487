"""Two judges asked in turns, or as their matrices were kept."""

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel

from evaluator.errors import ConfigError, JudgeUnavailable
from evaluator.judge.labels import labels_from_names
from evaluator.judge.matrix import PairJudgement, VerdictMatrix
from evaluator.judge.matrix_file import matrix_json
from evaluator.judge.references import ReferencePair, References, built_in_references
from evaluator.judge.scoring import Reading
from evaluator.models.drift import drifting
from evaluator.models.drift.drifting import drift, kept_at
from evaluator.models.drift.report import DriftReport
from evaluator.run.settings import Settings

from ..quiet import Quiet
from .test_comparing import lock

SETTINGS = Settings(concurrency=4, timeout=120.0)

Answer = Callable[[str], dict[str, float]]


def by_the_last_line(salt: str, noise: float) -> Answer:
    """A judge whose answer depends on the question, and a little on a salt."""

    def answer(prompt: str) -> dict[str, float]:
        question = prompt[-120:]
        own = (crc32(question.encode()) % 1000) / 1000
        other = (crc32((salt + question).encode()) % 1000) / 1000
        yes = min(max((1 - noise) * own + noise * other, 0.01), 0.99)
        return {" Yes": yes, " No": 1 - yes}

    return answer


def serving(salt: str = "", noise: float = 0.0) -> OllamaServer:
    model = ServedModel("judge", base=True, size=1_234)
    return OllamaServer(ScriptedEngine(by_the_last_line(salt, noise)), [model])


def held(first: str, second: str, labels: Path | None = None) -> DriftReport:
    return drift((first, second), labels, SETTINGS, lambda *step: None, Quiet())


def name(server: OllamaServer) -> str:
    return f"ollama:judge@{server.url}"


def test_two_judges_are_asked_the_reference_pairs_in_turns() -> None:
    with serving() as one, serving("other", noise=0.3) as two:
        report = held(name(one), name(two))
        questions = [len(server.bodies("/api/generate")) for server in (one, two)]
    pairs = built_in_references("en").pairs
    assert questions == [2 * len(pairs) + 4] * 2  # both orders, and a warm-up before each block
    assert (report.pairs, report.on) == (len(pairs), "the shipped reference pairs")
    assert report.same_verdict.value is not None and 0.5 < report.same_verdict.value < 1.0
    assert report.spearman.value is not None and report.spearman.value > 0.5
    for side in report.judges:
        assert len(side.cost.blocks) == 4
        assert side.cost.questions_per_second is not None
        assert (side.cost.loaded, side.cost.stored) == (1_234, 1_234)
        assert side.auc.value is not None and side.fitted


def test_a_judge_against_itself_is_asked_twice_and_agrees_wholly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fifth = References("en", (), built_in_references("en").pairs[::5])
    monkeypatch.setattr(drifting, "nearest_references", lambda language: fifth)
    with serving() as server:
        report = held(name(server), name(server))
    assert report.same_verdict.value == 1.0
    assert (report.pairs, report.mean_difference.value) == (40, 0.0)
    assert report.judges[0].lock == report.judges[1].lock


def test_labels_of_ones_own_are_judged_beside_the_reference_pairs(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cars\ncooking\nmedicine\nlaw\n", "utf-8")
    with serving() as one, serving("other", noise=1.0) as two:
        report = held(name(one), name(two), labels)
    assert (report.pairs, report.labels) == (6, 4)
    assert report.judges[0].auc.n == len(built_in_references("en").texts)


def kept(folder: Path, names: list[str], shift: float = 0.0) -> Path:
    labels = labels_from_names(names)
    pairs = list(labels.pairs())
    readings = [Reading(shift + 2.0 * (number % 3 - 1), 1.0) for number in range(len(pairs))]
    judgements = {
        pair: PairJudgement(reading, reading) for pair, reading in zip(pairs, readings, strict=True)
    }
    of = lock("kept").model_copy(update={"rubric": SETTINGS.rubric})
    path = folder / "matrix.json"
    path.write_text(matrix_json(VerdictMatrix(of, labels, judgements, {})), "utf-8")
    return path


def test_kept_matrices_are_compared_without_a_question(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
    names = ["cars", "cooking", "medicine", "law", "music"]
    first = kept(tmp_path / "a", names)
    second = kept(tmp_path / "b", names, shift=3.0)
    report = held(str(first), str(tmp_path / "b"))
    assert kept_at(str(tmp_path / "b")) == second
    # logits -2, 0, 2 in turns over 10 pairs (4, 3 and 3 of them), and 3 more: all become related
    assert report.same_verdict.value == pytest.approx(0.3)
    assert report.spearman.value == pytest.approx(1.0)
    assert report.judges[0].cost.questions_per_second is None
    assert not report.judges[0].fitted


def test_a_judge_is_asked_the_labels_of_the_matrix_it_is_held_against(tmp_path: Path) -> None:
    path = kept(tmp_path, ["cars", "cooking", "medicine"])
    with serving() as server:
        report = held(str(path), name(server))
    assert report.pairs == 3
    assert [one.cost.questions_per_second is None for one in report.judges] == [True, False]


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    path = kept(tmp_path, ["cars", "cooking"])
    with pytest.raises(ConfigError, match="answers no questions: judge the labels with"):
        held("embedding", "embedding")
    with pytest.raises(ConfigError, match="names no judge"):
        held("llama", str(path))
    with pytest.raises(ConfigError, match=r"gone\.json cannot be read"):
        held(str(path), str(tmp_path / "gone.json"))
    other = path.read_text("utf-8").replace(SETTINGS.rubric, "mine")
    path.write_text(other, "utf-8")
    with pytest.raises(ConfigError, match="judged by the rubric 'mine' and not by"):
        held(str(path), str(path))
    with serving() as server:
        pass
    with pytest.raises(JudgeUnavailable, match="no Ollama server answers"):
        held(name(server), name(server))


def test_the_real_model_agrees_with_itself(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = References(
        "en",
        (),
        (
            ReferencePair("guitars", "pianos", related=True, held_out=False),
            ReferencePair("guitars", "tax law", related=False, held_out=False),
        ),
    )
    monkeypatch.setattr(drifting, "nearest_references", lambda language: few)
    report = held("embedded", f"embedded:{gguf}")
    assert (report.same_verdict.value, report.mean_difference.value) == (1.0, 0.0)
    assert report.judges[0].lock.digest == report.judges[1].lock.digest
    assert report.judges[1].cost.stored == gguf.stat().st_size
