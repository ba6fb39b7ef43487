"""How a shard of a run ends: it did its part, and is no result."""

import json
import shlex

import click

from evaluator.cli.termination import tell_ending
from evaluator.report.ending import Ending
from evaluator.run.sharding import FinishedShard
from evaluator.storage.location import named


def show_shard(finished: FinishedShard, form: str) -> None:
    """Print what a shard did and what comes next, and tell Kubernetes."""
    shard = finished.shard
    merge = shlex.join(["evaluator", "merge", named(finished.root)])
    message = (
        f"{str(shard).capitalize()} is done, {finished.cases} of {finished.total} cases: a part of "
        f"a run and no result yet."
    )
    tell_ending(Ending(exit_code=0, message=message))
    if form == "json":
        told = {
            "shard": shard.written,
            "cases": finished.cases,
            "total": finished.total,
            "directory": named(finished.directory.path),
            "merge": merge,
        }
        click.echo(json.dumps(told, indent=1))
        return
    click.echo(f"{message}\nWhen all {shard.count} are done: {merge}")
