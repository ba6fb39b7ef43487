"""The expressions by which an adapter's settings seek modules, which could seek for ever."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evaluator.classifier.adapter_settings import adapter_settings
from evaluator.errors import ModelUnusable

LONGEST_SEARCH_S = 10.0

FORMS = (
    *(r"{}", r"(.*\.)?({})$", r"(^|.*\.){}($|\..*)"),
    *(r".*\.{}$", r"(?:^|.*?\.){}\.(\d+)\."),
)
"""What peft puts an expression into."""

TRIAL = """
import json, re, sys
expressions, names = json.load(sys.stdin)
for one in expressions:
    try:
        expression = re.compile(one)
    except re.error:
        continue
    for name in names:
        expression.match(name), expression.fullmatch(name)
"""
"""Seeks as peft does, in a process that can be ended in the middle of it."""

_NAME = re.compile(r"[\w./: -]*", re.ASCII)


def require_short_searches(adapter_dir: Path, modules: Iterable[str]) -> None:
    """Refuse an adapter that seeks its modules by an expression without end.

    Args:
        adapter_dir: The adapter.
        modules: Names of its base's modules.

    Raises:
        ModelUnusable: It does, or uses one too deep to be read.
    """
    settings = {
        key: value
        for key, value in adapter_settings(adapter_dir).items()
        if key != "base_model_name_or_path"
    }
    expressions = [text for text in _texts(settings) if _NAME.fullmatch(text) is None]
    if not expressions:
        return
    tried = [form.replace("{}", text) for text in expressions for form in FORMS]
    names = [named for name in modules for named in (name, f"base_model.model.{name}")]
    try:
        ended = subprocess.run(  # noqa: S603 - nothing in the command is a stranger's
            [sys.executable, "-I", "-S", "-c", TRIAL],
            input=json.dumps([tried, names]).encode(),
            capture_output=True,
            timeout=LONGEST_SEARCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        fault = "that does not end"
    else:
        if ended.returncode == 0:
            return
        fault = "that is too deep"
    listed = ", ".join(repr(text[:60]) for text in expressions[:3])
    raise ModelUnusable(
        f"{adapter_dir} seeks modules by an expression {fault} ({listed}): name the modules in "
        "adapter_config.json instead."
    )


def _texts(settings: Any) -> Iterator[str]:
    """Yield every text in settings: peft takes the names of modules for expressions."""
    if isinstance(settings, str):
        yield settings
    elif isinstance(settings, dict):
        for key, value in settings.items():
            yield key
            yield from _texts(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _texts(value)
