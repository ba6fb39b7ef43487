"""What Knitfab drops or refuses of a plan.

Its decoder is not strict: keys that it does not know vanish without a word. What it refuses it
refuses one at a time, and a part of it only when the Run is started. Here all is said at once.
"""

from pathlib import Path

import yaml

from evaluator.deploy.knitfab.fields import (
    active_findings,
    annotation_findings,
    image_findings,
    node_findings,
    read_log,
    service_account_findings,
    word_findings,
)
from evaluator.deploy.knitfab.findings import Finding, dropped, refused
from evaluator.deploy.knitfab.mounts import cycles, overlaps, read_inputs, read_outputs
from evaluator.deploy.knitfab.own_run import own_run, own_run_findings
from evaluator.deploy.knitfab.parts import Part, entries, root_part
from evaluator.deploy.knitfab.resources import resource_findings
from evaluator.documents import NotADocument, compose_documents
from evaluator.errors import ConfigError

KEYS = (
    "annotations",
    "image",
    "entrypoint",
    "args",
    "inputs",
    "outputs",
    "log",
    "active",
    "resources",
    "on_node",
    "service_account",
)


def lint_file(path: Path) -> list[Finding]:
    """Return what there is to say about a plan file, in the order of its lines.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return lint(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason}.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} cannot be read: {reason}.") from error


def lint(content: str) -> list[Finding]:
    """Return what there is to say about a plan, in the order of its lines.

    Args:
        content: The plan as YAML; whatever it is, it is answered with findings.
    """
    try:
        documents = compose_documents(content)
    except NotADocument as error:
        return [refused(error.line, f"this is no YAML: {error}")]
    if not documents:
        return [refused(1, "there is no plan in this file")]
    findings = _plan_findings(root_part(documents[0]))
    findings += [_passed_over(document) for document in documents[1:]]
    return sorted(findings, key=lambda one: one.line)


def _plan_findings(plan: Part) -> list[Finding]:
    if not plan.is_pairs:
        return [refused(plan.line, f"a plan is key: value pairs; this is {plan.shape}")]
    found, findings = entries(plan, KEYS, "the plan")
    findings += image_findings(found.get("image"))
    for name in ("entrypoint", "args"):
        findings += word_findings(found.get(name), name)
    inputs, input_findings = read_inputs(found.get("inputs"))
    outputs, output_findings = read_outputs(found.get("outputs"))
    log, log_findings = read_log(found.get("log"))
    findings += [*input_findings, *output_findings, *log_findings]
    findings += overlaps((*inputs, *outputs))
    findings += cycles(inputs, (*outputs, *log))
    run = own_run(found.get("entrypoint"), found.get("args"))
    if run is not None:
        findings += own_run_findings(run, inputs, outputs)
    findings += resource_findings(found.get("resources"), uses_one_gpu=run is not None)
    findings += node_findings(found.get("on_node"))
    findings += active_findings(found.get("active"))
    findings += annotation_findings(found.get("annotations"))
    findings += service_account_findings(found.get("service_account"))
    return findings


def _passed_over(document: yaml.Node) -> Finding:
    line = document.start_mark.line + 1
    return dropped(line, "Knitfab reads the first document of a file alone; put this into another")
