"""What names stand for."""

import asyncio
import socket
from typing import Any

import pytest

from evaluator.backends.places import Place, is_named, places_of


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://ollama:11434", True),
        ("https://judge.example/path", True),
        ("http://127.0.0.1:11434", False),
        ("http://[::1]:11434", False),
        ("http://localhost:11434", False),
        ("http://judge.localhost", False),
    ],
)
def test_only_a_name_can_stand_for_several_machines(url: str, named: bool) -> None:
    assert is_named(url) is named


def found(
    monkeypatch: pytest.MonkeyPatch, url: str, *addresses: tuple[socket.AddressFamily, str]
) -> list[Place]:
    def known(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        assert (host, port) == ("judges", 80)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        kind = socket.SOCK_STREAM
        return [(family, kind, 6, "", (address, port)) for family, address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    return asyncio.run(places_of(url))


def test_each_address_of_a_name_is_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    url = "http://judges"
    told = [(four, "10.0.0.2"), (six, "fd00::1"), (four, "10.0.0.1"), (four, "10.0.0.2")]
    # The machines' IPv6 addresses would be the same machines again.
    assert found(monkeypatch, url, *told) == [Place(url, "10.0.0.1"), Place(url, "10.0.0.2")]
    assert found(monkeypatch, url, (six, "fd00::1")) == [Place(url, "fd00::1")]
    assert str(Place(url, "10.0.0.1")) == "http://judges (10.0.0.1)"


def test_an_unknown_name_leads_nowhere_and_an_address_to_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert found(monkeypatch, "http://judges") == []
    assert asyncio.run(places_of("http://10.0.0.1")) == [Place("http://10.0.0.1")]
