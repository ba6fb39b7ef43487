import json
import shutil
from pathlib import Path

import pytest

from evaluator.errors import ConfigError, DataUnusable
from evaluator.run.finished import read_finished
from evaluator.run.rendering import html_of, render

REPORTS = ("report.html", "report.md")


@pytest.fixture
def copied(judged: Path, tmp_path: Path) -> Path:
    return shutil.copytree(judged, tmp_path / "run")


def test_reports_are_made_again_as_the_run_made_them(copied: Path) -> None:
    made = [(copied / name).read_bytes() for name in REPORTS]
    for name in REPORTS:
        (copied / name).unlink()
    rendered = render(copied, ())
    assert rendered.files == tuple(copied / name for name in REPORTS)
    assert [file.read_bytes() for file in rendered.files] == made
    assert rendered.summary == read_finished(copied).summary()


def test_one_report_is_written_elsewhere_and_the_run_left_alone(
    copied: Path, tmp_path: Path
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in copied.iterdir()}
    outputs = [tmp_path / "page.HTML", tmp_path / "comment.md", tmp_path / "tests.xml"]
    assert render(copied, outputs).files == tuple(outputs)
    assert outputs[0].read_text("utf-8") == (copied / "report.html").read_text("utf-8")
    assert outputs[1].read_text("utf-8") == (copied / "report.md").read_text("utf-8")
    assert outputs[2].read_text("utf-8").startswith("<?xml")
    assert {path.name: path.stat().st_mtime_ns for path in copied.iterdir()} == before


def test_the_name_of_a_file_must_say_which_report_it_is(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"written as result\.pdf; end its name in \.html, \.md"):
        render(copied, [tmp_path / "good.html", tmp_path / "result.pdf"])
    assert not (tmp_path / "good.html").exists()


def test_a_label_set_alone_has_no_report(judged: Path, copied: Path) -> None:
    (copied / "cases.jsonl").unlink()
    for path in (copied, judged / "matrix.json"):
        with pytest.raises(DataUnusable, match="holds no judged cases"):
            render(path, ())


def test_what_people_said_later_is_on_the_page(copied: Path) -> None:
    assert "Nobody compared" in html_of(read_finished(copied))
    nothing = {"value": None, "ci95": None, "n": 0}
    names = ("krippendorff_alpha", "krippendorff_alpha_of_people", "spearman", "kendall_tau_b")
    others = ("auc", "expected_calibration_error", "brier")
    measures = {"n": 50, "related": 20, **dict.fromkeys((*names, *others), nothing)}
    kappa = {"value": 0.7, "ci95": [0.5, 0.8], "n": 50}
    report = {"unit": "cases", "rated": 50, "unrated": 0, "unscored": 0, "raters": 1, "seed": 0}
    report |= {"drawn": "random", "correction": None, "calibration": None}
    report |= {"judge": read_finished(copied).matrix.lock.model_dump(mode="json")}
    agreed = {**measures, "quadratic_kappa": kappa}
    report |= {"all_items": agreed, "judged_items": agreed}
    (copied / "agreement.json").write_text(json.dumps(report), "utf-8")
    page = html_of(read_finished(copied))
    assert "Nobody compared" not in page
    assert "Quadratic kappa over 50 cases that the judge decided" in page
