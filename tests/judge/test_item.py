import pytest

from evaluator.errors import ConfigError
from evaluator.judge.item import ItemTemplate, check_item


def test_an_item_shows_both_texts() -> None:
    assert ItemTemplate("Is {{ first }} {{ second|upper }}?").render("a", "b") == "Is a B?"


@pytest.mark.parametrize(
    "source",
    [
        "{{ first",
        "{% for %}",
        "{{ first }} {{ thrid }}",
        "{{ first|nothing }}",
        "{{ first.__class__.__mro__[1].__subclasses__() }}",
        "{{ first.pop() }}",
        "{{ first }} {{ second }} {{ 1 / 0 }}",
        "{{ first + 1 }}",
        "{{ first[9] }}",
        "{{ '%d' % second }}",
        "{% for n in range(10 ** 9) %}{{ first }}{% endfor %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    ],
)
def test_a_broken_item_is_one_sentence(source: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_item(source)
    assert str(caught.value).startswith(f"the item {source!r} cannot be rendered: ")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("Related:", "first"),
        ("{{ first }}?", "second"),
        ("Is {{ second }} related to it?", "first"),
        ("{% if first %}{{ second }}{% endif %}", "first"),
    ],
)
def test_an_item_that_shows_one_text_alone_is_refused(source: str, missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"does not show {{{{ {missing} }}}}"):
        check_item(source)
