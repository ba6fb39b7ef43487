"""No cache flatters: prompts differ, and both endpoints get the same."""

from evaluator.judge.rubric_file import load_rubric
from evaluator.run.bench.prompts import PromptSupply

RUBRIC = load_rubric("category-relevance")


def test_no_two_questions_are_the_same() -> None:
    supply = PromptSupply(RUBRIC, None)
    prompts = [prompt for number in (1, 2, 4, 8, 16) for prompt in supply.verdicts(number)]
    assert len(prompts) == 2 * 31
    assert len({prompt.text for prompt in prompts}) == len(prompts)


def test_a_verdict_is_both_orders_of_a_pair() -> None:
    forward, backward = PromptSupply(RUBRIC, None).verdicts(1)
    assert forward.constant == backward.constant
    assert forward.question != backward.question


def test_every_supply_gives_the_same_in_the_same_order() -> None:
    one, other = PromptSupply(RUBRIC, None), PromptSupply(RUBRIC, None)
    assert one.verdicts(5) == other.verdicts(5)
    assert one.unread() == other.unread()
    assert one.reason() == other.reason()


def test_an_unread_prompt_differs_from_its_first_word_on() -> None:
    supply = PromptSupply(RUBRIC, None)
    beginnings = {supply.unread().text[:4] for _ in range(3)}
    assert beginnings == {"(1) ", "(2) ", "(3) "}


def test_a_rubric_without_reasons_has_no_prompt_for_one() -> None:
    assert PromptSupply(RUBRIC.model_copy(update={"reason": None}), None).reason() is None
