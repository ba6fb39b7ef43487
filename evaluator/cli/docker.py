"""`evaluator docker`."""

import sys
from pathlib import Path
from typing import Any

import click

from evaluator.cli.options import (
    debug_option,
    format_options,
    log_options,
    output_options,
)
from evaluator.cli.run import run_options


@click.group("docker")
def command() -> None:
    """Judge in containers: Ollama in one, the run in another, on one network."""


@command.command("up")
@click.option("--image", metavar="NAME", help="The image of Ollama [ollama/ollama].")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where this machine reaches it [11434]."
)
@click.option(
    "--gpus", metavar="WHICH", help="all, a number, or device=ID,ID [all, if there are any]."
)
@click.option("--cpu", is_flag=True, help="Give it no GPU.")
@click.option(
    "--judge-model",
    metavar="MODEL",
    default="llama3.2",
    envvar="EVALUATOR_JUDGE_MODEL",
    help="The model to pull if it is missing [llama3.2].",
)
@log_options
def up(
    *,
    image: str | None,
    port: int | None,
    gpus: str | None,
    cpu: bool,
    judge_model: str,
    log_format: str,
    debug: bool,
) -> None:
    """Start Ollama with a model, unless it runs already.

    A container that other commands made under the name `ollama` on `ollama-net` is used as it is.
    """
    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.deploy.docker.engine import NETWORK
    from evaluator.deploy.docker.judge import URL_ON_NETWORK, judge_up
    from evaluator.deploy.docker.server import CPU, Wishes

    if cpu and gpus is not None:
        raise click.UsageError("--cpu and --gpus exclude each other.")
    progress = progress_for(log_format)
    wishes = Wishes(image=image, port=port, gpus=CPU if cpu else gpus)
    with pull_progress(progress) as report:
        judge = judge_up(wishes, judge_model, progress, report)
    made = "" if judge.is_ours else " (in a container that other commands made)"
    click.echo(
        f"Ollama {judge.version} answers with {judge_model} ({judge.digest[:19]}) at {judge.url}, "
        f"and at {URL_ON_NETWORK} on the network {NETWORK}{made}."
    )


@command.command("run")
@click.option(
    "--image",
    metavar="NAME",
    default="evaluator",
    help="The image of the evaluator [evaluator].",
)
@run_options
@output_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    *,
    image: str,
    config_file: Path | None,
    form: str,
    log_format: str,
    debug: bool,
    **flags: Any,
) -> None:
    """Do `evaluator run` in a container, as yourself, with the judge that `up` started.

    Files and folders that settings name are mounted at the paths that they have here.
    """
    from evaluator.cli.progress import progress_for
    from evaluator.deploy.docker.job import run_in_container
    from evaluator.run.configuration import settings_from
    from evaluator.run.settings import RunSettings

    progress_for(log_format)
    settings = settings_from(RunSettings, config_file, flags)
    shown = (f"--format={form}", f"--log-format={log_format}", *(["--debug"] if debug else []))
    ctx.exit(run_in_container(settings, image, shown, _write))


@command.command("status")
@format_options
def status(*, form: str, log_format: str, debug: bool) -> None:
    """Say what there is of the judge, and whether it answers."""
    import json
    from dataclasses import asdict

    from evaluator.deploy.docker.judge import judge_status
    from evaluator.errors import DeploymentFailed

    found = judge_status()
    if form == "json":
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        for name, told in _told(found):
            click.echo(f"{name:<11}{told}")
    if found.answering is None:
        raise DeploymentFailed("no judge answers; start it with `evaluator docker up`.")


@command.command("logs")
@click.option("--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("--tail", type=click.IntRange(0), metavar="N", help="The last N lines [all].")
@debug_option
def logs(*, follow: bool, tail: int | None, debug: bool) -> None:
    """Print what Ollama wrote."""
    from evaluator.deploy.docker.judge import judge_logs

    for written in judge_logs(follow=follow, tail=tail):
        _write(written, to_stderr=False)


@command.command("down")
@click.option("--volumes", is_flag=True, help="Delete the pulled models, too.")
@debug_option
def down(*, volumes: bool, debug: bool) -> None:
    """Remove what `up` made, but for the pulled models; what other commands made stays."""
    from evaluator.deploy.docker.judge import judge_down

    for sentence in judge_down(volumes=volumes) or ["There is nothing to remove."]:
        click.echo(sentence)


def _told(found: Any) -> list[tuple[str, str]]:
    """Return the lines of a status: what each is about, and what there is."""
    lines = [("network", "there" if found.network else "missing")]
    if found.container is None:
        return [*lines, ("container", "missing")]
    made = "" if found.is_ours else ", made by other commands"
    lines.append(("container", f"{found.container}, image {found.image}{made}"))
    lines.append(("address", found.url or "no port is published"))
    if found.answering is None:
        return [*lines, ("ollama", "does not answer")]
    lines.append(("ollama", found.answering.version))
    lines.append(("models", ", ".join(found.answering.models) or "none"))
    for model in found.answering.loaded:
        lines.append(("loaded", f"{model.name}{_outside(model.outside_gpu)}"))
    return lines


def _outside(share: float | None) -> str:
    return "" if not share else f", {share:.0%} of it outside of GPU memory"


def _write(content: bytes, to_stderr: bool) -> None:
    """Hand on what a container wrote, byte for byte."""
    stream = sys.stderr.buffer if to_stderr else sys.stdout.buffer
    stream.write(content)
    stream.flush()
