"""What judges are asked: the rubric's questions on reference pairs, no two the same."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle, islice

from evaluator.backends.protocol import Prompt
from evaluator.judge.labels import LabelPair
from evaluator.judge.question import both_orders, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.references import nearest_references
from evaluator.judge.rubric import Rubric


class PromptSupply:
    """Gives prompts that were not given before, while there are reference pairs left.

    Two supplies of one rubric give the same prompts in the same order.

    Args:
        rubric: What is asked.
        form: In which of its forms; None for the default one.
    """

    def __init__(self, rubric: Rubric, form: str | None) -> None:
        pairs = nearest_references(rubric.language).pairs
        self._pairs = cycle(LabelPair(one.first, one.second) for one in pairs)
        self._numbers = count(1)
        self._write = prompt_writer(rubric, (), rubric.form(form))
        self._reason = None if rubric.reason is None else reason_writer(rubric)

    def verdicts(self, number: int) -> list[Prompt]:
        """Return the questions of so many verdicts: each pair in both orders."""
        return [
            self._write(question) for pair in self._take(number) for question in both_orders(pair)
        ]

    def unread(self) -> Prompt:
        """Return a question of which no cache knows the beginning."""
        (pair,) = self._take(1)
        prompt = self._write(both_orders(pair)[0])
        return replace(prompt, instruction=f"({next(self._numbers)}) {prompt.instruction}")

    def reason(self) -> Prompt | None:
        """Return a prompt that is answered with a sentence, None for a rubric without reasons."""
        if self._reason is None:
            return None
        (pair,) = self._take(1)
        return self._reason(Ruling(pair.first, pair.second, related=True))

    def _take(self, number: int) -> Iterator[LabelPair]:
        return islice(self._pairs, number)
