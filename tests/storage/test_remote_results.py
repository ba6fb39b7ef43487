"""The results of a run at a URL, which belong together: none of them goes up by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.storage.remote_run import RemoteRun
from evaluator.storage.store import Store

from .machines import DONE, RUNNING, DeafStore, Machine, begun


def killed_at(name: str, call: Callable[..., None]) -> Callable[..., None]:
    """Return what ends in the place of a store's call on an object, or on a list of them."""

    def ending(store: Store, about: str | list[str], *more: object) -> None:
        if about in (name, [name]):
            raise KeyboardInterrupt
        call(store, about, *more)

    return ending


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
