"""Questions on two names with an article above them, and the prompts that ask them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from evaluator.backends.protocol import Prompt
from evaluator.cases.digest import text_sha256
from evaluator.judge.article import ShownArticle
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.question import Question
from evaluator.judge.references import References
from evaluator.judge.rubric import ArticleForm


def questions_under(article: ShownArticle, pairs: Sequence[LabelPair]) -> list[Question]:
    """Return both orders of each pair below an article, which all of them share as a prefix."""
    return [
        Question(*names, article=article.digest)
        for pair in pairs
        for names in ((pair.first, pair.second), (pair.second, pair.first))
    ]


def anchors_of(references: References, labels: LabelSet) -> tuple[LabelPair, ...]:
    """Return a related and an unrelated reference pair that no label of the set is in.

    They have nothing to do with any article, so an article that changes what the judge says of
    them sways the judge. A related and an unrelated one show it on both sides.
    """
    return tuple(
        pair for related in (True, False) for pair in _first_beside(references, labels, related)
    )


def article_hash(form: ArticleForm, tokens: int) -> str:
    """Return the digest of how articles are shown."""
    return text_sha256(f"{form.model_dump_json()}{tokens}")


def written_below(
    write: Callable[[Question], Prompt], form: ArticleForm, excerpt: str
) -> Callable[[Question], Prompt]:
    """Return the function that writes a question's prompt below an article.

    Args:
        write: Writes the prompt without an article.
        form: How articles are shown.
        excerpt: What `readable_article` returned.
    """

    def written(question: Question) -> Prompt:
        prompt = write(question)
        quote = f"{form.opening}\n{excerpt}\n{form.closing}"
        return replace(prompt, quote=quote, reminders=prompt.shots[: form.reminders])

    return written


def _first_beside(references: References, labels: LabelSet, related: bool) -> list[LabelPair]:
    found = (
        LabelPair(one.first, one.second)
        for one in references.fitting
        if one.related is related
        and labels.resolve(one.first) is None
        and labels.resolve(one.second) is None
    )
    return list(islice(found, 1))
