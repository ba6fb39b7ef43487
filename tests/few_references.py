"""A few of the reference pairs, for surveys that are quickly asked.

A survey of all of them takes thousands of questions; what is done with the answers is the same.
"""

from collections import defaultdict
from dataclasses import replace
from functools import cache

from evaluator.judge import references
from evaluator.judge.references import ReferencePair, References

TOPICS = 1
PAIRS = 2


@cache
def few_references(language: str) -> References:
    """Return so many of the pairs of each answer, fitted and held out, and of the topics."""
    found = references.built_in_references(language)
    groups: dict[tuple[bool, bool], list[ReferencePair]] = defaultdict(list)
    for pair in found.pairs:
        groups[pair.related, pair.held_out].append(pair)
    pairs = tuple(pair for group in groups.values() for pair in group[:PAIRS])
    return replace(found, topics=found.topics[:TOPICS], pairs=pairs)
