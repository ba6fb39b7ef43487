"""GPT-2's sequence classifier on a CPU, computing no more than its answer needs.

The answer is read at a text's last token. So texts lie one after the other, without padding, and
of the last layer only what that token sees is computed. In float32 the logits are those of
transformers up to rounding.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import GPT2ForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.pytorch_utils import Conv1D

from evaluator.classifier.dense import DenseLayer

ATTENDING_AT_ONCE = 128
TANH_GELU = ("gelu_new", "gelu_pytorch_tanh")


class LastTokenGpt2(nn.Module):
    """A drop-in for the transformers model, for right-padded texts on a CPU."""

    def __init__(self, model: GPT2ForSequenceClassification) -> None:
        """Take a model in its final type and on its device apart, so that no weight is kept twice.

        Args:
            model: A model for which `is_plain_gpt2` holds; unusable afterwards.
        """
        super().__init__()
        self.config = model.config
        trunk = model.transformer
        self.tokens, self.positions = trunk.wte, trunk.wpe
        self.layers: list[_Layer] = []
        for index in range(len(trunk.h)):
            self.layers.append(_Layer(trunk.h[index], self.config.n_head))
            trunk.h[index] = nn.Identity()
        self.norm = trunk.ln_f
        self.score: nn.Linear = model.score
        self.training = False

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.score.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return self.score.weight.dtype

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None
    ) -> SequenceClassifierOutput:
        """Return the logits, (texts, classes), of token ids of shape (texts, tokens).

        As in transformers, a text ends with its last token that is no padding token; the mask
        of right-padded texts says nothing else.
        """
        positions = torch.arange(input_ids.shape[1])
        lasts = (positions * (input_ids != self.config.pad_token_id)).argmax(dim=1)
        read = positions <= lasts.unsqueeze(1)
        values = self.tokens(input_ids[read])
        values = values + self.positions(positions.expand_as(input_ids)[read])
        lengths = (lasts + 1).tolist()
        for layer in self.layers[:-1]:
            values = layer.all_tokens(values, lengths)
        values = self.layers[-1].last_tokens(values, lengths)
        return SequenceClassifierOutput(logits=self.score(self.norm(values)))


def is_plain_gpt2(model: Any) -> bool:
    """Tell whether a model is a GPT-2 classifier as `LastTokenGpt2` computes it."""
    if not isinstance(model, GPT2ForSequenceClassification):
        return False
    config = model.config
    layers = [
        layer
        for block in model.transformer.h
        for layer in (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
    ]
    return (
        config.activation_function in TANH_GELU
        and config.scale_attn_weights
        and not config.scale_attn_by_inverse_layer_idx
        and not config.add_cross_attention
        and all(type(layer) is Conv1D for layer in layers)
    )


class _Layer:
    """One transformer layer over texts that lie one after the other, (tokens, width)."""

    def __init__(self, block: Any, heads: int) -> None:
        attention, perceptron = block.attn, block.mlp
        weight, bias = attention.c_attn.weight, attention.c_attn.bias
        self._width = weight.shape[0]
        self._heads = heads
        self._before_attention = block.ln_1
        self._queries = DenseLayer(weight[:, : self._width], bias[: self._width])
        self._keys_values = DenseLayer(weight[:, self._width :], bias[self._width :])
        self._attended = DenseLayer(attention.c_proj.weight, attention.c_proj.bias)
        self._before_perceptron = block.ln_2
        self._widen = DenseLayer(perceptron.c_fc.weight, perceptron.c_fc.bias, gelu=True)
        self._narrow = DenseLayer(perceptron.c_proj.weight, perceptron.c_proj.bias)

    def all_tokens(self, values: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the layer's values of every token."""
        normed = self._before_attention(values)
        queries, keys, texts_values = self._split(normed, normed)
        attended = torch.empty_like(values).view(-1, self._heads, self._width // self._heads)
        start = 0
        for length in lengths:
            text = slice(start, start + length)
            _attend(queries[:, text], keys[:, text], texts_values[:, text], attended[text])
            start += length
        return self._rest(values, attended)

    def last_tokens(self, values: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the layer's values of each text's last token, (texts, width)."""
        ends = torch.tensor(lengths).cumsum(0)
        normed = self._before_attention(values)
        queries, keys, texts_values = self._split(normed[ends - 1], normed)
        attended = [
            nn.functional.scaled_dot_product_attention(
                queries[:, [text]], keys[:, end - length : end], texts_values[:, end - length : end]
            )
            for text, (end, length) in enumerate(zip(ends.tolist(), lengths, strict=True))
        ]
        return self._rest(values[ends - 1], torch.cat(attended, dim=1).transpose(0, 1))

    def _split(self, asking: Tensor, asked: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, each of shape (heads, tokens, width of a head)."""
        queries = self._queries(asking).view(-1, self._heads, self._width // self._heads)
        both = self._keys_values(asked).view(-1, 2, self._heads, self._width // self._heads)
        keys, values = both.permute(1, 2, 0, 3)
        return queries.transpose(0, 1), keys, values

    def _rest(self, values: Tensor, attended: Tensor) -> Tensor:
        values = values + self._attended(attended.reshape(-1, self._width))
        return values + self._narrow(self._widen(self._before_perceptron(values)))


def _attend(queries: Tensor, keys: Tensor, values: Tensor, attended: Tensor) -> None:
    """Write one text's causal attention into `attended`, (tokens, heads, width of a head).

    Plain products of a block of queries with the keys up to its end: without matrix units for
    bfloat16, PyTorch's fused attention multiplies in float32 and takes about twice the time.
    """
    length, head_width = queries.shape[1:]
    later = queries.new_full((ATTENDING_AT_ONCE, ATTENDING_AT_ONCE), -torch.inf).triu(1)
    for start in range(0, length, ATTENDING_AT_ONCE):
        end = min(start + ATTENDING_AT_ONCE, length)
        block = queries[:, start:end] * head_width**-0.5
        scores = torch.bmm(block, keys[:, :end].transpose(1, 2))
        scores[:, :, start:] += later[: end - start, : end - start]
        shares = torch.softmax(scores, dim=-1)
        attended[start:end] = torch.bmm(shares, values[:, :end]).transpose(0, 1)
