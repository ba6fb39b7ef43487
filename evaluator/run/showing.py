"""Judging misses with their articles: what is asked below them, and what comes of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from evaluator.backends.protocol import Prompt, Usage
from evaluator.classifier.prediction import PredictionSource
from evaluator.errors import ConfigError
from evaluator.judge.article import ShownArticle, shown_article
from evaluator.judge.article_answers import ArticleAnswers
from evaluator.judge.article_questions import article_hash, questions_under, written_below
from evaluator.judge.article_rulings import ArticleRulings
from evaluator.judge.asking import Answer, NoAnswer
from evaluator.judge.labels import LabelPair, LabelSet
from evaluator.judge.lock import JudgeLock
from evaluator.judge.question import Question, both_orders, prompt_writer
from evaluator.judge.resolving import resolve
from evaluator.judge.rubric import ArticleForm, Rubric
from evaluator.judge.statement import statement_reader
from evaluator.report.summary import RunUsage
from evaluator.run.journal import Journal
from evaluator.run.judged import Judge, Judged
from evaluator.run.judging import JudgeSession
from evaluator.run.progress import Progress
from evaluator.run.settings import CaseSettings
from evaluator.run.usage import total_usage


class ArticleStage:
    """Asks a judge about the misses of a run once more, each below its article.

    Args:
        settings: Whether articles are shown, and how much of them.
        judge: Who is asked; entered before the first question.
        rubric: How they are shown.

    Raises:
        ConfigError: Articles are to be shown, and the rubric has no form for it, or the judge is
            none that reads.
    """

    def __init__(self, settings: CaseSettings, judge: Judge, rubric: Rubric) -> None:
        self._tokens = settings.article_tokens
        self._rubric = rubric
        self._form: ArticleForm | None = None
        self._judge = judge
        if not settings.show_article:
            return
        if rubric.article is None:
            raise ConfigError(
                f"the rubric '{rubric.name}' does not say how an article is shown; give it an "
                "'article' section, or leave out --show-article."
            )
        if not isinstance(judge, JudgeSession):
            raise ConfigError(
                "--show-article takes one judge that is asked questions; leave it out for a panel "
                "or an embedding."
            )
        self._form = rubric.article

    def locked(self, lock: JudgeLock) -> JudgeLock:
        """Return a judge's lock with what it is shown besides."""
        if self._form is None:
            return lock
        return lock.model_copy(update={"article_hash": article_hash(self._form, self._tokens)})

    def most_questions(self, labels: LabelSet, *, cases: int, articles: int) -> int:
        """Return how many questions there are if every prediction is wrong.

        Args:
            labels: The label set.
            cases: How many cases there are.
            articles: How many different articles they have.
        """
        if self._form is None or not isinstance(self._judge, JudgeSession):
            return 0
        return 2 * (cases + len(self._judge.anchors(labels)) * (articles + 1))

    def judged_below(
        self,
        predictions: PredictionSource,
        labels: LabelSet,
        judged: Judged,
        journal: Journal[Answer],
        progress: Progress,
    ) -> Judged:
        """Return what was judged, with the verdicts below articles; as it is if none are shown.

        Each miss is asked about below its article in both orders, once for equal ones, and the
        anchors below each article. Articles are read from the predictions as they are needed.

        Args:
            predictions: The cases.
            labels: The label set.
            judged: The verdicts without articles.
            journal: Answers without articles; those below articles get one beside it.
            progress: Where progress is shown.

        Raises:
            DataUnusable: The predictions cannot be read.
            JudgeUnavailable: The judge stopped answering; what it said is in the journal.
        """
        form, judge = self._form, self._judge
        if form is None or not isinstance(judge, JudgeSession):
            return judged
        anchors = judge.anchors(labels) if judged.matrix.calibration is not None else ()
        journal = journal.derived("articles")
        book = _Book(journal, anchors)
        desk = _Desk(self._misses(predictions, labels), book.answers, anchors)
        written = _writer(prompt_writer(self._rubric, labels, judge.form), form, desk)
        stage = progress.stage("judging articles", None, "questions", done=book.cached)
        with journal, stage as advance:

            def hear(outcome: Answer | NoAnswer) -> None:
                desk.put_away(outcome.question)
                book.enter(outcome)
                advance(1)

            judge.ask_in(written, desk, hear)
        prompt_hash = article_hash(form, self._tokens)
        rulings = ArticleRulings(self._tokens, prompt_hash, book.answers, judged.matrix.calibration)
        usage = total_usage([judged.usage, book.usage(desk.asked)])
        return replace(judged, usage=usage, articles=rulings)

    def _misses(
        self, predictions: PredictionSource, labels: LabelSet
    ) -> Iterator[tuple[ShownArticle, LabelPair]]:
        """Yield the article of each case that needs a verdict, with the names to be judged."""
        read = statement_reader(labels, self._rubric)
        for prediction in predictions:
            names = resolve(prediction, labels, read).needed_names(labels)
            article = shown_article(prediction.text, self._tokens) if names else None
            if names is not None and article is not None:
                yield article, LabelPair(*names)


class _Desk:
    """The questions below articles, made as they are taken, and the articles they are about.

    An article lies here from its first question until its last one is answered.
    """

    def __init__(
        self,
        misses: Iterable[tuple[ShownArticle, LabelPair]],
        answers: ArticleAnswers,
        anchors: Sequence[LabelPair],
    ) -> None:
        self._misses = misses
        self._answers = answers
        self._anchors = anchors
        self._excerpts: dict[str, str] = {}
        self._waiting: Counter[str] = Counter()
        self.asked = 0

    def __iter__(self) -> Iterator[Question]:
        bare = (question for pair in self._anchors for question in both_orders(pair))
        yield from self._claimed(bare)
        for article, pair in self._misses:
            yield from self._laid_out(article, pair)

    def excerpt(self, digest: str) -> str:
        """Return the article of that digest, which has open questions."""
        return self._excerpts[digest]

    def put_away(self, question: Question) -> None:
        """Take note that a question is done with."""
        digest = question.article
        if digest is None:
            return
        self._waiting[digest] -= 1
        if not self._waiting[digest]:
            del self._waiting[digest], self._excerpts[digest]

    def _laid_out(self, article: ShownArticle, pair: LabelPair) -> Iterator[Question]:
        """Yield the open questions below an article, which share the beginning of their prompts."""
        questions = list(self._claimed(questions_under(article, [*self._anchors, pair])))
        if questions:
            self._excerpts[article.digest] = article.excerpt
            self._waiting[article.digest] += len(questions)
        yield from questions

    def _claimed(self, questions: Iterable[Question]) -> Iterator[Question]:
        for question in questions:
            if self._answers.claim(question):
                self.asked += 1
                yield question


class _Book:
    """The answers below articles, of the journal and new ones, and what they cost together."""

    def __init__(self, journal: Journal[Answer], anchors: Sequence[LabelPair]) -> None:
        self.answers = ArticleAnswers(anchors)
        self.cached = 0
        self._journal = journal
        self._total = Usage(0, 0, 0)
        for known in journal:
            if self.answers.claim(known.question):  # two machines may have asked the same
                self._add(known)
                self.cached += 1

    def enter(self, outcome: Answer | NoAnswer) -> None:
        """Keep what a question came to."""
        if isinstance(outcome, Answer):
            self._add(outcome)
            self._journal.append(outcome)
        else:
            self.answers.miss(outcome)

    def usage(self, calls: int) -> RunUsage:
        return RunUsage(
            questions=calls + self.cached,
            calls=calls,
            cached=self.cached,
            prompt_tokens=self._total.prompt_tokens,
            evaluated_tokens=self._total.evaluated_tokens,
            generated_tokens=self._total.generated_tokens,
        )

    def _add(self, answer: Answer) -> None:
        self.answers.add(answer.question, answer.reading)
        self._total += answer.usage


def _writer(
    write: Callable[[Question], Prompt], form: ArticleForm, desk: _Desk
) -> Callable[[Question], Prompt]:
    """Return what writes a question, below its article if it has one."""

    def written(question: Question) -> Prompt:
        if question.article is None:
            return write(question)
        return written_below(write, form, desk.excerpt(question.article))(question)

    return written
