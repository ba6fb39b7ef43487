"""A server that speaks Ollama's HTTP API before a real or a scripted model, and can misbehave."""

from .engine import Candidate, Completion, Engine, EngineRefused, Generated
from .faults import (
    Body,
    Bomb,
    CalledHtml,
    CutUpload,
    Drip,
    ErrorInStream,
    Fault,
    Flood,
    Hang,
    HtmlPage,
    HugeBody,
    InvalidUtf8,
    Redirect,
    Reset,
    Status,
    TruncatedJson,
    WrongLength,
)
from .llama import LlamaEngine
from .model import ServedModel
from .odd_answers import DuplicateTokens, NoLogprobs, OtherDigest, OtherModel, WrongLogprob
from .scripted import ScriptedEngine
from .server import OllamaServer, Recorded

__all__ = [
    "Body",
    "Bomb",
    "CalledHtml",
    "Candidate",
    "Completion",
    "CutUpload",
    "Drip",
    "DuplicateTokens",
    "Engine",
    "EngineRefused",
    "ErrorInStream",
    "Fault",
    "Flood",
    "Generated",
    "Hang",
    "HtmlPage",
    "HugeBody",
    "InvalidUtf8",
    "LlamaEngine",
    "NoLogprobs",
    "OllamaServer",
    "OtherDigest",
    "OtherModel",
    "Recorded",
    "Redirect",
    "Reset",
    "ScriptedEngine",
    "ServedModel",
    "Status",
    "TruncatedJson",
    "WrongLength",
    "WrongLogprob",
]
