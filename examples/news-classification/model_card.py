"""The model card: what a checkpoint is, where it came from and how well it does."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
from click.core import ParameterSource
from fitting import Schedule

PATHS = ("base_model", "data", "evaluate", "save_to")
LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors", "scikit-learn", "peft")


@dataclass(frozen=True, slots=True)
class Measurement:
    """How well the saved model does on texts it never saw.

    Attributes:
        accuracy: Share of texts classified correctly.
        macro_f1: Unweighted mean of the labels' F1.
        posts: Number of texts.
        file: Name of the file they came from.
        sha256: Digest of that file.
    """

    accuracy: float
    macro_f1: float
    posts: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything the card states.

    Attributes:
        base_model: The pretrained model, or None where training began from nothing.
        lora: Whether only adapters were trained.
        data: Name of the training file, or None for 20 Newsgroups from scikit-learn.
        description: What the training data is, in the user's words, if given.
        data_sha256: Digest of the training data.
        labels: Label names by class index.
        label_counts: Texts of each label.
        held_out: How many of the texts only chose the epoch.
        schedule: How long and how fast.
        kept_epoch: The epoch whose weights were saved.
        validation_accuracy: Accuracy on the held-out texts, if any.
        max_tokens: Where training texts were cut.
        parameters: Number of weights.
        dtype: Type of the saved weights.
        seed: Seed of all randomness.
        command: The command that made the model.
        measurement: Accuracy on test texts, if measured.
    """

    base_model: str | None
    lora: bool
    data: str | None
    description: str | None
    data_sha256: str
    labels: Sequence[str]
    label_counts: Sequence[int]
    held_out: int
    schedule: Schedule
    kept_epoch: int
    validation_accuracy: float | None
    max_tokens: int
    parameters: int
    dtype: str
    seed: int
    command: str
    measurement: Measurement | None

    def text(self) -> str:
        """Return the card as Markdown with YAML front matter."""
        sections = (
            self._front_matter(),
            self._opening(),
            "## Training data",
            self._training_data(),
            "## Training",
            self._training(),
            "## Accuracy",
            self._accuracy(),
            "## Limits",
            self._limits(),
            "## Licence",
            self._licence(),
        )
        return "\n\n".join(sections) + "\n"

    def _front_matter(self) -> str:
        lines = [
            "---",
            "language: en",
            "library_name: " + ("peft" if self.lora else "transformers"),
        ]
        lines += ["pipeline_tag: text-classification", "tags: [news, text-classification, gpt2]"]
        if self.base_model:
            lines.append(f"base_model: {self.base_model}")
        else:
            lines.append("license: apache-2.0")
        return "\n".join([*lines, "---"])

    def _opening(self) -> str:
        origin = (
            f"{'LoRA adapters for' if self.lora else 'Fine-tuned from'} {self.base_model}"
            if self.base_model
            else "A small GPT-2 trained from scratch, tokenizer included"
        )
        return (
            f"# News classifier\n\n{origin}: it gives an English text one of "
            f"{len(self.labels)} labels. An example model to evaluate, made by `train.py` beside "
            "this directory; not meant for use on its own."
        )

    def _training_data(self) -> str:
        texts = sum(self.label_counts)
        fewest, most = min(self.label_counts), max(self.label_counts)
        counts = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        newsgroups = "20 Newsgroups, train part, headers, footers and quotes removed"
        description = self.description or (f"`{self.data}`" if self.data else newsgroups)
        return "\n".join(
            (
                f"{description.rstrip('.')}.",
                "",
                f"- Texts: {texts:,} ({counts} a label)",
                f"- File: {f'`{self.data}`' if self.data else 'fetched by scikit-learn'}",
                f"- SHA-256: `{self.data_sha256}`",
                f"- Labels: {', '.join(f'`{label}`' for label in self.labels)}",
            )
        )

    def _training(self) -> str:
        schedule = self.schedule
        taught = (
            "The model learned to agree with a bag-of-words teacher (TF-IDF with logistic "
            "regression and naive Bayes, fitted to the same texts) on random mixtures of them. "
            "Model sizes and learning rates were chosen on posts held out of training.\n\n"
        )
        chosen = (
            f"the best on {self.held_out:,} held-out texts"
            if self.held_out
            else "the last; nothing was held out to choose it"
        )
        return f"""{"" if self.base_model else taught}```sh
{self.command}
```

| Setting | Value |
|---|---|
| Weights | {self.parameters:,}, saved as {self.dtype} |
| Longest text | {self.max_tokens} tokens |
| Optimizer | AdamW, weight decay {schedule.weight_decay}, linear warm-up and decay |
| Peak learning rate | {schedule.learning_rate} |
| Batch size | {schedule.batch_size} |
| Epochs | {schedule.epochs}; kept epoch {self.kept_epoch}, {chosen} |
| Seed | {self.seed} |
| Libraries | {", ".join(_installed())} |"""

    def _accuracy(self) -> str:
        lines = []
        if self.validation_accuracy is not None:
            lines.append(
                f"- Held-out training texts ({self.held_out:,}): accuracy "
                f"{self.validation_accuracy:.4f}; optimistic, as they chose the epoch."
            )
        if self.measurement:
            test = self.measurement
            lines.append(
                f"- Test posts ({test.posts:,}): accuracy {test.accuracy:.4f}, macro-F1 "
                f"{test.macro_f1:.4f}. Measured once after training, in float32, on `{test.file}` "
                f"(SHA-256 `{test.sha256}`), which no decision in training looked at."
            )
        return "\n".join(lines) or "Not measured."

    def _limits(self) -> str:
        return (
            "Every text gets one of the labels above, also where none fits. In training, "
            f"texts were cut after {self.max_tokens} tokens. Expect less on other sources, years "
            "and styles than the training data's. The probabilities are not calibrated."
        )

    def _licence(self) -> str:
        weights = (
            f"The licence of {self.base_model} applies to the weights."
            if self.base_model
            else "The weights are under this project's licence (Apache-2.0)."
        )
        return f"{weights} The texts belong to their authors and are not part of this directory."


def command_line(context: click.Context) -> str:
    """Return the command as typed, with files by name only: folders differ between machines."""
    words = ["python", "train.py"]
    for option in context.command.params:
        name, value = str(option.name), context.params.get(str(option.name))
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        words.append(option.opts[0])
        if value is not True:
            words.append(without_folder(str(value)) if option.name in PATHS else str(value))
    return shlex.join(words)


def without_folder(path: str) -> str:
    """Return a file's or an existing directory's name; a hub name stays as it is."""
    local = Path(path)
    return local.resolve().name if local.is_absolute() or local.exists() else path


def _installed() -> list[str]:
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    return found
