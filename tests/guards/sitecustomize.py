"""Put on a command's path, guards it: what it may import and whom it may connect to.

`FORBIDDEN_IMPORTS` lists modules that are made to be missing. With `ONLY_HOST` set, a socket to
anything but loopback addresses and that host ends the process with code 99.
"""

import ipaddress
import os
import sys
from importlib.abc import MetaPathFinder

LEFT_THE_MACHINE = 99


class Missing(MetaPathFinder):
    """Makes modules look as if they were not installed."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def watch_sockets(allowed: str) -> None:
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
        elif event == "socket.getaddrinfo":
            address = arguments[:1]
        elif event == "socket.sendto":
            address = arguments[1]
        else:
            return
        if isinstance(address, tuple) and address[0] is not None:
            host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
            if host != allowed and not is_loopback(host):
                os.write(2, f"a socket to {host}\n".encode())
                os._exit(LEFT_THE_MACHINE)

    sys.addaudithook(hook)


if os.environ.get("FORBIDDEN_IMPORTS"):
    sys.meta_path.insert(0, Missing(set(os.environ["FORBIDDEN_IMPORTS"].split())))
if "ONLY_HOST" in os.environ:
    watch_sockets(os.environ["ONLY_HOST"])
