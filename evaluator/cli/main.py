"""The `evaluator` command: finds a subcommand, and turns failures into sentences and exit codes."""

import importlib
import shlex
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

import click

from evaluator.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_TERMINATED, EvaluatorError

COMMANDS = {
    "run": "Classify cases with the model under test and judge its predictions.",
    "judge": "Judge predictions that another program made.",
    "matrix": "Judge every pair of a label set and keep the verdicts.",
    "plan": "Say what a run would cost, without doing it.",
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"evaluator.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="llm-judge-evaluator", prog_name="evaluator")
def cli() -> None:
    """Score a text classifier with a local LLM judge, where the model lives."""


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; handled like Ctrl-C, with its own exit code."""


def main() -> NoReturn:
    """Run the command line and exit with the documented code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except EvaluatorError as error:
        _fail(str(error), error.exit_code, error)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        stopped = error.__cause__ if isinstance(error, click.Abort) else error
        terminated = isinstance(stopped, Terminated)
        word = "Terminated" if terminated else "Interrupted"
        resume = shlex.join(["evaluator", *(word for word in sys.argv[1:] if word != "--fresh")])
        _fail(
            f"{word}; everything done so far is kept. Resume with: {resume}",
            EXIT_TERMINATED if terminated else EXIT_INTERRUPTED,
            error,
        )
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        _fail(
            f"unexpected {type(error).__name__}: {error}. This is a bug: please report it with "
            "the output of the same command with --debug.",
            EXIT_BUG,
            error,
        )


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    raise Terminated


def _fail(message: str, code: int, error: BaseException) -> NoReturn:
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    click.echo(f"Error: {message}" if isinstance(error, Exception) else message, err=True)
    sys.exit(code)
