"""`python -m benchmarks.failing_server`: the protocol server in its own process, failing on demand.

At first it answers well. Each line on its standard input is a seed of new faults, and is answered
by how often every kind of fault has struck so far. It ends with its standard input.
"""

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ollama_server import (
    Body,
    Drip,
    Fault,
    Flood,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    NoLogprobs,
    OllamaServer,
    Reset,
    ScriptedEngine,
    ServedModel,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)
from ollama_server.faults import ANSWERS, FaultPlan

MODEL = "llama3.2"
SECONDS_OF_AN_ANSWER = 0.002
HANGING = 20.0
PAUSE = 1.0
OPENING = ("/api/version", "/api/tags", "/api/show")
STATUSES = (400, 408, 429, 500, 502, 503, 504)
SHARE_AT_OPENING = 0.1
DEATH = "Death"
SHARE_OF_DEATHS = 0.2
FEWEST_FAULTS, MOST_FAULTS = 3, 8
REQUESTS_BEFORE_A_FAULT = 40
MOST_STRIKES = 3


class FailingServer:
    """A server in its own process.

    Args:
        process: The process.
        url: Where it listens.
    """

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    def fail_anew(self, seed: int) -> Counter[str]:
        """Forget the faults that are left, draw others, and return how often each kind struck."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{seed}\n")
        self._process.stdin.flush()
        return Counter(json.loads(self._process.stdout.readline()))


@contextmanager
def failing_server() -> Iterator[FailingServer]:
    """Yield a server that fails when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.failing_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield FailingServer(process, process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait()


class _CountedFaults(FaultPlan):
    """Faults that are counted when they strike, by their kind."""

    def __init__(self) -> None:
        super().__init__(())
        self.struck: Counter[str] = Counter()

    def strike(self, path: str) -> list[Fault]:
        struck = super().strike(path)
        self.struck.update(type(fault).__name__ for fault in struck)
        return struck


def _faults(draw: random.Random) -> Iterator[Fault]:
    """Yield some faults of the answers, and at times one that meets who opens the judge."""
    for _ in range(draw.randint(FEWEST_FAULTS, MOST_FAULTS)):
        after, times = draw.randrange(REQUESTS_BEFORE_A_FAULT), draw.randint(1, MOST_STRIKES)
        paths = ANSWERS
        if draw.random() < SHARE_AT_OPENING:
            paths, after, times = (draw.choice(OPENING),), 0, 1
        kinds: tuple[Fault, ...] = (
            Reset(after_bytes=draw.choice((0, 100))),
            Hang(seconds=HANGING),
            Drip(pause=PAUSE, piece=100),
            Status(code=draw.choice(STATUSES)),
            HtmlPage(code=draw.choice((200, 502))),
            TruncatedJson(),
            InvalidUtf8(),
            HugeBody(),
            Flood(),
            Body(),
            WrongLength(by=draw.choice((-100, 100))),
            NoLogprobs(),
            WrongLogprob(),
        )
        fault = draw.choice(kinds)
        takes_long = isinstance(fault, Hang | Drip)
        yield replace(fault, paths=paths, after=after, times=1 if takes_long else times)


def _die_and_return(server: OllamaServer, draw: random.Random) -> None:
    threading.Event().wait(draw.uniform(0.0, 0.5))
    server.__exit__()
    threading.Event().wait(draw.uniform(0.0, 0.5))
    server.__enter__()


def _answer(text: str) -> dict[str, float]:
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}


def _serve() -> None:
    engine = ScriptedEngine(_answer, seconds=SECONDS_OF_AN_ANSWER)
    server = OllamaServer(engine, models=[ServedModel(MODEL)], parallel=4)
    server.faults = faults = _CountedFaults()
    dying = threading.Thread()
    with server:
        print(server.url, flush=True)
        for line in sys.stdin:
            draw = random.Random(int(line))
            if dying.ident is not None:
                dying.join()
            faults.clear()
            server.forget_requests()
            for fault in _faults(draw):
                faults.add(fault)
            if draw.random() < SHARE_OF_DEATHS:
                faults.struck[DEATH] += 1
                dying = threading.Thread(target=_die_and_return, args=(server, draw))
                dying.start()
            print(json.dumps(faults.struck), flush=True)


if __name__ == "__main__":
    _serve()
