"""Japanese articles and labels from the file to the report, in a process of its own."""

import csv
import json
import re
import unicodedata
from pathlib import Path

import pytest
from conftest import ModelMaker
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
from running import Ended, case_lines, evaluator

LABELS = ("スポーツ", "ITライフハック", "家電チャンネル", "映画 ニュース", "独女通信")
RUBRIC = ("--rubric", "category-relevance-ja")

# Labels as they come: half-width katakana, full-width letters, an ideographic space, decomposed.
ARTICLES = (
    ("スポーツ", "延長十二回、四番打者のサヨナラ本塁打で試合が決まった。"),
    ("ｽﾎﾟｰﾂ", "代表は後半に二点を失い、予選突破は最終戦に持ち越された。"),
    (unicodedata.normalize("NFD", "スポーツ"), "横綱は立ち合いで押し込まれ、三日目で土がついた。"),
    ("ITライフハック", "メールの仕分けを自動にする小さな設定を三つ紹介する。"),
    ("ＩＴライフハック", "古いノートパソコンを軽いＯＳで生き返らせた。"),
    ("Ｉｔライフハック", "会議の録音から議事録を起こすアプリを比べた。"),
    ("家電チャンネル", "新しい炊飯器は玄米も四十分で炊き上げる。"),
    ("家電ﾁｬﾝﾈﾙ", "ドラム式洗濯機の電気代を一か月はかってみた。"),
    ("家電チャンネル", "掃除ロボットが苦手な段差と、その越え方。"),
    ("映画 ニュース", "二十年ぶりの続編が、雨の港町を舞台に撮影された。"),
    ("映画\u3000ニュース", "監督は、結末を三通り撮ったと舞台あいさつで語った。"),
    ("映画 ニュース", "字幕翻訳者が、訳せなかった一行について話す。"),
    ("独女通信", "一人で行く温泉旅行の、宿の選び方を聞いた。"),
    ("独女通信", "三十代の貯金、みんなはいくらから始めた？"),
    ("独女通信", "同窓会の誘いを断るときの、角の立たない一言。"),
)
MEANT = tuple(label for label in LABELS for _ in range(3))


@pytest.fixture(scope="module")
def model(make_model: ModelMaker) -> Path:
    return make_model(LABELS, texts=[text for _, text in ARTICLES])


@pytest.fixture(scope="module")
def jsonl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ja") / "記事.jsonl"
    records = (
        {"id": f"記事-{number}", "text": text, "label": label}
        for number, (label, text) in enumerate(ARTICLES)
    )
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def directory(jsonl: Path) -> Path:
    """The run directory, itself with a Japanese name."""
    return jsonl.parent / "評価"


@pytest.fixture(scope="module")
def ended(jsonl: Path, model: Path, directory: Path, gguf: Path) -> Ended:
    """The run with the embedded judge."""
    return evaluator("run", "--data", jsonl, "--model", model, *RUBRIC, "--save-to", directory)


@pytest.fixture(scope="module")
def stored(ended: Ended, directory: Path) -> list[object]:
    """Arguments that take the verdicts of that run."""
    assert ended.code == 0, ended.err
    return ["--matrix", directory / "matrix.json", *RUBRIC]


def pair_rows(run_directory: Path) -> list[dict[str, str]]:
    with (run_directory / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(text: str) -> int:
    """Columns that a terminal gives a text: two for a wide letter, none for a combining mark."""
    return sum(
        0
        if unicodedata.combining(letter)
        else 1 + (unicodedata.east_asian_width(letter) in {"F", "W"})
        for letter in text
    )


def table(output: str, title: str) -> list[str]:
    """The lines of a printed table, header first."""
    after = output[output.index(title) :].splitlines()[1:]
    return after[: after.index("")]


def test_every_case_is_classified_and_has_a_verdict(ended: Ended, directory: Path) -> None:
    assert ended.code == 0, ended.err
    summary = json.loads((directory / "summary.json").read_text("utf-8"))
    assert summary["cases"]["total"] == summary["cases"]["judged"] == len(ARTICLES)
    assert summary["cases"]["unscored"] == 0
    assert summary["judge"]["rubric"] == "category-relevance-ja"
    assert summary["judge"]["pairs"] == 10  # 5 · 4 / 2


def test_gold_labels_in_other_widths_are_the_models_labels(ended: Ended, directory: Path) -> None:
    lines = case_lines(directory)
    assert [line["id"] for line in lines] == [f"記事-{number}" for number in range(len(ARTICLES))]
    assert tuple(line["gold"] for line in lines) == MEANT
    for (written, _), line in zip(ARTICLES, lines, strict=True):
        found = "exact" if line["predicted"] == written else "alias"
        assert line["flags"][0] == (found if line["predicted"] == line["gold"] else "judged")


def test_the_judge_answers_in_the_rubrics_words(ended: Ended, directory: Path) -> None:
    masses = [float(row["label_mass"]) for row in pair_rows(directory)]
    assert len(masses) == 20
    assert min(masses) > 0.9  # 0.988 when measured; an English "Yes" does not count


def test_the_files_hold_the_labels_as_they_are_written(ended: Ended, directory: Path) -> None:
    rows = pair_rows(directory)
    assert {(row["predicted"], row["gold"]) for row in rows} == {
        (one, other) for one in LABELS for other in LABELS if one != other
    }
    for name in ("cases.jsonl", "summary.json", "report.md", "matrix.json"):
        content = (directory / name).read_text("utf-8")
        assert all(label in content for label in LABELS), name  # unescaped, for people who read it
        assert "\N{REPLACEMENT CHARACTER}" not in content


def test_the_printed_tables_line_up_though_their_letters_are_wide(ended: Ended) -> None:
    by_label, confusions = (table(ended.out, title) for title in ("By label", "Worst confusions"))
    assert len(by_label) == 1 + len(LABELS)
    assert len(confusions) > 1
    for lines in (by_label, confusions):
        # The last column is flush right, so every line ends in the same column of the terminal.
        assert len({columns(line.rstrip()) for line in lines}) == 1, lines
    assert len({len(line.rstrip()) for line in by_label}) > 1  # their letters are not as many


def test_the_printed_matrix_lines_up(stored: list[object], tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n".join(LABELS), "utf-8-sig")
    ended = evaluator(
        "matrix", "--labels", tmp_path / "labels.txt", *stored, "--save-to", tmp_path / "run"
    )
    assert ended.code == 0, ended.err
    rows = table(ended.out, "P(related) in percent")[2:]  # after the header and the first label
    assert len(rows) == len(LABELS) - 1
    starts = []
    for label, row in zip(LABELS[1:], rows, strict=True):
        start = re.match(rf"\d {label} +\d+", row)  # up to the end of the first percentage
        assert start is not None, row
        starts.append(columns(start.group()))
    assert len(set(starts)) == 1, rows


def test_predictions_in_other_widths_are_aliases(stored: list[object], tmp_path: Path) -> None:
    path = tmp_path / "予測.csv"
    predictions = (
        ("ｽﾎﾟｰﾂ", "スポーツ"),
        ("ＩＴライフハック", "ITライフハック"),
        ("映画\u3000ニュース", "映画 ニュース"),
        (unicodedata.normalize("NFD", "スポーツ"), "スポーツ"),
        ("独女通信", "独女通信"),
    )
    lines = ("予測,正解\n", *(f"{predicted},{gold}\n" for predicted, gold in predictions))
    path.write_text("".join(lines), "utf-8-sig")  # as spreadsheets save it
    named = ("--predicted-column", "予測", "--gold-column", "正解")
    ended = evaluator(
        "judge", "--predictions", path, *named, *stored, "--save-to", tmp_path / "run"
    )
    assert ended.code == 0, ended.err
    assert [line["flags"] for line in case_lines(tmp_path / "run")] == [["alias"]] * 4 + [["exact"]]


def test_without_a_label_file_a_width_makes_no_label_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "予測.jsonl"
    records = (("ｽﾎﾟｰﾂ", "スポーツ"), ("映画", "スポーツ"), ("スポーツ", "映画"))
    lines = (json.dumps({"predicted": one, "gold": two}) + "\n" for one, two in records)
    path.write_text("".join(lines), "utf-8")
    engine = ScriptedEngine(
        lambda _: {"はい": 0.2, "いい": 0.7}
    )  # half of いいえ, as many split it
    with OllamaServer(engine, models=[ServedModel("llama3.2")]) as server:
        judge = ["--judge", "ollama:llama3.2", "--judge-url", server.url, *RUBRIC]
        ended = evaluator("judge", "--predictions", path, *judge, "--save-to", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "taken for labels" not in ended.err
    first, *judged = case_lines(tmp_path / "run")
    assert first["flags"] == ["alias"]
    # 0.2 / (0.2 + 0.7) in both orders.
    assert [line["p_related"] for line in judged] == [pytest.approx(2 / 9)] * 2


def test_a_folder_from_a_mac_holds_the_same_cases(
    model: Path, stored: list[object], tmp_path: Path, directory: Path
) -> None:
    for number, ((_, text), label) in enumerate(zip(ARTICLES, MEANT, strict=True)):
        name = unicodedata.normalize("NFD", f"{label}/ガイド{number:02}.txt")
        file = tmp_path / "記事" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    data = ["--data", tmp_path / "記事", "--model", model, *stored]
    ended = evaluator("run", *data, "--save-to", tmp_path / "run")
    assert ended.code == 0, ended.err
    lines = case_lines(tmp_path / "run")
    assert {line["id"] for line in lines} == {
        f"{label}/ガイド{number:02}.txt" for number, label in enumerate(MEANT)
    }
    assert "alias" not in {line["flags"][0] for line in lines}
    seen = sorted((line["gold"], line["predicted"]) for line in lines)
    assert seen == sorted((line["gold"], line["predicted"]) for line in case_lines(directory))


def table_of(encoding: str, folder: Path) -> Path:
    path = folder / f"{encoding}.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["番号", "本文", "カテゴリ"])
        for number, ((_, text), label) in enumerate(zip(ARTICLES, MEANT, strict=True)):
            writer.writerow([f"記事-{number}", text, label])
    return path


NAMED = ("--id-column", "番号", "--text-column", "本文", "--label-column", "カテゴリ")


def test_a_spreadsheets_csv_gives_the_same_verdicts(
    model: Path, stored: list[object], tmp_path: Path, directory: Path
) -> None:
    data = ["--data", table_of("utf-8-sig", tmp_path), *NAMED, "--model", model, *stored]
    ended = evaluator("run", *data, "--save-to", tmp_path / "run")
    assert ended.code == 0, ended.err
    lines, expected = case_lines(tmp_path / "run"), case_lines(directory)
    for one in (*lines, *expected):
        one["flags"] = [flag for flag in one["flags"] if flag not in {"exact", "alias"}]
    assert lines == expected


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16"])
def test_another_encoding_is_refused_in_one_sentence(
    encoding: str, model: Path, stored: list[object], tmp_path: Path
) -> None:
    path = table_of(encoding, tmp_path)
    data = ["--data", path, *NAMED, "--model", model, *stored]
    ended = evaluator("run", *data, "--save-to", tmp_path / "run")
    assert ended.code == 5
    assert ended.out == ""
    (sentence,) = ended.err.splitlines()
    assert sentence.startswith(f"Error: {path} is not UTF-8 (byte 0x")
    assert "iconv" in sentence
