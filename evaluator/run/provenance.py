"""`run.json`: what a run was made from, and whether a later start may continue it."""

import logging
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator import __version__
from evaluator.errors import ConfigError, StorageFailed
from evaluator.judge.lock import JudgeLock
from evaluator.judge.rubric import Rubric
from evaluator.run.directory import RunDirectory, write_whole
from evaluator.run.settings import Settings

logger = logging.getLogger(__name__)

REPORTED_PACKAGES = ("torch", "transformers", "peft", "xllamacpp", "ollama", "scikit-learn")
LONGEST_VALUE_SHOWN = 63  # one less than a digest has


class RunRecord(BaseModel):
    """The content of `run.json`.

    Attributes:
        schema_version: Version of this layout.
        command: The command that made the run.
        status: `running` until every file is written.
        config: All resolved settings.
        lasting: Those that decide the result.
        fingerprints: Digests of inputs by name.
        rubric: What the judge is asked, in full.
        judge: The judge lock, once known.
        versions: Versions of Python and packages.
        started_at: UTC time of the first start, ISO 8601.
        finished_at: UTC time of the end, ISO 8601.
        timings: Seconds by stage, of the last start.
        merged_from: How many shards a merge made the run of; None for any other run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(default=1, ge=1, le=1)
    command: str
    status: Literal["running", "done"] = "running"
    config: dict[str, Any]
    lasting: dict[str, Any]
    fingerprints: dict[str, str]
    rubric: Rubric
    judge: JudgeLock | None = None
    versions: dict[str, str]
    started_at: str
    finished_at: str | None = None
    timings: dict[str, float] = {}
    merged_from: int | None = None

    def finished(self, timings: dict[str, float]) -> "RunRecord":
        """Return the record of the same run with every file written."""
        return self.model_copy(update={"status": "done", "finished_at": _now(), "timings": timings})

    def reopened(self) -> "RunRecord":
        """Return the record of the same run before its files were written."""
        return self.model_copy(update={"status": "running", "finished_at": None, "timings": {}})


class Provenance:
    """Keeps `run.json` true while a run goes on.

    Args:
        directory: The run directory.
        command: Name of the command.
        settings: The resolved settings.
        fingerprints: Digests of the inputs by name.
        rubric: What the judge is asked.

    Raises:
        ConfigError: The directory holds a run that was made from something else.
        StorageFailed: What the directory holds cannot be read.
    """

    def __init__(
        self,
        directory: RunDirectory,
        command: str,
        settings: Settings,
        fingerprints: dict[str, str],
        rubric: Rubric,
    ) -> None:
        self._directory = directory
        continues = directory.holds_results and not settings.fresh
        earlier = read_record(directory) if continues else None
        record = RunRecord(
            command=command,
            config=settings.model_dump(mode="json"),
            lasting=settings.lasting(),
            fingerprints=fingerprints,
            rubric=rubric,
            versions=_versions(),
            started_at=_now(),
        )
        self._forget_first = settings.fresh
        self._inputs = [] if settings.matrix is None else [settings.matrix]
        if earlier is not None:
            _refuse_change(directory, earlier, record)
            record = record.model_copy(
                update={"started_at": earlier.started_at, "judge": earlier.judge}
            )
        self.resumed = earlier is not None
        self._record = record

    @property
    def record(self) -> RunRecord:
        """What `run.json` says."""
        return self._record

    def lock_judge(self, lock: JudgeLock) -> None:
        """Record the judge. Until then nothing in the directory changes, not even by a fresh run.

        Raises:
            ConfigError: The directory holds verdicts of another judge.
            StorageFailed: The directory cannot be written.
        """
        earlier = self._record.judge
        if earlier is not None and earlier != lock:
            raise ConfigError(
                f"the judge changed since {self._directory.path} was started: "
                f"{'; '.join(lock.differences(earlier))}. "
                "Use that judge again, another --save-to, or --fresh to start over."
            )
        self._record = self._record.model_copy(update={"judge": lock})
        self.start()

    def start(self) -> None:
        """Record that work begins, of which a judge may have no part.

        Raises:
            StorageFailed: The directory cannot be written.
        """
        if self._forget_first:
            self._directory.forget(keep=self._inputs)
        if self.resumed:
            logger.info("continuing the run that was started at %s", self._record.started_at)
        write_record(self._directory, self._record)

    def finish(self, timings: dict[str, float]) -> None:
        """Record that every file is written."""
        self._record = self._record.finished(timings)
        write_record(self._directory, self._record)


def write_record(directory: RunDirectory, record: RunRecord) -> None:
    """Write `run.json`.

    Raises:
        StorageFailed: The disk refuses.
    """
    write_whole(directory.run_file, _text(record))


def reopened(directory: RunDirectory) -> bytes | None:
    """Return what `run.json` said before the run ended; None while it does not say that it did."""
    try:
        record = read_record(directory)
    except (ConfigError, StorageFailed):
        return None
    return _text(record.reopened()).encode() if record.status == "done" else None


def read_record(directory: RunDirectory) -> RunRecord:
    """Return what `run.json` says.

    Raises:
        ConfigError: It is missing or none that this version can continue.
        StorageFailed: It cannot be read.
    """
    try:
        return RunRecord.model_validate_json(directory.run_file.read_bytes())
    except (FileNotFoundError, ValidationError) as error:
        raise ConfigError(
            f"{directory.run_file} is not a record this version can continue; "
            "use another --save-to, or --fresh to start over."
        ) from error
    except OSError as error:
        raise StorageFailed(
            f"{directory.run_file} cannot be read: {error.strerror or error}; permit reading it, "
            "or use another --save-to."
        ) from error


def _text(record: RunRecord) -> str:
    return record.model_dump_json(indent=1)


def _refuse_change(directory: RunDirectory, earlier: RunRecord, now: RunRecord) -> None:
    found = [
        *changes({"command": earlier.command}, {"command": now.command}),
        *changes(earlier.lasting, now.lasting),
        *changes(earlier.fingerprints, now.fingerprints),
    ]
    if found:
        raise ConfigError(
            f"{directory.path} holds a run made from something else: {'; '.join(found)}. "
            "Use another --save-to, or --fresh to start over."
        )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return each value that is not what it was, as `name (new value, was old value)`."""
    return [
        f"{name} ({_short(after.get(name))}, was {_short(before.get(name))})"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE_SHOWN else f"{text[:12]}…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    found = {"evaluator": __version__, "python": platform.python_version()}
    for package in REPORTED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
