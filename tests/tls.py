"""A server behind TLS, with a certificate of an authority that exists for one test."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import trustme


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


def _serve(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:  # it is closed
            return
        threading.Thread(target=_answer, args=(plain, context, port), daemon=True).start()


def _answer(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError), plain:  # a client that refuses the certificate
        plain.settimeout(120)
        with (
            context.wrap_socket(plain, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", port), timeout=120) as inside,
        ):
            back = threading.Thread(target=_pass_on, args=(inside, outside), daemon=True)
            back.start()
            _pass_on(outside, inside)
            back.join(20)


@contextmanager
def behind_tls(url: str, folder: Path, name: str = "127.0.0.1") -> Iterator[tuple[str, Path]]:
    """Yield an `https` address that leads to a server, and the file of its authority.

    Args:
        url: The server.
        folder: Where the file is written.
        name: The host that the certificate is for.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = urlsplit(url).port or 80
        threading.Thread(target=_serve, args=(listening, context, port), daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}", ca_file
        # A thread that accepts does not notice that its socket is closed.
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
