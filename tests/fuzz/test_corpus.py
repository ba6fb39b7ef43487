"""What was found by searching, and what is known to be nasty, is read as promised and at once."""

import logging
import resource
import time
from pathlib import Path

import pytest

from evaluator.errors import LONGEST_MESSAGE, ConfigError
from fuzz.nasty import seeds
from fuzz.promise import Broken, ends
from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 1.0
"""Of the processor for one input; the slowest takes a tenth of that."""

MIB = 200


@pytest.fixture(autouse=True)
def _unheard(caplog: pytest.LogCaptureFixture) -> None:
    """Leave the log out, as a search does: what it keeps is no memory of a reader's."""
    caplog.set_level(logging.CRITICAL, "evaluator")


def corpus(target: str) -> list[bytes]:
    folder = CORPUS / target
    return [path.read_bytes() for path in sorted(folder.iterdir())] if folder.is_dir() else []


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", TARGETS)
def test_nasty_input_ends_in_a_value_or_in_one_sentence(name: str) -> None:
    ends(TARGETS[name], b"x")  # imports what is imported late
    before = peak_mib()
    for data in (*corpus(name), *seeds(name)):
        started = time.process_time()
        ends(TARGETS[name], data)
        assert time.process_time() - started < SECONDS, data[:100]
    assert peak_mib() - before < MIB


def test_every_kept_input_is_of_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} <= set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*")) < 300_000


def test_a_target_that_breaks_its_promise_is_noticed() -> None:
    def crash(data: bytes, folder: Path) -> None:
        raise KeyError(data)

    def chatter(data: bytes, folder: Path) -> None:
        error = ConfigError("")
        error.args = ("x" * (LONGEST_MESSAGE + 1),)
        raise error

    with pytest.raises(KeyError):
        ends(crash, b"")
    with pytest.raises(Broken):
        ends(chatter, b"")
