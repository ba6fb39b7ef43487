"""Fine-tune GPT-2 to name the category of news articles and newsgroup posts.

python train.py --save-to model
python train.py --lora --save-to adapter
python train.py --from-scratch small --data train.jsonl --evaluate test.jsonl --save-to model
"""

import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch
from corpus import encoded, read_corpus
from fitting import Trainer, predicted
from model_card import Measurement, ModelCard, command_line, without_folder
from preparing import prepared_from_hub, prepared_from_scratch
from rich.console import Console
from saving import save_model
from settings import Settings
from sklearn.metrics import accuracy_score, f1_score
from transformers import logging as transformers_logging

from evaluator.cases import FileCases
from evaluator.cases.digest import text_sha256
from evaluator.classifier.checkpoint import load_checkpoint
from evaluator.classifier.classify import classify
from evaluator.classifier.hardware import usable_device
from evaluator.classifier.template import RAW_TEXT, ClassifierCard
from evaluator.errors import EvaluatorError

BATCH_TOKENS = 8_192


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
