"""A store that follows a run while it works."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import PATIENCE

from evaluator.errors import StorageFailed
from evaluator.storage import heartbeat, mirror
from evaluator.storage import lease as lease_module
from evaluator.storage.held_store import HeldStore
from evaluator.storage.lease import HOLDER, Lease, LeaseLost
from evaluator.storage.mirror import mirrored
from evaluator.storage.remote_run import RemoteRun
from evaluator.storage.store import Store, StoreFailed


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "UPLOAD_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(mirror, "LAST_SECONDS", 0.3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"memory:/{tmp_path}/run")


@contextmanager
def working(folder: Path, store: Store) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    lease = Lease(store)
    run = RemoteRun(
        folder,
        HeldStore(store.url, lease.require_held),
        record="run.json",
        results=["summary.json"],
        reopened=lambda: None,
        session=lease.session,
    )
    with mirrored(folder, store, lease, run):
        (folder / "run.json").write_text("running", "utf-8")
        yield folder


def wait_until_stored(store: Store, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while store.read(name) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_run_writes_is_up_before_it_ends(store: Store, tmp_path: Path) -> None:
    with working(tmp_path / "here", store) as folder:
        wait_until_stored(store, "run.json")
        (folder / "summary.json").write_text("good", "utf-8")
        assert store.read("summary.json") is None
    assert store.read("summary.json") == b"good"
    assert store.read(HOLDER) is None


def test_a_run_that_fails_leaves_its_record_and_no_holder(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), working(tmp_path / "here", store) as folder:
        (folder / "summary.json").write_text("half", "utf-8")
        raise ZeroDivisionError
    assert (store.read("run.json"), store.read("summary.json")) == (b"running", None)
    assert store.read(HOLDER) is None


def test_what_a_store_refuses_for_too_long_is_kept_and_continued(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Store, name: str, content: bytes) -> None:
        raise StoreFailed("it is away")

    here = tmp_path / "here"
    with monkeypatch.context() as patched:
        kept = (
            rf"cannot be written: it is away; what was computed is kept in file://{here}: run the"
        )
        with pytest.raises(StorageFailed, match=kept), working(here, store):
            (here / ".journal").mkdir()
            (here / ".journal" / "answers.jsonl").write_text("one\n", "utf-8")
            patched.setattr(Store, "write", away)
    store.delete([HOLDER])
    with working(here, store):
        assert (here / ".journal" / "answers.jsonl").read_text("utf-8") == "one\n"
    assert any("answers" in name for name in store.objects())


def test_a_run_whose_place_was_taken_ends_at_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, taking, renew = Lease(store), threading.Lock(), Lease.renew

    def cannot_be_reached_meanwhile(self: Lease) -> None:
        with taking:
            renew(self)

    monkeypatch.setattr(Lease, "renew", cannot_be_reached_meanwhile)
    started = time.monotonic()
    with (
        pytest.raises(StorageFailed, match=r"was taken over by process .*, while the store"),
        working(tmp_path / "here", store),
    ):
        wait_until_stored(store, "run.json")
        with taking:
            store.delete([HOLDER])
            other.acquire()
        time.sleep(PATIENCE)
    assert time.monotonic() - started < PATIENCE / 2
    other.renew()


@pytest.mark.parametrize("slow", ["fetch", "put", "delete_one"])
def test_a_holder_that_is_long_busy_with_an_object_is_not_taken_for_dead(
    slow: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(tmp_path / "before", store) as folder:
        (folder / "summary.json").write_text("good", "utf-8")
    monkeypatch.setattr(lease_module, "ABANDONED_SECONDS", PATIENCE)  # or until it is renewed
    monkeypatch.setattr(lease_module, "WATCH_SECONDS", 0.1)
    real, watched = getattr(Store, slow), []

    def long(self: Store, name: str, *file: Path) -> None:
        if name == "summary.json" and not watched:
            with pytest.raises(StorageFailed, match="is in use by process"):
                Lease(store).acquire()
            watched.append(name)
        real(self, name, *file)

    monkeypatch.setattr(Store, slow, long)
    with working(tmp_path / "here", store) as folder:
        if slow == "put":
            (folder / "summary.json").write_text("better", "utf-8")
        if slow == "delete_one":
            (folder / "summary.json").unlink()
    assert watched == ["summary.json"]


@pytest.mark.parametrize("when", ["at the beginning", "at the end"])
def test_a_holder_that_was_cut_off_overwrites_nothing_more(
    when: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(tmp_path / "before", store) as folder:
        (folder / "summary.json").write_text("good", "utf-8")
    other, slow = Lease(store), "fetch" if when == "at the beginning" else "put"
    real, renew, noticed = getattr(Store, slow), Lease.renew, threading.Event()

    def noticing(self: Lease) -> None:
        try:
            renew(self)
        except LeaseLost:
            noticed.set()
            raise

    def taken_over_meanwhile(self: Store, name: str, file: Path) -> None:
        real(self, name, file)
        if name == "summary.json":
            patched.undo()
            store.delete([HOLDER])
            other.acquire()
            store.write("run.json", b"of the other")
            assert noticed.wait(PATIENCE)

    monkeypatch.setattr(Lease, "renew", noticing)
    patched = pytest.MonkeyPatch()
    patched.setattr(Store, slow, taken_over_meanwhile)
    with (
        pytest.raises(StorageFailed, match=r"was taken over by process"),
        working(tmp_path / "here", store) as folder,
    ):
        (folder / "run.json").write_text("of this run", "utf-8")
        (folder / "summary.json").write_text("better", "utf-8")
    assert store.read("run.json") == b"of the other"
    other.renew()


def test_a_bucket_that_is_not_there_is_named(bucket: str, tmp_path: Path) -> None:
    with (
        pytest.raises(StorageFailed, match="there is no such bucket; make it"),
        working(tmp_path / "here", Store("s3://no-such-bucket/run")),
    ):
        pytest.fail("it began")
