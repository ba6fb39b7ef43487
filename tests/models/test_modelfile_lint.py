"""What a Modelfile's lint finds, and on which line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.errors import ConfigError
from evaluator.models.finding import Finding
from evaluator.models.modelfile import parse_modelfile
from evaluator.models.modelfile_lint import lint, read_modelfile

from .model_files import write_adapter, write_gguf

HERE = Path(__file__).parent


def found(text: str, folder: Path = HERE, **options: bool) -> list[Finding]:
    return lint(parse_modelfile(text), folder, **options)


def test_the_seed_modelfile_lacks_only_its_gguf_file(tmp_path: Path) -> None:
    text = (
        "# Modelfile\nFROM ./model.gguf\n\nPARAMETER temperature 0.1\nPARAMETER top_p 0.95\n"
        'SYSTEM "道路設計の専門家として回答します"\n'
    )
    (finding,) = found(text, tmp_path)
    assert (finding.line, finding.severity) == (2, "error")
    assert finding.message == f"FROM names {tmp_path / 'model.gguf'}, which does not exist"
    assert found(text, tmp_path, has_source=True) == []
    write_gguf(tmp_path / "model.gguf")
    assert found(text, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "line", "severity", "words"),
    [
        ("SYSTEM hello", 1, "error", "there is no FROM"),
        ("FROM my model", 1, "error", "neither a file that exists nor a model: 'my model'"),
        ('FROM ""', 1, "error", "FROM has no value"),
        ("FROM x\nPARAMETER temprature 1", 2, "error", "did you mean temperature?"),
        ("FROM x\nPARAMETER top_p 2", 2, "error", "top_p is a number from 0 to 1, not '2'"),
        ("FROM x\nPARAMETER mirostat 1", 2, "warning", "Ollama passes over mirostat"),
        ("FROM x\nPARAMETER seed 1\nPARAMETER seed 2", 3, "warning", "stands on line 2, too"),
        ("FROM x\nPARAMETER stop a\nPARAMETER stop a", 3, "warning", "says again what line 2"),
        ("FROM x\nSYSTEM a\nSYSTEM b", 3, "warning", "SYSTEM stands on line 2, too"),
        ("FROM x\nFROM x", 2, "warning", "FROM says again what line 1 says"),
        ("FROM x\nSYSTEM a\nFROM y", 3, "error", "another model or file than on line 1"),
        ("FROM x\nMESSAGE usr hello", 2, "error", "there is no role usr: did you mean user?"),
        ("FROM x\nREQUIRES soon", 2, "error", "REQUIRES is a version such as 0.14.0"),
        ("FROM x\nADAPTER ./lora", 2, "error", "which does not exist"),
        ("FROM x\nTEMPLATE {{ .Prompt }", 2, "error", "does not close every {{ with }}"),
        ("FROM x\nTEMPLATE {{ if .System }}{{ .Prompt }}", 2, "error", "opens 1 of if, range"),
        ("FROM x\nTEMPLATE hello", 2, "warning", "no question gets through"),
        ("FROM x\nPARAMETER stop a # end", 2, "warning", "a comment has its own line"),
        ("FROM x\nSYSTEM \t", 2, "error", "SYSTEM has no value"),
        ('FROM x\nPARAMETER top_k ""', 2, "error", "top_k is a whole number from 0, not ''"),
        ('FROM x\nPARAMETER stop ""', 2, "warning", "stop is empty: leave it out"),
        ("FROM x\nTEMPERATURE 1", 2, "error", "there is no instruction TEMPERATURE"),
    ],
)
def test_each_fault_is_found_on_its_line(text: str, line: int, severity: str, words: str) -> None:
    (finding,) = found(text)
    assert (finding.line, finding.severity) == (line, severity)
    assert words in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "FROM llama3.2",
        "FROM library/llama3.2:1b\nREQUIRES 0.14.0",
        "FROM x\nPARAMETER stop a\nPARAMETER stop b\nLICENSE one\nLICENSE two",
        "FROM x\nMESSAGE user Hi\nMESSAGE assistant Hi\nMESSAGE user Hi\nMESSAGE assistant Hi",
        'FROM x\nTEMPLATE """{{ range .Messages }}{{ if .Role }}\n{{ end }}{{- end }}"""',
        'FROM x\nSYSTEM ""\nMESSAGE user ""',
        'FROM x\nPARAMETER stop "\n"\nPARAMETER stop "a # b"',
        'FROM x\nTEMPLATE """{{ .Prompt }} as {"a": {"b": {"c": 1}}}"""',
        "FROM x\nPARAMETER use_mmap false\nRENDERER qwen3\nPARSER qwen3",
    ],
)
def test_sound_files_have_no_findings(text: str) -> None:
    assert found(text) == []


def test_a_misspelt_from_is_one_finding_and_not_two() -> None:
    (finding,) = found("FORM x\nSYSTEM y")
    assert "did you mean FROM?" in finding.message


def test_an_adapter_needs_its_configuration_and_only_the_last_counts(tmp_path: Path) -> None:
    write_adapter(tmp_path / "lora")
    (tmp_path / "empty").mkdir()
    assert found("FROM x\nADAPTER lora", tmp_path) == []
    (finding,) = found("FROM x\nADAPTER empty", tmp_path)
    assert "holds no adapter_config.json" in finding.message
    (twice,) = found("FROM x\nADAPTER lora\nADAPTER ./lora", tmp_path)
    assert twice.is_error and (twice.line, "line 2" in twice.message) == (3, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"FROM \xff", "not UTF-8"), (b"#" * (1 << 20) + b"#", "larger than any Modelfile")],
)
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "Modelfile"
    with pytest.raises(ConfigError, match="cannot be read"):
        read_modelfile(path)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        read_modelfile(path)


@searching
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["FROM", "PARAMETER", "ADAPTER", "TEMPLATE", "MESSAGE", "from", "X"]),
            st.text(alphabet='ab1 {}.#"/~\\\t', max_size=12),
        )
    )
)
def test_any_file_can_be_linted(parts: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{name} {value}" for name, value in parts)
    findings = found(text)
    lines = [one.line for one in findings]
    assert lines == sorted(lines)
    assert all(1 <= line <= max(1, len(parts)) for line in lines)
