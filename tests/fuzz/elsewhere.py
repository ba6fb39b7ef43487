"""Inputs to begin a search with, for what comes from other machines: shards, stores, a cluster."""

from collections.abc import Iterator

PARTS = (b"null", b"[]", b'"\\u0000/../x"', b"-1e999", b'{"a": [{}]}', b"9" * 5000, b"0")


def damages(choices: int, number: int) -> Iterator[bytes]:
    """Yield choices of a file and of a place in it, with what is said there instead."""
    for one in range(number):
        yield bytes([one % choices]) + (one * 11).to_bytes(2) + PARTS[one % len(PARTS)]


def stores() -> Iterator[bytes]:
    names = (b"/run.json", b"", b"/", b"/..", b"/../x", b"//x", b"/a\0b", b"/" + b"a" * 300, b"-x")
    for name in (
        *names,
        b"/.journal/answers/00000001-a",
        b"/.journal/lineage",
        b"/.journal/x.jsonl",
    ):
        for choice in range(4):
            yield bytes([choice]) + b"/run.json\t{}\n" + name + b"\tcontent\n" + name + b"/x\t1\n"
    yield b'\1{"lineage": "a", "replaces": "a", "parts": -5}\n/.journal/lineage\ta'
    yield b'\1{"replaces": null, "uploaded": {"answers.jsonl": -5}}\n/run.json\t{}'
    yield b"\0/.journal/answers/" + b"9" * 5000 + b"-a\tx"


URLS = (
    *(b"s3://bucket/a", b"S3://bucket/../a", b"s3://a:b@c/d", b"s3://b/a?x", b"gs://b//a"),
    *(b"file:///%00", b"file://%2e%2e/x", b"memory::s3://b/a", b"s3://b/a\0b", b"s3://b/\n"),
    *(b"s3://" + b"a/" * 2000, b"s3://b/scratch/s3/a", b"s3://b/file://x", b"a+b.c-d://x/y"),
)
SHARD_NAMES = (
    *(b"0/8", b"7/8", b"8/8", b"-1/8", b"0/0", b"0/513", b"1/\xd9\xa8", b"0/8\n", b"8\n3", b"8\n8"),
    *(b"8\n-1", b"8\n", b"8\n0/4", b"\n1/4", b"8\n" + b"9" * 5000, b"1_0/1_1", b" 0/8", b"+0/8"),
)
PLACED = (
    b'{"position":0,"prediction":{"case_id":"a","gold":"b","label":"c"}}\n'
    b'{"position":%s,"prediction":{"case_id":"a","gold":"b","label":null,"confidence":%s}}\n'
)
