"""A run directory and its objects: what goes up, what comes down, what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.storage import remote_run
from evaluator.storage.store import Store, StoreFailed

from .machines import RUNNING, Machine, begun


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
