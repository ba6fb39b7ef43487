import pytest

from evaluator.backends.ollama_wire import Answer, Loaded, Shown
from evaluator.backends.protocol import Durations


@pytest.mark.parametrize(
    ("sizes", "outside"),
    [
        ({"size": 1000, "size_vram": 1000}, 0.0),
        ({"size": 1000, "size_vram": 250}, 0.75),
        ({"size": 1000, "size_vram": 0}, 1.0),
        ({"size": 1000}, 1.0),  # Ollama leaves zeros out
        ({"size": 1000, "size_vram": 1200}, 0.0),
        ({"size": 1000, "size_vram": -1}, 1.0),
        ({"size": 0, "size_vram": 0}, None),
    ],
)
def test_what_is_not_in_gpu_memory_is_outside_of_it(
    sizes: dict[str, int], outside: float | None
) -> None:
    (model,) = Loaded.model_validate({"models": [{"model": "m", **sizes}]}).models
    assert model.outside_gpu == outside


def test_an_answer_is_read_as_probabilities_or_as_text() -> None:
    top = [{"token": "Yes", "logprob": -0.5, "bytes": [89]}]
    answer = Answer.model_validate(
        {
            "message": {"role": "assistant", "content": "Yes"},
            "logprobs": [{"token": "Yes", "logprob": -0.5, "top_logprobs": top}],
            "prompt_eval_count": 7,
            "eval_count": 1,
        }
    )
    probable, written = answer.reply(written=False), answer.reply(written=True)
    assert ([one.token for one in probable.candidates], probable.said) == (["Yes"], "")
    assert (written.candidates, written.said) == ((), "Yes")
    assert probable.usage == written.usage
    assert Answer.model_validate({"response": "No"}).reply(written=True).said == "No"


def test_durations_are_read_as_seconds_and_what_is_left_of_them_was_waited() -> None:
    # 5.0 s in all, less 1.0 s of loading, 2.0 s on the prompt and 0.5 s on the answer.
    answer = Answer.model_validate(
        {
            "total_duration": 5_000_000_000,
            "load_duration": 1_000_000_000,
            "prompt_eval_duration": 2_000_000_000,
            "eval_duration": 500_000_000,
        }
    )
    assert answer.reply(written=False).durations == Durations(1.5, 1.0, 2.0, 0.5)
    assert Answer.model_validate({}).durations is None


def test_the_trained_context_is_found_whatever_the_architecture_is_called() -> None:
    shown = Shown.model_validate({"model_info": {"gemma3.context_length": 32768, "a.b": "c"}})
    assert shown.context_length == 32768
    assert Shown.model_validate({}).context_length is None
