"""The errors a user can meet, each with the exit code the command line returns for it."""

from pathlib import Path

EXIT_GATE_FAILED = 1
EXIT_UNSCORED = 6
EXIT_BUG = 70
EXIT_STORAGE = 74
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

LONGEST_MESSAGE = 2_000

OTHER_EXITS = {
    0: "Done, and the gate passed.",
    EXIT_GATE_FAILED: "Finished, and a gate failed or a run regressed.",
    EXIT_UNSCORED: "Finished, with more unscored cases or unanswered pairs than --max-unscored.",
    EXIT_BUG: "A bug.",
    EXIT_INTERRUPTED: "Interrupted by Ctrl-C; the same command continues.",
    EXIT_TERMINATED: "Terminated by SIGTERM or --deadline; the same command continues.",
}
"""Exit codes that no error of its own stands for, and what they mean."""


class EvaluatorError(Exception):
    """A failure that one sentence explains: what is wrong and what to do about it.

    Attributes:
        exit_code: Process exit code documented in `docs/exit-codes.md`.
    """

    exit_code = EXIT_BUG

    def __init__(self, message: str) -> None:
        super().__init__(_sentence(message))


def _sentence(message: str) -> str:
    """Return a message that may quote strangers' text on one line and of bounded length."""
    line = " ".join(message.split())
    if len(line) <= LONGEST_MESSAGE:
        return line
    # What is wrong stands at the beginning, what to do at the end.
    half = LONGEST_MESSAGE // 2 - 2
    return f"{line[:half]} … {line[-half:]}"


class ConfigError(EvaluatorError):
    """A flag, environment variable or configuration file that cannot be used."""

    exit_code = 2


class JudgeUnavailable(EvaluatorError):
    """The judge cannot be reached, is missing its model, or stopped answering."""

    exit_code = 3


class JudgeChanged(JudgeUnavailable):
    """Another model took the judge's place while it was asked, so its answers are of two judges."""


class ModelUnusable(EvaluatorError):
    """The model under test cannot be loaded or is not a usable classifier."""

    exit_code = 4


class ModelChanged(ModelUnusable):
    """The model's files changed while it classified, so what it said is of two models."""


class DataUnusable(EvaluatorError):
    """The cases, predictions or labels cannot be read or contradict each other."""

    exit_code = 5


class DeploymentFailed(EvaluatorError):
    """Docker or Kubernetes is not there, or refused or failed what was asked of it."""

    exit_code = 7


class StorageFailed(EvaluatorError):
    """A disk or volume refused to read or write."""

    exit_code = EXIT_STORAGE

    @classmethod
    def at_writing(cls, path: Path, error: OSError) -> "StorageFailed":
        """Return the failure to write a file of a run, which the same command can continue."""
        return cls(
            f"{path} cannot be written: {error.strerror or error}; make room or permit writing, "
            "then run the same command again, which continues where this one stopped."
        )
