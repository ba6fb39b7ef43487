"""How much memory a model takes, from its parameters and its context."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

GIB = 1 << 30
BYTES_OF_CACHED_NUMBER = 2
"""Ollama and llama.cpp keep keys and values in 16 bits unless told otherwise."""

BITS_OF_WEIGHT = {"FP16": 16.0, "INT8 (q8_0)": 8.5008, "INT4 (q4_K_M)": 4.8944}
"""Bits a weight takes on average, its scales included.

Measured by llama.cpp on Llama 3.1 8B (the table in its tools/quantize/README.md). A small model
takes more at four bits: its embeddings, which are kept more precisely, are a larger share of it.
"""

AS_IT_IS = "as it is"


class Need(BaseModel):
    """The memory that a model takes in one precision.

    Attributes:
        precision: How the weights are kept.
        weights: Bytes of the weights.
        cache: Bytes of the keys and values of a full context; None where that is not known.
        fits: Whether weights and cache fit, by place.
    """

    model_config = ConfigDict(frozen=True)

    precision: str
    weights: int
    cache: int | None
    fits: dict[str, bool]

    @property
    def together(self) -> int:
        """Return the bytes of what is known."""
        return self.weights + (self.cache or 0)


def sizes_of(parameters: int) -> dict[str, int]:
    """Return the bytes that so many parameters take, by precision."""
    return {name: round(parameters * bits / 8) for name, bits in BITS_OF_WEIGHT.items()}


def needs(
    sizes: dict[str, int],
    cached_numbers: int | None,
    context: int,
    places: Mapping[str, int],
) -> tuple[Need, ...]:
    """Return what a model takes in each precision.

    Args:
        sizes: Bytes of the weights, by precision.
        cached_numbers: What a token adds to the cache, in numbers; None where unknown.
        context: Tokens of the context.
        places: Bytes that there are, by place.
    """
    cache = None if cached_numbers is None else cached_numbers * context * BYTES_OF_CACHED_NUMBER
    return tuple(
        Need(
            precision=name,
            weights=size,
            cache=cache,
            fits={place: size + (cache or 0) <= there for place, there in places.items()},
        )
        for name, size in sizes.items()
    )
