"""`evaluator k8s status`, `logs` and `down`."""

import json
from pathlib import Path

import pytest
from deploy.kubernetes.api_server import ApiServer, Manifest, refused
from deploy.kubernetes.conftest import Setup
from deploy.kubernetes.jobs import ending_with, job_pod, progress, running, stamped
from running import assert_fails

from evaluator.deploy.kubernetes.status import RunStatus

WARNING = "The judge ran with 40 % of its weights outside of GPU memory"
LINES = (
    progress("classifying", 9, 9),
    progress("judging", 1, 4),
    json.dumps({"event": "log", "level": "warning", "message": WARNING}),
    progress("judging", 3, 4),
)


def start_job(cluster: Setup, tmp_path: Path) -> None:
    """Start a run and leave it: it cannot be waited for."""
    cluster.k8s("run", "--name", "ada", "--save-to", tmp_path / "x", "--timeout", "1")


def writing(api: ApiServer, job: Manifest) -> None:
    running()(api, job)
    api.logs[f"{job['metadata']['name']}-pod1"] = stamped(*LINES)
    api.writing.clear()


def test_a_run_at_work_tells_its_progress_and_its_warnings(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = writing
    start_job(judged, tmp_path)
    done = judged.k8s("status", "--name", "ada", "--format", "json")
    assert done.code == 0, done.err
    found = RunStatus.model_validate_json(done.out)
    assert (found.state, found.exit_code, found.tries) == ("Running", None, 1)
    assert [(one.stage, one.done, one.total) for one in found.progress] == [
        ("classifying", 9, 9),
        ("judging", 3, 4),
    ]
    assert (found.progress[1].percent, found.progress[1].seconds_left) == (75.0, 0.5)  # 1 at 2/s
    assert found.warnings == (WARNING,)
    table = judged.k8s("status", "--name", "ada").out
    bar = "█" * 15 + "░" * 5  # three quarters of 20
    assert f"judging    {bar} 75 %, 3 of 4 pairs, 0 s left" in table.splitlines()
    assert f"warning    {WARNING}" in table.splitlines()


@pytest.mark.parametrize(("code", "reason"), [(0, "Succeeded"), (1, "Failed")])
def test_a_run_at_its_end_tells_how_it_ended(
    judged: Setup, tmp_path: Path, code: int, reason: str
) -> None:
    judged.api.controllers["Job"] = ending_with(code)
    start_job(judged, tmp_path)
    done = judged.k8s("status", "--name", "ada", "--format", "json")
    found = RunStatus.model_validate_json(done.out)
    assert (found.state, found.reason, found.exit_code) == ("Complete", reason, code)
    assert found.message == "the run's own sentence."
    assert found.started == "2026-11-21T10:00:00Z"


def test_a_run_that_waits_tells_why(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = lambda api, job: api.put(
        "Pod", job_pod(job, waiting={"reason": "ErrImageNeverPull"})
    )
    start_job(judged, tmp_path)
    table = judged.k8s("status", "--name", "ada").out.splitlines()
    assert "state      Scheduled (ErrImageNeverPull)" in table
    assert any("is not on the node" in line for line in table)


def test_what_a_run_writes_cannot_steer_the_terminal(judged: Setup, tmp_path: Path) -> None:
    said = json.dumps({"event": "log", "level": "warning", "message": "\x1b[2Jgone"})
    judged.api.controllers["Job"] = ending_with(2, said, "\x1b]0;title\x07plain")
    start_job(judged, tmp_path)
    for command in ("status", "logs"):
        out = judged.k8s(command, "--name", "ada").out
        assert "\x1b" not in out
        assert "gone" in out


def test_logs_are_the_job_s_lines_on_standard_output(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = writing
    start_job(judged, tmp_path)
    done = judged.k8s("logs", "--name", "ada")
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "judging: 3 of 4 pairs, 2.0/s, 0 s left"
    raw = judged.k8s("logs", "--name", "ada", "--log-format", "json")
    assert raw.out.splitlines() == list(LINES)


def test_logs_that_are_not_there_yet_say_so(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = lambda api, job: None
    start_job(judged, tmp_path)
    assert_fails(judged.k8s("logs", "--name", "ada"), 7, "has no log", "k8s status")


def test_down_deletes_what_is_ours_and_keeps_the_volumes(judged: Setup, tmp_path: Path) -> None:
    assert judged.k8s("up", "--overlay", "cpu").code == 0
    judged.api.controllers["Job"] = ending_with(2)
    start_job(judged, tmp_path)
    others = {"metadata": {"name": "theirs", "namespace": "knitfab"}}
    judged.api.put("Service", others)
    dry = judged.k8s("down", "--dry-run", "server")
    assert "Would delete Deployment ollama" in dry.err
    assert judged.api.found("Deployment") != []
    done = judged.k8s("down")
    assert done.code == 0, done.err
    for kind in ("Deployment", "Job", "ConfigMap"):
        assert judged.api.found(kind) == []
    assert [one["metadata"]["name"] for one in judged.api.found("Service")] == ["theirs"]
    assert len(judged.api.found("PersistentVolumeClaim")) == 3
    assert judged.k8s("down", "--volumes").code == 0
    assert judged.api.found("PersistentVolumeClaim") == []
    assert "Deleted nothing" in judged.k8s("down").err


def test_down_by_name_leaves_the_judge_and_others_alone(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = ending_with(2)
    for name in ("ada", "grace"):
        judged.k8s("run", "--name", name, "--save-to", tmp_path / "x")
    done = judged.k8s("down", "--name", "ada")
    assert done.code == 0, done.err
    (left,) = judged.api.found("Job")
    assert left["metadata"]["labels"]["app.kubernetes.io/instance"] == "grace"
    assert judged.api.found("Deployment") != []
    assert judged.k8s("down", "--name", "ada", "--volumes").code == 2


def test_a_judge_whose_jobs_are_at_work_stays(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = writing
    start_job(judged, tmp_path)
    assert_fails(judged.k8s("down"), 7, "jobs are at work", "ada")
    assert judged.api.found("Deployment") != []


def test_what_may_not_be_seen_is_no_empty_answer(judged: Setup) -> None:
    message = 'jobs.batch is forbidden: User "u" cannot list resource "jobs"'
    judged.api.answers["GET", "jobs"] = [refused(403, message)]
    ended = judged.k8s("status", "--name", "ada")
    assert_fails(ended, 7, "you may not list jobs in the namespace knitfab")


def test_a_log_that_breaks_off_is_not_passed_off_as_whole(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = ending_with(2, *LINES)
    start_job(judged, tmp_path)
    judged.api.answers["GET", "pods/log"] = [refused(503, "apiserver is shutting down")]
    assert_fails(judged.k8s("logs", "--name", "ada"), 7, "broke off; try again")
