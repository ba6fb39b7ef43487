"""Where a judge's servers are: a name can stand for several machines."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is.

    Attributes:
        url: As the user wrote it.
        address: The IP address that is meant, of those that the name in the URL stands for; None
            for whatever the URL leads to.
    """

    url: str
    address: str | None = None

    def __str__(self) -> str:
        return self.url if self.address is None else f"{self.url} ({self.address})"


def is_named(url: str) -> bool:
    """Return whether a URL's host is a name that can stand for several machines."""
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
    return False


async def places_of(url: str) -> list[Place]:
    """Return every place that a URL leads to, in the order of their addresses.

    A machine with addresses of both kinds counts once. A name that is not known leads nowhere.
    """
    if not is_named(url):
        return [Place(url)]
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        return []
    of_kind = {
        kind: sorted({where[0] for one, *_, where in found if one == kind})
        for kind in (socket.AF_INET, socket.AF_INET6)
    }
    chosen = of_kind[socket.AF_INET] or of_kind[socket.AF_INET6]
    return [Place(url, str(address)) for address in chosen]
