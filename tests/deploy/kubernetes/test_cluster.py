"""The API is verified as the kubeconfig says, and the token goes to nobody else."""

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.kubernetes.api_server import TOKEN, write_kubeconfig

from evaluator.deploy.kubernetes.cluster import Cluster
from evaluator.deploy.kubernetes.connection import connect
from evaluator.deploy.kubernetes.execution import Place, execute
from evaluator.deploy.kubernetes.kinds import POD
from evaluator.deploy.kubernetes.patience import Deadline, pauses, retry_after
from evaluator.deploy.kubernetes.refusal import Unreachable, Untrusted


class Listener:
    """A TLS server that nobody vouches for; it keeps what it is told and answers nothing."""

    def __init__(self, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.certificate = certificate
        self.heard = b""
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as secure:
                    self.heard += secure.recv(10_000)
            except OSError:
                plain.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    found = Listener(certificate, key)
    yield found
    found.close()


def cluster_at(path: Path, url: str, monkeypatch: pytest.MonkeyPatch, **said: Any) -> Cluster:
    write_kubeconfig(path, url)
    content = yaml.safe_load(path.read_text("utf-8"))
    content["clusters"][0]["cluster"].update(said)
    path.write_text(yaml.safe_dump(content), "utf-8")
    from kubernetes.config import kube_config

    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    return Cluster(connect(None), patience=0.1)


def test_a_server_that_nobody_vouches_for_hears_no_token(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = cluster_at(tmp_path / "config", listener.url, monkeypatch)
    with pytest.raises(Untrusted, match="cannot be trusted"):
        cluster.get(POD, "knitfab", "a")
    place = Place("knitfab", "a", "reader")
    with pytest.raises(Unreachable):
        execute(cluster, place, ["true"], lambda piece: None, Deadline(5))
    assert TOKEN.encode() not in listener.heard


def test_a_server_that_the_kubeconfig_vouches_for_is_spoken_to(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = base64.b64encode(listener.certificate.read_bytes()).decode()
    said = {"certificate-authority-data": authority}
    cluster = cluster_at(tmp_path / "config", listener.url, monkeypatch, **said)
    place = Place("knitfab", "a", "reader")
    with pytest.raises(Unreachable):  # it hangs up
        execute(cluster, place, ["true"], lambda piece: None, Deadline(5))
    assert f"bearer {TOKEN}".encode() in listener.heard.lower()


def test_a_server_of_another_name_hears_no_token(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = base64.b64encode(listener.certificate.read_bytes()).decode()
    url = listener.url.replace("127.0.0.1", "localhost")
    said = {"certificate-authority-data": authority}
    cluster = cluster_at(tmp_path / "config", url, monkeypatch, **said)
    with pytest.raises(Untrusted):
        cluster.get(POD, "knitfab", "a")
    assert TOKEN.encode() not in listener.heard


def test_pauses_grow_and_stay_bounded() -> None:
    found = [pause for pause, _ in zip(pauses(), range(7), strict=False)]
    assert found == [0.5, 1, 2, 4, 8, 8, 8]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *(("3", 3.0), ("0", 0.0), (None, None), ("-1", None), ("inf", None), ("nan", None)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_only_a_number_of_seconds_is_asked_for(said: str | None, seconds: float | None) -> None:
    assert retry_after(said) == seconds
