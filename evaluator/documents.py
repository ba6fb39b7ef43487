"""JSON and YAML files that people write, read strictly: a repeated key is an error."""

import json
import reprlib
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml

_UNREADABLE = (
    *(yaml.YAMLError, ValueError, OverflowError, RecursionError),
    *(AttributeError, LookupError, TypeError),
)
"""What the parsers raise: overflow, at an escape of a character that there is not; the last ones,
at a value that its explicit tag (`!!int`, `!!timestamp`) does not fit."""

DEEPEST = 100
"""Brackets within brackets in a YAML document; reading ahead takes time by their square."""

MOST_REPEATED, MOST_TIMES = 100_000, 10
"""Parts that a YAML document may have with each counted as often as aliases repeat it, or as many
times as it has parts: more is made to exhaust."""

LONGEST_NUMBER = 1_000
"""Characters; of longer ones Python does not write out those that were given in hexadecimal."""

LONG_TEXT = 1_000
LONGEST_SHOWN = 60

_SHOWN = reprlib.Repr()
_SHOWN.maxlevel, _SHOWN.maxlist, _SHOWN.maxdict, _SHOWN.maxtuple = 2, 3, 3, 3
_SHOWN.maxstring = _SHOWN.maxlong = _SHOWN.maxother = LONGEST_SHOWN

INTEGER = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
BOOLEAN = "tag:yaml.org,2002:bool"
MERGED = "tag:yaml.org,2002:merge"


class NotADocument(Exception):
    """A file's content is not the JSON or YAML that its name promises.

    Attributes:
        line: Where it stops being that, from 1; 1 where the parser does not say.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def shown(value: Any) -> str:
    """Return a value of a document for a message, cut where it is long or deep."""
    try:
        text = repr(value[: LONGEST_SHOWN + 1]) if isinstance(value, str) else _SHOWN.repr(value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "a number without end"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def parse_document(path: Path, content: str, *, booleans: bool = True) -> Any:
    """Return what a file says: JSON where it is called `.json`, else YAML.

    Args:
        path: The file, for its suffix and for messages.
        content: Its text.
        booleans: Whether bare words such as `yes` and `off` in YAML are booleans; else they are
            the words themselves.

    Raises:
        NotADocument: It cannot be parsed, or gives a key twice.
    """
    is_json = path.suffix.lower() == ".json"
    try:
        if is_json:
            return _json(content)
        loader = _StrictLoader if booleans else _LoaderOfWords
        return yaml.load(content, loader)  # noqa: S506 - a safe loader
    except _UNREADABLE as error:
        form = "JSON" if is_json else "YAML"
        raise NotADocument(f"{path} is not {form}: {_reason(error, content)}.") from error


def compose_documents(content: str) -> list[yaml.Node]:
    """Return the documents of a YAML text as the parts they are written of, not yet as values.

    A part may hold itself, by an alias.

    Raises:
        NotADocument: The text cannot be parsed.
    """
    try:
        return list(yaml.compose_all(content, _BoundedLoader))
    except _UNREADABLE as error:
        raise NotADocument(_reason(error, content), _line(error, content)) from error


def _line(error: Exception, content: str) -> int:
    """Return the line, from 1, of which a parser complains."""
    if isinstance(error, yaml.reader.ReaderError):
        return content.count("\n", 0, error.position) + 1
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return error.problem_mark.line + 1
    return 1


def _reason(error: Exception, content: str) -> str:
    """Return what a parser complains of, on one line and with the place where it knows one."""
    if isinstance(error, yaml.reader.ReaderError):
        return f"a control character is not allowed, on line {_line(error, content)}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        told = f"{error.problem} on {_place(error.problem_mark)}"
        if error.context is not None and error.context_mark is not None:
            told += f", {error.context} on {_place(error.context_mark)}"
        return told
    return " ".join(str(error).split()).rstrip(".")


def _place(mark: yaml.Mark) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


def line_of(content: str, place: Sequence[str | int]) -> int:
    """Return the line, from 1, on which a part of a document begins.

    Args:
        content: A document that was parsed without error.
        place: Keys and positions that lead to the part; of one that is not there, the line of the
            part that would hold it is returned.
    """
    try:
        # To YAML, JSON is YAML, but for the tabs between its tokens.
        node = yaml.compose(content.replace("\t", " "), _BoundedLoader)
    except yaml.YAMLError:  # JSON allows some characters that YAML does not
        return 1
    line = 0
    for step in place:
        found = _part(node, step)
        if found is None:
            break
        mark, node = found
        line = mark.line
    return line + 1


def _part(node: yaml.Node | None, step: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    """Return where a part of a node begins, its key where it has one, and its own node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark, item
    return None


def _json(content: str) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_unique)
    except _RepeatedKey as error:
        try:
            _as_yaml(content)
        except yaml.constructor.ConstructorError as located:
            raise located from error  # says the same, and on which line
        except yaml.YAMLError:  # JSON allows some characters that YAML does not
            pass
        raise


def _as_yaml(content: str) -> None:
    """Read JSON as the YAML that it is but for the tabs between its tokens."""
    yaml.load(content.replace("\t", " "), _StrictLoader)  # noqa: S506 - a safe loader


class _RepeatedKey(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKey(f"the key '{key}' is given twice")
        found[key] = value
    return found


def _require_few(document: yaml.Node) -> None:
    """Refuse a document whose aliases repeat so much that looking at all of it takes for ever.

    Raises:
        yaml.constructor.ConstructorError: They do.
    """
    weights: dict[int, int] = {}
    if _weight(document, weights) > max(MOST_REPEATED, MOST_TIMES * len(weights)):
        raise yaml.constructor.ConstructorError(
            None, None, "its aliases repeat too much", document.start_mark
        )


def _weight(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many parts a node stands for, aliases resolved; long texts count as several."""
    if id(node) not in known:
        known[id(node)] = MOST_REPEATED + 1  # what a node weighs that holds itself
        if isinstance(node, yaml.ScalarNode):
            weight = 1 + len(node.value) // LONG_TEXT
        elif isinstance(node, yaml.MappingNode):
            weight = 1 + sum(_weight(part, known) for pair in node.value for part in pair)
        else:
            weight = 1 + sum(_weight(part, known) for part in node.value)
        known[id(node)] = weight
    return known[id(node)]


class _BoundedLoader(yaml.SafeLoader):
    def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
        if self.flow_level >= DEEPEST:
            raise yaml.scanner.ScannerError(
                None, None, f"more than {DEEPEST} brackets within each other", self.get_mark()
            )
        super().fetch_flow_collection_start(token)


class _StrictLoader(_BoundedLoader):
    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            _require_few(node)
        return node

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

    def construct_integer(self, node: yaml.ScalarNode) -> int | str:
        return _text_of_time(node) or self.construct_yaml_int(node)

    def construct_float(self, node: yaml.ScalarNode) -> float | str:
        return _text_of_time(node) or self.construct_yaml_float(node)


def _text_of_time(node: yaml.ScalarNode) -> str | None:
    """Return the text of `1:30`, and None for a number.

    To YAML 1.1 the former is a number in base 60, which nobody means, and which takes time by the
    square of its length.

    Raises:
        yaml.constructor.ConstructorError: The number is longer than any that is used.
    """
    if not isinstance(node.value, str):
        return None  # PyYAML refuses it
    if len(node.value) > LONGEST_NUMBER:
        raise yaml.constructor.ConstructorError(
            None, None, f"a number of more than {LONGEST_NUMBER:,} digits", node.start_mark
        )
    return node.value if ":" in node.value else None


_StrictLoader.add_constructor(INTEGER, _StrictLoader.construct_integer)
_StrictLoader.add_constructor(FLOAT, _StrictLoader.construct_float)


class _LoaderOfWords(_StrictLoader):
    pass


_LoaderOfWords.yaml_implicit_resolvers = {
    start: [(tag, pattern) for tag, pattern in resolvers if tag != BOOLEAN]
    for start, resolvers in _StrictLoader.yaml_implicit_resolvers.items()
}
