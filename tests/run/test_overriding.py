"""What people decided, from a table to the report."""

import csv
from pathlib import Path

import pytest
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import case_lines, evaluator, findings

from evaluator.cases.digest import file_sha256
from evaluator.errors import DataUnusable
from evaluator.judge.labels import Label, LabelPair, LabelSet
from evaluator.judge.overrides import Overrides
from evaluator.run.overriding import read_overrides

LABELS = LabelSet(
    [Label("cars", "cars", aliases=("autos",)), Label("trams", "trams"), Label("law", "law")]
)


def table(folder: Path, *rows: str) -> Path:
    path = folder / "overrides.csv"
    path.write_text("\n".join(["predicted,gold,level,why", *rows]))
    return path


def test_a_pair_is_overruled_in_both_directions_and_by_any_name(tmp_path: Path) -> None:
    path = table(tmp_path, "trams,Autos,Related,both drive", "cars,trams,related,again")
    found = read_overrides(path, LABELS)
    assert found == Overrides({LabelPair("cars", "trams"): "related"}, file_sha256(path))


def test_without_a_table_nothing_is_overruled() -> None:
    assert read_overrides(None, LABELS) == Overrides()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["boats,cars,related,"], "record 1 names 'boats', which is no label: cars, trams, law"),
        (["cars,autos,same,"], "record 1 names 'autos' twice"),
        (["cars,trams,near,"], "has the level 'near', which is none of same, related, unrelated"),
        (["cars,trams,same,", "trams,cars,related,"], "record 2 gives 'trams' and 'cars' a second"),
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(DataUnusable, match=message):
        read_overrides(table(tmp_path, *rows), LABELS)


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text("predicted,gold\ncars,trams\n")
    with pytest.raises(DataUnusable, match="has no column 'level'"):
        read_overrides(path, LABELS)


def test_an_overruled_pair_scores_as_people_said_and_the_matrix_stays_the_judges(
    tmp_path: Path,
) -> None:
    predictions = tmp_path / "predictions.csv"
    predictions.write_text("id,predicted,gold\n1,trams,cars\n2,law,cars\n3,law,trams\n4,law,law\n")
    overrides = table(tmp_path, "trams,cars,related,both drive", "law,cars,unrelated,")
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with OllamaServer(engine, [ServedModel("llama3.2")]) as server:
        command = ["judge", "--predictions", predictions, "--judge", "ollama:llama3.2"]
        command += ["--judge-url", server.url, "--save-to"]
        plain = evaluator(*command, tmp_path / "plain")
        ended = evaluator(*command, tmp_path / "run", "--overrides", overrides)
    assert (plain.code, ended.code) == (0, 0), ended.err
    first, second, third, _ = case_lines(tmp_path / "run")
    assert (first["score"], first["level"], first["flags"]) == (0.5, "related", ["overridden"])
    assert (second["score"], second["level"]) == (0.0, "unrelated")
    assert third["flags"] == ["judged"]
    matrices = [(tmp_path / run / "matrix.json").read_text() for run in ("plain", "run")]
    assert matrices[0] == matrices[1]
    judge = findings(tmp_path / "run")["judge"]
    assert (judge["overridden"], judge["overrides_sha256"]) == (2, file_sha256(overrides))
    assert "overruled the judge on 2 pairs" in " ".join(ended.out.split())
    with (tmp_path / "run" / "pairs.csv").open() as file:
        rows = {(row["predicted"], row["gold"]): row for row in csv.DictReader(file)}
    assert rows["trams", "cars"]["p_related"] == "1"


def test_people_can_decide_where_the_judge_did_not_answer(tmp_path: Path) -> None:
    predictions = tmp_path / "predictions.csv"
    predictions.write_text("id,predicted,gold\n1,trams,cars\n2,cars,trams\n")
    overrides = table(tmp_path, "trams,cars,related,both drive")
    with OllamaServer(ScriptedEngine(lambda _: {"Hm": 1.0}), [ServedModel("llama3.2")]) as server:
        ended = evaluator(
            *["judge", "--predictions", predictions, "--judge", "ollama:llama3.2"],
            *["--judge-url", server.url, "--save-to", tmp_path / "run", "--overrides", overrides],
        )
    assert ended.code == 0, ended.err
    with (tmp_path / "run" / "pairs.csv").open() as file:
        first, second = csv.DictReader(file)
    assert (first["score"], first["p_related"], first["unanswered"]) == ("0.5", "1", "")
    assert second["score"] == "0.5"
