"""Modelfiles read as Ollama reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.models.modelfile import INSTRUCTIONS, ROLES, Instruction, parse_modelfile

KEYED = ("PARAMETER", "MESSAGE")


def read(text: str) -> list[tuple[str, str, str, int]]:
    parsed = parse_modelfile(text)
    assert parsed.findings == ()
    return [(one.name, one.key, one.value, one.line) for one in parsed.instructions]


def test_the_seed_file_is_read() -> None:
    text = (
        "# Modelfile\nFROM ./model.gguf\n\nPARAMETER temperature 0.1\nPARAMETER top_p 0.95\n"
        'SYSTEM "道路設計の専門家として回答します"\n'
    )
    assert read(text) == [
        ("FROM", "", "./model.gguf", 2),
        ("PARAMETER", "temperature", "0.1", 4),
        ("PARAMETER", "top_p", "0.95", 5),
        ("SYSTEM", "", "道路設計の専門家として回答します", 6),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SYSTEM one two", "one two"),
        ("system\tone", "one"),
        ("  SYSTEM   one  ", "one"),
        ('SYSTEM "one\ntwo"', "one\ntwo"),
        ('SYSTEM """one "two"\n\nthree"""', 'one "two"\n\nthree'),
        ('SYSTEM """\none\n"""', "\none\n"),
        ('SYSTEM ""', ""),
        ("SYSTEM one # two", "one # two"),  # a comment begins a line
        ("\ufeffSYSTEM one", "one"),
        ('SYSTEM "one" two\nthree"', 'one" two\nthree'),  # goes on until a line ends with a quote
    ],
)
def test_values_go_on_as_they_do_for_ollama(text: str, value: str) -> None:
    assert [one[2] for one in read(text)] == [value]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    text = end.join(["FROM x", "", "# c", 'SYSTEM """a', 'b"""', "PARAMETER seed 1"])
    assert [one[3] for one in read(text)] == [1, 4, 6]
    assert read(text)[1][2] == "a\nb"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FROM x\nFORM y", 2, "there is no instruction FORM: did you mean FROM?"),
        ("FROM x\nSYSTEM", 2, "SYSTEM has no value"),
        ("FROM x\n\n*** y", 3, "no instruction begins with '***'"),
        ("PARAMETER temperature", 1, "PARAMETER needs the parameter's name and then a value"),
        ("MESSAGE user", 1, "MESSAGE needs the role and then a value"),
        ('FROM x\nSYSTEM """a\nb', 2, 'the value of SYSTEM begins with """ and no line after it'),
    ],
)
def test_what_cannot_be_read_is_found_on_its_line(text: str, line: int, words: str) -> None:
    (finding,) = parse_modelfile(text).findings
    assert finding.line == line and finding.is_error
    assert words in finding.message


def test_one_line_that_cannot_be_read_hides_no_other() -> None:
    parsed = parse_modelfile("FROM x\nTEMPERATURE 1\nSYSTEM hello")
    assert [one.name for one in parsed.instructions] == ["FROM", "SYSTEM"]


values = st.text(min_size=1).filter(
    lambda text: '"' not in text and text == text.strip() and not {"\r", "\n", "\ufeff"} & set(text)
)
long_values = st.text().filter(lambda text: '"' not in text and "\r" not in text)


def written(one: Instruction) -> str:
    value = f'"""{one.value}"""' if one.quoted else one.value
    return " ".join(part for part in (one.name, one.key, value) if part)


@st.composite
def instructions(draw: st.DrawFn) -> Instruction:
    name = draw(st.sampled_from(sorted(INSTRUCTIONS)))
    key = ""
    if name in KEYED:
        names = (
            st.sampled_from(ROLES)
            if name == "MESSAGE"
            else st.from_regex(r"[a-z_]+", fullmatch=True)
        )
        key = draw(names)
    quoted = draw(st.booleans())
    return Instruction(name, draw(long_values if quoted else values), 1, key, quoted)


@searching
@given(st.lists(instructions()))
def test_what_is_written_is_read_again(wanted: list[Instruction]) -> None:
    text = "\n# a comment\n".join(map(written, wanted))
    parsed = parse_modelfile(text)
    assert parsed.findings == ()
    assert [(one.name, one.key, one.value, one.quoted) for one in parsed.instructions] == [
        (one.name, one.key, one.value, one.quoted) for one in wanted
    ]
    lines = text.split("\n")
    for one in parsed.instructions:
        assert lines[one.line - 1].startswith(one.name)


@searching
@given(st.text(alphabet=st.sampled_from('FROMSYTE#" \t\n\rax*"')))
def test_no_text_breaks_the_parser(text: str) -> None:
    parsed = parse_modelfile(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = [one.line for one in (*parsed.instructions, *parsed.findings)]
    assert all(1 <= line <= len(lines) for line in found)
    told = [line for line in lines if line.strip(" \t") and not line.lstrip(" \t").startswith("#")]
    assert bool(found) == bool(told)  # nothing that is said is passed over
