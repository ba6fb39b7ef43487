"""Looking at a GGUF file."""

from dataclasses import replace
from pathlib import Path

from evaluator.models.flaw import Flaw
from evaluator.models.gguf_header import GgufHeader, gguf_header
from evaluator.models.gguf_parts import gguf_parts
from evaluator.models.inspection import Inspection
from evaluator.models.memory import AS_IT_IS, needs
from evaluator.models.ollama_imports import way_of_gguf
from evaluator.models.stored_tensor import parameters_by_type
from evaluator.models.surroundings import Surroundings
from evaluator.models.tokenizer_files import TokenizerFiles
from evaluator.models.vocabulary_check import embedding_rows

TOKENS = "tokenizer.ggml.tokens"
TEMPLATE = "tokenizer.chat_template"
KIND = "general.type"
ARCHITECTURE = "general.architecture"
AGAIN = "fetch the file again, or convert the model again."


def inspect_gguf(path: Path, here: Surroundings) -> Inspection:
    """Return what a GGUF file says of itself.

    Args:
        path: The file; of a model that is split over files any of them.
        here: What it is meant to fit into.

    Raises:
        ModelUnusable: It is no GGUF file that can be read, or a part of it is missing.
    """
    header = _whole_header(path)
    size = sum(tensor.size for tensor in header.tensors)
    counts = parameters_by_type(header.tensors)
    family = header.text(ARCHITECTURE)
    longest = header.number(f"{family}.context_length")
    context = here.usable_context(longest)
    return Inspection(
        path=str(path),
        form="gguf",
        architecture=family,
        parameters=sum(counts.values()),
        parameters_by_type=counts,
        size=size,
        tokenizer=_tokenizer(header),
        context=context,
        longest_context=longest,
        memory=needs({AS_IT_IS: size}, _cached_numbers(header, family), context, here.places),
        places=dict(here.places),
        server=here.server,
        ollama=way_of_gguf(header.text(KIND)),
        flaws=tuple(_flaws(header)),
    )


def _whole_header(path: Path) -> GgufHeader:
    """Return the first part's header, with the tensors of all parts."""
    headers = [gguf_header(one) for one in gguf_parts(path)]
    return replace(headers[0], tensors=tuple(one for part in headers for one in part.tensors))


def _tokenizer(header: GgufHeader) -> TokenizerFiles | None:
    tokens = header.lengths.get(TOKENS)
    if tokens is None:
        return None
    template = header.text(TEMPLATE) is not None
    return TokenizerFiles(file=TOKENS, tokens=tokens, added=0, chat_template=template)


def _cached_numbers(header: GgufHeader, family: str | None) -> int | None:
    """Return how many numbers of keys and values a token adds to the cache, where that is told.

    It is not where they are kept compressed.
    """
    if header.number(f"{family}.attention.kv_lora_rank") is not None:
        return None
    layers = header.number(f"{family}.block_count")
    heads = header.number(f"{family}.attention.head_count")
    kv_heads = header.values.get(f"{family}.attention.head_count_kv", heads)
    if layers is None or heads is None or kv_heads is None:
        return None
    width = (header.number(f"{family}.embedding_length") or 0) // max(heads, 1)
    keys = header.number(f"{family}.attention.key_length") or width
    values = header.number(f"{family}.attention.value_length") or width
    if isinstance(kv_heads, tuple):  # a number for each layer
        return int(sum(kv_heads)) * (keys + values)
    return layers * kv_heads * (keys + values) if type(kv_heads) is int else None


def _flaws(header: GgufHeader) -> list[Flaw]:
    flaws = []
    if header.text(ARCHITECTURE) is None:
        said = "the file does not name its architecture"
        flaws.append(Flaw(name="architecture-missing", said=said, advice=AGAIN))
    if header.text(KIND) == "adapter":
        return flaws
    tokens = header.lengths.get(TOKENS)
    if tokens is None:
        said = "the file holds no tokenizer"
        flaws.append(Flaw(name="no-tokenizer", said=said, advice=AGAIN))
    rows = embedding_rows({tensor.name: tensor.shape for tensor in header.tensors})
    if tokens is not None and rows is not None and tokens > rows:
        said = f"the tokenizer has {tokens} tokens and the table of embeddings {rows} rows"
        flaws.append(Flaw(name="vocabulary-mismatch", said=said, advice=AGAIN))
    if header.text(TEMPLATE) is None:
        flaws.append(
            Flaw(
                name="no-chat-template",
                state="warning",
                said="the file holds no chat template",
                advice="name one with TEMPLATE in a Modelfile, or ask it without one.",
            )
        )
    return flaws
