"""What the server knows about whoever completes its prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that could have come next.

    Attributes:
        text: The token.
        logprob: Natural logarithm of its probability.
    """

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Generated:
    """A token that was generated.

    Attributes:
        text: The token.
        logprob: Natural logarithm of its probability.
        candidates: The most likely tokens at its place, best first.
    """

    text: str
    logprob: float
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """What follows a prompt.

    Attributes:
        tokens: The generated tokens.
        prompt_tokens: Length of the prompt, with the part found in a cache.
        stopped: Whether the model ended the text itself.
        prompt_ns: Nanoseconds spent on the prompt.
        eval_ns: Nanoseconds spent on generating.
    """

    tokens: tuple[Generated, ...]
    prompt_tokens: int
    stopped: bool
    prompt_ns: int
    eval_ns: int


class EngineRefused(Exception):
    """The engine does not take this prompt.

    Args:
        status: An HTTP status that says why.
        body: The error as the engine words it.
    """

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


class Engine(Protocol):
    """A model. Called from many threads at a time."""

    @property
    def context_tokens(self) -> int:
        """The longest context it can run."""
        ...

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of a prompt, with those put in front of every prompt."""
        ...

    def complete(
        self, prompt: str | Sequence[int], n_predict: int, top_logprobs: int
    ) -> Completion:
        """Continue a prompt, always with the most likely token.

        Args:
            prompt: Text, or tokens from `tokenize`.
            n_predict: Tokens to generate at most, at least 1.
            top_logprobs: Candidates to list for each; 0 lists none.

        Raises:
            EngineRefused: The prompt cannot be completed.
        """
        ...
