"""Answers that are well-formed and wrong: of another model, or with odd candidates."""

import math
from dataclasses import dataclass

from .faults import Fault
from .reply import Document, Reply

OTHER_DIGEST = "f" * 64


@dataclass(frozen=True, kw_only=True)
class NoLogprobs(Fault):
    """Log probabilities are left out, as older servers do."""

    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Leave them out."""
        return reply.altered(
            lambda document: {key: item for key, item in document.items() if key != "logprobs"}
        )


@dataclass(frozen=True, kw_only=True)
class WrongLogprob(Fault):
    """The first candidate of every token has an impossible log probability."""

    value: float = math.nan
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Put the value in."""
        return reply.altered(self._alter)

    def _alter(self, document: Document) -> Document:
        if "logprobs" not in document:
            return document
        tokens = []
        for token in document["logprobs"]:
            first, *others = token.get("top_logprobs") or [token]
            top = [{**first, "logprob": self.value}, *others]
            tokens.append({**token, "logprob": self.value, "top_logprobs": top})
        return {**document, "logprobs": tokens}


@dataclass(frozen=True, kw_only=True)
class DuplicateTokens(Fault):
    """Every candidate is listed twice."""

    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """List them again."""
        return reply.altered(self._alter)

    def _alter(self, document: Document) -> Document:
        if "logprobs" not in document:
            return document
        tokens = [
            {**token, "top_logprobs": 2 * token.get("top_logprobs", [])}
            for token in document["logprobs"]
        ]
        return {**document, "logprobs": tokens}


@dataclass(frozen=True, kw_only=True)
class OtherModel(Fault):
    """Another model answers, as a proxy with a fallback lets one."""

    model: str = "fallback:1b"
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Put the name in."""
        return reply.altered(lambda document: {**document, "model": self.model})


@dataclass(frozen=True, kw_only=True)
class OtherDigest(Fault):
    """Every listed model has another digest, as after someone pulled a new version."""

    paths: tuple[str, ...] = ("/api/tags", "/api/ps")
    digest: str = OTHER_DIGEST
    replaces = False

    def apply(self, reply: Reply) -> Reply:
        """Put the digest in."""
        return reply.altered(
            lambda document: {
                **document,
                "models": [
                    {**model, "digest": self.digest} for model in document.get("models", ())
                ],
            }
        )
