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
    NoLogprobs,
    OtherDigest,
    Redirect,
    Reset,
    Status,
    TruncatedJson,
    WrongLength,
    WrongLogprob,
)
from .llama import LlamaEngine
from .model import ServedModel
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
