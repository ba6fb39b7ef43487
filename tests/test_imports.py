"""What imports what: rooms in one direction, heavy packages only where they are needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Ended, environment, evaluator
from small_run import judge_command, judge_server, write_predictions

import evaluator as package
from evaluator.cli.main import COMMANDS

ROOT = Path(package.__file__).parent
GUARDS = str(Path(__file__).parent / "guards")
HEAVY = ("torch", "transformers", "peft", "xllamacpp", "sklearn", "scipy", "pandas")
MODEL_PACKAGES = ("torch", "transformers", "peft", "safetensors", "xllamacpp")

ROOMS = (
    *("cases", "classifier", "backends", "judge", "statistics", "report", "storage", "run"),
    *("models", "deploy", "cli"),
)
"""Each may import itself, the rooms before it, and what all share."""

SHARED = (
    "evaluator",
    "evaluator.errors",
    "evaluator.documents",
    "evaluator.importing",
    "evaluator.paths",
    "evaluator.templates",
)


def python(code: str, *missing: str) -> Ended:
    """Run code in a Python where some packages are not installed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment({"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": " ".join(missing)}),
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def imported_by(path: Path) -> set[str]:
    """The package's own modules that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            found.add(node.module)
    return {name for name in found if name.partition(".")[0] == "evaluator"}


def position(module: str) -> int:
    """The place of a module's room in the order; the start of the program comes last."""
    parts = module.split(".")
    return ROOMS.index(parts[1]) if len(parts) > 1 and parts[1] in ROOMS else len(ROOMS)


def test_rooms_import_nothing_from_later_rooms() -> None:
    seen = 0
    offences = []
    for module, path in modules():
        for other in imported_by(path) - set(SHARED):
            seen += 1
            if module not in SHARED and position(other) > position(module):
                offences.append(f"{module} imports {other}")
            if module in SHARED:
                offences.append(f"{module} is shared but imports {other}")
    assert offences == []
    assert seen > 100  # the search found the imports there are


def test_the_judge_knows_backends_by_their_protocol_alone() -> None:
    judge = {name: imported_by(path) for name, path in modules() if ".judge" in name}
    known = {other for others in judge.values() for other in others if ".backends" in other}
    assert known == {"evaluator.backends.protocol"}


def test_only_the_program_itself_imports_the_command_line() -> None:
    importers = {
        name
        for name, path in modules()
        if any(other.startswith("evaluator.cli") for other in imported_by(path))
    }
    assert {name for name in importers if not name.startswith("evaluator.cli")} == {
        "evaluator.__main__"
    }


def test_the_command_line_starts_without_any_heavy_package() -> None:
    loaded = f"import evaluator.cli.main, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    for missing in ((), HEAVY):
        ended = python(loaded, *missing)
        assert (ended.code, ended.out.strip()) == (0, "[]"), ended.err


@pytest.mark.parametrize("command", [(), *(tuple(name.split()) for name in COMMANDS)])
def test_help_needs_no_heavy_package(command: tuple[str, ...]) -> None:
    guarded = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": " ".join(HEAVY)}
    ended = evaluator(*command, "--help", env=guarded)
    assert ended.code == 0, ended.err
    assert "Usage: " in ended.out


def test_a_server_judges_a_csv_file_without_any_heavy_package(tmp_path: Path) -> None:
    predictions = write_predictions(tmp_path / "predictions.csv")
    guarded = {"PYTHONPATH": GUARDS, "FORBIDDEN_IMPORTS": " ".join(HEAVY)}
    with judge_server(seconds=0.0) as server:
        ended = evaluator(*judge_command(predictions, server, tmp_path / "run"), env=guarded)
    assert ended.code == 0, ended.err


def test_the_guard_hides_packages() -> None:
    ended = python("import torch", "torch")
    assert ended.code == 1
    assert "No module named 'torch'" in ended.err


def test_the_pipeline_imports_without_any_model_package() -> None:
    assert python("import evaluator.run.pipeline", *MODEL_PACKAGES).code == 0
    ended = python(
        "import evaluator.run.pipeline, sys;"
        f"print([m for m in {MODEL_PACKAGES!r} if m in sys.modules])"
    )
    assert ended.out.strip() == "[]", ended.err


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "cases.parquet").write_bytes(b"PAR1")
    code = (
        "from pathlib import Path; from evaluator.cases.table import Table;"
        f"Table(Path({str(tmp_path / 'cases.parquet')!r}))"
    )
    ended = python(code, "pyarrow")
    assert "DataUnusable" in ended.err
    assert "pip install 'llm-judge-evaluator[parquet]'" in ended.err


def test_a_hub_dataset_without_datasets_says_what_to_install() -> None:
    code = "from evaluator.cases.hub import HubCases; list(HubCases('name'))"
    ended = python(code, "datasets")
    assert "DataUnusable" in ended.err
    assert "pip install 'llm-judge-evaluator[datasets]'" in ended.err


def test_an_adapter_without_peft_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA"}', "utf-8")
    (tmp_path / "adapter_model.safetensors").touch()
    code = (
        "from pathlib import Path; from evaluator.classifier.checkpoint import load_checkpoint;"
        f"load_checkpoint(Path({str(tmp_path)!r}), base_model=None, labels=['a'], device='cpu',"
        " dtype='auto')"
    )
    ended = python(code, "peft")
    assert "ModelUnusable: a PEFT adapter needs peft: pip install" in ended.err
