"""`evaluator knitfab`."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from evaluator.cli.findings import findings_option, print_findings
from evaluator.cli.options import (
    FILE,
    debug_option,
    option,
    place_options,
    together,
)
from evaluator.cli.run import run_options


@click.group("knitfab")
def command() -> None:
    """Write plans for Knitfab, and check them."""


@command.command("lint")
@click.argument("plan", type=FILE)
@findings_option
@debug_option
@click.pass_context
def lint(ctx: click.Context, /, plan: Path, form: str, debug: bool) -> None:
    """Say what Knitfab would drop or refuse of a plan, line by line.

    Ends with 2 if there is anything of that kind; warnings alone end with 0.
    """
    from evaluator.deploy.knitfab.lint import lint_file

    ctx.exit(print_findings(plan, lint_file(plan), form))


plan_options = together(
    click.option("--project", required=True, metavar="NAME", help="The tag project:NAME."),
    click.option(
        "--image",
        metavar="NAME:TAG",
        help="The evaluator's image as the cluster's nodes call it [localhost:30503/evaluator].",
    ),
    click.option("--cpu", default="2", metavar="QUANTITY", help="Processors of a Run [2]."),
    click.option("--memory", default="4Gi", metavar="QUANTITY", help="Memory of a Run [4Gi]."),
    click.option(
        "--gpu",
        default="nvidia.com/gpu",
        metavar="RESOURCE",
        help="What a GPU is claimed by where --device is cuda [nvidia.com/gpu].",
    ),
    click.option(
        "--model-folder", metavar="PATH", help="Where in its data the model is [the data itself]."
    ),
)


@command.command("plan")
@plan_options
@run_options
@place_options
@option("--config-file", type=FILE, help="Settings as JSON or YAML; flags win.")
@debug_option
def plan(
    *,
    project: str,
    image: str | None,
    cpu: str,
    memory: str,
    gpu: str,
    model_folder: str | None,
    config_file: Path | None,
    debug: bool,
    **flags: Any,
) -> None:
    """Print the plan that does in Knitfab what `evaluator run` does with the same options.

    Files become inputs: the model, the data, and the settings file with the small files it names.
    Flags become arguments. Comments say what to push.
    """
    from evaluator.deploy.knitfab.plan import Wishes, evaluation_plan
    from evaluator.deploy.knitfab.plan_file import plan_file
    from evaluator.run.configuration import settings_from
    from evaluator.run.settings import RunSettings

    wishes = Wishes(
        image=image or f"localhost:30503/evaluator:{version('llm-judge-evaluator')}",
        project=project,
        cpu=cpu,
        memory=memory,
        gpu=gpu,
        model_folder=model_folder,
    )
    settings = settings_from(RunSettings, config_file, flags)
    click.echo(plan_file(evaluation_plan(settings, flags, config_file, wishes)), nl=False)
