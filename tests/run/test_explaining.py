"""Reasons in a run: which are asked for, what is kept, and that no verdict moves."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ollama_server import OllamaServer, OtherDigest, ScriptedEngine, ServedModel, Status
from running import journaled

from evaluator.errors import ConfigError, JudgeChanged, JudgeUnavailable
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.reasons import Reasons
from evaluator.run.pipeline import Finished, judge_predictions
from evaluator.run.progress import Progress
from evaluator.run.settings import JudgeSettings

LABELS = "cars\ncooking\ntrams\n"
PREDICTIONS = """\
id,predicted,gold
1,cars,cars
2,trams,cars
3,cooking,cars
4,trams,cars
5,cars,trams
6,perhaps gardening,cooking
7,,trams
"""
MET = [("trams", "cars"), ("cooking", "cars"), ("cars", "trams"), ("gardening", "cooking")]
REASON = [" both", " are", " unrelated."]
FAILING_REASON = Status(paths=("/api/chat",), code=400, error="no", after=12)

Judge = Callable[..., Finished]


def answer(text: str) -> dict[str, float]:
    """Cars and trams are related, nothing else is; whatever the verdict, the reason is against."""
    last = text[text.rindex("user") :]
    if "because" in last:
        said = sum(word in last for word in REASON)
        return {REASON[said]: 1.0} if said < len(REASON) else {}
    related = "cars" in last and "trams" in last
    return {"Yes": 0.9, "No": 0.1} if related else {"Yes": 0.1, "No": 0.9}


def serving(*faults: Status) -> OllamaServer:
    return OllamaServer(ScriptedEngine(answer), [ServedModel("m")], faults)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with serving() as running:
        yield running


@pytest.fixture
def judge(tmp_path: Path, progress: Progress, server: OllamaServer) -> Judge:
    """Judge the predictions, by the server unless another judge is named."""
    (tmp_path / "labels.txt").write_text(LABELS, "utf-8")
    (tmp_path / "predictions.csv").write_text(PREDICTIONS, "utf-8")

    def run(explain: str, **changes: Any) -> Finished:
        usual = {"save_to": tmp_path / "run", "judge": f"ollama:m@{server.url}", "retries": 0}
        uncalibrated = {"calibration": "none"}  # asks nothing but the pairs and the text
        files = {"labels": tmp_path / "labels.txt", "predictions": tmp_path / "predictions.csv"}
        settings = JudgeSettings.model_validate(
            {**usual, **uncalibrated, **files, "explain": explain, **changes}
        )
        return judge_predictions(settings, progress, lambda *_: None)

    return run


def reasons(finished: Finished) -> Reasons:
    return Reasons.model_validate_json(finished.directory.reasons_file.read_bytes())


def explained(finished: Finished) -> list[tuple[str, str]]:
    return [(one.predicted, one.gold) for one in reasons(finished).reasons]


def asked_for_reasons(server: OllamaServer) -> list[str]:
    last = (body["messages"][-1]["content"] for body in server.bodies("/api/chat"))
    return [question for question in last if question.endswith("because")]


def test_of_all_verdicts_each_distinct_one_is_explained(judge: Judge, server: OllamaServer) -> None:
    finished = judge("all")
    assert explained(finished) == MET
    assert sorted(asked_for_reasons(server)) == [
        "Is cars related to trams? Yes, because",
        "Is cooking related to cars? No, because",
        "Is gardening related to cooking? No, because",
        "Is trams related to cars? Yes, because",
    ]
    found = reasons(finished)
    assert (found.explain, found.missing, found.usage.calls) == ("all", 0, 4)
    assert found.usage.generated_tokens == 4 * len(REASON)
    assert {one.reason for one in found.reasons} == {"both are unrelated."}


def test_a_reason_against_its_verdict_is_marked(judge: Judge) -> None:
    found = reasons(judge("all")).reasons
    assert [one.contradicts for one in found] == [True, False, True, False]
    assert [one.p_related > 0.5 for one in found] == [True, False, True, False]


def test_of_failures_alone_those_below_the_threshold_are_explained(judge: Judge) -> None:
    # Cars and trams: P(related) = 0.9 and score 0.45; cooking and cars: 0.1 and 0.05.
    finished = judge("failures", threshold=0.4)
    assert explained(finished) == [MET[1], MET[3]]
    assert reasons(finished).explain == "failures"
    assert explained(judge("failures", threshold=0.5)) == MET


def test_without_reasons_nothing_is_asked_and_none_are_left(
    judge: Judge, server: OllamaServer
) -> None:
    finished = judge("none")
    assert not finished.directory.reasons_file.exists()
    assert asked_for_reasons(server) == []
    judge("all")
    judge("none")
    assert not finished.directory.reasons_file.exists()
    assert "says for its verdicts" not in finished.directory.report_file.read_text("utf-8")


def test_reasons_move_no_verdict(judge: Judge, tmp_path: Path) -> None:
    plain, with_reasons = judge("none"), judge("all", save_to=tmp_path / "explained")
    assert with_reasons.summary.findings() == plain.summary.findings()
    for name in ("cases.jsonl", "matrix.json", "pairs.csv"):
        files = [one.directory.path / name for one in (plain, with_reasons)]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_a_reason_that_is_known_is_not_asked_for_again(judge: Judge, server: OllamaServer) -> None:
    judge("failures", threshold=0.4)
    server.forget_requests()
    finished = judge("all")
    assert sorted(asked_for_reasons(server)) == [
        "Is cars related to trams? Yes, because",
        "Is trams related to cars? Yes, because",
    ]
    first = reasons(finished)
    server.forget_requests()
    again = reasons(judge("all"))
    assert asked_for_reasons(server) == []
    assert again.reasons == first.reasons
    assert again.usage.calls == 0


def test_fresh_asks_for_every_reason_anew(judge: Judge, server: OllamaServer) -> None:
    judge("all")
    server.forget_requests()
    judge("all", fresh=True)
    assert len(asked_for_reasons(server)) == len(MET)


def test_a_reason_that_cannot_be_had_is_counted_and_told(
    judge: Judge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(FAILING_REASON) as refusing:  # the verdicts take 3·2 + 4 questions
        finished = judge("all", judge=f"ollama:m@{refusing.url}")
    found = reasons(finished)
    assert (len(found.reasons), found.missing) == (2, 2)
    assert "2 of 4 reasons are missing: http-400" in caplog.messages


def test_verdicts_survive_a_judge_that_dies_at_its_reasons(judge: Judge, tmp_path: Path) -> None:
    gone = Status(paths=("/api/chat",), code=404, error="model 'm' not found", after=10)
    with serving(gone) as dying, pytest.raises(JudgeUnavailable, match="lost the model"):
        judge("all", judge=f"ollama:m@{dying.url}")
    with serving() as again:
        finished = judge("all", judge=f"ollama:m@{again.url}")
        assert len(again.bodies("/api/chat")) == len(asked_for_reasons(again)) == len(MET)
    assert explained(finished) == MET


def test_the_report_shows_the_reasons_for_the_worst_confusions(judge: Judge) -> None:
    report = judge("all").directory.report_file.read_text("utf-8")
    assert "Shown: 4 of 4 reasons, of which 2 contradict their verdict." in report
    assert "| cars | trams | 0.900 | both are unrelated. | contradicts the verdict |" in report
    assert "| cars | cooking | 0.100 | both are unrelated. |   |" in report


def test_a_stored_matrix_gives_no_reasons(judge: Judge, tmp_path: Path) -> None:
    matrix = judge("none").directory.matrix_file
    with pytest.raises(
        ConfigError, match=r"stored verdicts .* hold no reasons: leave out --matrix"
    ):
        judge("all", matrix=matrix, save_to=tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_a_rubric_without_words_for_it_gives_no_reasons(judge: Judge, tmp_path: Path) -> None:
    content = load_rubric("category-relevance").model_dump(mode="json", exclude={"reason"})
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ConfigError, match="has no words to ask for a reason"):
        judge("failures", rubric=str(mine))
    assert not (tmp_path / "run").exists()
    assert judge("none", rubric=str(mine)).summary.cases.judged == 6


def test_the_time_is_told_as_a_stage_of_its_own(
    judge: Judge, progress: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        finished = judge("all")
    assert ("explaining", 4, "verdicts", 0, 4) in progress.stages
    assert "explaining" in finished.summary.timings


def test_the_embedded_judge_explains_without_moving_a_verdict(
    judge: Judge, gguf: Path, tmp_path: Path
) -> None:
    plain = judge("none", judge="embedded")
    with_reasons = judge("all", judge="embedded", save_to=tmp_path / "explained")
    for name in ("cases.jsonl", "matrix.json"):
        files = [one.directory.path / name for one in (plain, with_reasons)]
        assert files[0].read_bytes() == files[1].read_bytes()
    found = reasons(with_reasons)
    assert explained(with_reasons) == MET
    assert all(one.reason for one in found.reasons)
    resumed = reasons(judge("all", judge="embedded", save_to=tmp_path / "explained"))
    assert (resumed.reasons, resumed.usage.calls) == (found.reasons, 0)


@pytest.mark.parametrize("answers", [11, 13])
def test_of_a_judge_that_is_exchanged_while_it_gives_reasons_nothing_is_kept(
    judge: Judge, server: OllamaServer, tmp_path: Path, answers: int
) -> None:
    """It answers ten questions first, on three pairs and a text, and then writes four reasons."""
    server.faults.add(OtherDigest(after=answers, counting=("/api/chat",)))
    with pytest.raises(JudgeChanged, match="of two judges and are dropped"):
        judge("all")
    assert journaled(tmp_path / "run", "answers") == []
    assert journaled(tmp_path / "run", "reasons") == []
    assert not (tmp_path / "run" / "reasons.json").exists()
    server.faults.clear()
    assert explained(judge("all")) == MET
