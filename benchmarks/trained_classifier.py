"""A classifier of GPT-2's shape (124M) that was trained on real posts, made in minutes.

There are no weights of GPT-2 here to fine-tune. So tokens are embedded by the labels they speak for
in one part of the posts, the layers are those that GPT-2's training starts with, which mix the
tokens of a text into its last one, and the head is a logistic regression on what the last token
then holds, fitted on the other part.
"""

import json
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

SPREAD = 0.02  # of GPT-2's initial weights
TOKENS_TRAINED_ON = 256


def tokenizer_of(bpe: Path) -> Any:
    """Return GPT-2's tokenizer from its `encoder.json` and `vocab.bpe`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = json.loads((bpe / "encoder.json").read_bytes())
    _, *lines = (bpe / "vocab.bpe").read_text("utf-8").splitlines()
    merges = [(first, second) for first, second in (line.split() for line in lines if line)]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=end, pad_token=end, model_max_length=1024
    )


def train(
    folder: Path, bpe: Path, texts: Sequence[str], labels: Sequence[str], head_posts: int
) -> None:
    """Write a classifier to a folder.

    Args:
        folder: Where to.
        bpe: The folder of GPT-2's `encoder.json` and `vocab.bpe`.
        texts: Posts, in an order that is random.
        labels: Their labels.
        head_posts: How many of the posts, the first, the head is fitted on; embeddings on others.
    """
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification

    tokenizer = tokenizer_of(bpe)
    ids = tokenizer(list(texts), truncation=True)["input_ids"]
    names = sorted(set(labels))
    classes = [names.index(label) for label in labels]
    torch.manual_seed(0)
    config = GPT2Config(
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
        pad_token_id=tokenizer.pad_token_id,
    )
    model = GPT2ForSequenceClassification(config).eval()
    trunk = model.transformer
    trunk.wte.weight.data = _embeddings(
        ids[head_posts:], classes[head_posts:], trunk.wte.weight.shape
    )
    trunk.wpe.weight.data *= 0.1  # what a text is about depends little on where it says so
    features = _last_values(model, [one[:TOKENS_TRAINED_ON] for one in ids[:head_posts]])
    _fit_head(model, features, classes[:head_posts])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _embeddings(ids: Sequence[Sequence[int]], classes: Sequence[int], shape: Sequence[int]) -> Any:
    """Return a row for each token: for which classes it speaks, and what makes it itself."""
    import torch

    tokens, width = shape
    seen = torch.zeros(max(classes) + 1, tokens)
    for one, of_class in zip(ids, classes, strict=True):
        seen[of_class, list(set(one))] += 1
    posts = torch.bincount(torch.tensor(classes)).unsqueeze(1)
    evidence = torch.log((seen + 1) / (posts + 2))
    evidence -= evidence.mean(dim=0)
    rows = evidence.T @ torch.randn(len(evidence), width) + torch.randn(tokens, width)
    return SPREAD * rows / rows.std(dim=1, keepdim=True)


def _last_values(model: Any, ids: Sequence[Sequence[int]]) -> Any:
    """Return what each text's last token holds, (texts, width)."""
    import torch

    from evaluator.classifier.gpt2 import LastTokenGpt2

    headless = deepcopy(model)
    headless.score = torch.nn.Identity()
    reader = LastTokenGpt2(headless, torch.float32)
    found = []
    with torch.inference_mode():
        for one in ids:
            found.append(reader(torch.tensor([one])).logits)
    return torch.cat(found).clone()


def _fit_head(model: Any, features: Any, classes: Sequence[int]) -> None:
    """Fit the head on standardized features; the last norm standardizes them from now on."""
    import torch
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(dim=0), features.std(dim=0)
    norm = model.transformer.ln_f
    norm.weight.data, norm.bias.data = norm.weight / deviation, (norm.bias - mean) / deviation
    head = LogisticRegression(C=0.01, fit_intercept=False, max_iter=500)
    head.fit(((features - mean) / deviation).numpy(), classes)
    model.score.weight.data = torch.tensor(head.coef_, dtype=torch.float32)
