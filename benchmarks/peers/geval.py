"""DeepEval's GEval on pairs of words: a program of the environment that DeepEval is installed in.

Reads one JSON document a line from standard input, first how to judge, then the cases, and writes
one answer a line.
"""

import json
import sys
import time
from typing import Any

from deepeval.errors import DeepEvalError
from deepeval.metrics import GEval
from deepeval.metrics.g_eval.schema import ReasonScore
from deepeval.models import LocalModel
from deepeval.test_case import LLMTestCase, SingleTurnParams
from pydantic import ValidationError

NO_SCORE = (DeepEvalError, ValidationError, ValueError, KeyError, TypeError)
"""What DeepEval raises at an answer that it cannot read; a server that is gone ends the program."""


def main() -> None:
    """Answer the cases on standard input."""
    how = json.loads(sys.stdin.readline())
    metric = GEval(
        name="CategoryPrecision",
        evaluation_steps=how["steps"],
        evaluation_params=[SingleTurnParams.ACTUAL_OUTPUT, SingleTurnParams.EXPECTED_OUTPUT],
        model=_model(how),
        async_mode=False,
    )
    for line in sys.stdin:
        print(json.dumps(_judged(metric, *json.loads(line))), flush=True)


def _model(how: dict[str, Any]) -> LocalModel:
    """Return the model, limited to GEval's JSON by the server's grammar.

    DeepEval limits models of Ollama so; without it a base model writes no JSON at all.
    """
    schema = {"name": "answer", "schema": ReasonScore.model_json_schema(), "strict": True}
    return LocalModel(
        model=how["model"],
        api_key=how["key"],
        base_url=how["url"],
        generation_kwargs={
            "max_tokens": how["max_tokens"],
            "response_format": {"type": "json_schema", "json_schema": schema},
        },
    )


def _judged(metric: GEval, predicted: str, gold: str) -> dict[str, Any]:
    case = LLMTestCase(input="", actual_output=predicted, expected_output=gold)
    started = time.monotonic()
    try:
        score, said = metric.measure(case, _show_indicator=False), metric.reason
    except NO_SCORE as error:
        score, said = None, f"{type(error).__name__}: {error}"
    return {"score": score, "said": said, "seconds": time.monotonic() - started}


if __name__ == "__main__":
    main()
