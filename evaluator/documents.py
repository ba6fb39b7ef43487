"""JSON and YAML files that people write, read strictly: a repeated key is an error."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

MERGED = "tag:yaml.org,2002:merge"


class NotADocument(Exception):
    """A file's content is not the JSON or YAML that its name promises."""


def parse_document(path: Path, content: str) -> Any:
    """Return what a file says: JSON where it is called `.json`, else YAML.

    Args:
        path: The file, for its suffix and for messages.
        content: Its text.

    Raises:
        NotADocument: It cannot be parsed, or gives a key twice.
    """
    is_json = path.suffix.lower() == ".json"
    try:
        if is_json:
            return json.loads(content, object_pairs_hook=_unique)
        return yaml.load(content, _StrictLoader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        form = "JSON" if is_json else "YAML"
        reason = " ".join(str(error).split())
        raise NotADocument(f"{path} is not {form}: {reason.rstrip('.')}.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' is given twice")
        found[key] = value
    return found


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == MERGED:
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # PyYAML refuses it below
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)
