"""What is read of an OpenAI-compatible server's answers, as they come over the wire."""

from pydantic import BaseModel, Field

from evaluator.backends.protocol import Count, Reply, TokenProbability, Usage


class Version(BaseModel):
    """The answer to `/version`."""

    version: str


class Properties(BaseModel):
    """The answer to llama-server's `/props`."""

    total_slots: int = Field(ge=1)


class _Named(BaseModel):
    id: str


class Models(BaseModel):
    """The answer to `/v1/models`."""

    data: list[_Named]


class _Candidate(BaseModel):
    token: str
    logprob: float


class _Token(BaseModel):
    top_logprobs: list[_Candidate] | None = None


class _Logprobs(BaseModel):
    """Both shapes in use: a list of tokens, or (older completions) a mapping for each token."""

    content: list[_Token] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None

    @property
    def first(self) -> tuple[TokenProbability, ...]:
        """Candidates of the first token."""
        if self.content:
            return tuple(
                TokenProbability(one.token, one.logprob)
                for one in self.content[0].top_logprobs or ()
            )
        if self.top_logprobs and self.top_logprobs[0]:
            return tuple(TokenProbability(*item) for item in self.top_logprobs[0].items())
        return ()


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message | None = None
    text: str | None = None
    logprobs: _Logprobs | None = None


class _Details(BaseModel):
    cached_tokens: Count | None = None


class _Usage(BaseModel):
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    prompt_tokens_details: _Details | None = None


class Completion(BaseModel):
    """What is read of an answer to `/v1/chat/completions` or `/v1/completions`."""

    choices: list[_Choice]
    usage: _Usage | None = None

    def reply(self) -> Reply:
        """Return the answer as the judge stage reads it."""
        choice = self.choices[0] if self.choices else _Choice()
        usage = self.usage or _Usage()
        details = usage.prompt_tokens_details
        cached = None if details is None else details.cached_tokens
        return Reply(
            candidates=choice.logprobs.first if choice.logprobs else (),
            usage=Usage(
                prompt_tokens=usage.prompt_tokens,
                evaluated_tokens=None if cached is None else usage.prompt_tokens - cached,
                generated_tokens=usage.completion_tokens,
            ),
            said=(choice.message.content if choice.message else choice.text) or "",
        )
