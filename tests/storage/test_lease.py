"""Who holds a remote directory."""

import os
import sys
import threading
import time

import pytest
from running import PATIENCE

from evaluator.errors import StorageFailed
from evaluator.storage import lease as module
from evaluator.storage.lease import HOLDER, Lease, LeaseLost
from evaluator.storage.store import Store


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ABANDONED_SECONDS", 0.6)
    monkeypatch.setattr(module, "WATCH_SECONDS", 0.1)


@pytest.fixture
def store(bucket: str) -> Store:
    return Store(bucket)


def test_what_is_released_is_free_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ABANDONED_SECONDS", PATIENCE)
    first, second = Lease(store), Lease(store)
    first.acquire()
    first.renew()
    first.release()
    started = time.monotonic()
    second.acquire()
    second.renew()
    assert time.monotonic() - started < PATIENCE / 2


def test_a_holder_at_work_is_named_to_the_second(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ABANDONED_SECONDS", PATIENCE)  # or until it is renewed
    first = Lease(store)
    first.acquire()
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.2):
            first.renew()

    working = threading.Thread(target=work)
    working.start()
    with pytest.raises(StorageFailed, match=f"is in use by process {os.getpid()} on .*, since 20"):
        Lease(store).acquire()
    done.set()
    working.join()
    first.renew()


def test_an_abandoned_directory_is_taken_over_and_its_old_holder_knows(store: Store) -> None:
    dead, heir = Lease(store), Lease(store)
    dead.acquire()
    heir.acquire()
    with pytest.raises(LeaseLost, match=f"process {os.getpid()} on "):
        dead.renew()
    dead.release()
    heir.renew()


def test_a_holder_whose_object_vanished_holds_nothing(store: Store) -> None:
    lease = Lease(store)
    lease.acquire()
    store.delete([HOLDER])
    with pytest.raises(LeaseLost, match="another process"):
        lease.renew()


def robbed(store: Store) -> tuple[Lease, Lease]:
    """Return a lease that was lost unseen, and that of who holds the store now."""
    lease, heir = Lease(store), Lease(store)
    lease.acquire()
    store.delete([HOLDER])
    heir.acquire()
    return lease, heir


def test_who_was_not_renewed_for_long_looks_before_going_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease, heir = robbed(store)
    lease.require_held()  # nobody can have watched it die so soon
    monkeypatch.setattr(module, "SURE_SECONDS", 0.0)
    with pytest.raises(LeaseLost):
        lease.require_held()
    heir.require_held()


def test_who_was_asleep_looks_before_going_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease, _ = robbed(store)
    lease.require_held()
    read, asleep = time.clock_gettime, 2 * module.SURE_SECONDS
    # The monotonic clock of Linux stands still while the machine sleeps.
    monkeypatch.setattr(time, "clock_gettime", lambda clock: read(clock) + asleep)
    with pytest.raises(LeaseLost):
        lease.require_held()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems name their clocks otherwise")
def test_the_clock_of_a_holder_counts_sleep() -> None:
    assert module.ALL_THE_TIME == time.CLOCK_BOOTTIME


def test_what_is_released_is_renewed_no_more(store: Store) -> None:
    lease = Lease(store)
    lease.acquire()
    lease.release()
    lease.renew()
    assert store.read(HOLDER) is None
    assert lease.lost is None


def test_an_answer_that_was_lost_on_its_way_turns_nobody_away_from_itself(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Store.create

    def repeated(self: Store, name: str, content: bytes) -> None:
        create(self, name, content)
        create(self, name, content)  # as a client does that heard nothing

    lease = Lease(store)
    monkeypatch.setattr(Store, "create", repeated)
    lease.acquire()
    lease.renew()


def test_one_who_came_second_is_turned_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, create = Lease(store), Store.create

    def overtaken(self: Store, name: str, content: bytes) -> None:
        patched.undo()
        first.acquire()
        create(self, name, content)

    in_use = pytest.raises(StorageFailed, match=f"is in use by process {os.getpid()} on ")
    with monkeypatch.context() as patched, in_use:
        patched.setattr(Store, "create", overtaken)
        Lease(store).acquire()
    first.renew()


def test_a_damaged_holder_is_watched_like_any_other(store: Store) -> None:
    store.write(HOLDER, b"\x00\x01")
    lease = Lease(store)
    lease.acquire()
    lease.renew()


def test_of_two_who_watched_the_same_holder_die_one_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lease(store).acquire()
    both_saw, delete = threading.Barrier(2, timeout=PATIENCE), Store.delete

    def delete_together(self: Store, names: list[str]) -> None:
        delete(self, names)
        both_saw.wait()

    monkeypatch.setattr(Store, "delete", delete_together)
    ends: list[str] = []

    def take(lease: Lease) -> None:
        try:
            lease.acquire()
            ends.append("held")
        except StorageFailed:
            ends.append("refused")

    both = [threading.Thread(target=take, args=(Lease(Store(store.url)),)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(ends) == ["held", "refused"]
