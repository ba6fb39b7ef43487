"""What a judge said below many articles, kept small."""

import math
from array import array
from collections.abc import Iterator, Sequence

from evaluator.cases.digest import text_key
from evaluator.judge.asking import NoAnswer
from evaluator.judge.labels import LabelPair
from evaluator.judge.question import Question
from evaluator.judge.scoring import Reading

ASKED = math.inf
"""Stands in a row for an answer that did not come, or not yet."""


MASS_PARTS = 1 << 60
"""Masses are added up in whole parts: so many make 1, and their sum is the same in any order."""


class ArticleAnswers:
    """Answers below articles by article and names, in about 260 bytes a distinct article.

    Args:
        anchors: The pairs that are asked below every article, to see how it sways the judge.
    """

    def __init__(self, anchors: Sequence[LabelPair]) -> None:
        orders = [order for pair in anchors for order in _orders(pair)]
        self._columns = {order: column for column, order in enumerate(orders)}
        self._of_anchors = _Rows(len(orders))
        self._of_pairs = _Rows(2)
        self._reasons: dict[bytes, str] = {}
        self._mass_parts = 0
        self._answered = 0

    def claim(self, question: Question) -> bool:
        """Return whether a question is neither answered nor claimed; from then on it is claimed."""
        rows, key, column = self._place(question)
        row = rows.get(key)
        if row is not None and not math.isnan(row[column]):
            return False
        rows.set(key, column, ASKED)
        return True

    def add(self, question: Question, reading: Reading) -> None:
        """Keep an answer."""
        rows, key, column = self._place(question)
        rows.set(key, column, reading.logit)
        self._mass_parts += round(reading.mass * MASS_PARTS)
        self._answered += 1

    def miss(self, outcome: NoAnswer) -> None:
        """Keep why a question has no answer."""
        self._reasons[self._place(outcome.question)[1]] = outcome.reason

    def logit(self, article: str, first: str, second: str) -> float | str | None:
        """Return the mean logit of both orders, or why there is none; None if nobody asked."""
        key = _key(article, *sorted((first, second)))
        row = self._of_pairs.get(key)
        if row is None or any(map(math.isnan, row)):
            return None
        return self._reasons[key] if ASKED in row else sum(row) / len(row)

    def leaning(self, article: str) -> float | None:
        """Return by how much an article raises the logits of the anchors; None if unanswered."""
        if not self._columns:
            return 0.0
        bare, below = (self._of_anchors.get(_key(one)) for one in (None, article))
        if bare is None or below is None:
            return None
        raised = sum(with_it - without for with_it, without in zip(below, bare, strict=True))
        return raised / len(bare) if math.isfinite(raised) else None

    @property
    def pairs(self) -> int:
        """Judgements below articles that have an answer in both orders."""
        return sum(1 for _ in self._judged())

    @property
    def order_flip_rate(self) -> float | None:
        """Share of them whose answer changes with the order, 0 to 1; None where there is none."""
        flips = [(one > 0) != (other > 0) for one, other in self._judged()]
        return sum(flips) / len(flips) if flips else None

    @property
    def label_mass(self) -> float | None:
        """Mean probability of the answer words over all answers, 0 to 1."""
        return self._mass_parts / MASS_PARTS / self._answered if self._answered else None

    def _judged(self) -> Iterator[Sequence[float]]:
        return (row for row in self._of_pairs if all(map(math.isfinite, row)))

    def _place(self, question: Question) -> tuple["_Rows", bytes, int]:
        names = question.first, question.second
        if names in self._columns:
            return self._of_anchors, _key(question.article), self._columns[names]
        first, second = sorted(names)
        return self._of_pairs, _key(question.article, first, second), int(names[0] != first)


class _Rows:
    """Rows of equally many numbers by key, made where they are first written to.

    Args:
        width: Numbers in a row; those that nobody wrote are not-a-number.
    """

    def __init__(self, width: int) -> None:
        self._blank = array("d", [math.nan] * width)
        self._numbers: dict[bytes, int] = {}
        self._values = array("d")

    def get(self, key: bytes) -> Sequence[float] | None:
        """Return a row, or None where nobody wrote to it."""
        number = self._numbers.get(key)
        return None if number is None else self._row(number)

    def set(self, key: bytes, column: int, value: float) -> None:
        """Write a number."""
        number = self._numbers.setdefault(key, len(self._numbers))
        if number * len(self._blank) == len(self._values):
            self._values.extend(self._blank)
        self._values[number * len(self._blank) + column] = value

    def __iter__(self) -> Iterator[Sequence[float]]:
        return map(self._row, range(len(self._numbers)))

    def _row(self, number: int) -> Sequence[float]:
        width = len(self._blank)
        return self._values[number * width : (number + 1) * width]


def _orders(pair: LabelPair) -> tuple[tuple[str, str], tuple[str, str]]:
    return (pair.first, pair.second), (pair.second, pair.first)


def _key(article: str | None, *names: str) -> bytes:
    return text_key("\x1f".join((article or "", *names)))
