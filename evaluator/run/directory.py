"""The run directory: where each file is, and how files appear there whole."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

from evaluator.classifier.prediction import Classification
from evaluator.errors import StorageFailed
from evaluator.judge.asking import Answer
from evaluator.judge.reasoning import Reason
from evaluator.run.folders import force_names, make_folder
from evaluator.run.journal import Journal

UNFINISHED = ".unfinished"
READABLE_BY_ALL = 0o644
"""The mode of results, where the umask does not forbid it."""


class RunDirectory:
    """A folder that holds one run.

    Args:
        path: The folder; made if it does not exist.

    Raises:
        StorageFailed: The folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            make_folder(path)
        except OSError as error:
            raise StorageFailed(
                f"{path} cannot be made: {error.strerror or error}; name a directory that can be "
                "written with --save-to."
            ) from error

    @property
    def run_file(self) -> Path:
        """Settings, fingerprints, judge lock and versions."""
        return self.path / "run.json"

    @property
    def cases_file(self) -> Path:
        """One line a case."""
        return self.path / "cases.jsonl"

    @property
    def deepeval_file(self) -> Path:
        """The cases in DeepEval's shape."""
        return self.path / "deepeval-result.json"

    @property
    def matrix_file(self) -> Path:
        """The reusable verdict matrix."""
        return self.path / "matrix.json"

    @property
    def pairs_file(self) -> Path:
        """The matrix as a table for people."""
        return self.path / "pairs.csv"

    @property
    def summary_file(self) -> Path:
        """The result."""
        return self.path / "summary.json"

    @property
    def report_file(self) -> Path:
        """The result for pull requests."""
        return self.path / "report.md"

    @property
    def junit_file(self) -> Path:
        """The gates and the cases as tests, where `--junit` asked for it."""
        return self.path / "junit.xml"

    @property
    def page_file(self) -> Path:
        """The result for readers, one page for a browser."""
        return self.path / "report.html"

    @property
    def agreement_file(self) -> Path:
        """What the verdicts have to do with human ratings, once `evaluator agreement` compared."""
        return self.path / "agreement.json"

    @property
    def reasons_file(self) -> Path:
        """What the judge says for its verdicts, where `--explain` asked for it."""
        return self.path / "reasons.json"

    @property
    def predictions_file(self) -> Path:
        """Of a shard: its cases and predictions with their places among all, for the merge."""
        return self.path / "predictions.jsonl"

    @property
    def shard_file(self) -> Path:
        """Of a shard: what the merge checks and takes over, written when all its cases are done."""
        return self.path / "shard.json"

    @property
    def classifications_file(self) -> Path:
        """The journal of the classifier stage, one checked line an article."""
        return self.path / ".journal" / "classifications.jsonl"

    @property
    def answers_file(self) -> Path:
        """The journal of the judge stage, one checked line an answer."""
        return self.path / ".journal" / "answers.jsonl"

    @property
    def explanations_file(self) -> Path:
        """The journal of the reasons stage, one checked line a reason."""
        return self.path / ".journal" / "reasons.jsonl"

    @property
    def lock_file(self) -> Path:
        """Locked while a run works here; it stays, empty, and means nothing when it is not locked.

        It lies outside the journal, so that a fresh start forgets the journal and keeps the lock.
        """
        return self.path / ".lock"

    @property
    def holder_file(self) -> Path:
        """Who has the lock, for the one that is turned away."""
        return self.path / ".holder.json"

    @property
    def holds_results(self) -> bool:
        """Whether an earlier start computed anything here.

        Raises:
            StorageFailed: The folder cannot be read.
        """
        try:
            return self.summary_file.exists() or (self.path / ".journal").is_dir()
        except OSError as error:
            raise StorageFailed(f"{self.path} cannot be read: {error.strerror}.") from error

    @property
    def results(self) -> tuple[Path, ...]:
        """Every file that a run may leave here, but for its journals."""
        return (
            self.run_file,
            self.cases_file,
            self.deepeval_file,
            self.matrix_file,
            self.pairs_file,
            self.summary_file,
            self.report_file,
            self.junit_file,
            self.page_file,
            self.agreement_file,
            self.reasons_file,
            self.predictions_file,
            self.shard_file,
        )

    def classifications(self) -> Journal[Classification]:
        """The journal of the classifier stage."""
        return Journal(self.classifications_file, Classification)

    def answers(self) -> Journal[Answer]:
        """The journal of the judge stage."""
        return Journal(self.answers_file, Answer)

    def reasons(self) -> Journal[Reason]:
        """The journal of the reasons stage."""
        return Journal(self.explanations_file, Reason)

    def forget(self, keep: Iterable[Path] = ()) -> None:
        """Delete what an earlier run left, and nothing else.

        Args:
            keep: Files of that run which the new one still reads.

        Raises:
            StorageFailed: A file cannot be deleted.
        """
        try:
            kept = {path.resolve() for path in keep}
            for path in self.results:
                if path.resolve() not in kept:
                    path.unlink(missing_ok=True)
            journal = self.path / ".journal"
            if journal.is_symlink():
                raise StorageFailed(
                    f"{self.path} cannot be emptied: .journal is a symbolic link; delete the link."
                )
            if journal.is_dir():
                shutil.rmtree(journal)
        except OSError as error:
            raise StorageFailed(
                f"{self.path} cannot be emptied: {error.strerror or error}."
            ) from error

    def forget_answers(self) -> None:
        """Delete what judges said here, reasons too, as far as it can be deleted."""
        answers = (self.path / ".journal").glob(f"{self.answers_file.stem}*.jsonl")
        for path in (*answers, self.explanations_file):
            with suppress(OSError):
                path.unlink()

    def forget_classifications(self) -> None:
        """Delete what the model under test said here, as far as it can be deleted."""
        with suppress(OSError):
            self.classifications_file.unlink()

    def sweep(self) -> None:
        """Delete the half-written files of starts that were killed; the holder alone may do so."""
        for file in (*self.results, self.holder_file):
            for leftover in self.path.glob(f".{file.name}.*{UNFINISHED}"):
                with suppress(OSError):  # it takes room, and harms nothing
                    leftover.unlink()


@contextmanager
def appearing_whole(path: Path) -> Iterator[IO[str]]:
    """Open a text file that replaces `path` only when it is complete and on the disk.

    Raises:
        StorageFailed: The disk refuses.
    """
    try:
        temporary = path.with_name(f".{path.name}.{uuid4().hex}{UNFINISHED}")
        # Made with the mode that it keeps, from which the kernel takes what the umask forbids.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE_BY_ALL)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as content:
                yield content
                content.flush()
                os.fsync(content.fileno())
            temporary.replace(path)
            force_names(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed.at_writing(path, error) from error


def write_whole(path: Path, content: str) -> None:
    """Write a text file that appears only when complete.

    Raises:
        StorageFailed: The disk refuses.
    """
    with appearing_whole(path) as file:
        file.write(content)


def remove(path: Path) -> None:
    """Delete a file that an earlier start wrote and this one does not, if there is one.

    Raises:
        StorageFailed: The disk refuses.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed.at_writing(path, error) from error
