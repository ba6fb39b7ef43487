"""A plan's inputs and outputs: folders in the container, found and marked by tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from evaluator.deploy.knitfab.findings import Finding, quoted, refused, warning
from evaluator.deploy.knitfab.parts import Part, entries
from evaluator.deploy.knitfab.tags import (
    SYSTEM,
    Tag,
    read_tags,
    reserved_tag_findings,
    system_tag_findings,
)

KEYS = ("path", "tags")


@dataclass(frozen=True, slots=True)
class Mount:
    """An input or an output.

    Attributes:
        path: The folder in the container, without a slash at its end; None where the plan does
            not say.
        tags: Its tags, those that can be read.
        line: Where it stands.
        unread_tags: How many more tags it has, which cannot be read.
    """

    path: str | None
    tags: tuple[Tag, ...]
    line: int
    unread_tags: int = 0

    @property
    def is_tagged(self) -> bool:
        """Whether it has any tags, readable or not."""
        return bool(self.tags or self.unread_tags)

    def holds(self, path: str) -> bool:
        """Whether a path of the container lies in this folder."""
        return self.path is not None and (path == self.path or path.startswith(f"{self.path}/"))


def read_inputs(part: Part | None) -> tuple[tuple[Mount, ...], list[Finding]]:
    """Return a plan's inputs, and what is wrong with each of them."""
    mounts, findings = _read_mounts(part, "inputs", "an input")
    if not mounts and not findings:
        line = 1 if part is None else part.line
        findings.append(refused(line, "the plan has no inputs, and so would never be run"))
    for mount in mounts:
        holder = _named("the input", mount)
        if not mount.is_tagged:
            findings.append(refused(mount.line, f"{holder} has no tags to find its data by"))
        findings += system_tag_findings(mount.tags, mount.line, holder)
    return mounts, findings


def read_outputs(part: Part | None) -> tuple[tuple[Mount, ...], list[Finding]]:
    """Return a plan's outputs, and what is wrong with each of them."""
    mounts, findings = _read_mounts(part, "outputs", "an output")
    for mount in mounts:
        holder = _named("the output", mount)
        if not mount.is_tagged:
            findings.append(warning(mount.line, f"{holder} has no tags: no plan finds its data"))
        findings += reserved_tag_findings(mount.tags, mount.line, holder)
    return mounts, findings


def overlaps(mounts: tuple[Mount, ...]) -> Iterator[Finding]:
    """Yield the folders that Knitfab takes to lie in one another.

    It compares the beginnings of the paths as text, so that `/out2` lies in `/out`, too.
    """
    for one, other in combinations(mounts, 2):
        if one.path is None or other.path is None:
            continue
        if f"{one.path}/".startswith(other.path) or f"{other.path}/".startswith(one.path):
            outer, inner = sorted((one.path, other.path), key=len)
            yield refused(
                max(one.line, other.line),
                f"the paths {quoted(outer)} and {quoted(inner)} overlap: to Knitfab no path may "
                "begin as another does",
            )


def cycles(inputs: tuple[Mount, ...], outputs: tuple[Mount, ...]) -> Iterator[Finding]:
    """Yield the outputs that the same plan would take for its inputs, again and again."""
    for made in outputs:
        for wanted in inputs:
            is_own = any(key.startswith(SYSTEM) for key, _ in wanted.tags)
            if (
                wanted.tags
                and not wanted.unread_tags
                and not is_own
                and set(wanted.tags) <= set(made.tags)
            ):
                yield refused(
                    made.line,
                    f"{_named('what the plan makes', made)} has all tags of its own input "
                    f"{quoted(wanted.path or '')}, a cycle",
                )


def _read_mounts(
    part: Part | None, name: str, holder: str
) -> tuple[tuple[Mount, ...], list[Finding]]:
    if part is None or part.is_null:
        return (), []
    if part.items is None:
        shape = f"'{name}' is {part.shape}, but is written as a list of 'path' and 'tags'"
        return (), [refused(part.line, shape)]
    mounts: list[Mount] = []
    findings: list[Finding] = []
    for item in part.items:
        mount, found = _read_mount(item, holder)
        mounts.append(mount)
        findings += found
    return tuple(mounts), findings


def _read_mount(item: Part, holder: str) -> tuple[Mount, list[Finding]]:
    if not item.is_pairs:
        message = f"{holder} is {item.shape}, but is written as 'path' and 'tags'"
        return Mount(None, (), item.line), [refused(item.line, message)]
    found, findings = entries(item, KEYS, holder)
    path, path_findings = _read_path(found.get("path"), item, holder)
    tags: tuple[Tag, ...] = ()
    tag_findings: list[Finding] = []
    if "tags" in found:
        tags, tag_findings = read_tags(found["tags"], holder if path is None else quoted(path))
    unread = sum(one.consequence == "refused" for one in tag_findings)
    return Mount(path, tags, item.line, unread), [*findings, *path_findings, *tag_findings]


def _read_path(part: Part | None, item: Part, holder: str) -> tuple[str | None, list[Finding]]:
    if part is None or part.is_null:
        line = item.line if part is None else part.line
        return None, [refused(line, f"{holder} has no path")]
    if part.text is None:
        return None, [refused(part.line, f"the path of {holder} is {part.shape}")]
    path = part.text.removesuffix("/")
    steps = path.split("/")
    if steps[0] or not path:
        message = f"the path {quoted(part.text)} of {holder} is not that of a folder from the root"
        return None, [refused(part.line, message)]
    if any(step in ("", ".", "..") for step in steps[1:]):
        message = f"the path {quoted(part.text)} of {holder} has '.', '..' or '//' in it"
        return None, [refused(part.line, message)]
    return path, []


def _named(role: str, mount: Mount) -> str:
    return role if mount.path is None else f"{role} {quoted(mount.path)}"
