"""Surveys that are kept, and the one that ships."""

from pathlib import Path

import pytest

from evaluator.judge.lock import JudgeLock
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import built_in_references
from evaluator.judge.survey_file import read_survey, shipped_survey, survey_json, survey_name

REFERENCES = built_in_references("en")
LOCK = JudgeLock(
    backend="b", model="m", digest="d", server_version="1", options=(), rubric="r", prompt_hash="h"
)
SURVEY = ReferenceSurvey(
    REFERENCES,
    {topic: n / 10 for n, topic in enumerate(REFERENCES.topics)},
    (None, *(n / 7 for n in range(1, 200))),
)


def test_a_survey_is_read_as_it_was_kept(tmp_path: Path) -> None:
    path = tmp_path / survey_name(LOCK, REFERENCES)
    path.write_text(survey_json(LOCK, SURVEY))
    assert read_survey(path, LOCK, REFERENCES) == SURVEY


def test_another_judges_survey_is_none(tmp_path: Path) -> None:
    other = LOCK.model_copy(update={"digest": "e"})
    path = tmp_path / "survey.json"
    path.write_text(survey_json(LOCK, SURVEY))
    assert read_survey(path, other, REFERENCES) is None
    assert survey_name(LOCK, REFERENCES) != survey_name(other, REFERENCES)


def test_a_survey_on_other_references_is_none(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    path.write_text(survey_json(LOCK, SURVEY))
    japanese = built_in_references("ja")
    assert read_survey(path, LOCK, japanese) is None
    assert survey_name(LOCK, REFERENCES) != survey_name(LOCK, japanese)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lock": 1}'])
def test_a_broken_file_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "survey.json"
    path.write_text(content)
    assert read_survey(path, LOCK, REFERENCES) is None
    assert read_survey(tmp_path / "missing.json", LOCK, REFERENCES) is None


def test_no_survey_ships_for_an_unknown_judge() -> None:
    assert shipped_survey(LOCK, REFERENCES) is None
