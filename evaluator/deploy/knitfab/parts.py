"""The parts of a plan file as they are written, each with its line."""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml

from evaluator.deploy.knitfab.findings import Finding, dropped, quoted, refused

NULL = "tag:yaml.org,2002:null"
MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a YAML file.

    Attributes:
        node: What it is to YAML.
        line: Where it begins, from 1; of an entry's value, the line of its key.
    """

    node: yaml.Node
    line: int

    @property
    def is_null(self) -> bool:
        """Whether nothing is written, or `null`."""
        return self.node.tag == NULL

    @property
    def text(self) -> str | None:
        """What is written, also of a number or a boolean; None of nothing, a list or pairs."""
        is_text = isinstance(self.node, yaml.ScalarNode) and not self.is_null
        return str(self.node.value) if is_text else None

    @property
    def items(self) -> tuple["Part", ...] | None:
        """The parts of a list; None of anything else."""
        if not isinstance(self.node, yaml.SequenceNode):
            return None
        return tuple(_part(item) for item in self.node.value)

    @property
    def is_pairs(self) -> bool:
        """Whether it is written as key: value pairs."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def pairs(self) -> tuple[tuple["Part", "Part"], ...]:
        """The keys and values written in this very part, merged ones apart."""
        if not isinstance(self.node, yaml.MappingNode):
            return ()
        own = [(_part(key), value) for key, value in self.node.value if key.tag != MERGE]
        return tuple((key, Part(value, key.line)) for key, value in own)

    @property
    def shape(self) -> str:
        """What it is, in words."""
        if self.is_null:
            return "nothing"
        if self.is_pairs:
            return "key: value pairs"
        return "a list" if isinstance(self.node, yaml.SequenceNode) else quoted(self.node.value)


def root_part(node: yaml.Node) -> Part:
    """Return the part that a document is."""
    return _part(node)


def entries(
    part: Part, known: Collection[str], holder: str
) -> tuple[dict[str, Part], list[Finding]]:
    """Return the values of known keys, and what there is to say about the others.

    Args:
        part: Key: value pairs.
        known: The keys that Knitfab reads.
        holder: What the part is called.
    """
    found: dict[str, Part] = {}
    findings: list[Finding] = []
    for key, value in part.pairs:
        name = key.text
        if name is None or name not in known:
            findings.append(dropped(key.line, _unknown(key, known, holder)))
        elif name in found:
            findings.append(refused(key.line, f"{holder} gives the key {quoted(name)} twice"))
        else:
            found[name] = value
    for merged in _merged(part.node, [part.node]):
        found.update({name: value for name, value in _taken(merged, known) if name not in found})
    return found, findings


ADVICE = {
    "env": "Knitfab sets no environment; say it in 'args', or in a settings file among the inputs",
    "secrets": "Knitfab passes no secrets; what the run needs is in its image or its inputs",
    "volumes": "Knitfab mounts nothing but 'inputs' and 'outputs'",
    "command": "did you mean 'entrypoint'",
    "cmd": "did you mean 'args'",
    "limits": "resources are written without it",
    "requests": "resources are written without it",
    "gpu": "did you mean 'nvidia.com/gpu', under 'resources'",
}
"""What to write instead of keys that other systems have."""


def _unknown(key: Part, known: Collection[str], holder: str) -> str:
    if key.text is None:
        return f"{holder} has {key.shape} for a key; its keys are {', '.join(known)}"
    return f"{holder} has the unknown key {quoted(key.text)}; {_instead(key.text, known)}"


def _instead(name: str, known: Collection[str]) -> str:
    plain = name.lower().replace("-", "_")
    nearest = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.6)
    if plain in known or (nearest and plain not in ADVICE):
        return f"did you mean '{nearest[0]}'"
    singular = plain.rstrip("s")
    advice = ADVICE.get(plain) or ADVICE.get(f"{singular}s") or ADVICE.get(singular)
    return advice or f"its keys are {', '.join(known)}"


def _part(node: yaml.Node) -> Part:
    return Part(node, node.start_mark.line + 1)


def _merged(node: yaml.Node, seen: list[yaml.Node]) -> Iterator[yaml.MappingNode]:
    """Yield the mappings that `<<` takes over, nearest first, each once."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.tag != MERGE:
            continue
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(one, yaml.MappingNode) and not any(one is other for other in seen):
                seen.append(one)
                yield one
                yield from _merged(one, seen)


def _taken(node: yaml.MappingNode, known: Collection[str]) -> Iterator[tuple[str, Part]]:
    for key, value in _part(node).pairs:
        if key.text is not None and key.text in known:
            yield key.text, value
