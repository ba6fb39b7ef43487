"""What judges say of the reference pairs, kept: it is the same at every run."""

from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluator.cases.digest import text_sha256
from evaluator.judge.lock import JudgeLock
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import References


class _StoredSurvey(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: int = Field(default=1, ge=1, le=1)
    lock: JudgeLock
    references: str
    topic_leanings: dict[str, float]
    centred_logits: tuple[float | None, ...]


def survey_json(lock: JudgeLock, survey: ReferenceSurvey) -> str:
    """Return the content of a survey's file."""
    return _StoredSurvey(
        lock=lock,
        references=survey.references.digest,
        topic_leanings=dict(survey.topic_leanings),
        centred_logits=survey.centred_logits,
    ).model_dump_json(indent=1)


def survey_name(lock: JudgeLock, references: References) -> str:
    """Return the file name of a judge's survey, different for all that could change it."""
    return f"{text_sha256(lock.model_dump_json() + references.digest)[:32]}.json"


def shipped_survey(lock: JudgeLock, references: References) -> ReferenceSurvey | None:
    """Return the survey that ships with the package, if this judge is the packaged one."""
    folder = files("evaluator.judge") / "reference_data" / "surveys"
    for file in folder.iterdir():
        found = _survey(file.read_text("utf-8"), lock, references)
        if found is not None:
            return found
    return None


def read_survey(path: Path, lock: JudgeLock, references: References) -> ReferenceSurvey | None:
    """Return the survey in a file, or None where it is missing, broken or another judge's."""
    try:
        return _survey(path.read_text("utf-8"), lock, references)
    except (OSError, UnicodeDecodeError):
        return None


def _survey(content: str, lock: JudgeLock, references: References) -> ReferenceSurvey | None:
    try:
        stored = _StoredSurvey.model_validate_json(content)
    except ValidationError:
        return None
    whole = len(stored.centred_logits) == len(references.pairs)
    if not whole or (stored.lock, stored.references) != (lock, references.digest):
        return None
    return ReferenceSurvey(references, stored.topic_leanings, stored.centred_logits)
