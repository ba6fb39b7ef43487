"""What is read of an Ollama server's answers, as they come over the wire."""

from typing import Any

from pydantic import BaseModel

from evaluator.backends.protocol import Count, Durations, Reply, TokenProbability, Usage

NANOSECONDS = 1e9
CONTEXT_LENGTH = ".context_length"


class Version(BaseModel):
    """The answer to `/api/version`."""

    version: str


class Failure(BaseModel):
    """The answer to a request that went wrong."""

    error: Any


class Stored(BaseModel):
    """A model on the server's disk: its name, its digest, and its bytes."""

    model: str
    digest: str = ""
    size: Count = 0


class Tags(BaseModel):
    """The answer to `/api/tags`."""

    models: list[Stored]


class Shown(BaseModel):
    """The answer to `/api/show`."""

    capabilities: tuple[str, ...] = ()
    model_info: dict[str, Any] = {}

    @property
    def context_length(self) -> int | None:
        """Tokens that the model was trained for; None where the server does not tell."""
        named = (value for key, value in self.model_info.items() if key.endswith(CONTEXT_LENGTH))
        return next((value for value in named if isinstance(value, int)), None)


class Running(BaseModel):
    """A loaded model: its name, its bytes, those of them in GPU memory, and its context."""

    model: str
    size: Count
    size_vram: Count = 0
    context_length: Count | None = None

    @property
    def outside_gpu(self) -> float | None:
        """Share outside of GPU memory, 0 to 1; None for a model without a size."""
        if self.size <= 0:
            return None
        return min(max(1 - self.size_vram / self.size, 0.0), 1.0)


class Loaded(BaseModel):
    """The answer to `/api/ps`."""

    models: list[Running]


class _Candidate(BaseModel):
    token: str
    logprob: float


class _Token(BaseModel):
    top_logprobs: list[_Candidate] | None = None


class _Message(BaseModel):
    content: str = ""


class Answer(BaseModel):
    """The answer to `/api/chat` or `/api/generate`."""

    model: str = ""
    message: _Message = _Message()
    response: str = ""
    logprobs: list[_Token] | None = None
    prompt_eval_count: Count = 0
    eval_count: Count = 0
    total_duration: Count = 0
    load_duration: Count = 0
    prompt_eval_duration: Count = 0
    eval_duration: Count = 0

    @property
    def candidates(self) -> tuple[TokenProbability, ...]:
        """Candidates of the first token."""
        first = self.logprobs[0].top_logprobs if self.logprobs else None
        return tuple(TokenProbability(item.token, item.logprob) for item in first or ())

    @property
    def durations(self) -> Durations | None:
        """Where the time went; None where the server does not tell."""
        if not self.total_duration:
            return None
        spent = (self.load_duration, self.prompt_eval_duration, self.eval_duration)
        waiting = max(0, self.total_duration - sum(spent))
        return Durations(*(one / NANOSECONDS for one in (waiting, *spent)))

    def reply(self, *, written: bool) -> Reply:
        """Return the answer as the judge stage reads it: its text or its probabilities."""
        return Reply(
            candidates=() if written else self.candidates,
            usage=Usage(
                prompt_tokens=self.prompt_eval_count,
                evaluated_tokens=None,
                generated_tokens=self.eval_count,
            ),
            said=(self.message.content or self.response) if written else "",
            durations=self.durations,
        )
