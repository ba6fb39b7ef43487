from evaluator.backends.protocol import Prompt, Shot, TryAgain, Unanswered


def test_a_prompts_text_begins_with_its_constant_part() -> None:
    shots = (Shot("One?", "Yes"), Shot("Two?", "No"))
    prompt, other = (Prompt("Decide.", shots, question) for question in ("Three?", "Four?"))
    assert prompt.constant == other.constant == "Decide.\nOne? Yes\nTwo? No\n"
    assert prompt.text == "Decide.\nOne? Yes\nTwo? No\nThree?"


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
