"""Put on a command's path, guards it: what it may import, whom it may connect to, what time it is.

`FORBIDDEN_IMPORTS` lists modules that are made to be missing. With `ONLY_HOST` set, a socket to
anything but loopback addresses and that host ends the process with code 99. With `JUMPING_CLOCK`
set, the wall clock is hours away from where it was, ahead or behind, each time that Python code
reads it; the monotonic clock goes on as it does in reality. `SLOW_FSYNC` says how many seconds more
it takes to force a file to the disk, and `FSYNCS` names a file that grows by a byte each time.
"""

import builtins
import datetime
import ipaddress
import os
import random
import sys
import time
import types
from importlib.abc import MetaPathFinder
from typing import Any

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


def let_the_clock_jump() -> None:
    true_ns = time.time_ns
    draw = random.Random(5)

    def time_ns() -> int:
        return true_ns() + int(draw.uniform(-10_000, 10_000) * 3_600 * 10**9)

    class JumpingDatetime(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "JumpingDatetime":
            return cls.fromtimestamp(time.time(), tz)

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
    jumping = types.ModuleType("datetime")
    vars(jumping).update(vars(datetime), datetime=JumpingDatetime)
    true_import = builtins.__import__

    def importing(name: str, globals: Any = None, *how: Any, **more: Any) -> Any:
        # Compiled packages need the type they were compiled with; the evaluator gets the other.
        if name == "datetime" and str((globals or {}).get("__name__")).startswith("evaluator."):
            return jumping
        return true_import(name, globals, *how, **more)

    builtins.__import__ = importing


def slow_the_disk(seconds: float) -> None:
    true_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        time.sleep(seconds)
        true_fsync(descriptor)
        if "FSYNCS" in os.environ:
            with open(os.environ["FSYNCS"], "ab") as counted:  # noqa: PTH123
                counted.write(b".")

    os.fsync = fsync


if os.environ.get("FORBIDDEN_IMPORTS"):
    sys.meta_path.insert(0, Missing(set(os.environ["FORBIDDEN_IMPORTS"].split())))
if "ONLY_HOST" in os.environ:
    watch_sockets(os.environ["ONLY_HOST"])
if "JUMPING_CLOCK" in os.environ:
    let_the_clock_jump()
if "SLOW_FSYNC" in os.environ:
    slow_the_disk(float(os.environ["SLOW_FSYNC"]))
