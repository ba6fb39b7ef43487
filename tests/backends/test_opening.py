import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import pytest
from running import environment

from evaluator.backends.embedded import EmbeddedBackend
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.ollama import OllamaBackend
from evaluator.backends.openai import OpenAIBackend
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Backend, Prompt
from evaluator.backends.replicas import Replicas

OPEN = """
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Prompt
from evaluator.errors import ConfigError
try:
    spec = JudgeSpec("ollama", "llama3.2", ("http://127.0.0.1:11434",))
    probe = Prompt("Decide.", (), "One?")
    open_backend(spec, timeout=1, concurrency=1, pull=None, probe=probe)
except ConfigError as error:
    print(error)
"""

without_socks = pytest.mark.skipif(
    find_spec("socksio") is not None, reason="httpx can use SOCKS proxies here"
)


def opened(spec: JudgeSpec) -> Backend:
    probe = Prompt("Decide.", (), "One?")
    return open_backend(spec, timeout=1.0, concurrency=3, pull=None, probe=probe)


def test_the_spec_decides_who_answers() -> None:
    embedded = opened(JudgeSpec("embedded", str(Path("some.gguf"))))
    assert isinstance(embedded, EmbeddedBackend)
    assert embedded.concurrency == 1
    served = opened(JudgeSpec("ollama", "llama3.2", ("http://127.0.0.1:9",)))
    assert isinstance(served, OllamaBackend)
    assert served.concurrency == 3
    compatible = opened(JudgeSpec("openai", "m", ("http://127.0.0.1:9",)))
    assert isinstance(compatible, OpenAIBackend)
    assert compatible.concurrency == 3


@pytest.mark.parametrize("backend", ["ollama", "openai"])
def test_several_servers_are_replicas_each_with_its_own_concurrency(
    backend: Literal["ollama", "openai"],
) -> None:
    several = opened(JudgeSpec(backend, "m", ("http://127.0.0.1:9", "http://127.0.0.1:10")))
    assert isinstance(several, Replicas)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("OLLAMA_HOST", "http://["),
        ("OLLAMA_HOST", "\xe9 "),
        ("OLLAMA_HOST", "host:port"),
        ("ALL_PROXY", "ftp://127.0.0.1:9"),
        pytest.param("ALL_PROXY", "socks5://127.0.0.1:9", marks=without_socks),
    ],
)
def test_an_environment_that_breaks_the_ollama_package_is_a_configuration_error(
    variable: str, text: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN],
        env=environment({variable: text, "PYTHONUTF8": "1"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the ollama package cannot be imported with OLLAMA_HOST")
