"""How related a prediction and a gold label are, for a judge that sees the article too."""

import math
from dataclasses import dataclass

from evaluator.judge.article import shown_article
from evaluator.judge.article_answers import ArticleAnswers
from evaluator.judge.calibration import Calibration
from evaluator.judge.resolving import changed_predictions

DIGITS = 3
"""Of P(related): far finer than a judge is sure of, and equal verdicts can be counted together."""

NO_BIAS = "no-bias"


@dataclass(frozen=True, slots=True)
class ArticleRulings:
    """One judge's verdicts below articles.

    Attributes:
        tokens: How many tokens of an article it saw.
        prompt_hash: Digest of how articles are shown.
        answers: What it said.
        calibration: What its logits without articles become probabilities by; None leaves them.
    """

    tokens: int
    prompt_hash: str
    answers: ArticleAnswers
    calibration: Calibration | None

    def p_related(self, first: str, second: str, text: str | None) -> float | str | None:
        """Return P(related) of two names below an article, 0 to 1, or why there is none.

        The curve is that of the reference pairs without an article. So the logit is brought to
        where it would be without: less the leaning of the article, which is how much it raises the
        logits of reference pairs that it has nothing to do with. An article that talks the judge
        into saying yes does so for them too.

        Returns:
            None where there is no article to show.

        Raises:
            DataUnusable: Nobody asked, so the predictions are no longer those that were.
        """
        article = shown_article(text, self.tokens)
        if article is None:
            return None
        logit = self.answers.logit(article.digest, first, second)
        if logit is None:
            raise changed_predictions()
        if isinstance(logit, str):
            return logit
        if self.calibration is None:
            return round(0.5 * (1.0 + math.tanh(logit / 2)), DIGITS)
        leaning = self.answers.leaning(article.digest)
        if leaning is None or not {first, second} <= self.calibration.biases.keys():
            return NO_BIAS
        centred = self.calibration.centred(first, second, logit) - leaning
        return round(self.calibration.fit.probability(centred), DIGITS)
