"""GPT-2's sequence classifier on a CPU, computing no more than its answer needs.

The answer is read at a text's last token. So texts lie one after the other, without padding, and
of the last layer only what that token sees is computed. In float32 the logits are those of
transformers up to rounding. In 16 bits only products are: what layers add up, norms and the head
stay in float32, and a text near the border of two classes is read once more in float32.

Rows are multiplied in multiples of 64, filled up with rows of nothing. So kernels are made for few
shapes, of which oneDNN keeps each, and what is computed of a text does not depend on what other
texts it is read with.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2ForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.pytorch_utils import Conv1D

from evaluator.classifier.dense import DenseLayer

ROWS_AT_A_TIME = 64
NEAR_A_BORDER = 2**-5
TANH_GELU = ("gelu_new", "gelu_pytorch_tanh")


class LastTokenGpt2(nn.Module):
    """A drop-in for the transformers model, for right-padded texts on a CPU."""

    def __init__(self, model: GPT2ForSequenceClassification, dtype: torch.dtype) -> None:
        """Lay the model's weights out anew.

        Args:
            model: A model for which `is_plain_gpt2` holds, on the CPU. In 16 bits it is kept for
                what needs float32; in float32 it is taken apart, lest weights are kept twice.
            dtype: The type to multiply in.
        """
        super().__init__()
        self.config = model.config
        self.config.use_cache = False
        self.dtype = dtype
        model = model.float().eval()
        trunk = model.transformer
        self.tokens, self.positions = trunk.wte, trunk.wpe
        self.norm: nn.LayerNorm = trunk.ln_f
        self.score: nn.Linear = model.score
        self.exact = None if dtype == torch.float32 else model
        self.layers: list[_Layer] = []
        for index in range(len(trunk.h)):
            self.layers.append(_Layer(trunk.h[index], self.config.n_head, dtype))
            if self.exact is None:
                trunk.h[index] = nn.Identity()
        self.training = False

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.score.weight.device

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
        values = self._through_layers(values, lengths)
        logits = self.score(values)[: len(lengths)]
        values = values[: len(lengths)]
        if self.exact is not None:
            for text in self._near_a_border(values, logits).nonzero().flatten().tolist():
                logits[text] = self.exact(input_ids[text, : lengths[text]].unsqueeze(0)).logits[0]
        return SequenceClassifierOutput(logits=logits)

    def _through_layers(self, values: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return what the head reads of each text, (texts, width), filled up."""
        filled = _filled(values)
        texts = list(lengths)
        if len(filled) > len(values):
            texts.append(len(filled) - len(values))
        for layer in self.layers[:-1]:
            filled = layer.all_tokens(filled, texts)
        lasts = self.layers[-1].last_tokens(filled, texts)
        normed: Tensor = self.norm(lasts)
        return normed

    def _near_a_border(self, values: Tensor, logits: Tensor) -> Tensor:
        """Tell of which texts rounding may decide, (texts,).

        The way from a text's values to where its two likeliest classes tie, in units of the values'
        own size, does not depend on how many classes there are nor on how sure the head is.
        """
        (first, second), (likeliest, next_one) = (part.unbind(1) for part in logits.topk(2))
        across = self.score.weight[likeliest] - self.score.weight[next_one]
        way = (first - second) / across.norm(dim=1)
        near: Tensor = way < NEAR_A_BORDER * values.square().mean(dim=1).sqrt()
        return near


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
        config.num_labels > 1
        and config.activation_function in TANH_GELU
        and config.scale_attn_weights
        and not config.scale_attn_by_inverse_layer_idx
        and not config.add_cross_attention
        and all(type(layer) is Conv1D for layer in layers)
    )


class _Layer:
    """One transformer layer over texts that lie one after the other, (tokens, width)."""

    def __init__(self, block: Any, heads: int, dtype: torch.dtype) -> None:
        attention, perceptron = block.attn, block.mlp
        width = self._width = attention.c_attn.weight.shape[0]
        weight, bias = attention.c_attn.weight.to(dtype), attention.c_attn.bias.to(dtype)
        self._heads = heads
        self._dtype = dtype
        self._before_attention = block.ln_1
        self._queries = DenseLayer(weight[:, :width], bias[:width])
        self._keys_values = DenseLayer(weight[:, width:], bias[width:])
        self._attended = _dense(attention.c_proj, dtype)
        self._before_perceptron = block.ln_2
        self._widen = _dense(perceptron.c_fc, dtype, gelu=True)
        self._narrow = _dense(perceptron.c_proj, dtype)

    def all_tokens(self, values: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the layer's values of every token."""
        normed = self._before_attention(values).to(self._dtype)
        return self._rest(values, _attended(*self._split(normed, normed), lengths, lengths))

    def last_tokens(self, values: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return the layer's values of each text's last token, (texts, width)."""
        lasts = torch.tensor(lengths).cumsum(0) - 1
        normed = self._before_attention(values).to(self._dtype)
        queries, keys, found = self._split(_filled(normed[lasts]), normed)
        one_each = [1] * len(lengths)
        attended = _attended(queries[:, : len(lengths)], keys, found, one_each, lengths)
        return self._rest(_filled(values[lasts]), _filled(attended))

    def _split(self, asking: Tensor, asked: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, each of shape (heads, tokens, width of a head)."""
        queries = self._queries(asking).view(-1, self._heads, self._width // self._heads)
        both = self._keys_values(asked).view(-1, 2, self._heads, self._width // self._heads)
        keys, values = both.permute(1, 2, 0, 3)
        return queries.transpose(0, 1), keys, values

    def _rest(self, values: Tensor, attended: Tensor) -> Tensor:
        values = values + self._attended(attended.reshape(-1, self._width))
        normed = self._before_perceptron(values).to(self._dtype)
        return values + self._narrow(self._widen(normed))


def _filled(rows: Tensor) -> Tensor:
    """Return rows, along the first dimension, with rows of nothing up to a suitable number."""
    missing = -len(rows) % ROWS_AT_A_TIME
    return torch.cat([rows, rows.new_zeros(missing, *rows.shape[1:])]) if missing else rows


def _dense(layer: Conv1D, dtype: torch.dtype, *, gelu: bool = False) -> DenseLayer:
    return DenseLayer(layer.weight.to(dtype), layer.bias.to(dtype), gelu=gelu)


def _attended(
    queries: Tensor, keys: Tensor, values: Tensor, asking: Sequence[int], asked: Sequence[int]
) -> Tensor:
    """Return what the last `asking` tokens of each text of `asked` tokens attend to.

    Texts lie one after the other, (heads, tokens, width of a head); what is returned is of shape
    (tokens that ask, heads, width of a head). Either all tokens ask or the last one.
    """
    texts = zip(
        torch.split(queries.unsqueeze(0), list(asking), dim=2),
        torch.split(keys.unsqueeze(0), list(asked), dim=2),
        torch.split(values.unsqueeze(0), list(asked), dim=2),
        strict=True,
    )
    found = [
        functional.scaled_dot_product_attention(*text, is_causal=text[0].shape == text[1].shape)
        for text in texts
    ]
    return torch.cat(found, dim=2)[0].transpose(0, 1)
