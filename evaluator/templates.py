"""Jinja2 templates of strangers, in a part of the language that can neither hang nor swell."""

from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_TEMPLATE = 20_000
"""Characters."""

MOST_NAMES = 100
"""Places where a template may name a variable, each of which may hold a long article."""

FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What Jinja2 raises of a broken template besides its own errors."""

ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Filter, nodes.Keyword, nodes.Concat, nodes.Add, nodes.Getitem, nodes.Slice, nodes.Neg),
)
"""Parts of a template whose result is no longer than a template times what is put in.

There are no loops, no calls, no assignments and no multiplication.
"""

FILTERS = frozenset(
    {
        *("capitalize", "count", "d", "default", "first", "last", "length", "lower"),
        *("string", "title", "trim", "truncate", "upper", "wordcount"),
    }
)
"""Filters whose result is no longer than what they are given."""


class UnusableTemplate(Exception):
    """A template that is broken, or that asks for more than is allowed."""


class _Environment(ImmutableSandboxedEnvironment):
    """Where a subscript reaches what is in a value, and no attribute of it."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return a part of a value, or what says at its use that there is none."""
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)


class SafeTemplate:
    """A template that ends soon, whoever wrote it.

    Args:
        source: The template.
        keep_trailing_newline: Whether a line's end at its end is part of it.

    Raises:
        UnusableTemplate: It is broken, too long, or no template of the allowed part.
    """

    def __init__(self, source: str, *, keep_trailing_newline: bool = False) -> None:
        environment = _Environment(
            undefined=StrictUndefined, keep_trailing_newline=keep_trailing_newline
        )
        environment.globals.clear()
        try:
            _require_allowed(source, environment)
            self._template = environment.from_string(source)
        except (TemplateError, *FAULTS) as error:
            raise UnusableTemplate(_reason(error)) from error

    def render(self, **variables: str) -> str:
        """Return the text that the template makes of its variables.

        Raises:
            UnusableTemplate: It cannot be rendered.
        """
        try:
            return self._template.render(variables)
        except (TemplateError, *FAULTS) as error:
            raise UnusableTemplate(_reason(error)) from error


def _require_allowed(source: str, environment: Environment) -> None:
    if len(source) > LONGEST_TEMPLATE:
        raise ValueError(f"it is longer than {LONGEST_TEMPLATE} characters")
    # Nothing is computed by parsing; compiling already folds constants such as 10**10**10.
    names = 0
    for node in environment.parse(source).find_all(nodes.Node):
        if not isinstance(node, ALLOWED):
            raise ValueError(f"{_called(node)} is not allowed in a template")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise ValueError(f"there is no filter '{node.name}' for a template")
        names += isinstance(node, nodes.Name)
    if names > MOST_NAMES:
        raise ValueError(f"it names its variables in more than {MOST_NAMES} places")


def _called(node: nodes.Node) -> str:
    """Return what messages call a part of a template."""
    return f"'{node.operator}'" if isinstance(node, nodes.BinExpr) else type(node).__name__.lower()


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
