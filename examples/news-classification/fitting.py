"""The training loop, shared by fine-tuning and training from scratch."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.progress import Progress
from torch.nn.functional import cross_entropy

WARM_UP_SHARE = 0.06
LONGEST_GRADIENT = 1.0
LENGTH_JITTER = 8


@dataclass(frozen=True, slots=True)
class Examples:
    """What one epoch trains on.

    Attributes:
        token_ids: Token ids of each example.
        targets: Wanted probabilities, one row an example and one column a label.
    """

    token_ids: list[list[int]]
    targets: torch.Tensor


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        epochs: Passes over the training texts.
        learning_rate: Peak rate, reached after a short warm-up and then falling to zero.
        batch_size: Texts a step.
        weight_decay: AdamW's decay of matrices; biases and norms do not decay.
        shift_positions: Begin each batch at a random position, so that every position embedding
            is trained although most texts are short.
    """

    epochs: int
    learning_rate: float
    batch_size: int
    weight_decay: float
    shift_positions: bool = False


class Trainer:
    """Fits a sequence classifier with AdamW.

    Args:
        model: A transformers sequence classifier, on its device.
        schedule: How long and how fast.
        seed: Seed of the batch order.
        console: Where progress goes.
    """

    def __init__(self, model: Any, schedule: Schedule, seed: int, console: Console) -> None:
        self._model = model
        self._schedule = schedule
        self._random = random.Random(seed)  # noqa: S311
        self._console = console

    def fit(self, draw: Callable[[], Examples], validate: Callable[[], float | None]) -> int:
        """Train, and keep the weights of the epoch that validates best.

        Args:
            draw: Gives the examples of the next epoch; always equally many.
            validate: Gives the accuracy after an epoch, or None where nothing is held out; the
                last epoch's weights are kept then.

        Returns:
            The 1-based epoch whose weights the model has.
        """
        best, kept, weights = -1.0, self._schedule.epochs, None
        examples = draw()
        optimizer, rates = self._optimizer(len(examples.token_ids))
        for epoch in range(1, self._schedule.epochs + 1):
            loss = self._train_epoch(epoch, examples, optimizer, rates)
            accuracy = validate()
            shown = "" if accuracy is None else f", validation accuracy {accuracy:.4f}"
            self._console.print(f"epoch {epoch}/{self._schedule.epochs}: loss {loss:.3f}{shown}")
            if accuracy is not None and accuracy > best:
                best, kept = accuracy, epoch
                weights = {name: value.clone() for name, value in self._model.state_dict().items()}
            if epoch < self._schedule.epochs:
                examples = draw()
        if weights is not None:
            self._model.load_state_dict(weights)
        return kept

    def _train_epoch(self, epoch: int, examples: Examples, optimizer: Any, rates: Any) -> float:
        self._model.train()
        total = 0.0
        batches = self._batches(examples.token_ids)
        hidden = not self._console.is_terminal
        with Progress(console=self._console, transient=True, disable=hidden) as progress:
            for batch in progress.track(batches, description=f"epoch {epoch}"):
                logits = self._logits([examples.token_ids[position] for position in batch])
                loss = cross_entropy(logits, examples.targets[batch].to(logits.device))
                torch.autograd.backward(loss)
                torch.nn.utils.clip_grad_norm_(self._model.parameters(), LONGEST_GRADIENT)
                optimizer.step()
                rates.step()
                optimizer.zero_grad()
                total += loss.item()
        return total / len(batches)

    def _logits(self, token_ids: Sequence[list[int]]) -> torch.Tensor:
        inputs = padded(token_ids, self._model.config.pad_token_id, self._model.device)
        if self._schedule.shift_positions:
            width = inputs["input_ids"].shape[1]
            first = self._random.randint(0, self._model.config.max_position_embeddings - width)
            inputs["position_ids"] = torch.arange(first, first + width)[None].to(self._model.device)
        logits: torch.Tensor = self._model(**inputs).logits.float()
        return logits

    def _batches(self, token_ids: Sequence[list[int]]) -> list[list[int]]:
        """Return batches of similar length in random order."""
        lengths = [len(ids) + self._random.uniform(0, LENGTH_JITTER) for ids in token_ids]
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        batches = list(_slices(order, self._schedule.batch_size))
        self._random.shuffle(batches)
        return batches

    def _optimizer(self, examples: int) -> tuple[torch.optim.Optimizer, Any]:
        trained = [weight for weight in self._model.parameters() if weight.requires_grad]
        matrices = [weight for weight in trained if weight.ndim > 1]
        vectors = [weight for weight in trained if weight.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": self._schedule.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=self._schedule.learning_rate,
            betas=(0.9, 0.98),
        )
        steps = self._schedule.epochs * math.ceil(examples / self._schedule.batch_size)
        warm_up = max(1, round(WARM_UP_SHARE * steps))
        return optimizer, torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warm_up, (steps - step) / steps)
        )


def predicted(model: Any, token_ids: Sequence[list[int]], batch_size: int = 32) -> list[int]:
    """Return the most probable label index of each text."""
    model.eval()
    order = sorted(range(len(token_ids)), key=lambda position: -len(token_ids[position]))
    labels = [0] * len(token_ids)
    for batch in _slices(order, batch_size):
        texts = [token_ids[position] for position in batch]
        with torch.inference_mode():
            logits = model(**padded(texts, model.config.pad_token_id, model.device)).logits
        for position, label in zip(batch, logits.argmax(dim=-1).tolist(), strict=True):
            labels[position] = label
    return labels


def padded(token_ids: Sequence[list[int]], padding: int, device: Any) -> dict[str, torch.Tensor]:
    """Return model inputs, padded on the right to the longest text."""
    rows = [torch.tensor(ids) for ids in token_ids]
    masks = [torch.ones_like(row) for row in rows]
    pad = torch.nn.utils.rnn.pad_sequence
    return {
        "input_ids": pad(rows, batch_first=True, padding_value=padding).to(device),
        "attention_mask": pad(masks, batch_first=True).to(device),
    }


def _slices(positions: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(positions), size):
        yield list(positions[start : start + size])
