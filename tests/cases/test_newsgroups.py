from pathlib import Path

import pytest
from newsgroups_cache import POST, cache, posts

from evaluator.cases import NEWSGROUPS_GLOSSARY, Case, NewsgroupsCases
from evaluator.errors import DataUnusable


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    return tmp_path


def test_a_cached_post_comes_without_header_quote_and_signature(data_home: Path) -> None:
    cache(data_home, test=posts(POST), train=posts())
    assert list(NewsgroupsCases("test")) == [Case("test-0", "Any oil will do.\n", "rec.autos")]


def test_a_post_can_keep_its_header_quote_and_signature(data_home: Path) -> None:
    cache(data_home, test=posts(POST), train=posts())
    whole = NewsgroupsCases("test", keep_headers=True)
    assert list(whole) == [Case("test-0", POST, "rec.autos")]
    assert whole.fingerprint != NewsgroupsCases("test").fingerprint


def test_the_glossary_is_the_examples(example: Path) -> None:
    assert NEWSGROUPS_GLOSSARY.read_bytes() == (example / "labels.yaml").read_bytes()


def test_posts_come_in_scikit_learns_order_with_their_part_in_the_id(data_home: Path) -> None:
    from sklearn.datasets import fetch_20newsgroups

    bodies = [f"\n\nbody {number}\n\nend" for number in range(5)]
    cache(data_home, test=posts(), train=posts(*bodies))
    expected = fetch_20newsgroups(subset="train", remove=("headers", "footers", "quotes"))
    cases = list(NewsgroupsCases("train"))
    assert [case.text for case in cases] == expected.data
    assert [case.gold for case in cases] == [("rec.autos", "sci.med")[t] for t in expected.target]
    assert [case.id for case in cases] == [f"train-{number}" for number in range(5)]


def test_the_fingerprint_changes_with_a_text(data_home: Path) -> None:
    cache(data_home, test=posts("\n\na\n\n", "\n\nb\n\n"), train=posts())
    one, same = NewsgroupsCases().fingerprint, NewsgroupsCases().fingerprint
    cache(data_home, test=posts("\n\na\n\n", "\n\nc\n\n"), train=posts())
    assert one == same != NewsgroupsCases().fingerprint


@pytest.mark.filterwarnings("ignore:Retry downloading")
def test_a_corpus_that_cannot_be_downloaded_suggests_a_file(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens on the discard port of this machine, so nothing leaves it.
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DataUnusable, match=r"could not be downloaded .*pass a file with --data"):
        list(NewsgroupsCases())
