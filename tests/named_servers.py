"""Servers in processes of their own that one name stands for, as a headless Service's pods are.

Each listens on a loopback address of its own, all on one port. What the name stands for is a file
that `NAMED_SERVERS` names: a process that is started by `NAMING` reads it at every look-up.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAME = "judges.test"
NAMING = """
import json, os, pathlib, runpy, signal, socket
asked = socket.getaddrinfo
def getaddrinfo(host, port, *how, **more):
    if host != "judges.test":
        return asked(host, port, *how, **more)
    known = json.loads(pathlib.Path(os.environ["NAMED_SERVERS"]).read_text())
    if not known:
        raise socket.gaierror(socket.EAI_NONAME, "not known")
    return [one for address in known for one in asked(address, port, *how, **more)]
socket.getaddrinfo = getaddrinfo
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("evaluator", run_name="__main__", alter_sys=True)
"""
SERVE = """
import json, random, sys
from ollama_server import OllamaServer, ScriptedEngine, ServedModel
host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
def answer(text):
    share = random.Random(text).uniform(0.1, 0.9)
    return {"Yes": 0.95 * share, "No": 0.95 * (1 - share)}
engine = ScriptedEngine(answer, seconds=seconds)
with OllamaServer(engine, [ServedModel("llama3.2")], host=host, port=port, parallel=2) as server:
    print("up", flush=True)
    for line in sys.stdin:
        if line == "last words\\n":
            server.stopping.set()  # no answer goes out from now on
        asked = [body["messages"][-1]["content"] for body in server.bodies("/api/chat") if body]
        print(json.dumps(asked), flush=True)
"""


class NamedServers:
    """The servers that one name stands for.

    Args:
        names: The file that says which addresses those are.
        seconds: Time that each of them takes for an answer.
    """

    def __init__(self, names: Path, seconds: float) -> None:
        self._names = names
        self._seconds = seconds
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._kept = socket.socket()  # on another address, so that nobody else gets the port
        self._kept.bind(("127.0.0.1", 0))
        self._port = self._kept.getsockname()[1]
        self.stands_for()

    @property
    def url(self) -> str:
        """The address with the name in it."""
        return f"http://{NAME}:{self._port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to know the name."""
        return {"NAMED_SERVERS": str(self._names)}

    def stands_for(self, *addresses: str) -> None:
        """Say what the name stands for now."""
        written = self._names.with_suffix(".new")
        written.write_text(json.dumps(addresses), "utf-8")
        written.replace(self._names)

    def start(self, address: str) -> None:
        """Start a server there."""
        folder = str(Path(__file__).parent)
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, address, str(self._port), str(self._seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": folder, "PATH": ""},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        self._processes[address] = process

    def asked(self, address: str) -> list[str]:
        """Return the questions that a living server was asked."""
        return self._told(address, "asked?")

    def kill(self, address: str) -> list[str]:
        """Kill a server, as it is; return what it was asked, of which it answered most."""
        asked = self._told(address, "last words")
        process = self._processes.pop(address)
        process.kill()
        process.communicate()
        return asked

    def _told(self, address: str, words: str) -> list[str]:
        process = self._processes[address]
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
        questions: list[str] = json.loads(process.stdout.readline())
        return questions

    def kill_all(self) -> None:
        """Kill those that are left."""
        for address in list(self._processes):
            self.kill(address)
        self._kept.close()


@contextmanager
def named_servers(folder: Path, seconds: float) -> Iterator[NamedServers]:
    """Yield servers, none of them started yet, that end with the context."""
    servers = NamedServers(folder / "names.json", seconds)
    try:
        yield servers
    finally:
        servers.kill_all()


def start_knowing_names(
    servers: NamedServers, environment: Mapping[str, str], *arguments: Any
) -> "subprocess.Popen[str]":
    """Start the command in a process that knows the name."""
    return subprocess.Popen(
        [sys.executable, "-c", NAMING, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, **servers.environment},
    )
