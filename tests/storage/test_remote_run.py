"""A run directory and its objects: what goes up, what comes down, what is kept."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.storage import remote_run
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


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"memory:/{tmp_path}/run"


@pytest.fixture
def here(tmp_path: Path, url: str) -> Machine:
    return Machine(tmp_path / "here", url)


@pytest.fixture
def there(tmp_path: Path, url: str) -> Machine:
    return Machine(tmp_path / "there", url)


def killed_at(name: str, call: Callable[..., None]) -> Callable[..., None]:
    """Return what ends in the place of a store's call on an object, or on a list of them."""

    def ending(store: Store, about: str | list[str], *more: object) -> None:
        if about in (name, [name]):
            raise KeyboardInterrupt
        call(store, about, *more)

    return ending


def begun(machine: Machine) -> RemoteRun:
    run = machine.start()
    machine.write("run.json", RUNNING)
    return run


def test_what_a_journal_grows_by_becomes_a_part_of_its_own(here: Machine, there: Machine) -> None:
    run = begun(here)
    here.append("one\ntwo\n")
    run.bring_up()
    here.append("three\nfo")
    here.append("first\n", "classifications")
    run.bring_up()
    run.bring_up()
    parts = [name for name in Store(here.url).objects(".journal") if "lineage" not in name]
    assert parts == [
        ".journal/answers/00000000-here1",
        ".journal/answers/00000001-here1",
        ".journal/classifications/00000002-here1",
    ]
    there.start()
    assert there.read("run.json") == RUNNING
    assert there.journal() == "one\ntwo\nthree\n"  # the torn line is not whole yet
    assert there.journal("classifications") == "first\n"


def test_a_journal_goes_up_in_pieces(
    here: Machine, there: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_run, "PART_BYTES", 10)
    run = begun(here)
    lines = "".join(f"line {n} of the journal\n" for n in range(20))
    here.append(lines)
    run.bring_up()
    there.start()
    assert there.journal() == lines
    assert len(Store(here.url).objects(".journal/answers")) == 20


def test_results_come_with_the_end_and_the_record_last(
    here: Machine, there: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, names = Store.put, []

    def noting(self: Store, name: str, source: Path) -> None:
        names.append(name)
        put(self, name, source)

    monkeypatch.setattr(Store, "put", noting)
    run = begun(here)
    run.bring_up()
    here.write("summary.json", "good")
    here.write("cases.jsonl", "cases")
    here.write("run.json", DONE)
    run.bring_up()  # between the end of the run and its last upload
    assert names == ["run.json"]
    run.finish()
    assert names == ["run.json", "cases.jsonl", "summary.json", "run.json"]
    there.start()
    assert (there.read("run.json"), there.read("summary.json")) == (DONE, "good")


@pytest.mark.parametrize("name", ["cases.jsonl", "summary.json", "junit.xml", "run.json"])
def test_killed_while_it_exchanges_results_a_run_has_not_ended_at_the_url(
    here: Machine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def end(started: int) -> RemoteRun:
        run = here.start()
        for result in ("cases.jsonl", "summary.json", "junit.xml"):
            here.write(result, f"of start {started}")
        here.write("run.json", DONE)
        return run

    end(1).finish()
    assert Store(here.url).read("run.json") == DONE.encode()
    again = end(2)
    (here.folder / "junit.xml").unlink()
    for call in ("put", "delete"):
        monkeypatch.setattr(DeafStore, call, killed_at(name, getattr(DeafStore, call)))
    with pytest.raises(KeyboardInterrupt):
        again.finish()
    assert Store(here.url).read("run.json") == RUNNING.encode()


def test_a_result_that_a_later_start_does_not_make_goes(here: Machine, there: Machine) -> None:
    run = begun(here)
    here.write("junit.xml", "<testsuites/>")
    here.write("run.json", DONE)
    run.finish()
    again = there.start()
    (there.folder / "junit.xml").unlink()
    again.finish()
    assert sorted(Store(here.url).beside()) == ["run.json"]


def test_what_only_this_machine_knows_is_kept_and_goes_up_later(
    here: Machine, there: Machine
) -> None:
    run = begun(here)
    here.append("one\n")
    run.bring_up()
    here.append("two\n")  # and then the process was killed
    other = there.start()
    there.append("three\n")
    other.bring_up()
    again = here.start()
    assert here.journal() == "one\nthree\ntwo\n"
    again.bring_up()
    there.start()
    assert there.journal() == "one\nthree\ntwo\n"


def test_a_run_whose_store_was_away_from_the_start_is_kept(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Store, name: str, content: bytes) -> None:
        raise StoreFailed("away")

    run = begun(here)
    here.append("one\n")
    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", away)
        with pytest.raises(StoreFailed):
            run.bring_up()
    again = here.start()
    assert here.journal() == "one\n"
    again.bring_up()
    assert any("answers" in name for name in Store(here.url).objects())


def test_a_fresh_start_clears_the_url_and_nothing_else(here: Machine, there: Machine) -> None:
    Store(here.url).write("notes.txt", b"of the user")
    run = begun(here)
    here.append("one\n")
    here.write("summary.json", "old")
    run.finish()
    fresh = there.start()
    there.forget()
    there.write("run.json", RUNNING)
    there.append("two\n")
    fresh.bring_up()
    assert sorted(Store(here.url).beside()) == ["notes.txt", "run.json"]
    here.start()  # what this machine knew was of the run that is forgotten
    assert (here.journal(), here.read("summary.json")) == ("two\n", None)


def test_a_journal_that_a_run_deleted_goes_everywhere(here: Machine, there: Machine) -> None:
    run = begun(here)
    here.append("one\n")
    here.append("first\n", "classifications")
    run.bring_up()
    begun(there).bring_up()
    (here.folder / ".journal" / "answers.jsonl").unlink()
    run.bring_up()
    there.append("two\n")  # of another process, which was killed before this went up
    there.start()
    assert (there.journal(), there.journal("classifications")) == ("two\n", "first\n")
    here.append("three\n")
    run.bring_up()
    there.start()
    assert there.journal() == "three\ntwo\n"


def test_a_journal_that_was_deleted_while_the_store_was_away_stays_deleted(here: Machine) -> None:
    store = Store(here.url)
    store.write(".journal/answers.jsonl", b"of a directory that was copied there\n")
    run = begun(here)
    here.append("one\n")
    run.bring_up()
    (here.folder / ".journal" / "answers.jsonl").unlink()  # and then the process was killed
    here.start()
    assert here.journal() is None
    assert [name for name in store.objects(".journal") if "answers" in name] == []


def test_a_run_that_was_deleted_at_the_url_is_not_revived(here: Machine) -> None:
    run = begun(here)
    here.append("one\n")
    run.finish()
    store = Store(here.url)
    store.delete(list(store.objects()))
    here.start()
    assert (here.read("run.json"), here.journal()) == (None, None)


def test_a_run_directory_that_was_copied_to_the_url_is_continued(
    here: Machine, there: Machine
) -> None:
    store = Store(here.url)
    store.write("run.json", RUNNING.encode())
    store.write(".journal/answers.jsonl", b"one\n")
    run = here.start()
    assert here.journal() == "one\n"
    here.append("two\n")
    run.bring_up()
    there.start()
    assert there.journal() == "one\ntwo\n"


def test_an_empty_url_leaves_the_directory_empty(here: Machine) -> None:
    here.start().bring_up()
    assert list(here.folder.iterdir()) == []
    assert Store(here.url).beside() == {}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "up", "unheard", "kill", "move", "finish"]), st.booleans()
    ),
    max_size=25,
)


@searching
@given(steps=STEPS)
def test_no_line_that_went_up_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool]]
) -> None:
    """Whatever happens to two machines, in turn: all that was up is there, and once."""
    root = tmp_path_factory.mktemp("steps")
    url = f"memory:/{root}/run"
    machines = [Machine(root / name, url) for name in ("a", "b")]
    machine, written, up = machines[0], 0, set()
    run = begun(machine)
    for step, torn in steps:
        if step == "append":
            machine.append(f"line {written}" + ("" if torn else "\n"))
            written += 1
        elif step == "up":
            run.bring_up()
        elif step == "unheard":
            machine.bring_up_unheard(run)
        elif step == "finish":
            run.finish()
        else:
            if step == "move":
                machine = machines[1 - machines.index(machine)]
            run = begun(machine)
        if step in ("up", "finish"):
            up |= {line for line in (machine.journal() or "").splitlines(True) if "\n" in line}
    last = Machine(root / "last", url)
    last.start()
    found = (last.journal() or "").splitlines(keepends=True)
    assert up <= set(found)
    assert len(found) == len(set(found))
