"""A measurement as tables in a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.report.benchmark import Benchmark, EndpointFigures, Ratio, Spread
from evaluator.report.wording import NOTHING, clipped, counted, printable

LONGEST_NAME = 40
WHOLE_FROM = 100


def print_benchmark(benchmark: Benchmark, console: Console) -> None:
    """Print the figures, an endpoint a column, then the ratios."""
    for sentence in headlines(benchmark):
        console.print(Text(printable(sentence), style="bold"))
    console.print()
    console.print(_figures(benchmark))
    for ratio in benchmark.ratios:
        console.print(Text(f"• {printable(ratio_sentence(ratio))}"))
    for note in notes(benchmark):
        console.print(Text(f"• {note}"))


def headlines(benchmark: Benchmark) -> list[str]:
    """Return the best setting of each endpoint."""
    return [_best(one) for one in benchmark.endpoints]


def ratio_sentence(ratio: Ratio) -> str:
    """Return a ratio in words."""
    times = ratio.times
    return (
        f"{ratio.measure}: {ratio.endpoint} is {times.median:.2f} times as fast as "
        f"{ratio.baseline} ({times.low:.2f} to {times.high:.2f})."
    )


def notes(benchmark: Benchmark) -> list[str]:
    """Return what must be known to read the figures."""
    found = [
        f"Medians of {counted(benchmark.rounds, 'round')}, least to greatest in brackets; "
        f"{counted(benchmark.calls, 'call')} in {benchmark.seconds:.0f} s, "
        f"{benchmark.warm_up_calls} of them to warm up, which count in no figure but the loading.",
    ]
    if benchmark.ended_by is not None:
        found.append(
            f"--max-{benchmark.ended_by} ended it before all rounds; what was not measured at "
            "every endpoint is left out."
        )
    return found


def _best(one: EndpointFigures) -> str:
    rate = next((at for at in one.sweep if at.concurrency == one.best_concurrency), None)
    if rate is None:
        return f"{one.name}: no verdicts."
    return (
        f"{one.name}: {_number(rate.verdicts_per_second.median)} verdicts/s with "
        f"--concurrency {rate.concurrency}."
    )


def _figures(benchmark: Benchmark) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for one in benchmark.endpoints:
        name = printable(clipped(one.name, LONGEST_NAME))
        table.add_column(Text(name), justify="right", overflow="fold")
    rows = {
        "load, s": [_load(one) for one in benchmark.endpoints],
        "first token, s": [_shown(one.first_token_seconds) for one in benchmark.endpoints],
        "prompt tokens/s": [_shown(one.prompt_tokens_per_second) for one in benchmark.endpoints],
        "generated tokens/s": [
            _shown(one.generation_tokens_per_second) for one in benchmark.endpoints
        ],
    }
    tried = sorted({at.concurrency for one in benchmark.endpoints for at in one.sweep})
    for concurrency in tried:
        rows[f"verdicts/s, {concurrency} in flight"] = [
            _shown(_at(one, concurrency)) for one in benchmark.endpoints
        ]
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def _at(one: EndpointFigures, concurrency: int) -> Spread | None:
    return next((at.verdicts_per_second for at in one.sweep if at.concurrency == concurrency), None)


def _load(one: EndpointFigures) -> str:
    if one.was_loaded:
        return "was loaded"
    return NOTHING if one.load_seconds is None else _number(one.load_seconds)


def _shown(found: Spread | None) -> str:
    if found is None:
        return NOTHING
    return f"{_number(found.median)} ({_number(found.low)}–{_number(found.high)})"


def _number(value: float) -> str:
    """Return three digits that count, without an exponent."""
    return f"{value:.0f}" if value >= WHOLE_FROM else f"{value:.3g}"
