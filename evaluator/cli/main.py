"""The `evaluator` command: finds a subcommand, and turns failures into sentences and exit codes."""

import importlib
import inspect
import json
import os
import shlex
import sys
import traceback
from itertools import pairwise
from typing import NoReturn

import click

from evaluator.cli.stopping import Terminated, stoppable
from evaluator.cli.streams import endure_every_stream, give_up_output
from evaluator.errors import (
    EXIT_BUG,
    EXIT_INTERRUPTED,
    EXIT_STORAGE,
    EXIT_TERMINATED,
    OTHER_EXITS,
    EvaluatorError,
)
from evaluator.storage.location import naming

COMMANDS = {
    "run": "Classify cases with the model under test and judge its predictions.",
    "judge": "Judge predictions that another program made.",
    "matrix": "Judge every pair of a label set and keep the verdicts.",
    "merge": "Make one run of the shards that `evaluator run --shard` evaluated.",
    "plan": "Say what a run would cost, without doing it.",
    "doctor": "Check every step from here to a verdict, and say what to do.",
    "bench": "Measure how fast judges answer, side by side.",
    "rubric": "Show judging rules, and check your own.",
    "report": "Make the reports of a run again.",
    "compare": "Say whether one run is better than another on the same cases.",
    "agreement": "Compare the verdicts of a run with human ratings.",
    "agreement sample": "Draw what is worth a human rating.",
    "models": "Look at models, merge adapters, and register both at Ollama.",
    "docker": "Judge in containers: Ollama in one, the run in another.",
    "k8s": "Judge in a Kubernetes cluster: Ollama as a deployment, each run as a job.",
    "knitfab": "Write plans for Knitfab, and check them.",
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
        module = importlib.import_module(f"evaluator.cli.{cmd_name.replace(' ', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first two words name, or else the first."""
        both = " ".join(args[:2])
        if both in COMMANDS:
            return both, self.get_command(ctx, both), args[2:]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in exit_codes().items()])


def exit_codes() -> dict[int, str]:
    """Return what each exit code means, in order."""
    kinds = EvaluatorError.__subclasses__()
    meanings = OTHER_EXITS | {kind.exit_code: inspect.getdoc(kind) or "" for kind in kinds}
    return dict(sorted(meanings.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="llm-judge-evaluator", prog_name="evaluator")
def cli() -> None:
    """Score a text classifier with a local LLM judge, where the model lives."""


def main() -> NoReturn:
    """Run the command line and exit with the documented code."""
    endure_every_stream()
    try:
        code = stoppable(_command)
    except EvaluatorError as error:
        _fail(str(error), error.exit_code, error)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        stopped = error.__cause__ if isinstance(error, click.Abort) else error
        terminated = isinstance(stopped, Terminated)
        reason = stopped.reason if isinstance(stopped, Terminated) else "Interrupted"
        resume = shlex.join(["evaluator", *(word for word in sys.argv[1:] if word != "--fresh")])
        _fail(
            f"{reason}; everything done so far is kept. Resume with: {resume}",
            EXIT_TERMINATED if terminated else EXIT_INTERRUPTED,
            error,
        )
    except OSError as error:
        _fail(f"the disk or a stream refused: {error.strerror or error}.", EXIT_STORAGE, error)
    except Exception as error:
        _fail(
            f"unexpected {type(error).__name__}: {error}. This is a bug: please report it with "
            "the output of the same command with --debug.",
            EXIT_BUG,
            error,
        )
    sys.exit(code)


def _command() -> int:
    code: int = cli.main(standalone_mode=False) or 0
    sys.stdout.flush()
    return code


def _fail(message: str, code: int, error: BaseException) -> NoReturn:
    if "--debug" in sys.argv:
        from evaluator.report.wording import printable_lines

        click.echo(printable_lines("".join(traceback.format_exception(error))), err=True)
    message = naming(message)
    _tell_ending(message, code)
    failed = isinstance(error, Exception) and not isinstance(error, click.Abort)
    if "json" in _log_formats():
        kind = "error" if failed else "stopped"
        click.echo(json.dumps({"event": kind, "exit_code": code, "message": message}), err=True)
    else:
        click.echo(f"Error: {_shown(message)}" if failed else message, err=True)
    _leave(code)


def _leave(code: int) -> NoReturn:
    from evaluator.run.beside import is_stage_left_behind

    give_up_output()
    if is_stage_left_behind():
        os._exit(code)  # the interpreter's own ending would wait for it, or break on it
    sys.exit(code)


def _shown(message: str) -> str:
    """Return an error that quotes strangers' text so that it cannot steer the terminal."""
    from evaluator.report.wording import printable

    return printable(message)


def _tell_ending(message: str, code: int) -> None:
    from evaluator.cli.termination import VARIABLE, tell_ending

    if os.environ.get(VARIABLE):
        from evaluator.report.ending import Ending

        tell_ending(Ending(exit_code=code, message=message))


def _log_formats() -> list[str]:
    """Return what was said of the log format, wherever it was said."""
    words = [word.removeprefix("--log-format=") for word in sys.argv]
    given = [after for word, after in pairwise(words) if word == "--log-format"]
    joined = [new for old, new in zip(sys.argv, words, strict=True) if old != new]
    return given or joined or [os.environ.get("EVALUATOR_LOG_FORMAT", "text")]
