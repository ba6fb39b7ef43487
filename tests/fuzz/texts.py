"""Free text of models under test, of judges and of articles."""

from pathlib import Path

from evaluator.judge.article import shown_article
from evaluator.judge.cleaning import cleaned
from evaluator.judge.labels import labels_from_names, normalized
from evaluator.judge.reason import ReasonReader, Ruling, reason_said
from evaluator.judge.rubric_file import load_rubric
from evaluator.judge.statement import statement_reader
from evaluator.report.case_line import excerpt
from evaluator.report.wording import printable, printable_lines
from evaluator.run.spreadsheet import harmless, meant
from fuzz.promise import Broken

RUBRICS = [load_rubric("category-relevance"), load_rubric("category-relevance-ja")]
LABELS = labels_from_names(["sports", "science, technology", "C++", "政治", "the arts (fine)"])
REASONS = [ReasonReader(rubric) for rubric in RUBRICS]
READERS = [statement_reader(LABELS, rubric) for rubric in RUBRICS]


def statement(data: bytes, folder: Path) -> None:
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
    cleaned(text)
    normalized(text)
    for read in READERS:
        said = read(text)
        if len(said.text) > 80 or "\n" in said.text:
            raise Broken(f"{said}")


def shown(data: bytes, folder: Path) -> None:
    """What is shown of strangers' text, in a terminal or to a judge."""
    text = data.decode("utf-8", "replace")
    for safe in (excerpt(text), printable(text), printable_lines(text).replace("\n", "")):
        if {"\x1b", "\x9b", "\r", "\u202e"} & set(safe):
            raise Broken(f"{safe!r} can steer a terminal")
    article = shown_article(text, 256)
    if article is not None and {"<", ">", "[", "]"} & set(article.excerpt):
        raise Broken(f"{article.excerpt!r} can close its quotation")
    for reader in REASONS:
        reader.contradicts(reason_said(text, was_cut=True), Ruling("a", "b", True))


def cell(data: bytes, folder: Path) -> None:
    """No label becomes a formula, and each is found again by what was written for it."""
    label = data.decode("utf-8", "replace").strip()
    written = harmless(label)
    if written.lstrip().startswith(("=", "+", "-", "@")) or "\r" in written:
        raise Broken(f"{written!r} is a formula")
    if "\r" not in label and meant(written) != label:
        raise Broken(f"{label!r} is written as {written!r} and read as {meant(written)!r}")
