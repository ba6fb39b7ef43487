"""`evaluator k8s results`: what is on the volume arrives whole, or not at all."""

import io
import tarfile
from pathlib import Path

import pytest
from deploy.kubernetes.api_server import ApiServer, Manifest, refused
from deploy.kubernetes.conftest import Setup, pod
from deploy.kubernetes.jobs import ending_with
from hypothesis import given
from hypothesis import strategies as st
from k8s.manifests import not_restricted
from properties import searching
from running import assert_fails

from evaluator.deploy.kubernetes.archive import check_files, parse_checksums, unpack
from evaluator.errors import DeploymentFailed


@pytest.fixture
def ran(judged: Setup, tmp_path: Path) -> Setup:
    """A cluster with a run that ended."""
    judged.api.controllers["Job"] = ending_with(2)
    ended = judged.k8s("run", "--name", "ada", "--save-to", tmp_path / "unused")
    assert ended.code == 2
    return judged


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_run_directory_arrives_byte_for_byte(ran: Setup, tmp_path: Path) -> None:
    odd = ran.api.volume / "ada" / "a name\nof two lines — 日本"
    odd.write_bytes(b"\0\1")
    done = ran.k8s("results", tmp_path / "here", "--name", "ada")
    assert done.code == 0, done.err
    assert "4 files" in done.err
    assert files(tmp_path / "here") == files(ran.api.volume / "ada")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".here")] == []


def test_the_reader_has_the_job_s_rights_and_no_more_and_is_gone_in_the_end(
    ran: Setup, tmp_path: Path
) -> None:
    made: list[Manifest] = []
    before = ran.api.controllers["Pod"]

    def seen(api: ApiServer, manifest: Manifest) -> None:
        made.append(manifest)
        before(api, manifest)

    ran.api.controllers["Pod"] = seen
    assert ran.k8s("results", tmp_path / "here", "--name", "ada").code == 0
    (reader,) = made
    spec = reader["spec"]
    assert list(not_restricted(spec)) == []
    assert spec["automountServiceAccountToken"] is False
    (container,) = spec["containers"]
    assert container["image"] == "evaluator:0.1.0"
    (mount,) = container["volumeMounts"]
    assert (mount["name"], mount["readOnly"]) == ("results", True)
    assert spec["activeDeadlineSeconds"] <= 3600
    names = {one["metadata"]["name"] for one in ran.api.found("Pod")}
    assert reader["metadata"]["name"] not in names


def test_results_replace_those_of_the_same_run_and_nothing_else(ran: Setup, tmp_path: Path) -> None:
    here = tmp_path / "here"
    assert ran.k8s("results", here, "--name", "ada").code == 0
    (ran.api.volume / "ada" / "summary.json").write_text("{}")
    assert ran.k8s("results", here, "--name", "ada").code == 0
    assert (here / "summary.json").read_text() == "{}"
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").touch()
    assert_fails(ran.k8s("results", other, "--name", "ada"), 2, "holds something else than a run")


def archive_with(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as members:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        content = b"evil" if kind == tarfile.REGTYPE else b""
        member.size = len(content)
        members.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        archive_with("ada/../../outside"),
        archive_with("/ada/outside"),
        archive_with("other/file"),
        archive_with("../ada/file"),
        archive_with("ada/link", tarfile.SYMTYPE, "/etc/passwd"),
        archive_with("ada/link", tarfile.LNKTYPE, "ada/file"),
        archive_with("ada/fifo", tarfile.FIFOTYPE),
        archive_with("ada/device", tarfile.CHRTYPE),
    ],
)
def test_an_archive_that_leads_elsewhere_writes_nothing(archive: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    with pytest.raises(DeploymentFailed):
        unpack(io.BytesIO(archive), "ada", folder)
    assert files(tmp_path) == {}


@searching
@given(st.binary(max_size=2000))
def test_whatever_comes_instead_of_an_archive_is_a_sentence(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(io.BytesIO(content), "ada", Path(folder))
        except DeploymentFailed as error:
            assert "archive" in str(error)
        assert files(Path(folder)) == {}


@searching
@given(st.binary(max_size=300))
def test_whatever_comes_instead_of_checksums_is_a_sentence(listing: bytes) -> None:
    try:
        assert parse_checksums(listing, "ada") == {} or listing
    except DeploymentFailed as error:
        assert "checksums" in str(error)


def test_a_file_that_differs_or_is_missing_or_too_many_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
    check_files(tmp_path, {"a": empty})
    for wanted in ({"a": "0" * 64}, {}, {"a": empty, "b": empty}):
        with pytest.raises(DeploymentFailed, match="did not arrive"):
            check_files(tmp_path, wanted)


def test_what_was_changed_on_the_way_is_not_taken(ran: Setup, tmp_path: Path) -> None:
    def changed(command: list[str], out: bytes) -> bytes:
        return out.replace(b'"schema_version": 1', b'"schema_version": 2')

    ran.api.tampering = changed
    ended = ran.k8s("results", tmp_path / "here", "--name", "ada")
    assert_fails(ended, 7, "1 of 3 files did not arrive", "summary.json")
    assert not (tmp_path / "here").exists()


def test_an_archive_that_breaks_off_is_not_taken(ran: Setup, tmp_path: Path) -> None:
    ran.api.tampering = lambda command, out: out[:700] if "tar" in command[2] else out
    ended = ran.k8s("results", tmp_path / "here", "--name", "ada")
    assert ended.code == 7
    assert "Traceback" not in ended.err
    assert not (tmp_path / "here").exists()


def test_a_name_that_has_no_directory_says_so(ran: Setup, tmp_path: Path) -> None:
    (ran.api.volume / "ada").rename(ran.api.volume / "grace")
    ended = ran.k8s("results", tmp_path / "here", "--name", "ada")
    assert_fails(ended, 7, "No such file or directory")


def test_a_volume_that_the_reader_does_not_get_says_why(ran: Setup, tmp_path: Path) -> None:
    def waits(api: ApiServer, manifest: Manifest) -> None:
        said = 'persistentvolumeclaim "evaluator-results" not found'
        condition = {"type": "PodScheduled", "status": "False", "message": said}
        status = pod(phase="Pending", conditions=[condition])["status"]
        api.put("Pod", {"metadata": manifest["metadata"], "status": status})

    ran.api.controllers["Pod"] = waits
    ended = ran.k8s("results", tmp_path / "here", "--name", "ada", "--timeout", "1")
    assert_fails(ended, 7, "claim evaluator-results, which is not there")


def test_without_the_right_to_run_commands_it_says_which_is_missing(
    ran: Setup, tmp_path: Path
) -> None:
    message = 'pods "x" is forbidden: User "u" cannot create resource "pods/exec"'
    ran.api.answers["GET", "pods/exec"] = [refused(403, message)]
    ended = ran.k8s("results", tmp_path / "here", "--name", "ada")
    assert_fails(ended, 7, "you may not create pods/exec")


def test_a_name_without_a_run_says_how_to_start_one(judged: Setup, tmp_path: Path) -> None:
    ended = judged.k8s("results", tmp_path / "here", "--name", "nobody")
    assert_fails(ended, 7, "there is no run of the name nobody in the namespace knitfab")
