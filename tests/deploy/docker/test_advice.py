"""Where a container reaches no GPU, that is said."""

import pytest

from evaluator.deploy.docker.advice import advice


@pytest.mark.parametrize(
    ("system", "release", "word"),
    [
        ("Darwin", "25.1.0", "Mac"),
        ("Windows", "11", "WSL2"),
        ("Linux", "6.6.87.2-microsoft-standard-WSL2", "WSL2"),
        ("Linux", "4.4.0-19041-Microsoft", "WSL2"),
    ],
)
def test_on_a_mac_and_under_wsl_a_native_ollama_is_advised(
    system: str, release: str, word: str
) -> None:
    told = advice(system, release)
    assert told is not None
    assert word in told
    assert "http://host.docker.internal:11434" in told


def test_on_linux_nothing_is_said() -> None:
    assert advice("Linux", "6.1.0-37-amd64") is None
