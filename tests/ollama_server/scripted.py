"""An engine whose answers a test writes."""

import math
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from .engine import Candidate, Completion, Generated

WORD = re.compile(r"\s*\S+|\s+")


class ScriptedEngine:
    """Answers from a function; a token is a word with the white space before it.

    Args:
        answer: From the text so far to the next token's distribution, as token and probability;
            an empty one ends the text. Probabilities need not add up to 1. It is called again
            for every generated token, and from many threads.
        seconds: Time that one completion takes.
        context_tokens: The longest context.
    """

    def __init__(
        self,
        answer: Callable[[str], Mapping[str, float]],
        *,
        seconds: float = 0.0,
        context_tokens: int = 131_072,
    ) -> None:
        self._answer = answer
        self._seconds = seconds
        self._context_tokens = context_tokens
        self._lock = threading.Lock()
        self._ids: dict[str, int] = {}
        self._words: list[str] = []

    @property
    def context_tokens(self) -> int:
        """The longest context."""
        return self._context_tokens

    def tokenize(self, text: str) -> list[int]:
        """Return one number per word."""
        with self._lock:
            return [self._id(word) for word in WORD.findall(text)]

    def complete(
        self, prompt: str | Sequence[int], n_predict: int, top_logprobs: int
    ) -> Completion:
        """Ask the function for tokens until it gives none."""
        started = time.monotonic_ns()
        text = prompt if isinstance(prompt, str) else "".join(self._words[id_] for id_ in prompt)
        prompt_tokens = sum(1 for _ in WORD.finditer(text))
        tokens: list[Generated] = []
        while len(tokens) < n_predict:
            ranked = sorted(
                (
                    Candidate(token, math.log(probability))
                    for token, probability in self._answer(text).items()
                    if probability > 0.0
                ),
                key=lambda candidate: -candidate.logprob,
            )
            if not ranked:
                break
            best = ranked[0]
            tokens.append(Generated(best.text, best.logprob, tuple(ranked[:top_logprobs])))
            text += best.text
        if self._seconds:
            time.sleep(self._seconds)
        spent = time.monotonic_ns() - started
        return Completion(
            tokens=tuple(tokens),
            prompt_tokens=prompt_tokens,
            stopped=len(tokens) < n_predict,
            prompt_ns=max(1, spent // 2),
            eval_ns=max(1, spent - spent // 2),
        )

    def _id(self, word: str) -> int:
        if word not in self._ids:
            self._ids[word] = len(self._words)
            self._words.append(word)
        return self._ids[word]
