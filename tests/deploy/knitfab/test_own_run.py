"""Plans that run the evaluator."""

import pytest
from knitfab_plans import changed, said

ENTRYPOINT = 'entrypoint: ["python", "-u", "train.py"]\n'
ARGS = 'args: ["--save-to", "/out"]\n'


def told(args: str, entrypoint: str = "") -> list[str]:
    """Return the findings on the clean plan with other words."""
    return said(changed((ENTRYPOINT, entrypoint), (ARGS, f"args: {args}\n")))


@pytest.mark.parametrize("entrypoint", ["", "entrypoint: [/venv/bin/evaluator]\n"])
@pytest.mark.parametrize("save_to", ["", ", --save-to, /out", ", --save-to=/out/run/"])
def test_a_run_that_writes_to_an_output_passes(entrypoint: str, save_to: str) -> None:
    args = f"[run, --knitfab, --config-file, /configs/run.yaml{save_to}]"
    assert told(args, entrypoint) == []
    assert told(f"[judge, --knitfab, --predictions, /configs/p.csv{save_to}]", entrypoint) == []


@pytest.mark.parametrize("save_to", ["/elsewhere", "/output", "out"])
def test_results_outside_of_every_output_are_lost(save_to: str) -> None:
    (finding,) = told(f"[run, --knitfab, --save-to, {save_to}]")
    assert finding == (
        f"3: dropped: the run writes to '{save_to}', which is in no output: its results are lost"
    )


def test_so_are_results_where_the_plan_has_no_outputs() -> None:
    outputs = 'outputs:\n  - path: /out/\n    tags: ["type:model", "project:news"]\n'
    words = ((ENTRYPOINT, ""), (ARGS, "args: [run, --knitfab]\n"))
    (finding,) = said(changed((outputs, ""), *words))
    assert finding.startswith("3: dropped: the run writes to '/out', which is in no output")


def test_without_a_word_the_run_writes_where_the_image_happens_to_work() -> None:
    findings = told("[run]")
    assert findings[0].startswith(
        "3: warning: without --knitfab, here or in its settings, a failed gate fails the Run"
    )
    assert findings[1].startswith("3: dropped: the run writes to 'evaluation', which is in no")


def test_a_url_is_warned_of() -> None:
    findings = told("\n  - run\n  - --knitfab\n  - --data=s3://news/a.csv")
    assert findings == [
        "6: warning: --data 's3://news/a.csv' is a URL, and a Run has no key: make it an input"
    ]


def test_what_is_read_from_outside_of_the_inputs_is_named() -> None:
    findings = told("\n  - run\n  - --knitfab\n  - --model\n  - in/model\n  - --data=/data/a.csv")
    assert findings == [
        "6: refused: --model 'in/model' is relative, and so sought in the image's own folder",
        "8: warning: --data '/data/a.csv' lies in no input; is it in the image?",
    ]


@pytest.mark.parametrize(
    ("args", "entrypoint"),
    [
        ("[run]", 'entrypoint: ["python", "main.py"]\n'),
        ("[--config-file, configs/a.json, --model, in/model]", ""),
        ("[sweep, run]", ""),
    ],
)
def test_other_programs_are_left_alone(args: str, entrypoint: str) -> None:
    assert told(args, entrypoint) == []
