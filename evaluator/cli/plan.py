"""`evaluator plan`."""

from typing import Any

import click

from evaluator.cli.options import (
    output_options,
    place_options,
)
from evaluator.cli.run import run_options


@click.command("plan")
@run_options
@place_options
@output_options
def command(config_file: Any, form: str, log_format: str, debug: bool, **flags: Any) -> None:
    """Say what `evaluator run` would cost with the same options, without running it.

    Classifies a few articles and asks the judge a few questions to measure the time; writes
    nothing. Reasons (`--explain`) are not counted.
    """
    from evaluator.cli.progress import progress_for, pull_progress
    from evaluator.run.configuration import settings_from
    from evaluator.run.fetching import with_inputs_here
    from evaluator.run.planning import plan_run
    from evaluator.run.settings import RunSettings

    progress = progress_for(log_format)
    settings = with_inputs_here(settings_from(RunSettings, config_file, flags))
    with pull_progress(progress) as pull:
        plan = plan_run(settings, pull)
    if form == "json":
        click.echo(plan.model_dump_json(indent=1))
        return
    below = ""
    if plan.article_questions:
        below = f"Below articles: at most {plan.article_questions} questions more, for misses.\n"
    click.echo(
        f"{plan.cases} cases, {plan.articles} distinct articles, {plan.labels} labels.\n"
        f"Classifier: {plan.articles_left} articles to classify, "
        f"about {plan.seconds_classifying:g} s.\n"
        f"Judge: {plan.questions} questions, {plan.calls} to ask, "
        f"about {plan.seconds_judging:g} s.\n{below}"
        f"Measured on {plan.probe_articles} articles and {plan.probe_calls} questions."
    )
