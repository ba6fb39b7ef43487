"""One connection to the server."""

import ipaddress
import os
import socket
import struct
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from .blobs import PREFIX, Blob, received
from .reply import Reply

if TYPE_CHECKING:
    from .server import OllamaServer

LOCAL_SUFFIXES = (".localhost", ".local", ".internal")
SPACES = b" " * 65_536
END_OF_CHUNKS = b"0\r\n\r\n"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes replies, as badly as they want to be written."""

    ollama: ClassVar["OllamaServer"]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Note the connection."""
        super().setup()
        self.ollama.opened(self)

    def finish(self) -> None:
        """Forget the connection."""
        self.ollama.closed(self)
        super().finish()

    def handle(self) -> None:
        """Answer requests until the client or a fault ends the connection."""
        if self.ollama.stopping.is_set():
            return
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Answer a request."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer a request without a body."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a request."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a request."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def drop(self) -> None:
        """Break the connection from another thread."""
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it ended by itself

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        length = int(self.headers.get("Content-Length") or 0)
        content: bytes | Blob
        if self.command == "POST" and path.startswith(PREFIX):
            kept = self.ollama.kept_of_upload()
            if kept is not None:
                self.rfile.read(min(kept, length))
                self._reset()
                return
            content = received(self.rfile.read, length)
        else:
            content = self.rfile.read(length)
        body = self.ollama.begun(self.command, path, content)
        try:
            if not self.ollama.is_open_to_all and self._is_foreign():
                reply = Reply(status=HTTPStatus.FORBIDDEN, raw=b"")
            else:
                reply = self.ollama.answer(self.command, path, body)
            self._send(reply)
        finally:
            self.ollama.ended()

    def _is_foreign(self) -> bool:
        origin = self.headers.get("Origin")
        named = [self.headers.get("Host", ""), *([urlsplit(origin).netloc] if origin else [])]
        return not all(_is_local(urlsplit(f"//{host}").hostname or "") for host in named)

    def _send(self, reply: Reply) -> None:
        # An answer that a stopping server was still working on never goes out.
        if self.ollama.stopping.wait(reply.delay) or reply.cut == 0:
            self._reset()
            return
        chunks = reply.chunks
        headers = [("Content-Type", reply.media_type), *reply.headers]
        if reply.padding or (reply.stream and reply.raw is None):
            headers.append(("Transfer-Encoding", "chunked"))
            chunks = (*map(_chunk, chunks), b"" if reply.padding else END_OF_CHUNKS)
        else:
            length = sum(map(len, chunks)) + reply.wrong_length
            headers.append(("Content-Length", str(length)))
        if reply.wrong_length:
            # Else a client might send its next question before it sees that this one is over.
            headers.append(("Connection", "close"))
            self.close_connection = True
        phrase = HTTPStatus(reply.status).phrase
        lines = [
            f"HTTP/1.1 {reply.status} {phrase}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {text}" for name, text in headers),
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self._write(head, b"" if self.command == "HEAD" else b"".join(chunks), reply)
        if reply.padding:
            for _ in range(reply.padding // len(SPACES)):
                self.connection.sendall(_chunk(SPACES))
            self.connection.sendall(END_OF_CHUNKS)

    def _write(self, head: bytes, body: bytes, reply: Reply) -> None:
        if reply.cut is not None:
            body = body[: reply.cut]
        if reply.piece is None:
            self.connection.sendall(head + body)
        else:
            self.connection.sendall(head)
            for start in range(0, len(body), reply.piece):
                self.connection.sendall(body[start : start + reply.piece])
                if self.ollama.stopping.wait(reply.pause):
                    return
        if reply.cut is not None:
            time.sleep(0.05)  # what was sent should arrive before the reset
            self._reset()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        os.close(self.connection.detach())


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names = ("", "localhost", socket.gethostname().lower())
        return host in names or host.endswith(LOCAL_SUFFIXES)
    return address.is_loopback or address.is_private or address.is_unspecified
