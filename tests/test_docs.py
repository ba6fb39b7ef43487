"""The documentation says what the code does."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from runpy import run_path

import click
import pytest

from evaluator import errors
from evaluator.cli.main import COMMANDS, cli
from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_check import doubts
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.summary import Summary
from evaluator.run.configuration import read_config
from evaluator.run.settings import RunSettings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("*/*/README.md"),
        *ROOT.glob("*/*/*/README.md"),
    ]
)
FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def documented_commands() -> list[str]:
    lines = (
        line
        for page in PAGES
        for block in FENCE.findall(page.read_text("utf-8"))
        for line in block.replace("\\\n", "").splitlines()
    )
    return sorted({line for line in lines if re.match(r"(\.venv/bin/)?evaluator ", line)})


@pytest.mark.parametrize("line", documented_commands())
def test_every_documented_command_has_flags_that_exist(line: str) -> None:
    _, *words = shlex.split(line, comments=True)
    if words[0] == "COMMAND":
        return
    _, command, arguments = cli.resolve_command(click.Context(cli), words)
    if isinstance(command, click.Group):
        _, command, arguments = command.resolve_command(click.Context(command), arguments)
    assert command is not None
    known = {flag for option in command.params for flag in option.opts}
    assert {word for word in arguments if word.startswith("--")} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_command_in_the_readme_exists_and_every_command_is_in_it() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"evaluator {name} " in readme


def test_the_reference_is_what_the_code_generates() -> None:
    written = (ROOT / "docs/reference.md").read_text("utf-8")
    generated = str(run_path(str(ROOT / "docs/generate.py"))["reference"]())
    assert written == generated, "run `make docs`"


def test_the_page_of_benchmarks_is_what_their_saved_figures_generate() -> None:
    written = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    generated = str(run_path(str(ROOT / "docs/generate_benchmarks.py"))["benchmarks_page"]())
    assert written == generated, "run `make docs`"


def test_the_page_about_scale_has_the_tables_that_were_computed_last() -> None:
    written = (ROOT / "docs/scale.md").read_text("utf-8")
    generator = run_path(str(ROOT / "docs/generate_benchmarks.py"))
    assert written == generator["scale_page"](written), "run `make docs`"
    saved = generator["Results"].model_validate_json(
        (generator["FOLDER"] / "scale.json").read_bytes()
    )
    for table in saved.tables:
        assert generator["line"](table.columns) in written.splitlines()


def test_the_page_of_exit_codes_lists_those_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs/exit-codes.md").read_text("utf-8"), re.M)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    coded = {kind.exit_code for kind in kinds if issubclass(kind, errors.EvaluatorError)}
    constants = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert {int(row) for row in rows} == coded | constants | {0}


def test_the_page_of_the_run_directory_lists_every_key_of_the_summary() -> None:
    page = (ROOT / "docs/run-directory.md").read_text("utf-8")
    for name, field in Summary.model_fields.items():
        if name != "schema_version":
            assert f"| `{field.alias or name}` |" in page


def test_the_rubric_in_the_documentation_can_be_used_without_a_doubt(tmp_path: Path) -> None:
    page = (ROOT / "docs/rubrics.md").read_text("utf-8")
    block = re.search(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert block is not None
    mine = tmp_path / "mine.yaml"
    mine.write_text(block[1], "utf-8")
    rubric = load_rubric(str(mine))
    assert doubts(rubric) == []
    assert [form.name for form in rubric.forms] == ["question", "menu"]


def test_the_page_of_rubrics_lists_every_key() -> None:
    page = (ROOT / "docs/rubrics.md").read_text("utf-8")
    assert all(f"| `{key}` |" in page for key in Rubric.model_fields)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/configs/*.yaml")), ids=lambda p: p.name
)
def test_example_configurations_are_valid_and_name_files_that_exist(path: Path) -> None:
    settings = RunSettings.model_validate(read_config(path, RunSettings))
    for named in (settings.data, settings.model_path, settings.labels):
        assert named is not None
        assert (ROOT / named).exists(), named


def names_of(requirements: list[str]) -> set[str]:
    """The packages that requirements name, without this project and its extras."""
    names = {re.split(r"[\[>=<]", requirement)[0].lower() for requirement in requirements}
    return names - {PROJECT["name"]}


def pinned_in(name: str) -> set[str]:
    text = (ROOT / name).read_text("utf-8").lower().replace("_", "-")
    return set(re.findall(r"^([^=#\s]+)==", text, re.MULTILINE))


def test_every_dependency_is_explained() -> None:
    page = (ROOT / "docs/dependencies.md").read_text("utf-8").lower()
    extras = [one for group in PROJECT["optional-dependencies"].values() for one in group]
    for name in names_of([*PROJECT["dependencies"], *extras]):
        assert re.search(rf"\b{re.escape(name)}\b", page), name


def test_every_dependency_is_pinned_in_each_environment_that_has_it() -> None:
    extras = dict(PROJECT["optional-dependencies"])
    bench = names_of([*PROJECT["dependencies"], *extras.pop("bench")])
    rest = names_of(
        [*PROJECT["dependencies"], *(one for group in extras.values() for one in group)]
    )
    assert bench - pinned_in("constraints-bench.txt") == set()
    assert rest - pinned_in("constraints.txt") == set()


def test_make_runs_the_plain_commands_of_the_readme() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", "example", "test", "PYTHON=python3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    aside = ("echo ", "touch ", "make")
    made = {
        line.replace(" --quiet", "")
        for line in done.stdout.splitlines()
        if not line.startswith(aside)
    }
    readme = (ROOT / "README.md").read_text("utf-8")
    plain = FENCE.search(readme, readme.index("The plain commands behind the two"))
    assert plain is not None
    assert {line for line in plain[1].splitlines() if line} == made


@pytest.mark.parametrize("name", ["security", "reliability"])
def test_pages_of_promises_name_tests_that_there_are(name: str) -> None:
    page = (ROOT / f"docs/{name}.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 30
    for path, test in named:
        assert not test or f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{path}::{test}"
        assert (ROOT / path).is_file(), path
