import pytest

from evaluator.backends.ollama_wire import Answer, Loaded


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
