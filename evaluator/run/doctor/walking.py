"""Going step by step, in bounded time, until one fails."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from evaluator.errors import EvaluatorError
from evaluator.report.diagnosis import Finding

WRONG_AND_TODO = re.compile(r"(?P<wrong>.+)(?:; |\. (?=[A-Z]))(?P<todo>.+)", re.DOTALL)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Found:
    """What a step that did not fail has to say.

    Attributes:
        text: What was found.
        state: Whether that is as it should be.
        advice: What to do, or could be done.
    """

    text: str
    state: Literal["ok", "warning", "skipped"] = "ok"
    advice: str | None = None


def warning(text: str, advice: str) -> Found:
    """Return something that a run survives and its user should know."""
    return Found(text, "warning", advice)


def skipped(why: str) -> Found:
    """Return that a step does not apply."""
    return Found(why, "skipped")


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: What it is called.
        check: Does it; raises `EvaluatorError` where the way ends.
        fails_as: The kind of failure if it does not come to an end in time.
        advice: What to do where its failure does not say so.
        seconds: The longest it may take.
    """

    name: str
    check: Callable[[], Found]
    fails_as: type[EvaluatorError]
    advice: str
    seconds: float = float("inf")


class _OutOfTime(Exception):
    """The work did not come to an end."""


class Walk:
    """Takes steps until one fails or the time is up.

    Args:
        seconds: Time for all steps together.

    Attributes:
        left_behind: Whether a step was left at work when its time was up: only the end of the
            process ends it.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._seconds = seconds
        self.left_behind = False

    @property
    def time_left(self) -> float:
        """Seconds until the time is up."""
        return max(0.0, self._ends_at - time.monotonic())

    def along(
        self, steps: Sequence[Step], subject: str | None = None, after: Finding | None = None
    ) -> Iterator[Finding]:
        """Yield what each step finds; those after a failed one are not reached.

        Args:
            steps: The steps, each of which needs those before it.
            subject: The judge that they are about.
            after: A finding that they need, too.
        """
        hindrance = _hindrance(after)
        for step in steps:
            if hindrance is None and not self.time_left:
                hindrance = "the time was up"
            if hindrance is not None:
                yield Finding(step=step.name, subject=subject, state="not reached", found=hindrance)
                continue
            finding = self._take(step, subject)
            hindrance = _hindrance(finding)
            yield finding

    def _take(self, step: Step, subject: str | None) -> Finding:
        started = time.monotonic()
        patience = min(step.seconds, self.time_left)
        code = 0
        found: Found | None = None
        try:
            found = _Work(step.check).done_in(patience)
        except _OutOfTime:
            self.left_behind = True
            code = step.fails_as.exit_code
            text, advice = self._out_of_time(step, patience)
        except EvaluatorError as error:
            code = error.exit_code
            text, advice = _sentence(error, step.advice)
        except BaseException:  # Ctrl-C finds the step at work
            self.left_behind = True
            raise
        return Finding(
            step=step.name,
            subject=subject,
            state="failed" if found is None else found.state,
            found=text if found is None else found.text,
            advice=advice if found is None else found.advice,
            seconds=round(time.monotonic() - started, 3),
            exit_code=code,
        )

    def _out_of_time(self, step: Step, patience: float) -> tuple[str, str]:
        if patience == step.seconds:
            return f"it did not come to an end in {patience:g} s", step.advice
        return (
            f"the {self._seconds:g} s for all steps ended before it did",
            "give them more time with --max-seconds.",
        )


def _hindrance(before: Finding | None) -> str | None:
    if before is None or before.state in ("ok", "warning", "skipped"):
        return None
    return f"“{before.step}” has to be right first"


def _sentence(error: EvaluatorError, advice: str) -> tuple[str, str]:
    """Return what is wrong, and what to do: what follows the last semicolon or full stop."""
    said = WRONG_AND_TODO.fullmatch(str(error))
    return (said["wrong"], said["todo"]) if said else (str(error).rstrip("."), advice)


class _Work(Generic[Result]):
    """Work in a thread of its own, which can be left behind: a name server cannot be hurried."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self._errors: list[BaseException] = []

    def done_in(self, seconds: float) -> Result:
        """Return the result, or raise the work's error.

        Raises:
            _OutOfTime: There is neither yet.
        """
        thread = threading.Thread(target=self._do, daemon=True)
        thread.start()
        thread.join(seconds)
        if self._errors:
            raise self._errors[0]
        if not self._results:
            raise _OutOfTime
        return self._results[0]

    def _do(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # raised again by the one who waits
            self._errors.append(error)
