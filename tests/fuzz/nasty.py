"""Inputs to begin a search with: what is usual, and what is known to be nasty."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from zlib import crc32

from backports import zstd

from evaluator.judge.rubric_file import rubric_text
from fuzz.elsewhere import PLACED, SHARD_NAMES, URLS, damages, stores

NASTY_TEXTS = (
    b"",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xff\xfe\x00\x00",
    b"\xed\xa0\x80",
    b"\r\n\r",
    b"\x1b[2J\x1b]0;title\x07",
    "\u202e\u2066\u0000\ufdfa".encode(),
    b"~nobody-of-that-name/x",
    b"\0data: ~nobody-of-that-name/x\nmodel: ~nobody-of-that-name/x",
    b"FROM ~nobody-of-that-name/x\nADAPTER " + b"a" * 3000,
    b"=cmd|' /C calc'!A0",
    b"{{ 'a' * 10**10 }}",
    b"{% for a in range(10**9) %}{% endfor %}",
    b"<start_of_turn>" * 20 + b"<|" * 200,
    b"~~" * 900 + b"<!--" * 500,
    b"\n" * 2000,
)
NASTY_JSON = (
    b'{"a": 1, "a": 2}',
    b"[" * 3000,
    b'{"a":' * 1500,
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 4000,
    b'"\\ud800"',
    b"null",
    b"[]",
    b"{}",
    b'""',
    b'{"\\u0000": "\\u001b[2J"}',
)
NASTY_YAML = (
    b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b, *b]\n",
    b"&a [*a]",
    b"{? [a] : b, ? {c: d} : e}",
    b"!!python/object/apply:os.system ['true']",
    b"<<: {a: 1}\na: 2\n",
    b"<<: [1]\n",
    b"- - - - - - a\n" * 20,
    b"a: 0b1_0\nb: 1:2:3.5\nc: .inf\nd: 2001-99-99\n",
    b"? a\n: ? b\n  : c\n",
    b"a: |\n" + b" " * 500 + b"x\n\ty",
    b"1: a\n1.0: b\ntrue: c\n",
    b"a: !!binary '?'\nb: !!timestamp 'x'\nc: !!int ''\nd: !!float '_'\ne: !!null x\n",
    b"%YAML 9.9\n---\na: b\n",
    b"d: 0000-00-00T99:99:99Z\n",
)
CSV = b"id,text,label,predicted,gold,human,level,confidence\n"
ROW = b'a,"the engine, of\nthe car",cars,cooking,cars,same,related,0.5\n'
RECORD = (
    b'{"id": "a", "text": "x", "label": "cars", "predicted": "cooking", "gold": "cars", '
    b'"human": "same", "level": "related", "confidence": 0.5}\n'
)
ANSWER = {
    "message": {"content": "Yes"},
    "response": "Yes",
    "logprobs": [{"token": "Yes", "top_logprobs": [{"token": "Yes", "logprob": -0.1}]}],
    "prompt_eval_count": 9,
    "eval_count": 1,
    "total_duration": 5,
    "load_duration": 1,
}
COMPLETION = {
    "choices": [
        {
            "message": {"content": "Yes"},
            "text": "Yes",
            "logprobs": {
                "content": [{"top_logprobs": [{"token": "Yes", "logprob": -0.1}]}],
                "top_logprobs": [{"Yes": -0.1, " no": -2.5}],
            },
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}
TOLD = {
    "version": "0.33.0-rc1",
    "models": [
        {"model": "m:latest", "digest": "d", "size": 5, "size_vram": 3, "context_length": 4}
    ],
    "data": [{"id": "m"}],
    "capabilities": ["thinking"],
    "model_info": {"gemma3.context_length": 32768},
    "template": "",
    "error": "no",
}


def _tables() -> Iterator[bytes]:
    for reader in range(4):
        yield bytes([reader]) + CSV + ROW
        yield bytes([reader]) + RECORD * 2
    yield b"\0a,a,,a\n1,2,3,4\n"
    yield b'\0text,label\n"a\n'
    yield b"\0text,label\na,b,c,d\n"
    yield b"\0text,label\r\na\0b,c\r\n"
    yield b'\0{"text": 1e999, "label": "a"}\n'


def _packed() -> Iterator[bytes]:
    for form, pack in ((0, gzip.compress), (1, zstd.compress), (2, gzip.compress)):
        yield bytes([form]) + pack(CSV + ROW)
        yield bytes([form]) + pack(b"\0" * 100_000)
        yield bytes([form]) + pack(CSV) + pack(ROW) + b"rest"
    yield b"\4\20" + CSV + ROW
    yield b"\7\20" + RECORD


def _answers(*documents: object) -> Iterator[bytes]:
    for document in documents:
        content = json.dumps(document).encode()
        for choice in (0, 1, 4, 5, 6, 7):
            yield bytes([choice]) + content
        yield b"\x08text/html\n" + content
        yield b"\x0etext/plain; charset=punycode\n" + content
        yield b"\x0ctext/plain; charset=zlib\n" + content
        yield bytes([0]) + content.replace(b"-0.1", b"NaN").replace(b": 5", b": 1e400")
        yield bytes([0]) + content.replace(b": 5", b": " + b"9" * 400)
        yield bytes([0]) + content.replace(b": 9", b": -" + b"9" * 400)


def _archives() -> Iterator[bytes]:
    kinds = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)
    for name in ("run/a", "../a", "/etc/a", "run/../../a", "run", "other/a", "run/a/b"):
        for kind in kinds:
            file = io.BytesIO()
            with tarfile.open(fileobj=file, mode="w") as archive:
                member = tarfile.TarInfo(name)
                member.type, member.linkname, member.size = kind, "../../a", 1
                archive.addfile(member, io.BytesIO(b"x"))
                archive.addfile(member, io.BytesIO(b"x"))
            yield file.getvalue()[:4096]


def _journal() -> Iterator[bytes]:
    record = b'{"text_sha256":"0","label":"a","confidence":0.5,"truncated":false,"tokens":1}'
    yield record
    yield b"%08x %s" % (crc32(record), record)
    yield b"%08x %s\r" % (crc32(record), record)
    yield record.replace(b"0.5", b"NaN")
    yield record.replace(b":1", b":" + b"9" * 400)


def _parquet() -> Iterator[bytes]:
    import pyarrow
    from pyarrow import parquet

    row = {"text": ["x", None], "label": ["cars", "cars"], "predicted": ["cars", "cooking"]}
    for columns in (row, {"text": [b"\xff"], "label": ["a"]}, {"text": [[1]], "label": [{"a": 1}]}):
        file = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), file)
        whole = file.getvalue()
        yield b"\0" + whole
        yield b"\0" + whole[:-9]
        yield b"\1PAR1" + whole[-40:]


def _documents(content: bytes) -> Iterator[bytes]:
    for form in range(4):
        yield bytes([form]) + content
        for nasty in (*NASTY_YAML, *NASTY_JSON):
            yield bytes([form]) + nasty


SETTINGS = (
    b"data: /in/cases.csv\nmodel: /in/model\nthreshold: 0.5\njudge: [embedded]\nnum-sample: 5\n"
)
PLAN = b"""image: "evaluator:1.0"
entrypoint: ["evaluator"]
args: ["run", "--save-to", "/out"]
inputs:
  - path: "/in/model"
    tags: ["type:model", "project:a"]
outputs:
  - path: "/out"
    tags: ["type:metrics"]
log:
  tags: ["type:log"]
active: true
resources:
  memory: 4Gi
  cpu: 1e3m
on_node:
  may: ["a=b"]
annotations: ["a=b"]
"""
MODELFILE = b'FROM ./a.gguf\nPARAMETER stop x\nPARAMETER num_ctx 9\nTEMPLATE """{{ .Prompt }}"""\n'
GGUF = (
    b"GGUF"
    + (3).to_bytes(4, "little")
    + (1).to_bytes(8, "little")
    + (2).to_bytes(8, "little")
    + (20).to_bytes(8, "little")
    + b"general.architecture"
    + (8).to_bytes(4, "little")
    + (5).to_bytes(8, "little")
    + b"gemma"
    + (1).to_bytes(8, "little")
    + b"a"
    + (9).to_bytes(4, "little")
    + (4).to_bytes(4, "little")
    + (2**62).to_bytes(8, "little")
)


def _models(*contents: bytes) -> Iterator[bytes]:
    for form in range(5):
        for content in (*contents, *NASTY_JSON):
            yield bytes([form]) + content
    yield b"\1" + (2**63).to_bytes(8, "little") + b"{}"
    yield (b"\2" + b'{"a": {"dtype": "F32", "shape": [9999999999, 99], "data_offsets": [0, 1]}}')
    yield b"\4" + b'{"weight_map": {"a": "../../etc/passwd", "b": "/etc/passwd"}}'


OWN: Mapping[str, Callable[[], Iterator[bytes]]] = {
    "settings": lambda: _documents(SETTINGS),
    "rubric": lambda: _documents(rubric_text("category-relevance").encode()),
    "labels": lambda: _documents(b'labels: [{name: a, plain: b, aliases: ["c"]}]'),
    "plan": lambda: iter([PLAN, *NASTY_YAML, *NASTY_JSON]),
    "template": lambda: iter([b"Is {{ first }} like {{ second | upper }}?"]),
    "prompt-template": lambda: iter([b"About: {{ text | truncate(100) }}\n"]),
    "model-settings": lambda: _documents(b'{"id2label": {"0": "a"}, "num_labels": 1}'),
    "judge-name": lambda: iter([b"ollama:m@http://h:1\n\nhttp://h:2", b"openai:m@[::1]:x\nm\n"]),
    "csv": _tables,
    "jsonl": _tables,
    "packed": _packed,
    "parquet": _parquet,
    "names": lambda: iter([b"cars/a\ncooking/b", "caf\u0065\u0301/a\ncaf\u00e9/a".encode()]),
    "journal": _journal,
    "journal-line": _journal,
    "torn-journal": lambda: iter([b"\0\0", b"\0\x50", b"\0\x96garbage", b"\1\0"]),
    "matrix": lambda: iter([b'{"schema_version": 1, "labels": [], "cells": []}']),
    "results": lambda: _documents(b'{"schema_version": 1}'),
    "archive": _archives,
    "checksums": lambda: iter([b"%s  run/a\0" % (b"0" * 64), b"%s *run/\xff\0\0" % (b"0" * 64)]),
    "log-line": lambda: iter([b'{"event": "progress", "stage": "a", "done": 1, "rate": 1e308}']),
    "gguf": lambda: iter([b"GGUF\3\0\0\0" + b"\xff" * 24]),
    "modelfile": lambda: iter([MODELFILE]),
    "gguf-header": lambda: iter([GGUF, GGUF[:-8] + bytes(8), GGUF[:30]]),
    "checkpoint": lambda: _models(b'{"model_type": "gpt2", "n_embd": 1e400, "vocab_size": -5}'),
    "adapter": lambda: _models(
        b'{"peft_type": "LORA", "r": 0, "base_model_name_or_path": "\\u0000"}'
    ),
    "ollama": lambda: _answers(ANSWER, TOLD),
    "openai": lambda: _answers(COMPLETION, TOLD),
    "doctor": lambda: _answers(TOLD),
    "model-server": lambda: _answers(TOLD, {"status": "success", "completed": 1e400}),
    "container": lambda: _answers({**TOLD, "status": "success", "completed": -1}),
    "shards": lambda: damages(8, 64),
    "run-directory": lambda: damages(32, 64),
    "cluster": lambda: damages(256, 160),
    "tokenizer": lambda: damages(3, 42),
    "model-source": lambda: damages(4, 60),
    "model-merge": lambda: damages(4, 120),
    "kept": lambda: damages(4, 40),
    "shard-predictions": lambda: iter(
        PLACED % said for said in ((b"1", b"0.5"), (b"0", b"1"), (b"-9" * 99, b"NaN"))
    ),
    "shard-name": lambda: iter(SHARD_NAMES),
    "url": lambda: iter(URLS),
    "listing": stores,
    "remote-run": stores,
    "lease": lambda: iter([b'{"pid": 1, "host": "\\u001b[2J", "since": "", "session": "x"}']),
    "pod-command": lambda: iter(
        [b"\n{}", b"e\nstatus: Failure\nmessage: [x]", b"\n&a [*a]", b"\nstatus: !!int x"]
    ),
}


@cache
def seeds(target: str) -> tuple[bytes, ...]:
    """Return what a search of a target begins with."""
    own = OWN[target]() if target in OWN else iter(())
    return (*own, *NASTY_TEXTS, *NASTY_JSON)
