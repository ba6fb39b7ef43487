"""`evaluator k8s status`, `logs` and `results` of a run in shards."""

import json
from pathlib import Path

from deploy.kubernetes.api_server import ApiServer, Manifest
from deploy.kubernetes.conftest import Setup
from deploy.kubernetes.jobs import ended_shard, ending_with, finish, set_status, stamped
from deploy.kubernetes.sharded_jobs import all_done, at_work, failing, in_turn, run
from running import assert_fails

from evaluator.deploy.kubernetes.status import RunStatus


def status(cluster: Setup) -> RunStatus:
    done = cluster.k8s("status", "--name", "ada", "--format", "json")
    assert done.code == 0, done.err
    return RunStatus.model_validate_json(done.out)


def test_a_status_sums_the_shards_and_then_tells_of_the_merge(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = at_work
    run(judged, tmp_path, "--timeout", "1")
    found = status(judged)
    assert (found.state, found.reason, found.tries) == ("Running", "NoRoom", 2)
    assert found.message.startswith("shard 2: no node has enough free memory")
    bars = [(one.stage, one.done, one.total) for one in found.progress]
    assert bars == [("shards", 1, 3), ("classifying", 4, 10)]
    assert found.warnings == ("the judge is slow",)
    (job,) = judged.api.found("Job")
    all_done(judged.api, job)
    found = status(judged)
    assert (found.state, found.reason, found.exit_code) == ("Running", "NotMerged", None)
    assert "run --shards 3 --name ada" in found.message
    judged.api.controllers["Job"] = ending_with(0)
    assert run(judged, tmp_path).code == 0
    found = status(judged)
    assert (found.state, found.reason, found.exit_code) == ("Complete", "Succeeded", 0)
    assert found.job == job["metadata"]["name"]


def test_a_status_names_shards_that_failed_while_others_go_on(
    judged: Setup, tmp_path: Path
) -> None:
    def partly(api: ApiServer, job: Manifest) -> None:
        api.put("Pod", ended_shard(job, 1, 2))
        set_status(api, job, failedIndexes="1")

    judged.api.controllers["Job"] = partly
    run(judged, tmp_path, "--timeout", "1")
    found = status(judged)
    assert (found.state, found.reason) == ("Scheduled", "ShardFailed")
    assert found.message == "shard 1 of 3 failed with 2: what is said for 2"
    judged.api.controllers["Job"] = lambda api, job: None
    (job,) = judged.api.found("Job")
    failing({1: 2}, "0")(judged.api, job)
    found = status(judged)
    assert (found.state, found.exit_code) == ("Complete", 2)


def test_logs_say_whose_each_line_is_and_end_with_the_merge_s(
    judged: Setup, tmp_path: Path
) -> None:
    def merged(api: ApiServer, job: Manifest) -> None:
        api.logs[f"{job['metadata']['name']}-pod1"] = stamped("merged")
        finish(api, job, 0)

    judged.api.controllers["Job"] = in_turn(all_done, merged)
    assert run(judged, tmp_path).code == 0
    done = judged.k8s("logs", "--name", "ada")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[1] == "shard 0: Warning: The judge is slow"
    assert lines[-2].startswith("shard 2: classifying: 10 of 10 cases")
    assert lines[-1] == "merged"
    raw = judged.k8s("logs", "--name", "ada", "--log-format", "json")
    assert json.loads(raw.out.splitlines()[1])["shard"] == 0
    followed = judged.k8s("logs", "--name", "ada", "--follow")
    assert followed.out.splitlines()[-1] == "merged"


def test_following_a_run_that_nobody_merged_says_who_would(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = at_work
    run(judged, tmp_path, "--timeout", "1")
    (job,) = judged.api.found("Job")
    all_done(judged.api, job)
    done = judged.k8s("logs", "--name", "ada", "--follow")
    assert done.code == 7
    assert done.out.splitlines() == ["shards: 3 of 3 done; 30 of 30 cases"]
    last = done.err.splitlines()[-1]
    assert "are done and not merged; `evaluator k8s run --shards 3 --name ada" in last


def test_results_that_are_not_merged_are_none(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = at_work
    run(judged, tmp_path, "--timeout", "1")
    whole = judged.api.volume / "ada"
    for path in sorted(whole.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    left = whole / "shards" / "0-of-3"
    left.mkdir(parents=True)
    (left / "cases.jsonl").write_text("{}")
    assert_fails(judged.k8s("results", tmp_path / "r", "--name", "ada"), 7, "holds no results yet")
