"""Options that the commands of `evaluator models` share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evaluator.cli.options import FILE, option, together

if TYPE_CHECKING:
    from evaluator.models.server import Address

ca_option = option(
    "--ca-file",
    type=FILE,
    help="Trust the server by these certificates (PEM) alone [the public authorities].",
)

server_options = together(
    option(
        "--judge-url",
        metavar="URL",
        help="The Ollama server [that of OLLAMA_HOST, or http://127.0.0.1:11434].",
    ),
    ca_option,
)

GIB = 1 << 30

memory_option = option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GIB",
    help="What a merge may take beside torch itself [half of what is free].",
)


def server_address(url: str | None, ca_file: Path | None) -> "Address":
    """Return where the server is that was named, or the environment's.

    Raises:
        ConfigError: It is no address.
    """
    from evaluator.backends.naming import parse_judge
    from evaluator.models.server import Address

    return Address(parse_judge("ollama", None, [url] if url else []).urls[0], ca_file)
