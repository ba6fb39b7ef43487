"""`ollama` as the manifests' scripts call it: `list`, `show`, `pull` and `serve`.

The first three ask the server at OLLAMA_HOST as the real program does, and end with its exit codes.
`serve` is the protocol server; what it has on disk, and what it may pull, are files in HOME.
"""

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

ADDRESS = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434").replace("0.0.0.0", "127.0.0.1")


def asked(path: str, body: dict[str, str] | None = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://{ADDRESS}{path}", data, timeout=60) as answer:
        content: bytes = answer.read()
        return content


def pull(model: str) -> None:
    for line in asked("/api/pull", {"model": model}).splitlines():
        status = json.loads(line)
        if "error" in status:
            sys.exit(f"Error: {status['error']}")
        print(status.get("status"), file=sys.stderr)


def serve() -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from ollama_server import OllamaServer, ScriptedEngine, ServedModel

    disk = Path(os.environ["HOME"]) / "models"
    registry = Path(os.environ["HOME"]) / "registry"
    present = disk.read_text("utf-8").split() if disk.exists() else []
    pullable = registry.read_text("utf-8").split() if registry.exists() else None
    server = OllamaServer(
        ScriptedEngine(lambda _: {"Yes": 0.5, "No": 0.5}),
        models=[ServedModel(name) for name in present],
        registry=None if pullable is None else [ServedModel(name) for name in pullable],
        port=int(ADDRESS.rpartition(":")[2]),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with server:
        try:
            signal.pause()
        finally:
            names = [one["name"] for one in json.loads(asked("/api/tags"))["models"]]
            disk.write_text("\n".join(names), "utf-8")


def main() -> None:
    command, *rest = sys.argv[1:]
    try:
        if command == "serve":
            serve()
        elif command == "list":
            asked("/api/tags")
        elif command == "show":
            asked("/api/show", {"model": rest[0]})
        else:
            pull(rest[0])
    except (urllib.error.URLError, OSError) as error:
        sys.exit(f"Error: {error}")


main()
