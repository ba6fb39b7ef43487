"""What keeps the judge in this process from being opened, and how many threads it takes."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from evaluator.backends import embedded
from evaluator.backends.embedded import EmbeddedBackend
from evaluator.errors import ConfigError, EvaluatorError, JudgeUnavailable


def opening_failure(gguf: Path | None) -> EvaluatorError:
    async def enter() -> None:
        async with EmbeddedBackend(gguf):
            pass

    with pytest.raises(EvaluatorError) as caught:
        asyncio.run(enter())
    return caught.value


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read: No such file"), (b"", "not a GGUF"), (b"PK\x03\x04", "not a GGUF")],
)
def test_a_file_that_is_no_model_is_a_wrong_setting(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    path = tmp_path / "judge.gguf"
    if content is not None:
        path.write_bytes(content)
    error = opening_failure(path)
    assert isinstance(error, ConfigError)
    assert complaint in str(error) and str(path) in str(error)
    assert isinstance(opening_failure(tmp_path), ConfigError)


def test_a_truncated_model_is_a_judge_that_is_not_there(
    gguf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "half.gguf"
    with gguf.open("rb") as content:
        path.write_bytes(content.read(10_000_000))
    error = opening_failure(path)
    assert isinstance(error, JudgeUnavailable)
    assert str(error) == f"llama.cpp cannot load {path}: is the file complete?"
    assert capfd.readouterr().out == ""


def test_without_llama_cpp_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    error = opening_failure(None)
    assert isinstance(error, JudgeUnavailable)
    assert "pip install 'llm-judge-evaluator[embedded]'" in str(error)


def test_a_library_that_llama_cpp_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = 'raise ImportError("libgomp.so.1: cannot open shared object file")'
    (tmp_path / "xllamacpp.py").write_text(broken, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    error = opening_failure(None)
    assert isinstance(error, JudgeUnavailable)
    assert "cannot be loaded here: libgomp.so.1: cannot open" in str(error)
    assert "pip install" not in str(error)


@pytest.mark.parametrize(
    ("limit", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("", None)]
)
def test_a_containers_cpu_limit_counts(
    limit: str, most: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpu.max"
    path.write_text(limit, "ascii")
    monkeypatch.setattr(embedded, "CPU_LIMIT", path)
    there = len(os.sched_getaffinity(0))
    assert embedded._processors() == (there if most is None else min(there, most))
    assert 1 <= embedded.processor_threads() <= there
