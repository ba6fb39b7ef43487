"""`/api/chat` and `/api/generate`."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .age import Abilities
from .catalogue import Catalogue
from .engine import Completion, Engine, EngineRefused, Generated
from .model import ServedModel
from .reply import Document, Refused, Reply, one
from .request import Options, check_members, keep_alive_of, options_of, schema_of

CANDIDATES_FOR_A_SCHEMA = 20


class Inference:
    """Runs prompts through the engine.

    Args:
        engine: The engine.
        catalogue: The server's models.
        parallel: Prompts run at a time; the others wait.
        abilities: What the server can do at its version.
    """

    def __init__(
        self, engine: Engine, catalogue: Catalogue, parallel: int, abilities: Abilities
    ) -> None:
        self._engine = engine
        self._catalogue = catalogue
        self._abilities = abilities
        self._slots = threading.BoundedSemaphore(parallel)

    def answer(self, body: Document, *, chat: bool) -> Reply:
        """Answer a request.

        Args:
            body: Its members.
            chat: Whether it came to `/api/chat`.

        Raises:
            Refused: It is answered with an error.
        """
        started = time.monotonic_ns()
        check_members(body)
        if not self._abilities.logprobs:
            body = {**body, "logprobs": False}
        name = body.get("model") or ""
        model = self._catalogue.find(name)
        messages = _messages(body, chat)
        keep_alive = keep_alive_of(body)
        if not messages and keep_alive == timedelta(0):
            self._catalogue.unload(model)
            return one(_idle(body, chat, "unload"))
        if body.get("think") and "thinking" not in model.capabilities:
            raise Refused(400, f'"{name}" does not support thinking')
        options = options_of(body, min(model.context_length, self._engine.context_tokens))
        self._catalogue.load(model, options.runner, options.num_ctx, keep_alive)
        load_ns = time.monotonic_ns() - started
        if not messages:
            return one(_idle(body, chat, "load"))
        raw = body.get("raw") is True and not chat
        prompt = body["prompt"] if raw else self._rendered(model, messages, options, body)
        if body.get("_debug_render_only"):
            shown = {"_debug_info": {"rendered_template": prompt}}
            return one({"model": name, **_stamp(), **_content("", chat), "done": False, **shown})
        schema = schema_of(body, self._abilities)
        with self._slots:
            completion = self._complete(prompt, options, body, schema)
        if keep_alive == timedelta(0):
            self._catalogue.unload(model)
        end = _end(completion, started, load_ns)
        if not chat and not raw:
            end["context"] = self._engine.tokenize(prompt + _text(completion.tokens))
        return _reply(body, completion, end, chat)

    def _rendered(
        self, model: ServedModel, messages: list[Document], options: Options, body: Document
    ) -> str:
        """Render a chat, without its oldest turns where all of them would not fit."""
        prompt = model.render(messages)
        if body.get("truncate") is False:
            return prompt
        for first in range(len(messages)):
            system = [turn for turn in messages[:first] if turn["role"] == "system"]
            prompt = model.render(system + messages[first:])
            if self._fits(prompt, options.num_ctx):
                break
        return prompt

    def _complete(
        self, prompt: str, options: Options, body: Document, schema: Document | None
    ) -> Completion:
        """Run a prompt, cut to the context less one token unless that is forbidden."""
        limit = options.num_ctx - 1
        fitting: str | Sequence[int] = prompt
        if not self._fits(prompt, limit):
            tokens = self._engine.tokenize(prompt)
            if body.get("truncate") is False:
                raise Refused(400, _too_long(len(tokens), options.num_ctx))
            keep = min(options.num_keep, limit) if options.num_keep >= 0 else limit
            fitting = tokens[:keep] + tokens[len(tokens) - (limit - keep) :]
        top = (body.get("top_logprobs") or 0) if body.get("logprobs") else 0
        try:
            if schema is not None:
                first = self._engine.complete(fitting, 1, CANDIDATES_FOR_A_SCHEMA)
                return _limited(first, schema["enum"])
            return self._engine.complete(fitting, options.num_predict or options.num_ctx, top)
        except EngineRefused as error:
            raise Refused(error.status, error.body) from error

    def _fits(self, prompt: str, tokens: int) -> bool:
        # A token is at least one byte, so short prompts need not be tokenised.
        return len(prompt.encode()) < tokens or len(self._engine.tokenize(prompt)) <= tokens


def _limited(first: Completion, choices: Sequence[str]) -> Completion:
    """Return the likeliest of a schema's choices, as the JSON that a grammar makes the model write.

    A choice that is not among the candidates of the first token is less likely than those that are.
    """
    (token,) = first.tokens
    words = [candidate.text.strip() for candidate in token.candidates]
    chosen = min(choices, key=lambda one: words.index(one) if one in words else len(words))
    written = Generated(json.dumps(chosen), token.logprob, token.candidates)
    return replace(first, tokens=(written,), stopped=True)


def _messages(body: Document, chat: bool) -> list[Document]:
    if chat:
        return [
            {**turn, "role": str(turn.get("role", "")).lower()}
            for turn in body.get("messages") or ()
        ]
    if not body.get("prompt"):
        return []
    if body.get("raw") is True and (body.get("system") or body.get("template")):
        raise Refused(400, "raw mode does not support template, system, or context")
    system = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    return [*system, {"role": "user", "content": body["prompt"]}]


def _reply(body: Document, completion: Completion, end: Document, chat: bool) -> Reply:
    named = {"model": body["model"]}
    wanted = bool(body.get("logprobs"))
    top = body.get("top_logprobs") or 0

    def logprobs(tokens: Sequence[Generated]) -> Document:
        return {"logprobs": [_logprob(token, top) for token in tokens]} if wanted and tokens else {}

    if body.get("stream") is False:
        text = _content(_text(completion.tokens), chat)
        return one({**named, **_stamp(), **text, **end, **logprobs(completion.tokens)})
    parts = (
        {**named, **_stamp(), **_content(token.text, chat), "done": False, **logprobs([token])}
        for token in completion.tokens
    )
    last = {**named, **_stamp(), **_content("", chat), **end}
    return Reply(documents=(*parts, last), stream=True)


def _end(completion: Completion, started: int, load_ns: int) -> Document:
    counts = {
        "total_duration": time.monotonic_ns() - started,
        "load_duration": load_ns,
        "prompt_eval_count": completion.prompt_tokens,
        "prompt_eval_duration": completion.prompt_ns,
        "eval_count": len(completion.tokens),
        "eval_duration": completion.eval_ns,
    }
    return {
        "done": True,
        "done_reason": "stop" if completion.stopped else "length",
        # Zeros are left out.
        **{key: count for key, count in counts.items() if count},
    }


def _logprob(token: Generated, top: int) -> Document:
    shown = _candidate(token.text, token.logprob)
    if top:
        shown["top_logprobs"] = [
            _candidate(candidate.text, candidate.logprob) for candidate in token.candidates[:top]
        ]
    return shown


def _candidate(text: str, logprob: float) -> Document:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def _idle(body: Document, chat: bool, reason: str) -> Document:
    named = {"model": body["model"], **_stamp(), **_content("", chat)}
    return {**named, "done": True, "done_reason": reason}


def _content(text: str, chat: bool) -> Document:
    return {"message": {"role": "assistant", "content": text}} if chat else {"response": text}


def _text(tokens: Sequence[Generated]) -> str:
    return "".join(token.text for token in tokens)


def _stamp() -> Document:
    return {"created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"}


def _too_long(tokens: int, context: int) -> str:
    return json.dumps(
        {
            "error": {
                "code": 400,
                "message": f"request ({tokens} tokens) exceeds the available context size "
                f"({context} tokens), try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": tokens,
                "n_ctx": context,
            }
        }
    )
