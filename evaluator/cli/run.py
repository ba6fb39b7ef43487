"""`evaluator run`."""

from typing import Any

import click

from evaluator.cli.options import (
    LOCATION,
    case_options,
    option,
    output_options,
    place_options,
    together,
)
from evaluator.run.presets import PRESETS

data_options = together(
    option(
        "--preset",
        type=click.Choice(list(PRESETS)),
        help="Data handling of Knitfab's news-classification example; other settings win.",
    ),
    option(
        "--data",
        type=LOCATION,
        help="Cases in a .csv, .jsonl or .parquet file, or a folder a label.",
    ),
    option(
        "--dataset",
        metavar="NAME",
        help="20newsgroups[:train|:test] or hf:NAME[:CONFIG][:SPLIT] [20newsgroups:test].",
    ),
    option(
        "--keep-headers",
        is_flag=True,
        help="Keep headers, footers and quotes of 20newsgroups; no other dataset has them.",
    ),
    option("--text-column", metavar="NAME", help="Column of the article texts."),
    option("--label-column", metavar="NAME", help="Column of the gold labels."),
    option("--id-column", metavar="NAME", help="Column of the case ids."),
    option("--num-samples", type=int, metavar="N", help="Evaluate N cases [all]."),
    option(
        "--sample",
        type=click.Choice(["stratified", "first"]),
        help="Which N: a seeded stratified sample or the first [stratified].",
    ),
)

model_options = together(
    option("--model-path", "--model", "model_path", type=LOCATION, help="The model under test."),
    option("--base-model", metavar="NAME", help="Base model of an adapter, a path or a name."),
    option("--labels", type=LOCATION, help="Label names or a glossary, in class order."),
    option("--prompt-template", metavar="JINJA", help="Text around {{ text }} [the model's own]."),
    option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda", "mps"]),
        help="Where the model under test runs [auto].",
    ),
    option(
        "--dtype",
        type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
        help="Its numeric type [auto].",
    ),
    option(
        "--batch-tokens",
        type=int,
        metavar="N",
        help="Padded tokens in a batch [2048; 16384 on a GPU].",
    ),
)

run_options = together(data_options, model_options, case_options)
"""What `evaluator run` takes, and every command that prepares, places or foresees a run."""


@click.command("run")
@run_options
@option(
    "--shard",
    metavar="I/N",
    help=(
        "Do the part I, from 0, of N alone, for `evaluator merge`; N alone in a pod of an Indexed "
        "Job [all]."
    ),
)
@place_options
@output_options
@click.pass_context
def command(
    ctx: click.Context, /, config_file: Any, form: str, log_format: str, debug: bool, **flags: Any
) -> None:
    """Classify cases with the model under test and judge its predictions.

    A run directory that is already there is continued.
    """
    from evaluator.cli.execution import evaluate
    from evaluator.run.settings import RunSettings
    from evaluator.run.sharding import run_whole_or_shard

    code = evaluate(
        RunSettings,
        run_whole_or_shard,
        flags,
        config_file=config_file,
        form=form,
        log_format=log_format,
    )
    ctx.exit(code)
