"""What a template may ask for, and what it may not, whoever wrote it."""

import time

import pytest

from evaluator.templates import MOST_NAMES, SafeTemplate, UnusableTemplate


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ text }}", "News Today "),
        ("{{ text | trim | upper }}!", "NEWS TODAY!"),
        ("{{ text[:4] ~ '.' }}", "News."),
        ("{% if 'News' in text %}yes{% else %}no{% endif %}", "yes"),
        ("{{ text if text | length > 3 else 'short' }}", "News Today "),
        ("{{ text | truncate(3, true, '') }}", "New"),
        ("{# note #}{% raw %}{{ text }}{% endraw %}", "{{ text }}"),
    ],
)
def test_a_template_shows_its_variables(source: str, expected: str) -> None:
    assert SafeTemplate(source).render(text="News Today ") == expected


BOMBS = [
    "{{ 'a' * 10**10 }}",
    "{{ 10**10**10 }}",
    "{% for one in range(10**9) %}x{% endfor %}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "{{ 'a' | center(10**10) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ lipsum(n=1000000000) }}",
    "{{ text | replace('e', 'e' * 9) | indent(1000000000) }}",
    "{% set n = namespace(a=text) %}{% for x in text %}{% set n.a = n.a ~ n.a %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{{ text.__class__ }}",
    "{{ text['upper'] }}",
    "{{ text['__class__']['__mro__'] }}",
    "{{ 'a'['upper'] }}",
    "{{ text | truncate(3, true, text) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ range }}",
    "{{ text | attr('__class__') }}",
    "{{ text | map('upper') | list }}",
    "(" * 5 + "{{ " + "(" * 3000 + "text" + ")" * 3000 + " }}",
    "{{ text }}" * (MOST_NAMES + 1),
    "x" * 20_001,
]


@pytest.mark.parametrize("source", BOMBS)
def test_what_could_hang_swell_or_break_out_is_refused_at_once(source: str) -> None:
    started = time.process_time()
    with pytest.raises(UnusableTemplate) as caught:
        SafeTemplate(source).render(text="an article")
    assert time.process_time() - started < 1
    assert str(caught.value) and "\n" not in str(caught.value)


def test_a_template_is_as_long_as_what_is_put_in() -> None:
    article = "x" * 100_000
    text = SafeTemplate("{{ text }}" * MOST_NAMES).render(text=article)
    assert len(text) == MOST_NAMES * len(article)
