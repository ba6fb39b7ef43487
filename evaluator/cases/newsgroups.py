"""Cases from the 20 Newsgroups corpus, as scikit-learn fetches and caches it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from evaluator.cases.case import Case
from evaluator.cases.digest import lines_sha256, text_sha256
from evaluator.errors import DataUnusable

NEWSGROUPS_GLOSSARY = Path(__file__).parent / "glossaries" / "20newsgroups.yaml"
"""The corpus's labels in scikit-learn's order, with the plain names that a judge reads."""

REMOVABLE = ("headers", "footers", "quotes")


@dataclass(frozen=True)
class NewsgroupsCases:
    """One part of 20 Newsgroups.

    Attributes:
        subset: The part, as in the original split by date.
        keep_headers: Whether posts keep their headers, footers and quotes.
    """

    subset: Literal["train", "test"] = "test"
    keep_headers: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the texts and labels."""
        cases = (f"{case.id}\x1f{case.gold}\x1f{text_sha256(case.text)}" for case in self)
        return lines_sha256(cases)

    def __iter__(self) -> Iterator[Case]:
        """Yield the posts in scikit-learn's order, with ids such as `test-17`.

        Raises:
            DataUnusable: The corpus is not cached and cannot be downloaded.
        """
        corpus = self._corpus
        for number, (text, target) in enumerate(zip(corpus.data, corpus.target, strict=True)):
            yield Case(f"{self.subset}-{number}", text, corpus.target_names[target])

    def require_unchanged(self) -> None:
        """Do nothing: the posts were read once and are in memory."""

    def __str__(self) -> str:
        """Return the corpus and its part."""
        return f"20newsgroups:{self.subset}"

    @cached_property
    def _corpus(self) -> Any:
        from sklearn.datasets import fetch_20newsgroups

        try:
            return fetch_20newsgroups(
                subset=self.subset,
                remove=() if self.keep_headers else REMOVABLE,
                n_retries=1,
                delay=0.5,
            )
        except OSError as error:
            raise DataUnusable(
                f"20 Newsgroups could not be downloaded ({error}); "
                "connect once so that scikit-learn can cache it, or pass a file with --data."
            ) from error
