"""One real verdict, and what shows only in answers."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from evaluator.backends.inspecting import Inspector
from evaluator.backends.naming import JudgeSpec
from evaluator.backends.ollama_facts import CONTEXT_TOKENS
from evaluator.backends.openai import CHAT_WITHOUT_THINKING
from evaluator.backends.opening import open_backend
from evaluator.backends.protocol import Backend, Prompt, PullProgress, Unanswered
from evaluator.errors import JudgeUnavailable
from evaluator.judge.asking import Answer, Interviewer, NoAnswer
from evaluator.judge.labels import LabelPair
from evaluator.judge.patience import AskingPolicy
from evaluator.judge.question import Question, both_orders, probe_prompt, prompt_writer
from evaluator.judge.references import nearest_references
from evaluator.judge.rubric import Rubric
from evaluator.report.cautions import plain_answers, slow_judge
from evaluator.run.doctor.overlap import AtOnce, overlap_found, timed
from evaluator.run.doctor.sense import Sense, related_and_not
from evaluator.run.doctor.walking import Found, Step, skipped, warning
from evaluator.run.settings import Settings

MOST_AT_ONCE = 8
UNLESS_NAMED = 4
"""Questions at once, to see how many a run would find that it can ask."""

LEAST_LABEL_MASS = 0.5
OWN_CONTEXT = "n_ctx="
TOLD_NOT_TO_THINK = f"form={CHAT_WITHOUT_THINKING}"

Result = TypeVar("Result")


@dataclass(slots=True)
class Answering:
    """A judge that is asked a few questions.

    Attributes:
        spec: The judge, at one server where it has any.
        settings: How it is asked.
        rubric: What it is asked.
        pull: Progress of pulling a missing model; used only where the settings allow it.
    """

    spec: JudgeSpec
    settings: Settings
    rubric: Rubric
    pull: PullProgress
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _backend: Backend | None = None

    @property
    def steps(self) -> list[Step]:
        """Return the steps of a judge whose model is there."""
        advice = "see the log of the judge's server, or name another model with --judge."
        checks: dict[str, Callable[[], Found]] = {
            "verdict": self._verdict,
            "GPU": self._gpu,
            "context": self._context,
            "parallel slots": self._slots,
            "thinking": self._thinking,
        }
        return [Step(name, check, JudgeUnavailable, advice) for name, check in checks.items()]

    def close(self) -> None:
        """Let the judge go."""
        try:
            if self._backend is not None:
                self._runner.run(self._backend.__aexit__())
        finally:
            self._runner.close()

    @property
    def _inspector(self) -> Inspector | None:
        """Asks an Ollama server about itself; None for other judges."""
        return Inspector(self.spec, self.spec.urls[0]) if self.spec.backend == "ollama" else None

    @property
    def _entered(self) -> Backend:
        assert self._backend is not None, "the verdict comes first"
        return self._backend

    def _verdict(self) -> Found:
        form = self.rubric.form(self.spec.form)
        backend = open_backend(
            self.spec,
            timeout=self.settings.timeout,
            concurrency=self.settings.concurrency or UNLESS_NAMED,
            pull=self.pull if self.settings.pull else None,
            probe=probe_prompt(self.rubric, form),
        )
        self._backend = self._runner.run(backend.__aenter__())
        related, unrelated = related_and_not(self.rubric)
        answers = [*self._answers(related), *self._answers(unrelated)]
        first, *later = (one.seconds for one in answers)
        seconds = statistics.median(later)
        sense = Sense(related, unrelated, answers)
        scoring = backend.identity.scoring
        text = (
            f"{sense}; {scoring} scoring, label mass {sense.mass:.2f}; "
            f"{seconds:.3g} s a question, the first {first:.3g} s"
        )
        return self._judged(text, sense, scoring)

    def _judged(self, text: str, sense: Sense, scoring: str) -> Found:
        if not sense.is_sensible:
            return warning(
                f"{text}: before calibration the unrelated pair looks as related as the other",
                "two pairs prove little: look for the judge's AUC in the report of a run, and take "
                "a larger judge where it is low.",
            )
        if sense.mass < LEAST_LABEL_MASS:
            return warning(
                f"{text}: the judge would rather say something else",
                "take a model that was trained to follow instructions, or another #FORM.",
            )
        if plain_answers(scoring) is not None:
            return warning(text, "take a server that gives log probabilities, for probabilities.")
        return Found(text)

    def _answers(self, pair: LabelPair) -> list[Answer]:
        """Return the answers to both orders of a pair.

        Raises:
            JudgeUnavailable: One of them has none.
        """
        heard: list[Answer | NoAnswer] = []
        interviewer = Interviewer(
            self._entered,
            self._write,
            self.rubric.question.answers,
            AskingPolicy(self.settings.timeout, attempts=2),
        )
        self._runner.run(interviewer.ask_all(both_orders(pair), heard.append))
        silent = next((one for one in heard if isinstance(one, NoAnswer)), None)
        if silent is not None:
            raise JudgeUnavailable(
                f"the judge is there and gives no verdict ({silent.reason}); see the log of its "
                "server, or name another model with --judge."
            )
        return [one for one in heard if isinstance(one, Answer)]

    @property
    def _write(self) -> Callable[[Question], Prompt]:
        return prompt_writer(self.rubric, (), self.rubric.form(self.spec.form))

    def _gpu(self) -> Found:
        share = self._runner.run(self._entered.outside_gpu())
        if share is None:
            return skipped("the judge does not tell where it runs")
        caution = slow_judge(share)
        if caution is None:
            return Found("the whole model is in GPU memory")
        return warning(
            caution.rstrip("."),
            "free GPU memory or take a smaller model; where there is a GPU that Ollama does not "
            "use, run Ollama natively or give its container the GPU.",
        )

    def _context(self) -> Found:
        inspector = self._inspector
        if inspector is None:
            return self._told_context()
        loaded = self._runner.run(inspector.loaded())
        shown = self._runner.run(inspector.shown())
        ours = None if loaded is None else loaded.context_length
        trained = None if shown is None else shown.context_length
        if ours is None:
            return skipped("this Ollama does not tell the context of a loaded model")
        of = "" if trained is None else f" of the {trained} that the model was trained for"
        if ours < CONTEXT_TOKENS:
            return warning(
                f"{ours} tokens{of}, where {CONTEXT_TOKENS} are asked for",
                "take a model with a longer context, or leave out --show-article: a question that "
                "does not fit stays unanswered.",
            )
        return Found(f"{ours} tokens{of}; every question asks for that many")

    def _told_context(self) -> Found:
        options = self._entered.identity.options
        told = next((one for one in options if one.startswith(OWN_CONTEXT)), None)
        if told is None:
            return skipped("the server does not tell")
        return Found(f"{told.removeprefix(OWN_CONTEXT)} tokens, set by this program")

    def _slots(self) -> Found:
        number = min(self._entered.concurrency, MOST_AT_ONCE)
        if number == 1:
            return skipped("one question at a time, as asked or by design")
        prompts = [self._write(question) for question in _distinct(self.rubric, number + 1)]
        alone = self._heard(timed(self._entered, prompts[0]))
        together = self._heard(AtOnce.measured(self._entered, prompts[1:]))
        return overlap_found(
            alone,
            together,
            is_ollama=self.spec.backend == "ollama",
            is_found=self.settings.concurrency is None,
        )

    def _heard(self, asking: Awaitable[Result]) -> Result:
        async def awaited() -> Result:
            async with asyncio.timeout(self.settings.timeout):
                return await asking

        try:
            return self._runner.run(awaited())
        except (Unanswered, TimeoutError) as error:
            raise JudgeUnavailable(
                f"a question had no answer ({error or 'timeout'}); see the log of the judge's "
                "server, or lower --concurrency."
            ) from error

    def _thinking(self) -> Found:
        inspector, identity = self._inspector, self._entered.identity
        if inspector is not None:
            shown = self._runner.run(inspector.shown())
            thinks = shown is not None and "thinking" in shown.capabilities
        elif identity.scoring == "logprobs":
            thinks = TOLD_NOT_TO_THINK in identity.options
        else:
            return skipped("not known of a server without log probabilities")
        return Found("it can think, and is told not to" if thinks else "it does not think first")


def _distinct(rubric: Rubric, number: int) -> list[Question]:
    """Return so many questions that no cache knows the answers to."""
    pairs = nearest_references(rubric.language).pairs
    return [Question(one.second, one.first) for one in pairs[-number:]]
