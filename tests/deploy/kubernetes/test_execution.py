"""What a command in a pod writes arrives whole; a connection that breaks is no end of it."""

from typing import Any

import pytest

from evaluator.deploy.kubernetes import execution
from evaluator.deploy.kubernetes.execution import STDERR, STDOUT, Place, execute
from evaluator.deploy.kubernetes.patience import Deadline
from evaluator.deploy.kubernetes.refusal import Unreachable
from evaluator.errors import DeploymentFailed

STATUS = 3
SUCCESS = b'{"status": "Success"}'
Frame = tuple[int, bytes]


class Socket:
    """The client's websocket, whose frames arrive at chosen moments.

    Like the real one it receives what is there whenever a stream is read that holds nothing.
    """

    def __init__(self, *moments: tuple[Frame, ...]) -> None:
        self._moments = list(moments)
        self._channels: dict[int, bytes] = {}

    def is_open(self) -> bool:
        return bool(self._moments)

    def update(self, timeout: float = 0) -> None:
        for channel, content in self._moments.pop(0) if self._moments else ():
            self._channels[channel] = self._channels.get(channel, b"") + content

    def read_channel(self, channel: int) -> bytes:
        if channel not in self._channels:
            self.update()
        return self._channels.pop(channel, b"")

    def close(self) -> None:
        self._moments = []


def written(monkeypatch: pytest.MonkeyPatch, *moments: tuple[Frame, ...]) -> bytes:
    found = bytearray()
    socket: Any = Socket(*moments)
    monkeypatch.setattr(execution, "_open", lambda *arguments: socket)
    place = Place("knitfab", "reader", "reader")
    execute(None, place, ["tar"], found.extend, Deadline(5))  # type: ignore[arg-type]
    return bytes(found)


def test_what_arrives_while_the_other_stream_is_read_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second moment comes when standard error is looked at, and is the last one."""
    first, last = ((STDOUT, b"one "),), ((STDOUT, b"two"), (STATUS, SUCCESS))
    assert written(monkeypatch, first, last) == b"one two"


def test_all_of_it_arrives_whenever_its_parts_come(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [((STDOUT, bytes([count])),) for count in range(9)]
    assert written(monkeypatch, *parts, ((STATUS, SUCCESS),)) == bytes(range(9))


def test_a_connection_without_a_status_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="broke off"):
        written(monkeypatch, ((STDOUT, b"half"),))


def test_a_command_that_fails_says_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = ((STDERR, b"tar: no such\nfile"), (STATUS, b'{"status": "Failure"}'))
    with pytest.raises(DeploymentFailed, match="tar fails in reader: tar: no such file"):
        written(monkeypatch, failure)
