"""A run directory at a URL: brought down at the start, brought up as it grows and at its end.

Objects cannot be appended to. So what a journal grows by becomes a numbered object of its own,
which nobody ever replaces, and the parts in their order are the journal.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from evaluator.storage.mirror_state import MirrorState, SentPart
from evaluator.storage.store import NothingThere, Store

JOURNAL = ".journal"
LINEAGE = f"{JOURNAL}/lineage"
STATE = f"{JOURNAL}/.uploaded.json"
PART_BYTES = 8 << 20
PART_NUMBER = re.compile("[0-9]{1,12}")


class RemoteRun:
    """A run directory here and its objects in a store.

    Args:
        folder: The directory here.
        store: What lies below the URL.
        record: Name of the file that is there from the start and says whether the run has ended.
        results: Names of the other files, in the order in which they are brought up.
        reopened: Returns the record of a run that has ended, as it was before; None while the
            record does not say so.
        session: Keeps the names of this process's parts apart from all others'.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        *,
        record: str,
        results: Sequence[str],
        reopened: Callable[[], bytes | None],
        session: str,
    ) -> None:
        self._folder = folder
        self._store = store
        self._record, self._results = record, tuple(results)
        self._reopened = reopened
        self._session = session
        self._known: dict[str, tuple[int, int]] = {}
        self._lineage: str | None = None

    def bring_down(self) -> None:
        """Make the directory here what is at the URL, and keep what only this machine knows of it.

        Raises:
            StoreFailed: The store cannot be read.
            OSError: The directory cannot be written.
        """
        there = self._objects()
        self._lineage = self._remote_lineage()
        state = MirrorState.read(self._folder / STATE)
        if state is None or self._lineage not in (state.lineage, state.replaces):
            self._forget_here()
            state = None
        if not there or (state is not None and state.is_new):
            return
        if state is None:
            state = self._adopted()
        there = self._without_forgotten(there, state)
        for name in (self._record, *self._results):
            if name in there:
                self._store.fetch(name, self._folder / name)
                self._known[name] = _signature(self._folder / name)
        self._bring_journals_down(there, state)

    def remember(self) -> None:
        """Note here which run this is, before the store can be told and even if it never can.

        Without the note a later start would take the directory for a stranger's and clear it.

        Raises:
            OSError: The directory cannot be written.
        """
        begun = (self._folder / self._record).exists()
        if begun and MirrorState.read(self._folder / STATE) is None:  # new, or forgotten
            MirrorState(replaces=self._lineage).write(self._folder / STATE)

    def bring_up(self) -> None:
        """Give the store what the journals grew by, as far as its lines are whole.

        Raises:
            StoreFailed: The store refuses.
            OSError: The directory cannot be read.
        """
        state = self._begun()
        if state is not None:
            if self._reopened() is None:  # or it would come before the results
                self._put_changed(self._record)
            self._put_parts(state)

    def finish(self) -> None:
        """Give the store the journals and the results; the record comes last.

        As long as results are exchanged there, the record there does not say that the run ended.

        Raises:
            StoreFailed: The store refuses.
            OSError: The directory cannot be read.
        """
        state = self._begun()
        if state is None:
            return
        self._put_parts(state)
        reopened = self._reopened()
        if reopened is not None and self._is_changed(self._record):
            self._store.write(self._record, reopened)
        for name in self._results:
            self._put_changed(name)
        self._store.delete([name for name in self._known if not (self._folder / name).exists()])
        self._put_changed(self._record)

    def _objects(self) -> dict[str, int]:
        """Return the sizes of the run's objects by their names."""
        own = {self._record, *self._results}
        found = {name: one for name, one in self._store.beside().items() if name in own}
        with suppress(NothingThere):
            found |= self._store.objects(JOURNAL)
        return {name: one.size for name, one in found.items()}

    def _remote_lineage(self) -> str | None:
        content = self._store.read(LINEAGE)
        return None if content is None else content.decode("ascii", "replace")

    def _adopted(self) -> MirrorState:
        """Return the state of the run at the URL, which may have come there by other means."""
        if self._lineage is None:
            state = MirrorState(replaces=None)
            self._store.write(LINEAGE, state.lineage.encode())
            self._lineage = state.replaces = state.lineage
            return state
        return MirrorState(lineage=self._lineage, replaces=self._lineage)

    def _forget_here(self) -> None:
        for name in (self._record, *self._results):
            (self._folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._folder / JOURNAL, ignore_errors=True)

    def _bring_journals_down(self, there: dict[str, int], state: MirrorState) -> None:
        self._settle(there, state)
        parts: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for name in sorted(there):
            journal, slash, part = name.removeprefix(f"{JOURNAL}/").partition("/")
            if not name.startswith(f"{JOURNAL}/"):
                continue
            if slash:
                parts[f"{journal}.jsonl"].append((name, there[name]))
                state.parts = max(state.parts, _number(part) + 1)
            elif journal.endswith(".jsonl"):  # of a directory that was copied there
                parts[journal].insert(0, (name, there[name]))
        (self._folder / JOURNAL).mkdir(parents=True, exist_ok=True)
        for journal in state.uploaded.keys() | parts.keys():
            path, pieces = self._folder / JOURNAL / journal, parts[journal]
            tail = _from(path, state.uploaded.get(journal, 0))
            unfinished = path.with_name(f".{journal}.fetching")
            with unfinished.open("wb") as file:
                for content in self._store.read_all(pieces):
                    file.write(content)
                state.uploaded[journal] = file.tell()
                file.write(tail)
            unfinished.replace(path)
        state.write(self._folder / STATE)

    def _begun(self) -> MirrorState | None:
        """Return the state of a run that has begun here, made known to the store."""
        self.remember()
        state = MirrorState.read(self._folder / STATE)
        if state is None:
            return None
        if state.is_new:
            self._store.delete([name for name in self._objects() if name != LINEAGE])
            self._known.clear()
            self._store.write(LINEAGE, state.lineage.encode())
            self._lineage = state.replaces = state.lineage
            state.write(self._folder / STATE)
        return state

    def _without_forgotten(self, there: dict[str, int], state: MirrorState) -> dict[str, int]:
        """Delete the journals at the URL that a run deleted here, and return what is left there."""
        gone = [name for name in state.uploaded if not (self._folder / JOURNAL / name).exists()]
        if not gone:
            return there
        folders = tuple(f"{JOURNAL}/{Path(name).stem}/" for name in gone)
        files = {f"{JOURNAL}/{name}" for name in gone}
        forgotten = {name for name in there if name.startswith(folders) or name in files}
        self._store.delete(forgotten)
        for name in gone:
            del state.uploaded[name]
        state.write(self._folder / STATE)
        return {name: size for name, size in there.items() if name not in forgotten}

    def _put_parts(self, state: MirrorState) -> None:
        if any(not (self._folder / JOURNAL / name).exists() for name in state.uploaded):
            self._without_forgotten(self._objects(), state)
        if state.sending is not None:
            self._settle(self._objects(), state)
        for path in sorted((self._folder / JOURNAL).glob("*.jsonl")):
            for piece in _pieces(path, state.uploaded.get(path.name, 0)):
                name = f"{JOURNAL}/{path.stem}/{state.parts:08d}-{self._session}"
                state.uploaded.setdefault(path.name, 0)
                state.sending = SentPart(journal=path.name, name=name)
                state.write(self._folder / STATE)
                self._store.write(name, piece)
                state.uploaded[path.name] += len(piece)
                state.parts += 1
                state.sending = None
                state.write(self._folder / STATE)

    def _settle(self, there: dict[str, int], state: MirrorState) -> None:
        """Count the part that was under way when somebody last looked, if it arrived.

        Whoever sent it was killed, or heard no answer: what it holds must not go up once more.
        """
        sent, state.sending = state.sending, None
        if sent is not None and sent.name in there and sent.journal in state.uploaded:
            state.uploaded[sent.journal] += there[sent.name]
            state.parts += 1

    def _put_changed(self, name: str) -> None:
        if self._is_changed(name):
            signature = _signature(self._folder / name)
            self._store.put(name, self._folder / name)
            self._known[name] = signature

    def _is_changed(self, name: str) -> bool:
        path = self._folder / name
        return path.exists() and self._known.get(name) != _signature(path)


def _pieces(path: Path, start: int) -> Iterator[bytes]:
    """Yield the whole lines of a journal from a place on, a few megabytes at a time."""
    with path.open("rb") as file:
        file.seek(start)
        rest = b""
        while content := file.read(PART_BYTES):
            lines, newline, after = (rest + content).rpartition(b"\n")
            rest = after
            if newline:
                yield lines + newline


def _from(path: Path, start: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read()
    except FileNotFoundError:
        return b""


def _number(part: str) -> int:
    digits = part.partition("-")[0]
    return int(digits) if PART_NUMBER.fullmatch(digits) else 0


def _signature(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
