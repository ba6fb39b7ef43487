"""Machines on which a run at a URL is started, and a store that does not always answer."""

import shutil
from contextlib import suppress
from pathlib import Path

from evaluator.storage.remote_run import RemoteRun
from evaluator.storage.store import Store, StoreFailed

RUNNING, DONE = "running", "done"


class DeafStore(Store):
    """A store whose answers do not arrive while it is told so: what is written is there."""

    is_deaf = False

    def write(self, name: str, content: bytes) -> None:
        super().write(name, content)
        if self.is_deaf and "answers" in name:
            raise StoreFailed("no answer")


class Machine:
    """A machine on which the run at a URL is started again and again."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.store = DeafStore(url)
        self._sessions = 0

    def start(self) -> RemoteRun:
        """Begin where the URL says."""
        self._sessions += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        run = RemoteRun(
            self.folder,
            self.store,
            record="run.json",
            results=["cases.jsonl", "junit.xml", "summary.json"],
            reopened=lambda: RUNNING.encode() if self.read("run.json") == DONE else None,
            session=f"{self.folder.name}{self._sessions}",
        )
        run.bring_down()
        return run

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    def append(self, text: str, journal: str = "answers") -> None:
        (self.folder / ".journal").mkdir(exist_ok=True)
        with (self.folder / ".journal" / f"{journal}.jsonl").open("a", encoding="utf-8") as file:
            file.write(text)

    def read(self, name: str) -> str | None:
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else None

    def journal(self, name: str = "answers") -> str | None:
        return self.read(f".journal/{name}.jsonl")

    def bring_up_unheard(self, run: RemoteRun) -> None:
        """Send a part whose arrival is not noted."""
        self.store.is_deaf = True
        with suppress(StoreFailed):
            run.bring_up()
        self.store.is_deaf = False

    def forget(self) -> None:
        """What a fresh start does to a directory."""
        for name in ("run.json", "cases.jsonl", "junit.xml", "summary.json"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".journal", ignore_errors=True)


def begun(machine: Machine) -> RemoteRun:
    run = machine.start()
    machine.write("run.json", RUNNING)
    return run
