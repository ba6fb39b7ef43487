"""What the judge stage knows about whoever answers its questions."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Protocol

from pydantic import Field

PullProgress = Callable[[str, int, int], None]
"""Called with (status, completed bytes, total bytes) while a model is pulled."""


Count = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A whole number in a server's answer. JSON has larger ones, which no figure of a server needs and
no division bears."""


@dataclass(frozen=True, slots=True)
class Shot:
    """An answered example in a prompt."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a judge, its constant part first so that servers can reuse it.

    Attributes:
        instruction: What the judge should know.
        shots: Answered examples.
        question: The item that waits for an answer.
        choices: The answers it may get, as a judge should write them.
        quote: An article that the question is about, marked as data; empty without one.
        reminders: Answered examples once more, between the quote and the question.
    """

    instruction: str
    shots: tuple[Shot, ...]
    question: str
    choices: tuple[str, ...] = ()
    quote: str = ""
    reminders: tuple[Shot, ...] = ()

    @property
    def constant(self) -> str:
        """The beginning that every prompt of a rubric shares, as plain text."""
        return f"{self.instruction}\n{_lines(self.shots)}"

    @property
    def prefix(self) -> str:
        """The beginning that all questions on one article share, as plain text."""
        quote = f"{self.quote}\n" if self.quote else ""
        return f"{self.constant}{quote}{_lines(self.reminders)}"

    @property
    def text(self) -> str:
        """The whole prompt as text for a model without a chat template."""
        return self.prefix + self.question

    @property
    def messages(self) -> list[dict[str, str]]:
        """The whole prompt as a conversation, for a model with a chat template."""
        after = [*_turns(self.reminders), {"role": "user", "content": self.question}]
        if self.quote:
            after[0] = {"role": "user", "content": f"{self.quote}\n{after[0]['content']}"}
        system = {"role": "system", "content": self.instruction}
        return [system, *_turns(self.shots), *after]

    @property
    def insistent(self) -> "Prompt":
        """The same question, put again to a judge that wrote something else than a choice."""
        wanted = " or ".join(self.choices)
        return replace(self, question=f"Answer with {wanted} only. {self.question}")


def _lines(shots: tuple[Shot, ...]) -> str:
    return "".join(f"{shot.question} {shot.answer}\n" for shot in shots)


def _turns(shots: tuple[Shot, ...]) -> list[dict[str, str]]:
    return [
        {"role": role, "content": content}
        for shot in shots
        for role, content in (("user", shot.question), ("assistant", shot.answer))
    ]


@dataclass(frozen=True, slots=True)
class TokenProbability:
    """A candidate for the first answer token.

    Attributes:
        token: Its text.
        logprob: Natural logarithm of its probability, at most 0.
    """

    token: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost, in tokens.

    Attributes:
        prompt_tokens: Length of the prompt.
        evaluated_tokens: Part of the prompt that was computed and not reused; None where the
            backend does not tell.
        generated_tokens: Tokens generated.
    """

    prompt_tokens: int
    evaluated_tokens: int | None
    generated_tokens: int

    def __add__(self, other: "Usage") -> "Usage":
        """Return what both answers cost."""
        mine, theirs = self.evaluated_tokens, other.evaluated_tokens
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            None if mine is None or theirs is None else mine + theirs,
            self.generated_tokens + other.generated_tokens,
        )


@dataclass(frozen=True, slots=True)
class Durations:
    """Where the time of an answer went, as the backend tells it, in seconds.

    Attributes:
        waiting: For other questions, and on what is in no other figure.
        loading: On getting the model into memory; near 0 where it was there.
        prompt: On the part of the prompt that was computed.
        generation: On the generated tokens.
    """

    waiting: float
    loading: float
    prompt: float
    generation: float

    @property
    def computing(self) -> float:
        """On the prompt and the answer."""
        return self.prompt + self.generation


@dataclass(frozen=True, slots=True)
class Reply:
    """A backend's answer to a prompt.

    Attributes:
        candidates: The most likely first tokens; none where the backend gives no probabilities.
        usage: What it cost.
        said: The text of the answer, where there are no candidates.
        durations: Where its time went; None where the backend does not tell. No two are equal, so
            they do not count where replies are compared.
    """

    candidates: tuple[TokenProbability, ...]
    usage: Usage
    said: str = ""
    durations: Durations | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class JudgeIdentity:
    """Which judge answers.

    Attributes:
        backend: The kind of backend, such as `ollama`.
        model: The model's name there.
        digest: Digest of its weights.
        server_version: Version of the software that runs it.
        options: Runner options that can change answers, as sorted `key=value` texts.
        scoring: How its answers are read: `logprobs`, `schema` or `text`, best first.
    """

    backend: str
    model: str
    digest: str
    server_version: str
    options: tuple[str, ...]
    scoring: str = "logprobs"


class Unanswered(Exception):
    """This question has no usable answer; others may have.

    Args:
        reason: A short stable word, counted in the report.
        detail: What was seen.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class TryAgain(Unanswered):
    """A fault that may be gone at the next attempt; after the last one it is `Unanswered`."""


class ServerGone(TryAgain):
    """The server cannot be reached at all."""


class Backend(Protocol):
    """Whoever answers questions. Opened as an async context manager before the first."""

    @property
    def concurrency(self) -> int:
        """Questions that should be in flight at a time; it may change with every answer."""
        ...

    async def __aenter__(self) -> "Backend":
        """Load or reach the model.

        Raises:
            JudgeUnavailable: It cannot be loaded or reached.
        """
        ...

    async def __aexit__(self, *exc_info: object) -> None:
        """Let the model go."""
        ...

    @property
    def identity(self) -> JudgeIdentity:
        """Who answers; known once entered."""
        ...

    async def ask(self, prompt: Prompt) -> Reply:
        """Return the distribution of the first answer token.

        Raises:
            Unanswered: This prompt has no usable answer.
            TryAgain: It may have one later.
        """
        ...

    async def explain(self, prompt: Prompt, tokens: int) -> Reply:
        """Return a written continuation of a prompt, at most so many tokens, without candidates.

        Raises:
            Unanswered: This prompt cannot be continued.
            TryAgain: It may be later.
        """
        ...

    async def require_unchanged(self) -> None:
        """Check that the judge is the one that was entered, where the backend can tell.

        Raises:
            JudgeChanged: Another model has its name now.
        """
        ...

    async def outside_gpu(self) -> float | None:
        """Return the share of the loaded model that lies outside of GPU memory, 0 to 1.

        None where the backend cannot tell. A model that did not fit runs on the CPU in part or as a
        whole, which servers do in silence.
        """
        ...
