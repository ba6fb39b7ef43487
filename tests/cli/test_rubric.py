"""`evaluator rubric` as a user meets it."""

import json
from pathlib import Path

from running import assert_fails, evaluator

from evaluator.judge.rubric_file import load_rubric

NAME = "category-relevance"


def test_list_names_every_rubric_on_a_line() -> None:
    ended = evaluator("rubric", "list")
    assert (ended.code, ended.err) == (0, "")
    rows = [line.split("  ") for line in ended.out.splitlines()]
    assert [row[:2] for row in rows] == [[NAME, "en"], [f"{NAME}-ja", "ja"]]
    assert all(row[2] for row in rows)


def test_show_gives_a_file_to_begin_ones_own_with(tmp_path: Path) -> None:
    shown = evaluator("rubric", "show", NAME)
    assert (shown.code, shown.err) == (0, "")
    mine = tmp_path / "mine.yaml"
    mine.write_text(shown.out.replace(f"name: {NAME}", "name: mine"), "utf-8")
    ended = evaluator("rubric", "check", mine)
    assert (ended.code, ended.err) == (0, "")
    built_in = load_rubric(NAME)
    assert ended.out.splitlines() == [
        f"ok  mine  {form.name}  sha256:{built_in.prompt_hash_of(form)}" for form in built_in.forms
    ]


def test_show_in_json_is_the_rubric(tmp_path: Path) -> None:
    ended = evaluator("rubric", "show", NAME, "--format", "json")
    assert json.loads(ended.out) == load_rubric(NAME).model_dump(mode="json")


def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\nlanguage: en\ncritera: none\n", "utf-8")
    ended = evaluator("rubric", "check", mine)
    assert_fails(ended, 2, "mine.yaml, line 3: the rubric has the unknown key 'critera'; did you")


def test_check_warns_of_what_a_judge_may_stumble_over(tmp_path: Path) -> None:
    content = load_rubric(NAME).model_dump(mode="json")
    content["question"]["examples"] = []
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(content), "utf-8")
    ended = evaluator("rubric", "check", mine)
    assert ended.code == 0
    assert ended.err.startswith("Warning: question: there are no examples")
    assert ended.out.startswith(f"ok  {NAME}  question  sha256:")


def test_a_run_names_the_line_of_a_broken_rubric_before_it_reads_anything(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: [\n", "utf-8")
    ended = evaluator("judge", "--predictions", tmp_path / "none.csv", "--rubric", mine)
    assert_fails(ended, 2, "mine.yaml is not YAML", "line 2")
