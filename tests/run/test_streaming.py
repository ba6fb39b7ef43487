"""A run reads its articles and lets them go, so that files may be larger than the memory."""

import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel

from evaluator.cases import Case
from evaluator.run import pipeline, planning, sharding
from evaluator.run.progress import Progress
from evaluator.run.settings import RunSettings

LABELS = ("cars", "cooking", "medicine")
CASES = 3_000
MOST_ALIVE = 50  # some are being tokenized, a plan keeps 16 to classify

Configured = Callable[..., RunSettings]


class Article(str):
    """A text whose end can be noticed."""

    __slots__ = ("__weakref__",)


class CountingSource:
    """Cases of different articles, made anew at each reading.

    Attributes:
        alive: Articles that something still refers to.
        most_alive: The largest number of them so far.
        readings: How often the cases were read to their end.
    """

    fingerprint = "the same"

    def __init__(self) -> None:
        self.alive = self.most_alive = self.readings = 0

    def __iter__(self) -> Iterator[Case]:
        for number in range(CASES):
            yield Case(str(number), self._article(number), LABELS[number % 3])
        self.readings += 1

    def require_unchanged(self) -> None:
        pass

    def __str__(self) -> str:
        return "counted cases"

    def _article(self, number: int) -> Article:
        article = Article(f"the engine of car {number}")
        self.alive += 1
        self.most_alive = max(self.alive, self.most_alive)
        weakref.finalize(article, self._end)
        return article

    def _end(self) -> None:
        self.alive -= 1


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> CountingSource:
    """The source that every command reads."""
    counting = CountingSource()
    for module in (pipeline, planning, sharding):
        monkeypatch.setattr(module, "case_source", lambda settings: counting)
    return counting


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.3})
    with OllamaServer(engine, [ServedModel("llama3.2")]) as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path, tiny_model: Path, server: OllamaServer) -> Configured:
    """Make the settings of a run on the counted cases."""
    usual = {
        "data": "counted.csv",
        "model_path": tiny_model,
        "save_to": tmp_path / "run",
        "judge": "ollama:llama3.2",
        "judge_url": server.url,
    }
    return lambda **changes: RunSettings.model_validate({**usual, **changes})


def ignored(*step: object) -> None:
    pass


def test_the_count_notices_articles_that_are_kept(source: CountingSource) -> None:
    kept = list(source)
    assert (len(kept), source.most_alive) == (CASES, CASES)


@pytest.mark.parametrize("template", ["{{ text }}", "News: {{ text }}"])
def test_a_run_keeps_no_articles(
    source: CountingSource, configured: Configured, progress: Progress, template: str
) -> None:
    settings = configured(prompt_template=template)
    finished = pipeline.run_evaluation(settings, progress, ignored)
    assert finished.summary.cases.classified == CASES
    assert source.readings == 3  # surveyed, classified, scored
    assert source.alive == 0
    assert source.most_alive <= MOST_ALIVE


def test_a_continued_run_keeps_no_articles_either(
    source: CountingSource, configured: Configured, progress: Progress
) -> None:
    finished = pipeline.run_evaluation(configured(), progress, ignored)
    again = pipeline.run_evaluation(configured(), progress, ignored)
    assert again.summary.findings() == finished.summary.findings()
    assert source.most_alive <= MOST_ALIVE


def test_a_sampled_run_keeps_no_articles(
    source: CountingSource, configured: Configured, progress: Progress
) -> None:
    settings = configured(num_samples=CASES // 2)
    finished = pipeline.run_evaluation(settings, progress, ignored)
    assert finished.summary.cases.classified == CASES // 2
    assert source.most_alive <= MOST_ALIVE


def test_a_shard_reads_all_articles_once_and_keeps_none(
    source: CountingSource, configured: Configured, progress: Progress
) -> None:
    finished = sharding.run_whole_or_shard(configured(shard="1/3"), progress, ignored)
    assert isinstance(finished, sharding.FinishedShard)
    assert (finished.total, source.readings) == (CASES, 1)
    assert source.alive == 0
    assert source.most_alive <= MOST_ALIVE


def test_a_plan_keeps_no_more_articles_than_it_tries(
    source: CountingSource, configured: Configured
) -> None:
    plan = planning.plan_run(configured(), ignored)
    assert (plan.articles, plan.probe_articles) == (CASES, planning.PROBE_ARTICLES)
    assert source.most_alive <= MOST_ALIVE
