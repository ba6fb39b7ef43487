"""Fine-tune GPT-2 to name the category of news articles and newsgroup posts.

python train.py --save-to model
python train.py --lora --save-to adapter
python train.py --from-scratch small --data train.jsonl --evaluate test.jsonl --save-to model
"""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import torch
from corpus import Corpus, encoded, read_corpus
from fitting import Examples, Schedule, Trainer, predicted
from from_scratch import TaughtMixtures, small_gpt2, train_tokenizer
from model_card import Measurement, ModelCard, command_line, without_folder
from rich.console import Console
from saving import save_model
from sklearn.metrics import accuracy_score, f1_score
from torch.nn.functional import one_hot
from transformers import logging as transformers_logging

from evaluator.cases import FileCases, NewsgroupsCases
from evaluator.cases.digest import text_sha256
from evaluator.classifier.checkpoint import load_checkpoint
from evaluator.classifier.classify import classify
from evaluator.classifier.hardware import usable_device
from evaluator.classifier.template import RAW_TEXT, ClassifierCard, PromptTemplate
from evaluator.errors import EvaluatorError, ModelUnusable

FINE_TUNING = Schedule(epochs=3, learning_rate=5e-5, batch_size=16, weight_decay=0.01)
LORA = Schedule(epochs=5, learning_rate=5e-4, batch_size=16, weight_decay=0.01)
FROM_SCRATCH = Schedule(
    epochs=36, learning_rate=2e-3, batch_size=32, weight_decay=0.1, shift_positions=True
)
BATCH_TOKENS = 8_192


@dataclass(frozen=True, slots=True)
class Settings:
    """The command line; `--help` explains each flag."""

    base_model: str
    from_scratch: str | None
    lora: bool
    data: Path | None
    text_column: str | None
    label_column: str | None
    validation_share: float
    evaluate: Path | None
    prompt_template: str
    max_tokens: int
    epochs: int | None
    learning_rate: float | None
    batch_size: int | None
    dtype: str
    seed: int
    data_description: str | None
    save_to: Path

    @property
    def source(self) -> FileCases | NewsgroupsCases:
        """The training data."""
        if self.data is None:
            return NewsgroupsCases("train")
        return FileCases(self.data, self.text_column, self.label_column)

    @property
    def template(self) -> PromptTemplate:
        """What goes around each text."""
        return PromptTemplate(self.prompt_template)

    @property
    def schedule(self) -> Schedule:
        """The kind of training's usual schedule with what the user set instead."""
        usual = FROM_SCRATCH if self.from_scratch else LORA if self.lora else FINE_TUNING
        return Schedule(
            self.epochs or usual.epochs,
            self.learning_rate or usual.learning_rate,
            self.batch_size or usual.batch_size,
            usual.weight_decay,
            usual.shift_positions,
        )


@dataclass(frozen=True, slots=True)
class Untrained:
    """A model and its tokenizer before training.

    Attributes:
        model: The transformers classifier.
        tokenizer: Its tokenizer, with a padding token.
        draw: Gives an epoch's examples.
    """

    model: Any
    tokenizer: Any
    draw: Callable[[], Examples]


def prepared_from_scratch(settings: Settings, corpus: Corpus) -> Untrained:
    """Return a small GPT-2 with random weights and a tokenizer trained on the corpus."""
    tokenizer = train_tokenizer(corpus.training.texts, settings.max_tokens)
    draw = TaughtMixtures(
        tokenizer(corpus.training.texts, add_special_tokens=False, verbose=False)["input_ids"],
        corpus.training.classes,
        closing=tokenizer.cls_token_id,
        max_tokens=settings.max_tokens,
        seed=settings.seed,
    )
    return Untrained(small_gpt2(tokenizer, corpus.labels, settings.max_tokens), tokenizer, draw)


def prepared_from_hub(settings: Settings, corpus: Corpus) -> Untrained:
    """Return a pretrained model with a new classification head, or LoRA adapters around it.

    Raises:
        ModelUnusable: The base model is neither a directory nor to be had from the hub.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(settings.base_model, padding_side="right")
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        model = AutoModelForSequenceClassification.from_pretrained(
            settings.base_model,
            dtype=torch.float32,
            pad_token_id=tokenizer.pad_token_id,
            id2label=dict(enumerate(corpus.labels)),
            label2id={label: index for index, label in enumerate(corpus.labels)},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnusable(
            f"the base model '{settings.base_model}' could not be loaded from the Hugging Face "
            "hub or a directory; connect once, pass --base-model DIR, or train without it by "
            "--from-scratch small."
        ) from error
    if settings.lora:
        model = with_adapters(model)
    token_ids = encoded(tokenizer, corpus.training.texts, settings.max_tokens)
    targets = one_hot(torch.tensor(corpus.training.classes), len(corpus.labels)).float()
    return Untrained(model, tokenizer, lambda: Examples(token_ids, targets))


def with_adapters(model: Any) -> Any:
    """Return the model frozen, with LoRA adapters and its head to train."""
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError:
        raise ModelUnusable("--lora needs peft: pip install peft.") from None
    return get_peft_model(
        model, LoraConfig(task_type=TaskType.SEQ_CLS, r=8, lora_alpha=16, lora_dropout=0.1)
    )


def measured(
    settings: Settings, labels: Sequence[str], source: FileCases | None
) -> Measurement | None:
    """Classify the `--evaluate` file with what was saved, as the evaluator does."""
    if source is None:
        return None
    cases = [case for case in source if case.text.strip()]
    prompts = [settings.template.render(case.text) for case in cases]
    checkpoint = load_checkpoint(
        settings.save_to, base_model=None, labels=labels, device="auto", dtype="float32"
    )
    label_of = {
        answer.text_sha256: answer.label
        for answer in classify(checkpoint, list(dict.fromkeys(prompts)), BATCH_TOKENS)
    }
    answers = [label_of[text_sha256(prompt)] for prompt in prompts]
    gold = [case.gold for case in cases]
    return Measurement(
        accuracy=accuracy_score(gold, answers),
        macro_f1=f1_score(gold, answers, average="macro", zero_division=0),
        posts=len(cases),
        file=source.path.name,
        sha256=source.fingerprint,
    )


def readable_test_file(settings: Settings) -> FileCases | None:
    """Return the `--evaluate` file, read once so that it cannot fail after hours of training.

    Raises:
        DataUnusable: It cannot be read.
    """
    if settings.evaluate is None:
        return None
    source = FileCases(settings.evaluate, settings.text_column, settings.label_column)
    for _ in source:
        pass
    return source


def train(settings: Settings, console: Console) -> None:
    """Train, save, measure and describe a classifier.

    Raises:
        EvaluatorError: Data or base model cannot be used.
    """
    torch.manual_seed(settings.seed)
    test = readable_test_file(settings)
    corpus = read_corpus(
        settings.source, settings.template, settings.validation_share, settings.seed
    )
    console.print(
        f"training on {len(corpus.training.texts)} texts with {len(corpus.labels)} labels, "
        f"validating on {len(corpus.held_out.texts)}"
    )
    prepare = prepared_from_scratch if settings.from_scratch else prepared_from_hub
    untrained = prepare(settings, corpus)
    model = untrained.model.to(usable_device("auto"))
    held_out = encoded(untrained.tokenizer, corpus.held_out.texts, settings.max_tokens)

    def validate() -> float | None:
        if not held_out:
            return None
        return float(accuracy_score(corpus.held_out.classes, predicted(model, held_out)))

    trainer = Trainer(model, settings.schedule, settings.seed, console)
    epoch = trainer.fit(untrained.draw, validate)
    validation_accuracy = validate()
    save_model(
        settings.save_to,
        model.to(getattr(torch, settings.dtype)).cpu(),
        untrained.tokenizer,
        ClassifierCard(prompt_template=settings.prompt_template),
        own_tokenizer=settings.from_scratch is not None,
    )
    card = ModelCard(
        base_model=None if settings.from_scratch else without_folder(settings.base_model),
        lora=settings.lora,
        data=settings.data.name if settings.data else None,
        description=settings.data_description,
        data_sha256=corpus.fingerprint,
        labels=corpus.labels,
        label_counts=corpus.label_counts(),
        held_out=len(held_out),
        schedule=settings.schedule,
        kept_epoch=epoch,
        validation_accuracy=validation_accuracy,
        max_tokens=settings.max_tokens,
        parameters=sum(weight.numel() for weight in model.parameters()),
        dtype=settings.dtype,
        seed=settings.seed,
        command=command_line(click.get_current_context()),
        measurement=measured(settings, corpus.labels, test),
    )
    (settings.save_to / "README.md").write_text(card.text(), "utf-8")
    console.print(f"saved to {settings.save_to}")


FILE = click.Path(path_type=Path)


@click.command(help=__doc__)
@click.option("--base-model", default="openai-community/gpt2", show_default=True)
@click.option(
    "--from-scratch",
    type=click.Choice(["small"]),
    help="Train tokenizer and a small GPT-2 on the texts alone; needs no model hub.",
)
@click.option("--lora", is_flag=True, help="Train and save a PEFT adapter only.")
@click.option("--data", type=FILE, help="CSV, JSONL or Parquet [default: 20 Newsgroups, train].")
@click.option("--text-column", help="Column of texts in --data and --evaluate.")
@click.option("--label-column", help="Column of labels in --data and --evaluate.")
@click.option(
    "--validation-share",
    type=click.FloatRange(0, 0.5),
    default=0.1,
    show_default=True,
    help="Part of the data held out to choose the epoch; 0 keeps the last epoch.",
)
@click.option("--evaluate", type=FILE, help="Test file, measured once at the end for the card.")
@click.option("--prompt-template", default=RAW_TEXT, show_default=True, help="Jinja2, with text.")
@click.option("--max-tokens", type=click.IntRange(8, 1024), default=512, show_default=True)
@click.option("--epochs", type=click.IntRange(1))
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True))
@click.option("--batch-size", type=click.IntRange(1))
@click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "float16"]),
    default="float32",
    show_default=True,
    help="Type of the saved weights.",
)
@click.option("--seed", type=click.IntRange(0), default=13, show_default=True)
@click.option("--data-description", help="What --data is, for the model card.")
@click.option("--save-to", type=FILE, required=True, help="Directory for the model.")
def main(**options: Any) -> None:
    """Parse the command line and train."""
    settings = Settings(**options)
    if settings.from_scratch and settings.lora:
        raise click.UsageError("--lora adapts a pretrained model; it excludes --from-scratch.")
    # One sentence says what failed; a download's retries would bury it.
    warnings.filterwarnings("ignore", module="sklearn.datasets")
    warnings.filterwarnings("ignore", category=FutureWarning)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
    try:
        train(settings, Console(stderr=True))
    except EvaluatorError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"Error: {settings.save_to} cannot be written: {error}.", err=True)
        sys.exit(74)


if __name__ == "__main__":
    main()
