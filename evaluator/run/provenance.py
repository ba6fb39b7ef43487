"""`run.json`: what a run was made from, and whether a later start may continue it."""

import logging
import platform
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
        earlier = _read(directory) if continues else None
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
        if self._forget_first:
            self._directory.forget(keep=self._inputs)
        if self.resumed:
            logger.info("continuing the run that was started at %s", self._record.started_at)
        self._record = self._record.model_copy(update={"judge": lock})
        self._write()

    def finish(self, timings: dict[str, float]) -> None:
        """Record that every file is written."""
        self._record = self._record.model_copy(
            update={"status": "done", "finished_at": _now(), "timings": timings}
        )
        self._write()

    def _write(self) -> None:
        write_whole(self._directory.run_file, self._record.model_dump_json(indent=1))


def _read(directory: RunDirectory) -> RunRecord:
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


def _refuse_change(directory: RunDirectory, earlier: RunRecord, now: RunRecord) -> None:
    changes = []
    if earlier.command != now.command:
        changes.append(f"command ({now.command}, was {earlier.command})")
    for before, after in (
        (earlier.lasting, now.lasting),
        (earlier.fingerprints, now.fingerprints),
    ):
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                values = f"{_short(after.get(name))}, was {_short(before.get(name))}"
                changes.append(f"{name} ({values})")
    if changes:
        raise ConfigError(
            f"{directory.path} holds a run made from something else: {'; '.join(changes)}. "
            "Use another --save-to, or --fresh to start over."
        )


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
