"""DeepEval's own time: a program of the environment that DeepEval is installed in.

Evaluates as many cases as its argument says with GEval and a model that answers at once, one after
the other and all at once, and writes the seconds of the quicker way as its last line.
"""

import contextlib
import io
import sys
import time
from typing import Any

from deepeval import evaluate
from deepeval.evaluate.configs import AsyncConfig, DisplayConfig
from deepeval.metrics import GEval
from deepeval.metrics.g_eval.schema import ReasonScore
from deepeval.models import DeepEvalBaseLLM
from deepeval.test_case import LLMTestCase, SingleTurnParams

SHOWN_AND_EXPECTED = [SingleTurnParams.ACTUAL_OUTPUT, SingleTurnParams.EXPECTED_OUTPUT]
STEPS = ["Give 10 if both are the same category.", "Give 0 if they are unrelated."]


class Instant(DeepEvalBaseLLM):
    """A judge that takes no time."""

    def load_model(self) -> Any:
        """Return itself."""
        return self

    def get_model_name(self) -> str:
        """Return its name."""
        return "instant"

    def generate(self, *_: Any, **__: Any) -> ReasonScore:
        """Return the same score for everything."""
        return ReasonScore(reason="They are the same.", score=10)

    async def a_generate(self, *_: Any, **__: Any) -> ReasonScore:
        """Return the same score for everything."""
        return self.generate()


def main() -> None:
    """Print the seconds."""
    number = int(sys.argv[1])
    with contextlib.redirect_stdout(io.StringIO()):
        quicker = min(_seconds(number, run_async=False), _seconds(number, run_async=True))
    print(quicker)


def _seconds(number: int, *, run_async: bool) -> float:
    metric = GEval(
        name="CategoryPrecision",
        evaluation_steps=STEPS,
        evaluation_params=SHOWN_AND_EXPECTED,
        model=Instant(),
    )
    cases = [
        LLMTestCase(input="", actual_output=f"label {n % 20}", expected_output="label 0")
        for n in range(number)
    ]
    began = time.monotonic()
    found = evaluate(
        cases,
        [metric],
        display_config=DisplayConfig(show_indicator=False, print_results=False),
        async_config=AsyncConfig(run_async=run_async),
    )
    seconds = time.monotonic() - began
    assert len(found.test_results) == number, "cases are missing"
    return seconds


if __name__ == "__main__":
    main()
