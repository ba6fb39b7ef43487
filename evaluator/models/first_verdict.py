"""A first question to a judge, whose answer is known."""

import math

from pydantic import BaseModel, ConfigDict

from evaluator.backends.naming import JudgeSpec
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.patience import AskingPolicy, Patience
from evaluator.judge.question import PROBE, probe_prompt
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.scoring import read_reply
from evaluator.models.server import Address
from evaluator.run.settings import Settings

ATTEMPTS = 3
SMALLEST_MASS = 0.5


class FirstVerdict(BaseModel):
    """What a judge says of two topics that are related.

    Attributes:
        first: One topic.
        second: The other one.
        p_related: The judge's own probability that they are related, uncalibrated, 0 to 1.
        mass: The probability that went to yes and no, 0 to 1; low where it wanted to say something
            else.
        scoring: How the answer was read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: str
    second: str
    p_related: float
    mass: float
    scoring: str

    @property
    def is_right(self) -> bool:
        """Whether it says what is known."""
        return self.p_related > 1 / 2

    @property
    def is_an_answer(self) -> bool:
        """Whether the judge wanted to say yes or no at all."""
        return self.mass >= SMALLEST_MASS


async def first_verdict(model: str, at: Address, timeout: float) -> FirstVerdict:
    """Return the first verdict of a model at an Ollama server.

    Raises:
        JudgeUnavailable: It gives none.
    """
    rubric = load_rubric(Settings().rubric)
    prompt = probe_prompt(rubric)
    spec = JudgeSpec("ollama", model, (at.url,), ca_file=at.ca_file)
    backend = open_backend(spec, timeout=timeout, concurrency=1, pull=None, probe=prompt)
    patience = Patience(AskingPolicy(timeout, ATTEMPTS))
    async with backend:
        try:
            reply = await patience.insist(lambda: backend.ask(prompt))
            reading = read_reply(reply, rubric.question.answers)
        except Unanswered as error:
            raise JudgeUnavailable(
                f"{model} is registered at {at.url} and gives no verdict ({error}); see with "
                f"`evaluator doctor --judge ollama:{model}@{at.url}` what is wrong with it."
            ) from error
        return FirstVerdict(
            first=PROBE.first,
            second=PROBE.second,
            p_related=0.5 * (1.0 + math.tanh(reading.logit / 2)),
            mass=reading.mass,
            scoring=backend.identity.scoring,
        )
