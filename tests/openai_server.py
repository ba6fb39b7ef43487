"""OpenAI-compatible servers that llama.cpp's own cannot be made to be."""

import json
import math
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Document = dict[str, Any]
Answer = Callable[[str], str]
Respond = Callable[[str, Document], tuple[int, Document]]
"""From the path and the body of a request to the status and the document of its answer."""

LISTED = {"data": [{"id": "judge", "object": "model"}]}
NO_SUCH_ROUTE = (404, {"error": "no such route"})


class CompatibleServer:
    """Serves one model, `judge`.

    Args:
        respond: Answers what is posted.
        listed: What it says of its models.
        properties: What it says of itself, as llama-server does; None says nothing.
    """

    def __init__(
        self, respond: Respond, listed: Document = LISTED, properties: Document | None = None
    ) -> None:
        self.requests: list[Document] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/props" and properties is not None:
                    self.reply(200, properties)
                else:
                    self.reply(200 if self.path == "/v1/models" else 404, listed)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(body)
                self.reply(*respond(self.path, body))

            def reply(self, code: int, document: Document) -> None:
                content = json.dumps(document).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        class Http(ThreadingHTTPServer):
            request_queue_size = 64

        self._server = Http(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "CompatibleServer":
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


class PlainServer(CompatibleServer):
    """Answers chat requests with text alone, without logprobs.

    Args:
        answer: From the last message to the answer.
        knows_schema: Whether it accepts `response_format`.
    """

    def __init__(self, answer: Answer, *, knows_schema: bool) -> None:
        def respond(path: str, body: Document) -> tuple[int, Document]:
            if path != "/v1/chat/completions":
                return NO_SUCH_ROUTE
            if "response_format" in body and not knows_schema:
                return 400, {"error": "response_format is not supported"}
            said = answer(body["messages"][-1]["content"])
            return 200, _said(json.dumps(said) if "response_format" in body else said)

        super().__init__(respond)


class ThinkingServer(CompatibleServer):
    """Thinks before it answers, unless the request's template arguments tell it not to.

    Args:
        takes_arguments: Whether it knows `chat_template_kwargs`; else they are refused.
        gives_logprobs: Whether it gives logprobs where they are asked for.
    """

    def __init__(self, *, takes_arguments: bool = True, gives_logprobs: bool = True) -> None:
        def respond(path: str, body: Document) -> tuple[int, Document]:
            if path != "/v1/chat/completions":
                return NO_SUCH_ROUTE
            arguments = body.get("chat_template_kwargs")
            if arguments is not None and not takes_arguments:
                return 400, {"error": "chat_template_kwargs: extra fields not permitted"}
            if "response_format" in body:
                return 400, {"error": "response_format is not supported"}
            thinks = arguments != {"enable_thinking": False}
            tokens = {"<think>": 0.99} if thinks else {"No": 0.7, "Yes": 0.3}
            document = _said("<think>The user asks whether" if thinks else "No")
            if gives_logprobs and body.get("logprobs"):
                top = [{"token": one, "logprob": math.log(p)} for one, p in tokens.items()]
                document["choices"][0]["logprobs"] = {"content": [{"top_logprobs": top}]}
            return 200, document

        super().__init__(respond)


def _said(text: str) -> Document:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    return {"choices": [choice], "usage": {"prompt_tokens": 40, "completion_tokens": 2}}
