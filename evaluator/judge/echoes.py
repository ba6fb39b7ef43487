"""Texts that repeat the question instead of answering it."""

import re
from collections.abc import Sequence

from evaluator.judge.labels import normalized
from evaluator.judge.rubric import Rubric
from evaluator.judge.vocabulary import SENTENCE_END, bare, is_unspaced
from evaluator.judge.words import any_of, whole_word

FEWEST_WORDS_OF_A_FRAGMENT = 3
FEWEST_WORDS_OF_A_PIECE = 2
LETTERS_OF_A_WORD = 3  # where words have no spaces between them

_VARIABLE = re.compile(r"\{\{.*?\}\}")


class Echoes:
    """The words of a rubric's own texts, of which no category consists.

    Args:
        rubric: The rubric.
    """

    def __init__(self, rubric: Rubric) -> None:
        forms = (rubric.question, rubric.free_text.same)
        texts = (*(form.instruction for form in forms), rubric.criteria)
        self._texts = [bare(normalized(text)) for text in texts]
        pieces = [_pieces(form.item) for form in forms]
        self._items = [re.compile(".*".join(map(whole_word, item))) for item in pieces]
        self._pieces = any_of(
            piece for item in pieces for piece in item if _words(piece) >= FEWEST_WORDS_OF_A_PIECE
        )
        words = rubric.question.answers
        answers = any_of(map(normalized, (*words.yes, *words.no)))
        self._ends_on_answer = re.compile(rf"{answers.pattern}\Z")

    def among(self, sentences: Sequence[str]) -> list[bool]:
        """Return whether each of a text's normalized sentences repeats the rubric.

        It does if it holds an instruction or is part of one, if it has the form of a question, or a
        piece of that form in a text that ends on an answer.
        """
        said = [bare(sentence) for sentence in sentences]
        last = next((one for one in reversed(said) if one), "")
        answered = self._ends_on_answer.search(last) is not None
        return [
            self._repeats(words) or (answered and self._pieces.search(words) is not None)
            for words in said
        ]

    def _repeats(self, words: str) -> bool:
        if any(text in words or self._is_fragment(words, text) for text in self._texts):
            return True
        return any(item.search(words) for item in self._items)

    @staticmethod
    def _is_fragment(words: str, text: str) -> bool:
        long_enough = _words(words) >= FEWEST_WORDS_OF_A_FRAGMENT
        return long_enough and re.search(whole_word(words), text) is not None


def _pieces(item: str) -> list[str]:
    """Return what stands around the variables in the sentence of a form that has them."""
    asking = max(SENTENCE_END.split(item), key=lambda part: len(_VARIABLE.findall(part)))
    return [piece for part in _VARIABLE.split(asking) if (piece := bare(normalized(part)))]


def _words(text: str) -> int:
    return len(text) // LETTERS_OF_A_WORD if is_unspaced(text) else len(text.split())
