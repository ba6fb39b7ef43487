"""Models at a server as tables and sentences in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evaluator.models.registered import Registered
from evaluator.models.registration import Plan
from evaluator.models.server_wire import ServedModel
from evaluator.report.wording import clipped, counted, percent, printable

LONGEST_CELL = 80
UNITS = ("bytes", "kB", "MB", "GB", "TB")
STEP = 1000


def size(count: int) -> str:
    """Return a number of bytes to three digits, in a unit that suits it."""
    power = min((len(str(count)) - 1) // 3, len(UNITS) - 1)
    scaled = count / STEP**power
    decimals = max(0, 3 - len(str(int(scaled)))) if power else 0
    return f"{scaled:.{decimals}f} {UNITS[power]}"


def print_models(models: Sequence[ServedModel], console: Console) -> None:
    """Print the models that a server has."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("model", overflow="fold")
    table.add_column("size", justify="right")
    for name in ("parameters", "quantization", "family", "changed"):
        table.add_column(name)
    for one in models:
        told = one.details
        cells = (
            one.model,
            size(one.size),
            told.parameter_size,
            told.quantization_level,
            told.family,
            one.modified_at[:10],
        )
        table.add_row(*(Text(printable(clipped(cell, LONGEST_CELL))) for cell in cells))
    console.print(table)
    total = size(sum(one.size for one in models))
    console.print(f"{counted(len(models), 'model')}, {total} if they share nothing.")


def print_plan(plan: Plan, url: str, console: Console) -> None:
    """Print what registering would do."""
    source = plan.source
    what = " ".join(part for part in (source.architecture, source.quantization) if part)
    if plan.merge is None:
        taken = f"{counted(len(source.files), 'file')}, {size(source.bytes)}"
        made_of = f"{source.path}: {source.format}{f', {what}' if what else ''}, {taken}"
    else:
        base, weights = plan.merge.base.path, size(plan.merge.plan.size)
        made_of = f"{source.path}: adapter, merged first into {base}, {what}, {weights} of weights"
    lines = [
        made_of,
        f"server: {url}, Ollama {plan.server_version}",
        f"model: {plan.name}"
        + (f", in place of the one of {size(plan.replaced.size)}" if plan.replaced else ""),
    ]
    if plan.base:
        lines.append(f"base model: {plan.base}")
    if plan.quantize:
        lines.append(f"quantization: {plan.quantize}, made by the server")
    if plan.recipe.members:
        lines.append(f"also sent: {', '.join(plan.recipe.members)}")
    for line in (*lines, "Nothing was sent."):
        console.print(Text(printable(line)), soft_wrap=True)


def print_registered(done: Registered, console: Console) -> None:
    """Print what came of a registration."""
    there = done.files - done.files_sent
    kept = f", {there} of them there already" if there else ""
    share = done.server_bytes / done.source_bytes if done.source_bytes else None
    verdict = done.verdict
    said = "related" if verdict.is_right else "unrelated"
    lines = [
        f"Registered {done.name} ({done.digest[:12]}) at Ollama {done.server_version}.",
        f"{counted(done.files, 'file')}{kept}; before: {size(done.source_bytes)}, at the server: "
        f"{size(done.server_bytes)} ({percent(share)}), {done.quantization or 'as it was'}.",
        f"First verdict: it calls {verdict.first} and {verdict.second}, which are related, {said} "
        f"(p = {verdict.p_related:.2f}, read by {verdict.scoring}).",
    ]
    if done.merge is not None:
        lines.insert(0, f"Merged and {done.merge.sentence}.")
    if not verdict.is_an_answer:
        lines.append(
            f"Only {percent(verdict.mass)} of its first token went to yes and no: it may not know "
            "how to answer; see its template with `ollama show`."
        )
    elif not verdict.is_right:
        lines.append(
            "One wrong verdict says little, above all of a small model before calibration: judge a "
            "label set with `evaluator matrix`, which measures how reliable it is."
        )
    for line in lines:
        console.print(Text(printable(line)), soft_wrap=True)
