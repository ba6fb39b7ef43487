"""Runs whose directory is at a URL: killed, ended, contended, and with a store that goes away."""

import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import Popen
from zlib import crc32

import pytest
from ollama_server import OllamaServer
from running import Ended, assert_fails, ended, evaluator, start
from s3_server import S3Server
from small_run import (
    QUESTIONS,
    GatedJudge,
    asked,
    judge_command,
    wait_for_answers,
    wait_until,
)

BUCKET = "runs"
SAVE_TO = f"s3://{BUCKET}/one"
WITHOUT_TIMES = ("usage", "timings")


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as running:
        running.make_bucket(BUCKET)
        yield running
        running.forget()


class Machine:
    """A machine with a cache of its own, and the key to the store in its environment."""

    def __init__(self, folder: Path, s3: S3Server) -> None:
        self.environment: Mapping[str, str] = {
            **s3.environment,
            "EVALUATOR_CACHE": str(folder),
        }
        self.scratch = folder / "storage" / "scratch" / "s3" / BUCKET / "one"


def stored(s3: S3Server) -> dict[str, bytes]:
    """The objects of the run."""
    return {key.removeprefix("one/"): body for key, body in s3.contents(BUCKET).items()}


def uploaded_questions(s3: S3Server) -> list[str]:
    """The keys of the answers whose lines reached the store."""
    parts = [body for key, body in sorted(stored(s3).items()) if "answers" in key]
    lines = [line.partition(b" ") for line in b"".join(parts).splitlines()]
    assert all(checksum == b"%08x" % crc32(content) for checksum, _, content in lines)
    return [json.dumps(json.loads(content)["question"]) for _, _, content in lines]


def wait_for_upload(s3: S3Server, process: "Popen[str]") -> None:
    wait_until(lambda: any("answers" in key for key in stored(s3)), process)


def assert_is_complete(s3: S3Server, undisturbed: Path) -> None:
    """Check that the store holds, bit for bit, what an undisturbed local run wrote."""
    found = stored(s3)
    for name in ("cases.jsonl", "pairs.csv", "matrix.json", "deepeval-result.json"):
        assert found[name] == (undisturbed / name).read_bytes(), name
    summary, expected = (
        {key: value for key, value in json.loads(text).items() if key not in WITHOUT_TIMES}
        for text in (found["summary.json"], (undisturbed / "summary.json").read_bytes())
    )
    assert summary == expected
    assert json.loads(found["run.json"])["status"] == "done"
    assert ".holder.json" not in found


def test_a_killed_run_is_held_and_then_continued_on_another_machine(
    predictions: Path, gated: GatedJudge, s3: S3Server, undisturbed: Path, tmp_path: Path
) -> None:
    here, there = Machine(tmp_path / "here", s3), Machine(tmp_path / "there", s3)
    command = judge_command(predictions, gated, SAVE_TO)
    first = start(*command, env=here.environment)
    wait_for_answers(here.scratch, 4, first)
    wait_for_upload(s3, first)
    second = evaluator(*command, env=there.environment)
    holder = f"{SAVE_TO} is in use by process {first.pid} on {platform.node()}, since 20"
    assert_fails(second, 74, holder, "use another --save-to")
    first.kill()
    first.communicate()
    known = uploaded_questions(s3)
    assert len(known) >= 4
    gated.open_gate()
    s3.client().delete_object(Bucket=BUCKET, Key="one/.holder.json")  # or half a minute's watch
    before = asked(gated).total()
    third = evaluator(*command, env=there.environment)
    assert third.code == 0, third.err
    assert "ontinuing the run" in third.err
    assert asked(gated).total() - before == QUESTIONS - len(known)
    assert len(uploaded_questions(s3)) == len(set(uploaded_questions(s3))) == QUESTIONS
    assert_is_complete(s3, undisturbed)


def test_a_run_that_is_told_to_end_brings_up_the_rest(
    predictions: Path, gated: GatedJudge, s3: S3Server, undisturbed: Path, tmp_path: Path
) -> None:
    here, there = Machine(tmp_path / "here", s3), Machine(tmp_path / "there", s3)
    command = judge_command(predictions, gated, SAVE_TO)
    first = start(*command, env=here.environment)
    wait_for_answers(here.scratch, 4, first)
    first.terminate()
    stopped = ended(first)
    assert stopped.code == 143, stopped.err
    assert len(uploaded_questions(s3)) >= 4
    assert ".holder.json" not in stored(s3)
    gated.open_gate()
    second = evaluator(*command, env=there.environment)
    assert second.code == 0, second.err
    assert_is_complete(s3, undisturbed)


def test_a_store_that_is_away_for_a_while_harms_nothing(
    predictions: Path, gated: GatedJudge, s3: S3Server, undisturbed: Path, tmp_path: Path
) -> None:
    here = Machine(tmp_path / "here", s3)
    process = start(*judge_command(predictions, gated, SAVE_TO), env=here.environment)
    wait_for_answers(here.scratch, 4, process)
    s3.stop()
    gated.open_gate()
    wait_for_answers(here.scratch, QUESTIONS, process)
    s3.start_again()
    end = ended(process)
    assert end.code == 0, end.err
    assert_is_complete(s3, undisturbed)
    assert secretless(end)


def test_inputs_and_results_at_urls_make_the_same_run(
    predictions: Path, server: OllamaServer, s3: S3Server, undisturbed: Path, tmp_path: Path
) -> None:
    here = Machine(tmp_path / "here", s3)
    s3.client().upload_file(str(predictions), BUCKET, "in/predictions.csv")
    url = f"s3://{BUCKET}/in/predictions.csv"
    end = evaluator(*judge_command(url, server, SAVE_TO), env=here.environment)
    assert end.code == 0, end.err
    assert_is_complete(s3, undisturbed)
    assert f"  {SAVE_TO}/summary.json" in end.out
    config = json.loads(stored(s3)["run.json"])["config"]
    assert (config["save_to"], config["predictions"]) == (SAVE_TO, url)
    assert str(tmp_path) not in stored(s3)["run.json"].decode()
    assert secretless(end)
    assert all(
        s3.environment["AWS_SECRET_ACCESS_KEY"].encode() not in b for b in stored(s3).values()
    )
    again = evaluator("report", SAVE_TO, "--format", "json", env=here.environment)
    assert json.loads(again.out)["cases"]["total"] == 60
    compared = evaluator("compare", SAVE_TO, undisturbed, "--format", "json", env=here.environment)
    assert [run["path"] for run in json.loads(compared.out)["runs"]] == [SAVE_TO, str(undisturbed)]


def secretless(end: Ended) -> bool:
    return "the-secret-of-the-tests" not in end.out + end.err
