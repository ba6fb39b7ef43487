"""The item of a prompt: a Jinja2 template around two labels or texts."""

from evaluator.errors import ConfigError
from evaluator.templates import SafeTemplate, UnusableTemplate


class ItemTemplate:
    """A sandboxed template with the variables `first` and `second`.

    Args:
        source: The template.

    Raises:
        ConfigError: It is broken.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        try:
            self._template = SafeTemplate(source)
        except UnusableTemplate as error:
            raise self._broken(error) from error

    def render(self, first: str, second: str) -> str:
        """Return the item for two labels or texts.

        Raises:
            ConfigError: It cannot be rendered.
        """
        try:
            return self._template.render(first=first, second=second)
        except UnusableTemplate as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> ConfigError:
        return ConfigError(f"the item {self._source!r} cannot be rendered: {error}.")


def check_item(source: str) -> None:
    """Check that a template can be rendered, and that what it gives depends on both its variables.

    Raises:
        ConfigError: It is broken, or shows only one of the two.
    """
    template = ItemTemplate(source)
    item = template.render("one", "two")
    for name, other in (("first", ("three", "two")), ("second", ("one", "three"))):
        if template.render(*other) == item:
            raise ConfigError(f"the item {source!r} does not show {{{{ {name} }}}}.")
