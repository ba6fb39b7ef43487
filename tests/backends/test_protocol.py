import pytest

from evaluator.backends.protocol import Prompt, Shot, TryAgain, Unanswered, Usage


def test_a_prompts_text_begins_with_its_constant_part() -> None:
    shots = (Shot("One?", "Yes"), Shot("Two?", "No"))
    prompt, other = (Prompt("Decide.", shots, question) for question in ("Three?", "Four?"))
    assert prompt.constant == other.constant == "Decide.\nOne? Yes\nTwo? No\n"
    assert prompt.text == "Decide.\nOne? Yes\nTwo? No\nThree?"


def test_an_article_stands_between_the_constant_part_and_the_question() -> None:
    shots = (Shot("One?", "Yes"), Shot("Two?", "No"))
    quoted = Prompt("Decide.", shots, "Three?", quote="<article>…", reminders=shots[:1])
    assert quoted.constant == "Decide.\nOne? Yes\nTwo? No\n"
    assert quoted.prefix == f"{quoted.constant}<article>…\nOne? Yes\n"
    assert quoted.text == f"{quoted.prefix}Three?"
    assert Prompt("Decide.", shots, "Three?").prefix == quoted.constant
    for prompt in (quoted, quoted.insistent):
        constant, (article, *others) = prompt.messages[:5], prompt.messages[5:]
        assert constant == Prompt("Decide.", shots, "").messages[:5]
        assert article == {"role": "user", "content": "<article>…\nOne?"}
        assert others[0] == {"role": "assistant", "content": "Yes"}
        assert [turn["content"] for turn in others[1:]] == [prompt.question]


def test_an_article_without_reminders_is_in_the_questions_own_turn() -> None:
    prompt = Prompt("Decide.", (), "Three?", quote="<article>…")
    assert prompt.messages[1:] == [{"role": "user", "content": "<article>…\nThree?"}]
    assert prompt.text == "Decide.\n<article>…\nThree?"


def test_a_fault_says_its_reason_and_what_was_seen() -> None:
    fault = TryAgain("http-503", "server busy")
    assert isinstance(fault, Unanswered)
    assert (fault.reason, str(fault)) == ("http-503", "http-503: server busy")
    assert str(Unanswered("no-logprobs")) == "no-logprobs"


def test_a_prompt_can_be_a_conversation_that_shows_how_to_answer() -> None:
    prompt = Prompt("Decide.", (Shot("One?", "Yes"), Shot("Two?", "No")), "Three?")
    assert prompt.messages == [
        {"role": "system", "content": "Decide."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "Yes"},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "No"},
        {"role": "user", "content": "Three?"},
    ]


def test_an_insistent_prompt_asks_the_same_in_other_words() -> None:
    shots = (Shot("One?", "Yes"),)
    prompt = Prompt("Decide.", shots, "Three?", ("Yes", "No"))
    again = prompt.insistent
    assert again == Prompt("Decide.", shots, "Answer with Yes or No only. Three?", ("Yes", "No"))
    assert again.constant == prompt.constant  # so that a server can reuse it
    assert again.text.endswith("Three?")  # where the answer begins


@pytest.mark.parametrize(
    ("evaluated", "others", "total"), [(2, 3, 5), (0, 3, 3), (None, 3, None), (2, None, None)]
)
def test_two_answers_cost_the_sum(
    evaluated: int | None, others: int | None, total: int | None
) -> None:
    assert Usage(10, evaluated, 1) + Usage(20, others, 12) == Usage(30, total, 13)
