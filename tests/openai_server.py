"""An OpenAI-compatible server without logprobs, which llama.cpp's own cannot be made to be."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Answer = Callable[[str], str]


class PlainServer:
    """Answers chat requests with text alone.

    Args:
        answer: From the last message to the answer.
        knows_schema: Whether it accepts `response_format`.
    """

    def __init__(self, answer: Answer, *, knows_schema: bool) -> None:
        self.requests: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listed = {"data": [{"id": "judge", "object": "model"}]}
                self.reply(200 if self.path == "/v1/models" else 404, listed)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(body)
                if self.path != "/v1/chat/completions":
                    self.reply(404, {"error": "no such route"})
                elif "response_format" in body and not knows_schema:
                    self.reply(400, {"error": "response_format is not supported"})
                else:
                    said = answer(body["messages"][-1]["content"])
                    if "response_format" in body:
                        said = json.dumps(said)
                    choice = {"index": 0, "message": {"role": "assistant", "content": said}}
                    usage = {"prompt_tokens": 40, "completion_tokens": 2}
                    self.reply(200, {"choices": [choice], "usage": usage})

            def reply(self, code: int, document: dict[str, Any]) -> None:
                content = json.dumps(document).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "PlainServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
