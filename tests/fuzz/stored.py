"""Files that the evaluator wrote itself, and that came back from elsewhere."""

import io
import json
from itertools import zip_longest
from pathlib import Path
from zlib import crc32

from evaluator.backends.embedded import model_file
from evaluator.classifier.prediction import Classification
from evaluator.deploy.kubernetes.archive import check_files, parse_checksums, unpack
from evaluator.deploy.kubernetes.log_line import parse_line, readable
from evaluator.errors import DeploymentFailed
from evaluator.judge.asking import Answer
from evaluator.judge.calibration_file import read_calibration
from evaluator.judge.lock import JudgeLock
from evaluator.judge.matrix_file import labels_of_matrix, read_matrix
from evaluator.judge.reasoning import Reason
from evaluator.judge.reference_survey import ReferenceSurvey
from evaluator.judge.references import built_in_references
from evaluator.judge.survey_file import read_survey, survey_json
from evaluator.report.summary import read_summary
from evaluator.run.finished import read_finished
from evaluator.run.journal import Journal
from evaluator.storage.mirror_state import MirrorState
from fuzz.promise import Broken, damaged, split, written

LOCK = JudgeLock(
    backend="ollama",
    model="llama3.2",
    digest="sha256:1",
    server_version="0.33",
    options=(),
    rubric="category-relevance",
    prompt_hash="1",
)
REFERENCES = built_in_references("en")
SURVEY = survey_json(LOCK, ReferenceSurvey(REFERENCES, {"a": 0.5}, (0.25,) * len(REFERENCES.pairs)))
RECORDS = tuple(
    Classification(f"{number:064x}", "cars", number / 10, False, number) for number in range(3)
)


def journal(data: bytes, folder: Path) -> None:
    """What is whole is read, whatever lies between."""
    path = folder / "journal.jsonl"
    with Journal(path, Classification) as kept:
        for record in RECORDS:
            kept.append(record)
    first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + data + b"\n" + b"".join(others))
    found = list(Journal(path, Classification))
    if [one for one in found if one in RECORDS][:1] != [RECORDS[0]] or found[-2:] != [*RECORDS[1:]]:
        raise Broken(f"of {RECORDS} there is {found}")
    with Journal(path, Classification) as kept:
        kept.append(RECORDS[0])
    if [*Journal(path, Classification)][-1] != RECORDS[0]:
        raise Broken("what was written after the damage is not read")


def journal_line(data: bytes, folder: Path) -> None:
    """A line with a checksum that is right may still hold anything."""
    path = written(folder, "journal.jsonl", b"%08x %s\n" % (crc32(data), data))
    for record in Journal(path, Classification):
        assert isinstance(record, Classification)


def torn_journal(data: bytes, folder: Path) -> None:
    """A journal that ends anywhere loses its last line alone."""
    path = folder / "journal.jsonl"
    with Journal(path, Classification) as kept:
        for record in RECORDS:
            kept.append(record)
    whole = path.read_bytes()
    cut = int.from_bytes(data[:2]) % (len(whole) + 1)
    path.write_bytes(whole[:cut] + data[2:].replace(b"\n", b""))
    expected = RECORDS[: whole[:cut].count(b"\n")]
    for one, found in zip_longest(expected, list(Journal(path, Classification))[: len(expected)]):
        if one != found:
            raise Broken(f"{one} was written and {found} is read")


def matrix(data: bytes, folder: Path) -> None:
    path = written(folder, "matrix.json", data)
    read_matrix(path, labels_of_matrix(path))


def results(data: bytes, folder: Path) -> None:
    form, content = split(data, 3)
    if form == 0:
        read_calibration(written(folder, "calibration.json", content))
    elif form == 1:
        written(folder, "run.json", content)
        read_finished(folder)
    else:
        read_summary(written(folder, "summary.json", content))


def archive(data: bytes, folder: Path) -> None:
    """What comes from a cluster stays in its folder."""
    target = folder / "into"
    unpack(io.BytesIO(data), "run", target)
    if sorted(path for path in folder.rglob("*") if path.is_symlink()):
        raise Broken("a link was unpacked")
    if {path.name for path in folder.iterdir()} - {"into"}:
        raise Broken("something was unpacked outside")


def checksums(data: bytes, folder: Path) -> None:
    try:
        check_files(folder, parse_checksums(data, "run"))
    except DeploymentFailed as error:
        str(error).encode()


def log_line(data: bytes, folder: Path) -> None:
    line = data.decode("utf-8", "replace")
    parse_line(line)
    said = readable(line)
    if not (said.isprintable() or not said):
        raise Broken(f"{said!r} can steer a terminal")


def gguf(data: bytes, folder: Path) -> None:
    model_file(written(folder, "model.gguf", data))


def kept(data: bytes, folder: Path) -> None:
    """What a run or a cache keeps for itself: surveys, answers, reasons, what a store has."""
    choice, content = split(data, 4)
    checked = b"%08x %s\n" % (crc32(content), content)
    if choice == 0:
        survey = damaged(json.loads(SURVEY), content)
        read_survey(written(folder, "survey.json", survey), LOCK, REFERENCES)
    elif choice == 1:
        list(Journal(written(folder, "answers.jsonl", checked), Answer))
    elif choice == 2:
        list(Journal(written(folder, "reasons.jsonl", checked), Reason))
    else:
        state = MirrorState.read(written(folder, "state.json", content))
        assert state is None or state.parts >= 0
