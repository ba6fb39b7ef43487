"""A run killed in each of its stages is continued as if nothing had been."""

import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from forked import ForkedEvaluator
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from staged_run import StagedRun, answer, write_cases

SHOWING = ("--show-article",)
EXPLAINING = ("--explain", "all")
STRIKES = {
    "reading": 10,
    "classifying": 8,
    "judging": 14,
    "survey": 20,
    "articles": 20,
    "writing": 30,
}
REASONS_STRIKES = 3
STEP = 5
"""From the start to the next kill in a stage that keeps a journal, in calls, at most."""
BY_THE_CLOCK = 20


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedEvaluator]:
    folder = tmp_path_factory.mktemp("forked")
    with ForkedEvaluator(folder, prepared="staged_process") as forked:
        yield forked


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with OllamaServer(ScriptedEngine(answer), models=[ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture
def staged(
    evaluator: ForkedEvaluator,
    server: OllamaServer,
    tiny_model: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> StagedRun:
    """A run that judges below articles, or one that gives reasons: none does both."""
    folder = tmp_path / "staged"
    folder.mkdir()
    write_cases(folder / "cases.csv")
    return StagedRun(evaluator, server, tiny_model, folder, request.param)


@dataclass(frozen=True, slots=True)
class Striker:
    """Kills a run in one stage again and again, and continues it.

    Attributes:
        staged: The run.
        stage: The stage.
        calls: How many calls a run makes in it.
        begin_at: Where the run stands when it is first begun; None for an empty directory.
    """

    staged: StagedRun
    stage: str
    calls: int
    begin_at: Path | None

    def strike(self, count: int) -> set[tuple[int, int]]:
        """Kill it at so many instants, each another call or with more answers kept before."""
        draw = random.Random(self.stage)
        step = self.calls if self.stage in ("reading", "writing") else min(STEP, self.calls)
        instants: set[tuple[int, int]] = set()
        self.staged.begin_at(self.begin_at)
        while len(instants) < count:
            kept = self.staged.kept().total()
            call = draw.randrange(step)
            if (call, kept) in instants:
                continue
            if self.staged.killed_in(self.stage, call):
                instants.add((call, kept))
            else:
                self.staged.assert_is_whole()
                self.staged.begin_at(self.begin_at)
        self.staged.assert_continues()
        return instants


def ladder(staged: StagedRun, stages: Sequence[str], folder: Path) -> dict[str, Path]:
    """Return where a run stands when it first changes a file of a stage, for each stage."""
    staged.begin_at(None)
    places = {}
    for stage in stages:
        assert staged.killed_in(stage, 0)
        places[stage] = shutil.copytree(staged.place, folder / stage)
    return places


@pytest.mark.parametrize("staged", [SHOWING], indirect=True)
def test_killed_at_a_hundred_instants_of_all_stages_it_loses_nothing_and_asks_nothing_twice(
    staged: StagedRun, tmp_path: Path
) -> None:
    calls = staged.make_undisturbed()
    begun = ladder(staged, ["judging", "survey", "articles"], tmp_path / "begun")
    struck = {
        stage: Striker(staged, stage, calls[stage], begun.get(stage)).strike(count)
        for stage, count in STRIKES.items()
    }
    assert sum(map(len, struck.values())) == sum(STRIKES.values()) >= 100


@pytest.mark.parametrize("staged", [EXPLAINING], indirect=True)
def test_killed_while_reasons_are_given_it_loses_none_and_asks_for_none_twice(
    staged: StagedRun, tmp_path: Path
) -> None:
    calls = staged.make_undisturbed()
    begun = ladder(staged, ["reasons"], tmp_path / "begun")
    striker = Striker(staged, "reasons", calls["reasons"], begun["reasons"])
    assert len(striker.strike(REASONS_STRIKES)) == REASONS_STRIKES


@pytest.mark.parametrize("staged", [SHOWING], indirect=True)
def test_killed_from_outside_at_random_moments_it_loses_nothing_and_asks_nothing_twice(
    staged: StagedRun,
) -> None:
    began = time.monotonic()
    staged.make_undisturbed()
    whole = time.monotonic() - began
    draw = random.Random(3)
    kills = 0
    while kills < BY_THE_CLOCK:
        staged.begin_at(None)
        while staged.killed_after(draw.uniform(0, whole / 2)):
            kills += 1
        staged.assert_is_whole()
