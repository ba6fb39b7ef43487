"""What the judge in this process is asked."""

from collections.abc import Callable

from evaluator.backends.protocol import Prompt, Reply
from evaluator.judge.labels import labels_from_names
from evaluator.judge.question import Question, prompt_writer
from evaluator.judge.reason import Ruling, reason_writer
from evaluator.judge.rubric_file import load_rubric

TOPICS = ("ice hockey", "baseball", "cryptography", "motorcycles")
QUESTIONS = [Question(first, second) for first in TOPICS for second in TOPICS if first != second]
RUBRIC = load_rubric("category-relevance")
WRITE = prompt_writer(RUBRIC, labels_from_names(TOPICS))
WHY = reason_writer(RUBRIC, labels_from_names(TOPICS))
HOCKEY_AND_BASEBALL = Ruling("ice hockey", "baseball", related=True)

Ask = Callable[[Prompt], Reply]
