"""How near words are in the embeddings of the weights that judge."""

from collections.abc import Sequence
from pathlib import Path

import numpy

from benchmarks.llama_server import LlamaServer
from benchmarks.pair_sets import PairSet
from evaluator.judge.references import built_in_references
from evaluator.statistics.bootstrap import Floats

WORDS_A_REQUEST = 16


def cosines(gguf: Path, pairs: PairSet) -> tuple[float, ...]:
    """Return the cosines of pairs of words, -1 to 1.

    Embeddings are the mean over tokens. All of one model's lie in one direction; what they have in
    common with the mean of the reference topics is taken away.
    """
    topics = built_in_references("en").topics
    with LlamaServer(gguf, embedding=True) as server:
        origin = _embeddings(server, topics).mean(axis=0)
        centred = _embeddings(server, pairs.words) - origin
    centred /= numpy.linalg.norm(centred, axis=1, keepdims=True)
    vectors = dict(zip(pairs.words, centred, strict=True))
    return tuple(float(vectors[first] @ vectors[second]) for first, second in pairs.pairs)


def _embeddings(server: LlamaServer, words: Sequence[str]) -> Floats:
    vectors: list[list[float]] = []
    for start in range(0, len(words), WORDS_A_REQUEST):
        batch = list(words[start : start + WORDS_A_REQUEST])
        response = server.post("/v1/embeddings", {"input": batch})
        ordered = sorted(response["data"], key=lambda item: int(item["index"]))
        vectors.extend(item["embedding"] for item in ordered)
    return numpy.array(vectors)
