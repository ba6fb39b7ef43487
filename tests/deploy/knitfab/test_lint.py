"""Plans of all kinds, and what Knitfab makes of them."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from knitfab_plans import CLEAN, changed, said, without
from properties import searching

from evaluator.deploy.knitfab.lint import KEYS, lint, lint_file
from evaluator.errors import ConfigError


def test_a_plan_that_means_what_it_says_gets_no_word() -> None:
    assert set(yaml.safe_load(CLEAN)) == set(KEYS)
    assert said(CLEAN) == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("logs", "did you mean 'log'"),
        ("resouces", "did you mean 'resources'"),  # as `knit plan template` once wrote it
        ("annoation", "did you mean 'annotations'"),  # as Knitfab's user guide writes it
        ("on-node", "did you mean 'on_node'"),
        ("serviceAccount", "did you mean 'service_account'"),
        ("Image", "did you mean 'image'"),
        ("command", "did you mean 'entrypoint'"),
        ("env", "Knitfab sets no environment"),
        ("envs", "Knitfab sets no environment"),
        ("secrets", "Knitfab passes no secrets"),
        ("volumes", "Knitfab mounts nothing but 'inputs' and 'outputs'"),
        ("xyzzy", "its keys are annotations, image,"),
    ],
)
def test_an_unknown_key_is_dropped_and_named_with_the_nearest(written: str, instead: str) -> None:
    (finding,) = said(f"{CLEAN}{written}: [a]\n")
    assert finding.startswith(f"23: dropped: the plan has the unknown key '{written}'; {instead}")


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("    tags:\n", "    tag: [a]\n    tags:\n", "7: dropped: an input has the unknown key"),
        ("log:\n", "log:\n  path: /log\n", "14: dropped: 'log' has the unknown key 'path'; its"),
        ("prefer:", "should: [a=b]\n  prefer:", "21: dropped: 'on_node' has the unknown key"),
    ],
)
def test_unknown_keys_are_dropped_at_every_level(old: str, new: str, finding: str) -> None:
    (told,) = said(changed((old, new)))
    assert told.startswith(finding)


def test_keys_that_are_no_texts_are_dropped_and_keys_given_twice_refused() -> None:
    assert said(f"{CLEAN}? [a]\n: b\n") == [
        f"23: dropped: the plan has a list for a key; its keys are {', '.join(KEYS)}"
    ]
    assert said(f"{CLEAN}active: true\n") == ["23: refused: the plan gives the key 'active' twice"]


def test_what_a_plan_takes_over_by_a_merge_counts() -> None:
    shared = "x-shared: &shared\n  image: localhost:30503/train:v1.0\n"
    (finding,) = said(f"{shared}<<: *shared\n{without(['image'])}")
    assert finding.startswith("1: dropped: the plan has the unknown key 'x-shared'")


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "there is no plan in this file"),
        ("# nothing\n", 1, "there is no plan in this file"),
        ("\n- a\n", 2, "a plan is key: value pairs; this is a list"),
        ("a: [\n\nb: }\n", 3, "this is no YAML: "),
        ("a: \x07\n", 1, "this is no YAML: a control character is not allowed, on line 1"),
        ('a: b\nc: "\\UFFFFFFFF"\n', 1, "this is no YAML: "),
        ("[" * 3_000, 1, "this is no YAML: "),
    ],
)
def test_what_is_no_plan_is_refused(content: str, line: int, message: str) -> None:
    (finding,) = lint(content)
    assert (finding.line, finding.consequence) == (line, "refused")
    assert finding.message.startswith(message)
    assert finding.is_error


def test_a_second_document_is_dropped() -> None:
    (finding,) = said(f"{CLEAN}---\nimage: other:v1\n")
    assert finding.startswith("24: dropped: Knitfab reads the first document of a file alone")


def test_findings_come_in_the_order_of_their_lines() -> None:
    found = lint(f"logs: []\n{without(['image']).replace('cpu: 1', 'cpu: x')}nonsense: 1\n")
    assert [one.line for one in found] == [1, 1, 17, 23]


def test_what_a_plan_says_reaches_the_terminal_on_one_short_line() -> None:
    (finding,) = lint(f'{CLEAN}"\\e[31m\\n{"x" * 500}": 1\n')
    assert finding.message.startswith("the plan has the unknown key '\\x1b[31m\\nxxx")
    assert len(finding.message) < 250


def test_files_that_cannot_be_read_are_said_to_be_so(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    with pytest.raises(ConfigError, match=r"plan\.yaml cannot be read: No such file"):
        lint_file(plan)
    plan.write_bytes(b"image: \xff")
    with pytest.raises(ConfigError, match=r"plan\.yaml is not UTF-8"):
        lint_file(plan)
    plan.write_text(f"\ufeff{CLEAN}", "utf-8")
    assert lint_file(plan) == []


PARTS = ["path", "tags", "may", "must", "/out", "/out2", "a:b", "knit#id:1", "knit#timestamp:x"]
VALUES = [
    "nvidia.com/gpu",
    "cpu",
    "10Gi",
    "1e99",
    "9" * 99,
    "run",
    "--save-to",
    "i:1",
    "i@sha256:2",
]
WORDS = st.sampled_from([*KEYS, *PARTS, *VALUES])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)
PLANS = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, TREES))


@searching
@given(TREES | PLANS)
@example({"resources": {"nvidia.com/gpu": "9" * 5_000}})
def test_any_yaml_gives_findings(tree: object) -> None:
    content = yaml.safe_dump(tree, allow_unicode=True)
    for finding in lint(content):
        assert 1 <= finding.line <= content.count("\n") + 1
        assert "\n" not in finding.message


@searching
@given(st.text() | st.text(alphabet="&*<>!|-?:,[]{}#%@'\" \n\ta1"))
@example("&a [*a]")
@example("&a {<<: *a}")
@example("&a {<<: [*a, *a]}")
@example("inputs: &a [*a]\noutputs: *a\nresources: &b {<<: *b, cpu: *b}")
@example('%YAML 9.9\n--- "\\ud800"')
def test_any_text_gives_findings(content: str) -> None:
    for finding in lint(content):
        assert finding.line >= 1
