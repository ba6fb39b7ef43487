"""Progress on standard error: bars in a terminal, lines elsewhere, JSON for machines."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from evaluator.run.progress import Advance, Progress
from evaluator.storage.location import naming

SECONDS_BETWEEN_LINES = 5.0
BARS_OFF = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


def progress_for(log_format: str) -> Progress:
    """Return the progress display that suits where standard error goes, and set up logging."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if log_format == "json" else _Sentences())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("evaluator").setLevel(logging.INFO)
    logging.captureWarnings(True)
    for chatty in ("httpx", "transformers", "huggingface_hub"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    # What it says of a broken file becomes the run's own sentence.
    logging.getLogger("datasets.packaged_modules").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_is_no_interruption)
    if log_format == "text" and sys.stderr.isatty():
        return Bars()
    os.environ.update(BARS_OFF)
    return LineProgress(_json_line if log_format == "json" else _plain_line)


def _is_no_interruption(record: logging.LogRecord) -> bool:
    """Whether a message is of anything but a task that Ctrl-C, SIGTERM or a deadline ended.

    The command itself says so, once.
    """
    return record.exc_info is None or not isinstance(record.exc_info[1], KeyboardInterrupt)


class Bars:
    """A bar for each stage, with counts, rate and time left; one below the other for several."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stages = 0
        self._bars: RichProgress | None = None

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        """Show a bar while the stage lasts."""
        return self._stage(name, total, unit, done)

    @contextmanager
    def _stage(self, name: str, total: int | None, unit: str, done: int) -> Iterator[Advance]:
        bars = self._joined()
        try:
            task = bars.add_task(name, total=total, completed=done, unit=unit)
            yield lambda count: bars.advance(task, count)
        finally:
            self._leave(bars)

    def _joined(self) -> RichProgress:
        """Return the bars that are shown: two sets of them would overwrite each other."""
        with self._lock:
            self._stages += 1
            if self._bars is None:
                self._bars = RichProgress(
                    TextColumn("{task.description:<12}"),
                    BarColumn(),
                    MofNCompleteColumn(),
                    _Rate(),
                    TimeRemainingColumn(),
                    console=Console(stderr=True),
                )
                self._bars.start()
            return self._bars

    def _leave(self, bars: RichProgress) -> None:
        with self._lock:
            self._stages -= 1
            if not self._stages:
                bars.stop()
                self._bars = None


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed, unit = task.finished_speed or task.speed, task.fields["unit"]
        return Text(f"{unit}, {speed:.1f}/s" if speed else unit, style="dim")


Report = Callable[[str, int, int | None, str, float], None]
"""Called with (stage, done, total, unit, items a second)."""


class LineProgress:
    """A line at each stage's start and end, and every few seconds between.

    Args:
        report: Writes a line.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def stage(
        self, name: str, total: int | None, unit: str, done: int = 0
    ) -> AbstractContextManager[Advance]:
        """Write lines while the stage lasts."""
        return self._stage(name, total, unit, done)

    @contextmanager
    def _stage(self, name: str, total: int | None, unit: str, done: int) -> Iterator[Advance]:
        started = written = time.monotonic()
        finished = done

        def write() -> None:
            spent = time.monotonic() - started
            rate = (finished - done) / spent if spent > 0 else 0.0
            self._report(name, finished, total, unit, rate)

        def advance(count: int) -> None:
            nonlocal finished, written
            finished += count
            if time.monotonic() - written >= SECONDS_BETWEEN_LINES:
                written = time.monotonic()
                write()

        write()
        yield advance
        write()


def _plain_line(stage: str, done: int, total: int | None, unit: str, rate: float) -> None:
    of_total = "" if total is None else f" of {total}"
    left = ""
    if total is not None and rate > 0 and done < total:
        left = f", {(total - done) / rate:.0f} s left"
    speed = f", {rate:.1f}/s" if rate > 0 else ""
    _write_line(f"{stage}: {done}{of_total} {unit}{speed}{left}")


def _json_line(stage: str, done: int, total: int | None, unit: str, rate: float) -> None:
    line = {"stage": stage, "done": done, "total": total, "unit": unit, "rate": round(rate, 3)}
    _write_line(json.dumps({"event": "progress", **line}))


def _write_line(line: str) -> None:
    """Write a line in one piece: two stages at once may tell of theirs."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class _Sentences(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return one line, whatever a message quotes: it forges no other and steers no terminal."""
        from evaluator.report.wording import printable

        message = printable(" ".join(naming(record.getMessage()).split()))
        if record.levelno <= logging.INFO:
            return message[:1].upper() + message[1:]
        return f"{record.levelname.capitalize()}: {message}"


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = naming(record.getMessage())
        return json.dumps({"event": "log", "level": record.levelname.lower(), "message": message})


@contextmanager
def pull_progress(progress: Progress) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows the pulling of a model, one stage for each of its files."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        shown: dict[int, tuple[Advance, int]] = {}

        def report(status: str, completed: int, total: int) -> None:
            if not total:
                return
            if total not in shown:
                stack.close()
                stage = progress.stage("pulling", total >> 20, "MiB")
                shown[total] = (stack.enter_context(stage), 0)
            advance, before = shown[total]
            now = completed >> 20
            if now > before:
                advance(now - before)
                shown[total] = (advance, now)

        yield report
