"""The parts of a plan that are neither mounts nor resources."""

import re
from collections.abc import Iterator

from evaluator.deploy.knitfab.findings import Finding, dropped, quoted, refused, warning
from evaluator.deploy.knitfab.mounts import Mount
from evaluator.deploy.knitfab.parts import Part, entries
from evaluator.deploy.knitfab.tags import read_tags, reserved_tag_findings

TAG = re.compile(r"[\w.-]{1,127}", re.ASCII)
REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}")
REGISTRY = re.compile(r"[A-Za-z0-9.:\[\]_-]+")

WORD = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
NODE_KEY = re.compile(rf"({WORD}(\.{WORD})*/)?{WORD}")
NODE_VALUE = re.compile(r"[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
LONGEST_PREFIX = 253
NODE_MODES = ("may", "prefer", "must")

TRUE_OR_FALSE = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})


def image_findings(part: Part | None) -> Iterator[Finding]:
    """Yield what is wrong with the image: Knitfab wants a name and a tag, and no digest."""
    if part is None or part.text is None:
        shape = "" if part is None or part.is_null else f", but {part.shape}"
        line = 1 if part is None else part.line
        yield refused(line, f"the plan names no image{shape}; write 'REGISTRY/NAME:TAG'")
        return
    image = part.text
    if "@" in image:
        message = f"the image {quoted(image)} has a digest; Knitfab takes NAME:TAG alone"
        yield refused(part.line, message)
        return
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        message = f"the image {quoted(image)} has no tag; Knitfab goes on with 'latest'"
        yield dropped(part.line, message)
        return
    host, slash, rest = name.partition("/")
    is_host = slash and ("." in host or ":" in host)
    repository = rest if is_host else name
    if not TAG.fullmatch(tag) or not REPOSITORY.fullmatch(repository):
        yield refused(
            part.line,
            f"{quoted(image)} is no image: small letters, digits and '_-./', then ':' and a tag",
        )
    elif is_host and not REGISTRY.fullmatch(host):
        yield refused(part.line, f"{quoted(host)} is no registry of an image")
    elif tag == "latest":
        yield warning(part.line, "'latest' does not say which image a Run was made with")


def word_findings(part: Part | None, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a list of words, `entrypoint` or `args`."""
    if part is None or part.is_null:
        return
    if part.items is None:
        yield refused(part.line, f"'{name}' is {part.shape}, but is written as a list of texts")
        return
    for item in part.items:
        if item.is_null:
            yield warning(item.line, f"'{name}' has nothing in it, which becomes an empty text")
        elif item.text is None:
            yield refused(item.line, f"'{name}' has {item.shape} in it, but holds texts alone")


def annotation_findings(part: Part | None) -> Iterator[Finding]:
    """Yield what is wrong with the annotations, a list of `key=value`."""
    if part is None or part.is_null:
        return
    if part.items is None:
        message = f"'annotations' is {part.shape}, but is written as a list of 'key=value'"
        yield refused(part.line, message)
        return
    for item in part.items:
        if item.text is None or "=" not in item.text:
            yield refused(item.line, f"an annotation is {item.shape}; write 'key=value'")


def node_findings(part: Part | None) -> Iterator[Finding]:
    """Yield what is wrong with `on_node`, lists of `key=value` under may, prefer and must."""
    if part is None or part.is_null:
        return
    if not part.is_pairs:
        message = f"'on_node' is {part.shape}, but is written as {', '.join(NODE_MODES)}"
        yield refused(part.line, message)
        return
    found, findings = entries(part, NODE_MODES, "'on_node'")
    yield from findings
    for mode, labels in found.items():
        if labels.items is None and not labels.is_null:
            message = f"'{mode}' is {labels.shape}, but is written as a list of 'key=value'"
            yield refused(labels.line, message)
        for item in labels.items or ():
            key, equals, value = (item.text or "").partition("=")
            if not equals:
                yield refused(item.line, f"a label of '{mode}' is {item.shape}; write 'key=value'")
            elif not (_is_node_key(key) and NODE_VALUE.fullmatch(value)):
                message = f"Knitfab takes no label {quoted(item.text or '')}; ask for another"
                yield refused(item.line, message)


def active_findings(part: Part | None) -> Iterator[Finding]:
    """Yield what is wrong with `active`, true or false."""
    if part is None or part.is_null:
        return
    if part.text is None or part.text.lower() not in TRUE_OR_FALSE:
        yield refused(part.line, f"'active' is {part.shape}, but is true or false")
    elif part.text.lower() in ("true", "false") and not part.node.tag.endswith(":bool"):
        yield refused(part.line, f"'active' is the text {part.shape}; leave out the quotes")
    elif part.text.lower() in ("false", "no", "off", "n"):
        yield warning(part.line, "the plan is not active: its Runs are made and never started")


def service_account_findings(part: Part | None) -> Iterator[Finding]:
    """Yield what is wrong with the service account, a name."""
    if part is not None and not part.is_null and not part.text:
        yield refused(part.line, f"'service_account' is {part.shape}, but is a name")


def read_log(part: Part | None) -> tuple[tuple[Mount, ...], list[Finding]]:
    """Return the log as one of the plan's outputs, and what is wrong with it."""
    if part is None or part.is_null:
        line = 1 if part is None else part.line
        return (), [warning(line, "the plan has no 'log': what its Runs print is not kept")]
    if not part.is_pairs:
        message = f"'log' is {part.shape}, but is written as 'tags' and a list below"
        return (), [refused(part.line, message)]
    found, findings = entries(part, ("tags",), "'log'")
    if "tags" not in found:
        return (), [*findings, warning(part.line, "'log' has no tags to find it by")]
    tags, tag_findings = read_tags(found["tags"], "'log'")
    findings += [*tag_findings, *reserved_tag_findings(tags, part.line, "'log'")]
    return (Mount(None, tags, part.line),), findings


def _is_node_key(key: str) -> bool:
    prefix, slash, _ = key.rpartition("/")
    return bool(NODE_KEY.fullmatch(key)) and not (slash and len(prefix) > LONGEST_PREFIX)
