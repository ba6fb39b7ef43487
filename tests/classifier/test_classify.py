import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import searching
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from evaluator.cases.digest import text_sha256
from evaluator.classifier.checkpoint import Checkpoint
from evaluator.classifier.classify import (
    CHARACTERS_A_TOKEN,
    TEXTS_SORTED_AT_ONCE,
    TEXTS_TOKENIZED_AT_ONCE,
    classify,
)
from evaluator.classifier.prediction import Classification
from evaluator.errors import ModelUnusable

Loader = Callable[..., Checkpoint]
Copy = Callable[[Path], Path]

WORDS = ["engine", "car", "salt", "soup", "pill", "pain", "wheel", "oven", "ünïcode", "汽车"]
_draw = random.Random(3)
TEXTS = [" ".join(_draw.choices(WORDS, k=_draw.randint(1, 40))) for _ in range(24)]


@pytest.fixture(scope="module")
def checkpoint(load: Loader, decided_model: Path) -> Checkpoint:
    return load(decided_model)


def by_text(checkpoint: Checkpoint, texts: list[str], budget: int) -> dict[str, Classification]:
    return {one.text_sha256: one for one in classify(checkpoint, texts, budget)}


def test_answers_are_those_of_the_transformers_pipeline(
    checkpoint: Checkpoint, decided_model: Path
) -> None:
    from transformers import pipeline

    theirs = pipeline("text-classification", model=str(decided_model), device="cpu")
    expected = theirs(TEXTS, truncation=True, max_length=64)
    found = by_text(checkpoint, TEXTS, 512)
    ours = [found[text_sha256(text)] for text in TEXTS]
    assert [one.label for one in ours] == [one["label"] for one in expected]
    # float32 sums in another order, through two layers: far below 1e-4.
    assert [one.confidence for one in ours] == pytest.approx(
        [one["score"] for one in expected], abs=1e-4
    )
    assert len({one.label for one in ours}) > 1
    assert any(one.truncated for one in ours)


@pytest.fixture(scope="module")
def alone(checkpoint: Checkpoint) -> dict[str, Classification]:
    """Each text's answer when it is the only one."""
    return {one.text_sha256: one for text in TEXTS for one in classify(checkpoint, [text], 1)}


@pytest.mark.parametrize("budget", [1, 100, 700, 100_000])
def test_answers_are_the_same_whatever_the_batch_budget(
    checkpoint: Checkpoint, alone: dict[str, Classification], budget: int
) -> None:
    found = by_text(checkpoint, TEXTS, budget)
    assert found.keys() == alone.keys()
    for digest, one in found.items():
        assert (one.label, one.truncated, one.tokens) == (
            alone[digest].label,
            alone[digest].truncated,
            alone[digest].tokens,
        )
        assert one.confidence == pytest.approx(alone[digest].confidence, abs=1e-4)


@given(text=st.text(min_size=1))
@settings(searching, max_examples=30)
def test_any_text_gets_a_label_and_its_softmax_probability(
    checkpoint: Checkpoint, text: str
) -> None:
    (found,) = classify(checkpoint, [text], 64)
    ids = checkpoint.tokenizer(text, split_special_tokens=True)["input_ids"][:64]
    with torch.inference_mode():
        logits = checkpoint.model(torch.tensor([ids])).logits[0]
    weights = torch.exp(logits - logits.max())
    assert found.label == checkpoint.labels[int(logits.argmax())]
    assert found.confidence == pytest.approx(float(weights.max() / weights.sum()), abs=1e-4)
    assert 0.0 <= found.confidence <= 1.0
    assert found.tokens == len(ids)


def test_windows_of_texts_are_all_classified(checkpoint: Checkpoint) -> None:
    texts = [f"car {number}" for number in range(TEXTS_SORTED_AT_ONCE + 1)]
    found = list(classify(checkpoint, texts, 4_096))
    assert {one.text_sha256 for one in found} == {text_sha256(text) for text in texts}
    assert len(found) == len(texts)


def test_texts_are_taken_no_sooner_than_they_are_needed(checkpoint: Checkpoint) -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for number in range(3 * TEXTS_SORTED_AT_ONCE):
            taken += 1
            yield f"car {number}"

    found = classify(checkpoint, texts(), 4_096)
    assert taken == 0
    next(found)
    assert TEXTS_SORTED_AT_ONCE <= taken < TEXTS_SORTED_AT_ONCE + TEXTS_TOKENIZED_AT_ONCE
    assert len(list(found)) == taken - 1 == 3 * TEXTS_SORTED_AT_ONCE - 1


def test_texts_longer_than_the_model_reads_are_cut_and_counted(checkpoint: Checkpoint) -> None:
    # In the fixture's byte alphabet "~" is one token, and 64 tokens are read.
    texts = ["~" * 64, "~" * 65, "~" * 2_000_000]
    found = by_text(checkpoint, texts, 256)
    fits, over, huge = (found[text_sha256(text)] for text in texts)
    assert [(one.tokens, one.truncated) for one in (fits, over, huge)] == [
        (64, False),
        (64, True),
        (64, True),
    ]
    assert over.label == huge.label == fits.label
    assert huge.confidence == pytest.approx(fits.confidence, abs=1e-4)


def test_a_special_token_written_in_an_article_is_text(checkpoint: Checkpoint) -> None:
    special = checkpoint.tokenizer.eos_token_id
    as_text, as_token = (
        checkpoint.tokenizer("salt<|endoftext|>", split_special_tokens=split)["input_ids"]
        for split in (True, False)
    )
    assert special in as_token
    assert special not in as_text
    (found,) = classify(checkpoint, ["salt<|endoftext|>"], 64)
    assert found.tokens == len(as_text) > len(as_token)


@pytest.fixture(scope="module")
def encoder(load: Loader, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A BERT of two words that opens and closes every text with a token."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "car", "soup"]
    words = Tokenizer(models.WordLevel({t: i for i, t in enumerate(vocabulary)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=8,
        num_labels=3,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return load(folder)


def test_a_closing_token_stays_when_a_text_is_cut(encoder: Checkpoint) -> None:
    seen = []

    def look(model: torch.nn.Module, arguments: object, inputs: dict[str, torch.Tensor]) -> None:
        seen.append(inputs["input_ids"].tolist())

    hook = encoder.model.register_forward_pre_hook(look, with_kwargs=True)
    (found,) = classify(encoder, ["car soup " * 20], 64)
    hook.remove()
    # [CLS], the six words that fit between, [SEP].
    assert seen == [[[2, 4, 5, 4, 5, 4, 5, 3]]]
    assert (found.tokens, found.truncated) == (8, True)


def test_a_text_of_few_but_endless_words_counts_as_truncated(encoder: Checkpoint) -> None:
    longest = 8 * CHARACTERS_A_TOKEN
    fits, over = "x" * longest, "x" * longest + " car"
    found = by_text(encoder, [fits, over], 64)
    # Either is read as [CLS] [UNK] [SEP]; of the second, "car" is never reached.
    assert (found[text_sha256(fits)].tokens, found[text_sha256(fits)].truncated) == (3, False)
    assert (found[text_sha256(over)].tokens, found[text_sha256(over)].truncated) == (3, True)


def test_the_beginning_is_read_even_where_the_tokenizer_prefers_the_end(
    load: Loader, decided_model: Path, copy_of: Copy
) -> None:
    from transformers import AutoTokenizer

    model = copy_of(decided_model)
    AutoTokenizer.from_pretrained(model, truncation_side="left").save_pretrained(model)
    text = "~" * 64 + "salt the soup " * 20
    (cut,) = classify(load(model), [text], 64)
    (beginning,) = classify(load(model), ["~" * 64], 64)
    assert (cut.label, cut.truncated) == (beginning.label, True)
    assert cut.confidence == pytest.approx(beginning.confidence, abs=1e-4)


def test_weights_that_are_no_numbers_are_noticed(load: Loader, tiny_model: Path) -> None:
    broken = load(tiny_model)
    broken.model.score.weight.data[0, 0] = float("nan")
    with pytest.raises(ModelUnusable, match="values that are not numbers"):
        list(classify(broken, ["the car"], 64))


def test_a_tokenizer_that_does_not_fit_the_model_is_noticed(load: Loader, tiny_model: Path) -> None:
    misfit = load(tiny_model)
    misfit.tokenizer.add_tokens(["engine"])  # one more token than the model has embeddings
    with pytest.raises(ModelUnusable, match="tokens that the model does not know"):
        list(classify(misfit, ["the engine"], 64))


def test_an_empty_prompt_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(ModelUnusable, match="empty prompt; look at --prompt-template"):
        list(classify(checkpoint, ["the car", ""], 64))
