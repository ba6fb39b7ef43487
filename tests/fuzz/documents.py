"""Files that people write: settings, label sets, rubrics, plans, templates, names of judges."""

from pathlib import Path

from evaluator.backends.naming import parse_judge
from evaluator.classifier.files import base_of
from evaluator.classifier.labels import model_labels
from evaluator.classifier.template import PromptTemplate, template_of
from evaluator.deploy.knitfab.lint import lint_file
from evaluator.deploy.kubernetes.run_config import config_for_pod
from evaluator.judge.item import ItemTemplate, check_item
from evaluator.judge.labels import read_labels
from evaluator.judge.rubric_file import load_rubric
from evaluator.run.configuration import settings_from
from evaluator.run.settings import JudgeSettings, RunSettings
from fuzz.promise import split, written

DOCUMENTS = (".yaml", ".json")


def settings(data: bytes, folder: Path) -> None:
    form, content = split(data, 4)
    path = written(folder, f"settings{DOCUMENTS[form % 2]}", content)
    if form < 2:
        settings_from(RunSettings, path, {})
        config_for_pod(path)
    else:
        settings_from(JudgeSettings, path, {})


def rubric(data: bytes, folder: Path) -> None:
    form, content = split(data, 2)
    load_rubric(str(written(folder, f"rubric{DOCUMENTS[form]}", content)))


def labels(data: bytes, folder: Path) -> None:
    form, content = split(data, 3)
    found = read_labels(written(folder, f"labels{(*DOCUMENTS, '.txt')[form]}", content))
    for label in found:
        assert found.resolve(label.name) == label


def plan(data: bytes, folder: Path) -> None:
    for finding in lint_file(written(folder, "plan.yaml", data)):
        assert finding.line >= 1


def template(data: bytes, folder: Path) -> None:
    """Templates that come with a rubric, a flag or a model; each may hang, if it were let."""
    source = data.decode("utf-8", "replace")
    check_item(source)
    ItemTemplate(source).render("a" * 200, "b" * 200)


def prompt_template(data: bytes, folder: Path) -> None:
    PromptTemplate(data.decode("utf-8", "replace")).render("an article " * 20)


def model_settings(data: bytes, folder: Path) -> None:
    form, content = split(data, 3)
    name = ("config.json", "adapter_config.json", "evaluator.json")[form]
    written(folder, name, content)
    if form == 0:
        model_labels(folder, None)
    elif form == 1:
        base_of(folder, None)
    else:
        template_of(folder)


def judge_name(data: bytes, folder: Path) -> None:
    spec, _, rest = data.decode("utf-8", "replace").partition("\n")
    model, *urls = rest.split("\n")
    parse_judge(spec, model or None, urls, {})
