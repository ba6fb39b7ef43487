"""Tags of a plan's inputs, outputs and log: `key:value`."""

from collections.abc import Iterator
from datetime import datetime

from evaluator.deploy.knitfab.findings import Finding, quoted, refused, warning
from evaluator.deploy.knitfab.parts import Part, entries

SYSTEM = "knit#"
ID, TIMESTAMP = f"{SYSTEM}id", f"{SYSTEM}timestamp"

Tag = tuple[str, str]


def read_tags(part: Part, holder: str) -> tuple[tuple[Tag, ...], list[Finding]]:
    """Return the tags in a list, and what is wrong with it.

    Args:
        part: What stands under `tags`.
        holder: What has the tags.
    """
    if part.is_null:
        return (), []
    if part.items is None:
        message = f"the tags of {holder} are {part.shape}, but are written as a list"
        return (), [refused(part.line, message)]
    tags: list[Tag] = []
    findings: list[Finding] = []
    for item in part.items:
        tag, found = _read_tag(item, holder)
        findings += found
        if tag is not None:
            tags.append(tag)
            if tag in tags[:-1]:
                findings.append(warning(item.line, f"{holder} has the tag {_text(tag)} twice"))
    return tuple(tags), findings


def system_tag_findings(tags: tuple[Tag, ...], line: int, holder: str) -> Iterator[Finding]:
    """Yield what is wrong with the tags of an input that Knitfab itself sets."""
    for key, value in tags:
        if not key.startswith(SYSTEM):
            continue
        if key not in (ID, TIMESTAMP):
            yield refused(line, f"no data for {holder} ever has the tag {_text((key, value))}")
        elif key == TIMESTAMP and not _is_time(value):
            yield refused(line, f"{holder} wants a time after '{TIMESTAMP}:', not {quoted(value)}")
    for key in (ID, TIMESTAMP):
        if len({value for name, value in tags if name == key}) > 1:
            yield refused(line, f"{holder} wants two different '{key}:' tags of the same data")


def reserved_tag_findings(tags: tuple[Tag, ...], line: int, holder: str) -> Iterator[Finding]:
    """Yield the tags that an output or a log cannot have."""
    for tag in tags:
        if tag[0].startswith(SYSTEM):
            yield refused(line, f"{holder} cannot have the tag {_text(tag)}: Knitfab sets those")


def _read_tag(item: Part, holder: str) -> tuple[Tag | None, list[Finding]]:
    if item.is_pairs:
        return _read_pairs(item, holder)
    if item.text is None:
        return None, [refused(item.line, f"a tag of {holder} is {item.shape}; write 'key:value'")]
    key, colon, value = item.text.partition(":")
    if not colon:
        message = f"the tag {quoted(item.text)} of {holder} has no colon; write 'key:value'"
        return None, [refused(item.line, message)]
    return _checked((key.strip(), value.strip()), item, holder)


def _read_pairs(item: Part, holder: str) -> tuple[Tag | None, list[Finding]]:
    """Read a tag written as `{key: …, value: …}`, the only pairs that Knitfab knows."""
    named = {key.text for key, _ in item.pairs}
    if not {"key", "value"} <= named:
        key, value = next(((key.text, value.text) for key, value in item.pairs), (None, None))
        written = quoted(f"{key}:{value}") if key and value else "'key:value'"
        message = f"a tag of {holder} is key: value pairs; put it in quotes, {written}"
        return None, [refused(item.line, message)]
    found, findings = entries(item, ("key", "value"), f"a tag of {holder}")
    key, value = found["key"].text, found["value"].text
    if key is None or value is None:
        message = f"a tag of {holder} has no text for its key or value; write 'key:value'"
        return None, [*findings, refused(item.line, message)]
    tag, more = _checked((key, value), item, holder)
    return tag, [*findings, *more]


def _checked(tag: Tag, item: Part, holder: str) -> tuple[Tag, list[Finding]]:
    if all(tag):
        return tag, []
    missing = "key" if not tag[0] else "value"
    return tag, [warning(item.line, f"the tag {_text(tag)} of {holder} has no {missing}")]


def _text(tag: Tag) -> str:
    return quoted(":".join(tag))


def _is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
