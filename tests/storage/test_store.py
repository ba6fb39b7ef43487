"""Objects of a store, on an S3 server and in memory."""

from pathlib import Path

import pytest
from s3_server import S3Server

from evaluator.errors import ConfigError
from evaluator.storage.store import NothingThere, Store, StoreFailed


@pytest.fixture(params=["s3", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return f"memory:/{tmp_path}"
    return f"{request.getfixturevalue('bucket')}/run"


def test_objects_are_written_read_listed_and_deleted(url: str, tmp_path: Path) -> None:
    store = Store(url)
    store.write("a.txt", b"first")
    (tmp_path / "file").write_bytes(b"second")
    store.put("deeper/b.txt", tmp_path / "file")
    assert {name: one.size for name, one in store.objects().items()} == {
        "a.txt": 5,
        "deeper/b.txt": 6,
    }
    assert list(store.beside()) == ["a.txt"]
    assert list(store.objects("deeper")) == ["deeper/b.txt"]
    assert list(Store(f"{url}/a.txt").objects()) == [""]
    assert store.read("deeper/b.txt") == b"second"
    assert list(store.read_all([("deeper/b.txt", 6), ("a.txt", 5)])) == [b"second", b"first"]
    store.fetch("a.txt", tmp_path / "new" / "a.txt")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"first"
    store.delete(["a.txt", "never"])
    assert store.read("a.txt") is None
    assert store.beside() == {}


def test_of_two_who_make_an_object_one_does(url: str) -> None:
    store = Store(url)
    store.create("holder", b"one")
    store.create("holder", b"other")
    assert store.read("holder") == b"one"


def test_another_content_is_another_version(url: str) -> None:
    store = Store(url)
    store.write("a", b"one")
    before = store.objects()["a"]
    store.write("a", b"two")
    assert store.objects()["a"] != before


def test_nothing_is_told_from_something(url: str) -> None:
    with pytest.raises(NothingThere):
        Store(f"{url}/nothing").objects()
    assert Store(f"{url}/nothing").beside() == {}


def test_a_bucket_that_is_not_there_cannot_be_written(bucket: str) -> None:
    with pytest.raises(NothingThere):
        Store("s3://no-such-bucket/run").write("a", b"")


def test_a_store_that_is_away_is_a_reason(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StoreFailed, match="Could not connect"):
        Store(bucket).read("a")


def test_no_key_is_a_reason(s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(StoreFailed, match="Unable to locate credentials"):
        Store(bucket).read("a")


def test_an_unknown_kind_of_store_is_named() -> None:
    with pytest.raises(ConfigError, match="xyz:// is no kind of store that fsspec knows"):
        Store("xyz://bucket/run")


def test_a_kind_whose_package_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match=r"gs:// is not installed: .*gcsfs"):
        Store("gs://bucket/run")


def test_a_name_that_would_lead_elsewhere_is_refused(bucket: str, s3: S3Server) -> None:
    s3.client().put_object(Bucket=bucket.removeprefix("s3://"), Key="run/../../x", Body=b"")
    with pytest.raises(StoreFailed, match="would lead elsewhere"):
        Store(f"{bucket}/run").objects()
