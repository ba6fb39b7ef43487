"""Options that the commands of `evaluator models` share."""

import click

from evaluator.cli.options import option

server_option = option(
    "--judge-url",
    metavar="URL",
    help="The Ollama server [that of OLLAMA_HOST, or http://127.0.0.1:11434].",
)

json_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    envvar="EVALUATOR_FORMAT",
    help="What is printed on standard output [table].",
)


def server_url(given: str | None) -> str:
    """Return the address of the server that was named, or of the environment's.

    Raises:
        ConfigError: It is no address.
    """
    from evaluator.backends.naming import parse_judge

    return parse_judge("ollama", None, [given] if given else []).urls[0]
