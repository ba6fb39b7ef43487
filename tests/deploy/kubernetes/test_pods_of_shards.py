"""What the jobs of shards say to their pods is what the commands take: each pod as a process."""

import json
import random
from pathlib import Path

import yaml
from k8s.manifests import ROOT, Manifest, kustomized, pod_of
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import Ended, evaluator
from sharded_run import write_cases

from evaluator.deploy.kubernetes.job import run_manifests
from evaluator.deploy.kubernetes.overrides import Overrides
from evaluator.deploy.kubernetes.rendering import parsed, render
from evaluator.deploy.kubernetes.shards_job import merge_manifest

ENGINE = ScriptedEngine(lambda text: {"Yes": random.Random(text).uniform(0.1, 0.6), "No": 0.3})


class Node:
    """Runs a job's container as a process, with folders for its volumes."""

    def __init__(self, folder: Path, url: str) -> None:
        self.out, self.ending = folder / "out", folder / "termination-log"
        self._settings, self._url = folder / "run.yaml", url

    def run(self, job: Manifest, **env: str) -> Ended:
        (container,) = pod_of(job)["containers"]
        here = {"/etc/evaluator/run.yaml": str(self._settings), "/out/ada": f"{self.out}/ada"}
        args = [here.get(word, word) for word in container["args"]]
        said = {one["name"]: one["value"] for one in container["env"]}
        said["EVALUATOR_JUDGE_URL"] = self._url
        said["EVALUATOR_TERMINATION_LOG"] = str(self.ending)
        return evaluator(*args, env={**said, **env})


def test_every_pod_does_its_part_and_the_merge_is_a_run(tmp_path: Path, tiny_model: Path) -> None:
    kustomized(ROOT / "overlays" / "cpu")  # skips without kubectl
    manifests = parsed(render("cpu", Overrides(shards=2)))
    job, _ = run_manifests(manifests, "ada", "evaluator-ada-x", fresh=False)
    data = write_cases(tmp_path / "cases.jsonl", random.Random(1), 20)
    settings = {"data": str(data), "model_path": str(tiny_model), "min_accuracy": 1.0}
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings))
    with OllamaServer(ENGINE, [ServedModel("llama3.2")]) as server:
        node = Node(tmp_path, server.url)
        for index in range(2):
            done = node.run(job, JOB_COMPLETION_INDEX=str(index))
            assert done.code == 0, done.err  # gates are the merge's
            assert json.loads(node.ending.read_text())["exit_code"] == 0
    merged = node.run(merge_manifest(job, "ada"))
    assert merged.code == 1, merged.err
    assert json.loads(node.ending.read_text())["figures"]["total"] == 20
    assert (node.out / "ada" / "summary.json").exists()
