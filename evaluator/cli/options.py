"""Options that several commands share. Each can also be set as `EVALUATOR_NAME`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from evaluator.errors import ConfigError
from evaluator.storage.location import is_url, located

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Command], Command]


class _File(click.Path):
    """A path; a URL would silently become one that nobody meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if is_url(str(value)):
            option = "it" if param is None else param.get_error_hint(ctx)
            raise ConfigError(f"{option} is a path on this machine and cannot be a URL.")
        return Path(value)


class _Location(click.Path):
    """A path, or what stands here for a URL."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return located(str(value))


FILE, LOCATION = _File(), _Location()


def option(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """Declare an option that is None where it was not given, so that other sources count."""
    long_names = [name for name in names if name.startswith("--")]
    parameter = next((name for name in names if not name.startswith("-")), long_names[0])
    variable = parameter.lstrip("-").replace("-", "_").upper()
    return click.option(
        *names, envvar=f"EVALUATOR_{variable}", default=None, show_envvar=False, **attributes
    )


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator for several options, shown in the order given."""

    def decorate(command: Command) -> Command:
        for one in reversed(options):
            command = one(command)
        return command

    return decorate


naming_options = together(
    option(
        "--judge",
        metavar="SPEC",
        multiple=True,
        callback=lambda context, parameter, given: given or None,
        help=(
            "embedded[:PATH], embedding[:PATH], ollama:MODEL[@URL] or openai:MODEL@URL, with #FORM "
            "for another form of the rubric; several are a panel [embedded]."
        ),
    ),
    option("--judge-model", metavar="MODEL", help="The judge's model, if SPEC names none."),
    option(
        "--judge-url",
        metavar="URL",
        multiple=True,
        callback=lambda context, parameter, given: given or None,
        help="The judge's server, if SPEC names none; repeat it for replicas.",
    ),
    option(
        "--ca-file",
        type=FILE,
        help="Trust a judge's server by these certificates (PEM) alone [the public authorities].",
    ),
    option("--pull", is_flag=True, help="Pull the judge's model if the server lacks it."),
)

rubric_option = option(
    "--rubric",
    metavar="NAME_OR_PATH",
    help="The judging rule, built in or a file of yours [category-relevance].",
)

overrides_option = option(
    "--overrides", type=LOCATION, help="A CSV of predicted,gold,level that overrules the judge."
)

timeout_option = option(
    "--timeout", type=float, metavar="SECONDS", help="Patience with an answer [120]."
)

patience_options = together(
    option("--concurrency", type=int, help="Questions in flight at a server [found by itself]."),
    timeout_option,
    option("--retries", type=int, help="Further attempts at a failed question [6]."),
)

judge_options = together(
    naming_options,
    option("--matrix", type=LOCATION, help="Take the verdicts from a matrix.json, asking nothing."),
    overrides_option,
    option(
        "--calibration",
        metavar="HOW",
        help="none, reference, or a file of `evaluator agreement` [reference].",
    ),
    rubric_option,
    patience_options,
)

explain_option = option(
    "--explain",
    type=click.Choice(["none", "failures", "all"]),
    help="Ask the judge for the reason of no verdict, of those that fail, or of all [none].",
)

bound_options = together(
    option("--threshold", type=float, help="Score from which a case passes [0.8]."),
    option("--max-unscored", type=float, metavar="SHARE", help="Unscored cases allowed [0.05]."),
    option("--min-judge-auc", type=float, help="What the judge's AUC must surely reach [none]."),
)

result_options = together(
    option("--save-to", type=LOCATION, help="The run directory [evaluation]."),
    click.option(
        "--fresh",
        is_flag=True,
        default=None,
        help="Start over instead of continuing that directory.",
    ),
    bound_options,
    option("--seed", type=int, help="Seed of sampling and resampling [0]."),
)

gate_options = together(
    option(
        "--fail-under", type=float, metavar="SCORE", help="Mean relevance score to reach [none]."
    ),
    option(
        "--min-accuracy", type=float, metavar="SHARE", help="Share of right labels to reach [none]."
    ),
    option(
        "--fail-under-lower-bound",
        is_flag=True,
        help="Hold both against the lower ends of their 95 % intervals.",
    ),
    option("--junit", is_flag=True, help="Write junit.xml, the gates and the cases as tests."),
)

place_options = together(
    option(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="Stop after that time as at SIGTERM, keeping everything [none].",
    ),
    option(
        "--knitfab",
        is_flag=True,
        help=(
            "Obey Knitfab: write to /out for all to read, keep caches in /tmp, and end with 0 "
            "where a gate fails."
        ),
    ),
)

article_options = together(
    click.option(
        "--show-article",
        is_flag=True,
        default=None,
        envvar="EVALUATOR_SHOW_ARTICLE",
        help="Ask the judge about each miss below its article, too.",
    ),
    option("--article-tokens", type=int, metavar="N", help="How much of an article it sees [256]."),
)

case_options = together(
    judge_options, explain_option, article_options, result_options, gate_options
)
"""What every command takes that judges cases, or says of such a command how it would be."""

seed_option = click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    envvar="EVALUATOR_SEED",
    help="Seed of sampling and resampling [0].",
)


def max_seconds_option(default: float) -> Decorator[Any]:
    """Return the option that bounds how long a command may take as a whole."""
    return click.option(
        "--max-seconds",
        type=click.FloatRange(min=0, min_open=True),
        default=default,
        envvar="EVALUATOR_MAX_SECONDS",
        metavar="SECONDS",
        help=f"Time for everything together [{default:g}].",
    )


run_argument = click.argument("run", type=LOCATION)

debug_option = click.option("--debug", is_flag=True, help="Show the traceback of an error.")

log_options = together(
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        envvar="EVALUATOR_LOG_FORMAT",
        help="How progress and warnings are written on standard error [text].",
    ),
    debug_option,
)

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    envvar="EVALUATOR_FORMAT",
    help="What is printed on standard output [table].",
)

format_options = together(format_option, log_options)

output_options = together(
    option("--config-file", type=LOCATION, help="Settings as JSON or YAML; flags win."),
    format_options,
)
