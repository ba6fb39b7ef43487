"""`evaluator k8s run`: a job to its end, whatever breaks on the way, and its exit code."""

import json
import signal
import time
from pathlib import Path

import pytest
import yaml
from deploy.kubernetes.api_server import ApiServer, Manifest, hung_up, refused
from deploy.kubernetes.conftest import Setup, write_results
from deploy.kubernetes.jobs import ending_with, finish, job_pod, progress, running, stamped
from running import assert_fails, ended, start

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.completion import complete_run
from evaluator.deploy.kubernetes.connection import connect
from evaluator.deploy.kubernetes.job import Run
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.starting import Started
from evaluator.errors import DeploymentFailed

LINES = (
    progress("judging", 1, 4),
    json.dumps({"event": "log", "level": "warning", "message": "the judge is slow"}),
    "accuracy 0.9",
    progress("judging", 4, 4),
)


def run(cluster: Setup, tmp_path: Path, *further: object) -> tuple[object, ...]:
    return ("run", "--name", "ada", "--save-to", tmp_path / "here", *further)


def test_a_run_ends_as_its_job_did_and_leaves_its_results_here(
    judged: Setup, tmp_path: Path
) -> None:
    judged.api.controllers["Job"] = ending_with(0, *LINES)
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == 0, done.err
    lines = done.err.splitlines()
    assert "judging: 1 of 4 pairs, 2.0/s, 2 s left" in lines
    assert "Warning: The judge is slow" in lines
    assert "accuracy 0.9" in lines
    assert (tmp_path / "here" / "summary.json").read_text() == '{"schema_version": 1}'
    assert judged.api.found("Pod", "knitfab") != []  # the job's own; the reader is gone
    assert not [one for one in judged.api.found("Pod") if "reader" in one["metadata"]["name"]]


def test_the_job_is_the_overlay_s_under_a_name_of_its_own(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = ending_with(0)
    config = tmp_path / "run.yaml"
    config.write_text("data: /in/other.csv\nmodel_path: /in/model\n")
    done = judged.k8s(*run(judged, tmp_path, "--config-file", config, "--fresh"))
    assert done.code == 0, done.err
    (job,) = judged.api.found("Job")
    name = job["metadata"]["name"]
    assert name.startswith("evaluator-ada-")
    assert job["metadata"]["labels"]["app.kubernetes.io/instance"] == "ada"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"][-3:] == ["--save-to", "/out/ada", "--fresh"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["EVALUATOR_JUDGE_MODEL"] == "llama3.2"
    assert variables["EVALUATOR_JUDGE_URL"] == "http://ollama:11434"
    (settings,) = judged.api.found("ConfigMap")
    assert settings["metadata"]["name"] == name
    assert yaml.safe_load(settings["data"]["run.yaml"])["data"] == "/in/other.csv"
    (owner,) = settings["metadata"]["ownerReferences"]
    assert (owner["name"], owner["uid"]) == (name, f"uid-{name}")


def test_two_runs_of_two_people_have_jobs_of_their_own(judged: Setup, tmp_path: Path) -> None:
    judged.api.controllers["Job"] = ending_with(0)
    write_results(judged.api.volume / "grace")
    for name in ("ada", "grace"):
        done = judged.k8s("run", "--name", name, "--save-to", tmp_path / name)
        assert done.code == 0, done.err
    names = {
        one["metadata"]["labels"]["app.kubernetes.io/instance"] for one in judged.api.found("Job")
    }
    assert names == {"ada", "grace"}


@pytest.mark.parametrize(("code", "is_fetched"), [(1, True), (6, True), (2, False), (3, False)])
def test_the_exit_code_is_the_container_s(
    judged: Setup, tmp_path: Path, code: int, is_fetched: bool
) -> None:
    judged.api.controllers["Job"] = ending_with(code)
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == code, done.err
    assert f"the job ended with {code}: the run's own sentence." in done.err
    assert (tmp_path / "here" / "summary.json").exists() == is_fetched


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (137, {"reason": "OOMKilled"}, "needed more memory than its limit"),
        (127, {"reason": "Error"}, "its container ended with 127 Error"),
    ],
)
def test_what_others_ended_is_a_failed_deployment(
    judged: Setup, tmp_path: Path, code: int, said: dict[str, str], words: str
) -> None:
    judged.api.controllers["Job"] = ending_with(code, **said)
    assert_fails(judged.k8s(*run(judged, tmp_path)), 7, words)


def test_a_job_at_its_own_deadline_says_how_to_go_on(judged: Setup, tmp_path: Path) -> None:
    def late(api: ApiServer, job: Manifest) -> None:
        condition = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
        api.put("Job", {"metadata": job["metadata"], "status": {"conditions": [condition]}})

    judged.api.controllers["Job"] = late
    ended = judged.k8s(*run(judged, tmp_path))
    assert_fails(ended, 7, "activeDeadlineSeconds", "the same command goes on")


def test_without_a_judge_no_job_is_started(cluster: Setup, tmp_path: Path) -> None:
    ended = cluster.k8s(*run(cluster, tmp_path))
    assert_fails(ended, 7, "the judge ollama in the namespace knitfab is not there", "k8s up")
    assert cluster.api.found("Job") == []


def test_a_judge_of_another_model_is_not_asked(cluster: Setup, tmp_path: Path) -> None:
    assert cluster.k8s("up", "--overlay", "cpu", "--judge-model", "qwen3:0.6b").code == 0
    ended = cluster.k8s(*run(cluster, tmp_path, "--overlay", "cpu"))
    assert_fails(ended, 7, "was started with another model or address", "with the same flags")
    assert cluster.api.found("Job") == []


def test_a_judge_in_the_image_needs_none_beside_it(judged: Setup, tmp_path: Path) -> None:
    judged.api.remove("Deployment", "knitfab", "ollama")
    judged.api.controllers["Job"] = ending_with(0)
    done = judged.k8s(*run(judged, tmp_path, "--overlay", "airgapped-embedded"))
    assert done.code == 0, done.err


def test_a_dry_run_starts_nothing(judged: Setup, tmp_path: Path) -> None:
    done = judged.k8s(*run(judged, tmp_path, "--dry-run", "server"))
    assert done.code == 0, done.err
    assert judged.api.found("Job") == []
    changes = [one for one in judged.api.asked if one.method.value != "GET"]
    assert [one.params["dryRun"] for one in changes] == ["All", "All"]


def test_a_log_that_breaks_is_read_on_without_a_line_lost_or_twice(
    judged: Setup, tmp_path: Path
) -> None:
    """The stream breaks after two lines of one second; asked for again, that second comes again."""
    lines = [f"line {count}" for count in range(7)]

    def then(api: ApiServer, job: Manifest) -> None:
        pod = f"{job['metadata']['name']}-pod1"
        whole = stamped(*lines)
        api.logs[pod] = whole[:2]

        async def breaks(request: object) -> object:
            api.logs[pod] = whole[:5]
            return await _cut(api, request, whole[:2])

        async def breaks_later(request: object) -> object:
            api.logs[pod] = whole
            api.writing.clear()
            finish(api, job, 0)
            return await _cut(api, request, whole[:5])

        api.answers["GET", "pods/log"] = [breaks, breaks_later]

    judged.api.controllers["Job"] = running(then)
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == 0, done.err
    assert [line for line in done.err.splitlines() if line.startswith("line")] == lines


async def _cut(api: ApiServer, request: object, lines: list[str]) -> object:
    """Send some lines and the beginning of another, and hang up."""
    import aiohttp.web

    response = aiohttp.web.StreamResponse()
    raw = request._raw_request  # type: ignore[attr-defined]
    await response.prepare(raw)
    for line in lines:
        await response.write(line.encode() + b"\n")
    await response.write(b"2026-11-21T10:00:0")
    raw.transport.close()
    return response


def test_an_api_that_starts_again_while_a_job_runs_is_waited_for(
    judged: Setup, tmp_path: Path
) -> None:
    def then(api: ApiServer, job: Manifest) -> None:
        api.answers["GET", "pods/log"] = [hung_up, refused(503, "apiserver is shutting down")]
        api.answers["GET", "jobs"] = [lambda request: None, hung_up, refused(503)]
        api.answers["GET", "pods"] = [
            *(lambda request: None, refused(410, "too old"), lambda request: None),
            lambda request: (api.writing.clear(), finish(api, job, 0))[0],  # type: ignore[func-returns-value]
        ]

    judged.api.controllers["Job"] = running(then)
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == 0, done.err


def test_the_end_of_a_log_is_not_given_up_at_once(judged: Setup, tmp_path: Path) -> None:
    def ends(api: ApiServer, job: Manifest) -> None:
        api.answers["GET", "pods/log"] = [refused(503, "apiserver is shutting down"), hung_up]
        ending_with(0, "the last line")(api, job)

    judged.api.controllers["Job"] = ends
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == 0, done.err
    assert done.err.count("the last line") == 1


def test_an_api_that_is_gone_for_good_leaves_the_job_and_says_how_to_come_back(
    judged: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kubernetes.config import kube_config

    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(judged.kubeconfig))
    judged.api.answers["GET", "jobs"] = [hung_up] * 100
    impatient = Cluster(connect(None), patience=0.1)
    job = Run("ada", "evaluator-ada-bcdfg", "knitfab")
    with pytest.raises(DeploymentFailed, match=r"does not answer.* is not stopped by that, and"):
        complete_run(impatient, Started(job), tmp_path / "here", Deadline(60), print)


def test_a_second_try_is_followed_and_its_exit_code_counts(judged: Setup, tmp_path: Path) -> None:
    def twice(api: ApiServer, job: Manifest) -> None:
        name = job["metadata"]["name"]
        failed = {"exitCode": 3, "finishedAt": "2026-11-21T10:30:00Z"}
        api.put("Pod", job_pod(job, number=1, terminated=failed))
        api.logs[f"{name}-pod1"] = stamped("no judge")
        api.logs[f"{name}-pod2"] = stamped("a judge")
        finish(api, job, 0, number=2)

    judged.api.controllers["Job"] = twice
    done = judged.k8s(*run(judged, tmp_path))
    assert done.code == 0, done.err
    assert (
        done.err.index("no judge")
        < done.err.index("The job tries again")
        < done.err.index("a judge")
    )


def test_a_job_that_waits_says_why_and_goes_on_after_the_timeout(
    judged: Setup, tmp_path: Path
) -> None:
    def waits(api: ApiServer, job: Manifest) -> None:
        pod = job_pod(job, waiting={"reason": "ImagePullBackOff"})
        api.put("Pod", pod)

    judged.api.controllers["Job"] = waits
    done = judged.k8s(*run(judged, tmp_path, "--timeout", "2"))
    assert_fails(done, 7, "has not ended after 2 s", "cannot be pulled", "k8s logs --follow")
    assert len(judged.api.found("Job")) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_the_job_at_work_and_says_how_to_go_on(
    judged: Setup, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    judged.api.controllers["Job"] = running()
    process = start(*("k8s", *run(judged, tmp_path)), env={"KUBECONFIG": str(judged.kubeconfig)})
    while not any(one.subresource == "log" for one in judged.api.asked):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    done = ended(process)
    judged.api.writing.clear()
    assert done.code == code, done.err
    assert "is not stopped; `evaluator k8s logs --follow --name ada" in done.err
    assert not [one for one in judged.api.asked if one.method.value == "DELETE"]


def test_somebody_who_deletes_the_job_is_no_bug(judged: Setup, tmp_path: Path) -> None:
    def gone(api: ApiServer, job: Manifest) -> None:
        running()(api, job)
        api.writing.clear()
        api.remove("Job", "knitfab", job["metadata"]["name"])

    judged.api.controllers["Job"] = gone
    ended = judged.k8s(*run(judged, tmp_path))
    assert_fails(ended, 7, "is gone: somebody deleted it")
