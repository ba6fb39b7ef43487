"""Which column of a table plays which part."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.errors import DataUnusable


@dataclass(frozen=True, slots=True)
class Column:
    """A part that a table column plays, and the names it usually has.

    Attributes:
        part: What the column holds, in the words of an error message.
        flag: The command-line flag that names the column.
        usual: Names tried in order when the user names none.
        named: The name the user gave, if any.
        required: Whether a table without it is unusable.
    """

    part: str
    flag: str
    usual: tuple[str, ...]
    named: str | None = None
    required: bool = True

    def find(self, header: Sequence[str], where: str) -> str | None:
        """Return the name in `header` that plays this part, or None if optional and absent.

        Raises:
            DataUnusable: The named column is absent, or a required one was not recognised.
        """
        if self.named is not None:
            if self.named in header:
                return self.named
            nearest = difflib.get_close_matches(self.named, header, n=1)
            hint = f"did you mean '{nearest[0]}'? It" if nearest else "it"
            raise DataUnusable(
                f"{where} has no column '{self.named}' for the {self.part}; "
                f"{hint} has: {', '.join(header)}."
            )
        for name in self.usual:
            if name in header:
                return name
        if self.required:
            raise DataUnusable(
                f"{where} has no column that looks like the {self.part} "
                f"(it has: {', '.join(header)}); name it with {self.flag}."
            )
        return None


def id_column(named: str | None) -> Column:
    """The column of unique case ids; row numbers stand in where there is none."""
    return Column("case id", "--id-column", ("id", "case_id", "uid"), named, required=False)


def text_column(named: str | None, *, required: bool = True) -> Column:
    """The column of article texts."""
    usual = ("text", "article", "content", "body", "document", "post")
    return Column("article text", "--text-column", usual, named, required)


def gold_column(named: str | None, flag: str) -> Column:
    """The column of correct categories; names are preferred to numbers beside them."""
    usual = ("gold", "label_name", "label", "category", "expected_output", "class", "target")
    return Column("gold label", flag, usual, named)


def predicted_column(named: str | None) -> Column:
    """The column of predicted categories."""
    usual = ("predicted", "prediction", "predicted_label", "actual_output", "output")
    return Column("predicted label", "--predicted-column", usual, named)


def confidence_column(named: str | None) -> Column:
    """The column of the classifier's probability for its prediction."""
    usual = ("confidence", "probability", "prob")
    return Column("confidence", "--confidence-column", usual, named, required=False)
