"""GEval's scores of pairs, asked in DeepEval's own environment and kept for the next run."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.llama_server import ALIAS, LlamaServer
from evaluator.backends.gguf import cache_dir

ROOT = Path(__file__).parent.parent
PYTHON = Path(os.environ.get("EVALUATOR_BENCH_PYTHON", ROOT / ".venv-bench" / "bin" / "python"))
PROGRAM = Path(__file__).parent / "peers" / "geval.py"
QUIET = {"DEEPEVAL_TELEMETRY_OPT_OUT": "1", "DEEPEVAL_DISABLE_DOTENV": "1"}
MOST_TOKENS = 256
"""Its answers have 26 to 28; without a limit an answer that does not end fills the context."""

Words = tuple[str, str]

USUAL_STEPS = (
    "Compare the category in the actual output with the one in the expected output.",
    "Give 1.0 if both are the same category.",
    "Give 0.5 if they are different categories that are semantically related.",
    "Give 0.0 if they are unrelated.",
)
"""Steps as people write them who know the levels of their score: on a scale from 0 to 1."""

BEST_STEPS = (
    "Decide how far the topic in the actual output and the one in the expected output belong to "
    "the same broad subject area, on a scale from 0 to 10.",
    "Give 10 if both are the same topic.",
    "Give 6 to 9 if they are different topics of one subject area: violin and piano get 8, buses "
    "and trains get 7.",
    "Give 0 to 3 if they belong to different subject areas: cooking and surgery get 1, chess and "
    "botany get 0.",
)
"""Steps on the scale that GEval asks for, with the rubric's question and four of its examples."""


def deepeval_version() -> str | None:
    """Return the version in DeepEval's environment, or None where there is none."""
    if not PYTHON.exists():
        return None
    asking = "from importlib.metadata import version; print(version('deepeval'))"
    done = subprocess.run([PYTHON, "-c", asking], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def geval_note() -> str:
    """Return which GEval is asked, or why none is."""
    found = deepeval_version()
    if found is None:
        return "- GEval was not asked: DeepEval is not installed (`make test` does)."
    return f"- GEval is that of DeepEval {found}."


class GEvalAnswer(BaseModel):
    """What GEval made of a pair.

    Attributes:
        predicted: The words of the actual output.
        gold: The words of the expected output.
        score: From 0, with 10 of 10 as 1; None where the answer could not be read.
        said: The reason given, or what was wrong.
        seconds: How long it took.
    """

    model_config = ConfigDict(frozen=True)

    predicted: str
    gold: str
    score: float | None
    said: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class GEvalAnswers:
    """Answers to pairs, in their order.

    Attributes:
        answers: The answers.
        asked: How many were asked now; the others were kept from earlier runs.
    """

    answers: tuple[GEvalAnswer, ...]
    asked: int

    @property
    def from_cache(self) -> int:
        """How many were kept from earlier runs."""
        return len(self.answers) - self.asked


class GEval:
    """GEval with one way of wording its steps, before one server.

    Args:
        server: Who answers.
        weights: Digest of the server's weights.
        runtime: The server's version.
        steps: What GEval is told to do.
    """

    def __init__(
        self, server: LlamaServer, weights: str, runtime: str, steps: Sequence[str]
    ) -> None:
        self._server = server
        self._steps = list(steps)
        identity = [deepeval_version(), weights, runtime, self._steps, MOST_TOKENS]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
        self._kept = cache_dir() / "bench" / f"geval-{name}.jsonl"
        self._kept.parent.mkdir(parents=True, exist_ok=True)

    def answers(self, pairs: Sequence[Words]) -> GEvalAnswers:
        """Return answers to pairs, each written down as soon as it is there."""
        known = {(one.predicted, one.gold): one for one in self._known()}
        open_pairs = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        with self._kept.open("a", encoding="utf-8") as kept:
            for answer in self.ask(open_pairs):
                kept.write(answer.model_dump_json() + "\n")
                kept.flush()
                known[answer.predicted, answer.gold] = answer
        return GEvalAnswers(tuple(known[pair] for pair in pairs), len(open_pairs))

    def ask(self, pairs: Sequence[Words]) -> Iterator[GEvalAnswer]:
        """Yield answers that are asked now.

        Raises:
            RuntimeError: DeepEval failed at something else than an answer.
        """
        if not pairs:
            return
        program = subprocess.Popen(
            [PYTHON, PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self._kept.parent,
            env={**os.environ, **QUIET, "PYTHONPATH": ""},
        )
        assert program.stdin is not None
        assert program.stdout is not None
        how = {
            "url": f"{self._server.url}/v1",
            "key": self._server.key,
            "model": ALIAS,
            "steps": self._steps,
            "max_tokens": MOST_TOKENS,
        }
        with program:
            program.stdin.write(json.dumps(how) + "\n")
            program.stdin.flush()
            for predicted, gold in pairs:
                program.stdin.write(json.dumps([predicted, gold]) + "\n")
                program.stdin.flush()
                line = program.stdout.readline()
                if not line:
                    raise RuntimeError(f"DeepEval ended at ({predicted}, {gold})")
                yield GEvalAnswer(predicted=predicted, gold=gold, **json.loads(line))
            program.stdin.close()

    def _known(self) -> Iterator[GEvalAnswer]:
        if self._kept.exists():
            for line in self._kept.read_text("utf-8").splitlines():
                yield GEvalAnswer.model_validate_json(line)
