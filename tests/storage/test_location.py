"""URLs and the paths that stand for them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ConfigError
from evaluator.storage.location import copy_of, is_url, located, named, naming, url_of

NAMES = st.text(
    st.characters(exclude_characters="/?#@:", exclude_categories=("Cs", "Cc")), min_size=1
).filter(lambda name: name not in {".", ".."})


@given(st.sampled_from(["s3", "gs", "memory"]), st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_tells_the_url_that_it_stands_for(protocol: str, parts: list[str]) -> None:
    url = f"{protocol}://{'/'.join(parts)}"
    path = located(url)
    assert path.is_absolute()
    assert (url_of(path), named(path)) == (url, url)
    assert url_of(path / "run.json") == f"{url}/run.json"
    assert naming(f"{path}/x cannot be read") == f"{url}/x cannot be read"
    assert url_of(copy_of(path, "0123456789abcdef")) == url


@pytest.mark.parametrize("text", ["runs/one", "/data/x.csv", "~/x", "C:/x", "a:b//c", "hf:name"])
def test_a_path_stands_for_itself(text: str) -> None:
    assert not is_url(text)
    assert located(text) == Path(text)
    assert url_of(Path(text)) is None
    assert named(Path(text)) == str(Path(text))


def test_a_file_url_is_a_path() -> None:
    assert located("file:///data/my%20cases.csv") == Path("/data/my cases.csv")


def test_a_slash_at_the_end_says_nothing() -> None:
    assert located("s3://bucket/run/") == located("s3://bucket/run")


def test_a_path_that_is_written_as_a_url_stays_in_a_text() -> None:
    path = located("s3://bucket/run")
    assert naming(f"kept in file://{path}: {path}") == f"kept in file://{path}: s3://bucket/run"


@pytest.mark.parametrize(
    "url",
    [
        "s3://KEY:hidden@bucket/run",
        "s3://hidden@bucket/run",
        "s3://bucket/run?X-Amz-Signature=hidden",
        "https://host/run#hidden",
    ],
)
def test_a_key_in_a_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="cannot hold a user name, a password") as refused:
        located(url)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("url", ["s3://", "s3:///run", "s3://bucket//run", "s3://bucket/../run"])
def test_a_url_that_is_no_path_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is no URL of a file or folder: write s3://BUCKET/NAME"):
        located(url)


def test_a_url_within_a_url_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot hold another one"):
        located("simplecache::s3://bucket/run")


@pytest.mark.parametrize(
    "text", ["a\0b", "s3://bucket/a\0b", "file:///a%00b", "\ud800", "s3://b/\udfff"]
)
def test_what_no_file_can_be_called_is_refused_before_it_is_looked_for(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a file"):
        located(text)
