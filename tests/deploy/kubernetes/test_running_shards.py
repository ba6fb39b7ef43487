"""`evaluator k8s run --shards`: all shards in one view, their merge, and what a second run does."""

import json
from pathlib import Path

import pytest
from deploy.kubernetes.api_server import ApiServer, Manifest
from deploy.kubernetes.conftest import READY, Setup, run_at_once
from deploy.kubernetes.jobs import ending_with
from deploy.kubernetes.sharded_jobs import all_done, at_work, failing, in_turn, run
from k8s.job_rules import not_valid
from running import assert_fails


def jobs_of(cluster: Setup) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in cluster.api.found("Job")}


def test_shards_are_done_then_merged_and_the_results_come_without_what_they_left(
    judged: Setup, tmp_path: Path
) -> None:
    left = judged.api.volume / "ada" / "shards" / "0-of-3"
    left.mkdir(parents=True)
    (left / "cases.jsonl").write_text("{}")
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0, "merged"))
    done = run(judged, tmp_path)
    assert done.code == 0, done.err
    lines = done.err.splitlines()
    assert "shards: 3 of 3 done; 30 of 30 cases" in lines
    assert "Warning: shard 0: the judge is slow" in lines  # of all that said it, the first
    assert done.err.count("the judge is slow") == 1
    assert lines.index("shards: 3 of 3 done; 30 of 30 cases") < lines.index("merged")
    assert (tmp_path / "here" / "summary.json").exists()
    assert not (tmp_path / "here" / "shards").exists()


def test_the_jobs_are_what_a_server_takes(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0))
    assert run(judged, tmp_path, shards=8).code == 0
    shards, merge = (job for _, job in sorted(jobs_of(judged).items()))
    for job in (shards, merge):
        assert list(not_valid(job)) == []
    name = shards["metadata"]["name"]
    spec = shards["spec"]
    assert (spec["completions"], spec["parallelism"], spec["maxFailedIndexes"]) == (8, 8, 2)
    args = spec["template"]["spec"]["containers"][0]["args"]
    assert args[-4:] == ["--shard", "8", "--save-to", "/out/ada"]
    assert merge["metadata"]["name"] == f"{name}-merge"
    (container,) = merge["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["merge", "/out/ada", "--log-format", "json"]
    (owner,) = merge["metadata"]["ownerReferences"]
    assert (owner["name"], owner["uid"]) == (name, f"uid-{name}")


@pytest.mark.parametrize(("modes", "together"), [(["ReadWriteOnce"], 1), (["ReadWriteMany"], 0)])
def test_shards_stay_together_where_their_claim_is_for_one_node(
    judged: Setup, tmp_path: Path, modes: list[str], together: int
) -> None:
    for name in ("evaluator-inputs", "evaluator-results"):
        metadata = {"name": name, "namespace": "knitfab"}
        claim = {"metadata": metadata, "spec": {"accessModes": modes}}
        judged.api.put("PersistentVolumeClaim", claim)
    readers: list[Manifest] = []

    def running(api: ApiServer, manifest: Manifest) -> None:
        readers.append(manifest)
        run_at_once(api, manifest)

    judged.api.controllers["Pod"] = running
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0))
    done = run(judged, tmp_path)
    assert done.code == 0, done.err
    assert done.err.count("is for one node, so all shards go to one") == together
    (reader,) = readers
    assert "podAffinity" not in reader["spec"].get("affinity", {})  # all shards have ended
    found = jobs_of(judged)
    for name, job in found.items():
        affinity = job["spec"]["template"]["spec"].get("affinity", {})
        is_merge = name.endswith("-merge")
        terms = affinity.get("podAffinity", {}).get(
            "requiredDuringSchedulingIgnoredDuringExecution", []
        )
        assert len(terms) == (0 if is_merge else together)
        for term in terms:
            assert term["labelSelector"]["matchLabels"] == {"batch.kubernetes.io/job-name": name}


def test_failed_shards_are_named_with_their_reason_and_the_way_on(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = in_turn(failing({1: 5}, "0,2"), ending_with(0))
    done = run(judged, tmp_path)
    assert_fails(
        done,
        5,
        "shard 1 of 3 failed with 5: what is said for 5",
        "`evaluator k8s run --shards 3 --name ada --namespace knitfab` with the same flags",
    )
    assert [name for name in jobs_of(judged) if name.endswith("-merge")] == []
    assert not (tmp_path / "here").exists()


def test_a_gate_that_fails_is_the_merge_s_exit_code_and_results_come(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(1))
    assert run(judged, tmp_path).code == 1
    assert (tmp_path / "here" / "summary.json").exists()


def test_one_line_sums_all_shards_and_the_trouble_of_each_is_told(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = at_work
    done = run(judged, tmp_path, "--timeout", "3")
    assert_fails(done, 7, "has not ended after 3 s", "enough free memory", "run --shards 3")
    lines = done.err.splitlines()
    assert "shards: 1 of 3 done, 1 running, 1 waiting; 4 of 10 cases of those begun" in lines
    trouble = [line for line in lines if line.startswith("Warning: shard 2: no node has enough")]
    assert len(trouble) == 1
    raw = run(judged, tmp_path, "--timeout", "3", "--log-format", "json")
    events = [json.loads(line) for line in raw.err.splitlines()]
    (told,) = [one for one in events if one["event"] == "shards"]
    assert (told["done"], told["running"], told["failed"]) == (1, 1, 0)
    assert (told["cases_done"], told["cases_total"]) == (4, 10)


def test_the_same_command_goes_on_with_a_job_that_is_at_work(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = at_work
    assert run(judged, tmp_path, "--timeout", "1").code == 7
    (job,) = judged.api.found("Job")
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0))
    all_done(judged.api, job)
    done = run(judged, tmp_path)
    assert done.code == 0, done.err
    name = job["metadata"]["name"]
    assert f"The job {name} is there already and gone on with" in done.err
    found = jobs_of(judged)
    assert set(found) == {name, f"{name}-merge"}
    volumes = found[f"{name}-merge"]["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"] == {"name": name}


def test_another_run_on_the_same_directory_is_refused_while_one_is_at_work(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = at_work
    assert run(judged, tmp_path, "--timeout", "1").code == 7
    words = ("is at work in 3 shards with other settings", "`evaluator k8s down --name ada")
    for further in (("--shards", "4"), ("--judge-replicas", "2", "--job-memory", "3Gi")):
        assert_fails(run(judged, tmp_path, *further), 7, *words)
    plain = ("run", "--overlay", "cpu", "--name", "ada", "--save-to", tmp_path / "x")
    assert_fails(judged.k8s(*plain), 7, *words)
    assert len(judged.api.found("Job")) == 1
    assert judged.api.found("StatefulSet") == []  # nor are its judges changed


def test_a_run_that_failed_is_a_new_job_on_the_same_directory(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = failing({1: 3}, "0,2")
    assert run(judged, tmp_path).code == 3
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0))
    done = run(judged, tmp_path)
    assert done.code == 0, done.err
    assert len(jobs_of(judged)) == 3


def test_shards_cannot_start_over(judged: Setup, tmp_path: Path) -> None:
    assert_fails(run(judged, tmp_path, "--fresh"), 2, "--fresh cannot be given with shards")
    assert judged.api.found("Job") == []


def test_judges_are_started_first_where_their_number_is_said(
    cluster: Setup, judged: Setup, tmp_path: Path
) -> None:
    def ready(api: ApiServer, manifest: Manifest) -> None:
        count = manifest["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), count)
        api.put("StatefulSet", {"metadata": manifest["metadata"], "status": {**READY, **counts}})

    judged.api.remove("Deployment", "knitfab", "ollama")
    judged.api.controllers["StatefulSet"] = ready
    judged.api.controllers["Job"] = in_turn(all_done, ending_with(0))
    done = run(judged, tmp_path, "--judge-replicas", "2")
    assert done.code == 0, done.err
    (judge,) = judged.api.found("StatefulSet")
    assert judge["spec"]["replicas"] == 2
    for job in judged.api.found("Job"):
        variables = job["spec"]["template"]["spec"]["containers"][0]["env"]
        url = {one["name"]: one.get("value") for one in variables}["EVALUATOR_JUDGE_URL"]
        assert url == "http://ollama:11434"


def test_a_dry_run_has_both_jobs_checked_and_starts_none(judged: Setup, tmp_path: Path) -> None:
    done = run(judged, tmp_path, "--dry-run", "server")
    assert done.code == 0, done.err
    assert judged.api.found("Job") == []
    changes = [one for one in judged.api.asked if one.method.value != "GET"]
    assert [one.params["dryRun"] for one in changes] == ["All"] * 3  # settings, shards, merge
