"""What of a prompt template can be checked before a server reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.models.template import takes_a_question, template_fault


@pytest.mark.parametrize(
    "template",
    [
        "",
        '{{ .Prompt }} as {"a": {"b": {"c": 1}}}',
        "{{- range .Messages -}}{{ .Content }}{{- end -}}",
        "{{ if .System }}{{ .System }}{{ else if .Prompt }}{{ .Prompt }}{{ end }}",
        '{{ printf "{{%s}}" .Prompt }}',
        "{{ `{{` }}{{ .Prompt }}",
        "{{- /* don't {{ ask */ -}}{{ .Prompt }}",
        "{{ if .System }}\n{{ end\n}}",
    ],
)
def test_a_sound_template_has_no_fault(template: str) -> None:
    assert template_fault(template) is None


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ .Prompt }", "does not close"),
        ("{{ if .System }{{ .Prompt }}{{ end }}", "does not close"),
        ("a }} {{", "does not close"),
        ('{{ "}} }}', "does not close"),
        ("{{ if .System }}{{ .Prompt }}", "opens 1 of if, range and with, and ends 0"),
        ("{{ .Prompt }}{{ end }}", "opens 0 of if, range and with, and ends 1"),
    ],
)
def test_what_no_server_can_read_is_told(template: str, words: str) -> None:
    fault = template_fault(template)
    assert fault is not None and words in fault


def test_a_template_without_a_question_is_known() -> None:
    assert takes_a_question("{{ .Prompt }}") and not takes_a_question("Hello {{ .System }}")


@searching
@given(st.text(alphabet='{}"`\\-/* .if end\n', max_size=60), st.text(alphabet='{}"`', max_size=9))
def test_no_text_breaks_the_check_and_a_closed_action_before_it_changes_nothing(
    template: str, other: str
) -> None:
    closed = "{{ .Prompt }}"
    assert template_fault(closed + template) == template_fault(template)
    assert template_fault(template + other.replace("{", "")) is None or template_fault(template)
