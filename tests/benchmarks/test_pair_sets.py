import re
from pathlib import Path

import pytest

from benchmarks.label_sets import NEWS, TOPICS, newsgroups
from benchmarks.pair_sets import PairSet, grouped_pairs
from evaluator.judge.references import built_in_references
from evaluator.judge.rubric_file import load_rubric

FOUR = PairSet(
    "four",
    pairs=(("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")),
    related=(True, False, False, False, False, True),
)


def stems(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[a-z]+", text.lower())}


def labels_in(path: Path) -> str:
    lines = path.read_text("utf-8").splitlines()
    return " ".join(line.partition(":")[2] for line in lines if not line.startswith("#"))


def test_the_news_labels_share_no_word_with_what_a_judge_is_tried_or_fitted_on() -> None:
    references, rubric = built_in_references("en"), load_rubric("category-relevance")
    pairs = [word for pair in references.pairs for word in (pair.first, pair.second)]
    examples = [word for one in rubric.question.examples for word in (one.first, one.second)]
    plain = [label.plain for label in newsgroups().labels]
    known = stems(" ".join([*references.topics, *pairs, *examples, *plain, labels_in(TOPICS)]))
    assert stems(labels_in(NEWS)) & known == set()


def test_pairs_are_of_the_names_that_the_judge_reads() -> None:
    pairs = grouped_pairs(newsgroups())
    assert len(pairs.pairs) == 20 * 19 / 2
    assert pairs.pairs[0] == ("atheism", "computer graphics")
    assert set(pairs.words) == {label.plain for label in newsgroups().labels}


def test_a_subset_has_the_pairs_whose_words_are_both_in_it() -> None:
    subset = FOUR.within(["d", "a", "b"])
    assert subset.pairs == (("a", "b"), ("a", "d"), ("b", "d"))
    assert subset.related == (True, False, False)
    assert subset.base_rate == pytest.approx(1 / 3)
