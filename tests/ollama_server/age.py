"""What the server can do at its version."""

from dataclasses import dataclass

FIRST_WITH_LOGPROBS = (0, 12, 11)
FIRST_WITH_SCHEMAS = (0, 5)
FIRST_WITHOUT_CONVERSION = (0, 34, 1)


@dataclass(frozen=True, slots=True)
class Abilities:
    """What came to Ollama over the years.

    Attributes:
        logprobs: Whether log probabilities are given; before, they were ignored.
        schemas: Whether a format may be a JSON schema; before, it could only be a text.
        obeys_schemas: Whether a schema limits the answer, as some builds forget.
        converts: Whether checkpoints and adapters become GGUF, and GGUF is quantized.
    """

    logprobs: bool
    schemas: bool
    obeys_schemas: bool
    converts: bool


def abilities_at(version: str, *, obeys_schemas: bool) -> Abilities:
    """Return what a version can do; a build of one's own can do everything."""
    parts = version.partition("-")[0].split(".")
    numbers = tuple(int(part) for part in parts if part.isdigit())
    if not any(numbers):
        numbers = FIRST_WITH_LOGPROBS
    return Abilities(
        logprobs=numbers >= FIRST_WITH_LOGPROBS,
        schemas=numbers >= FIRST_WITH_SCHEMAS,
        obeys_schemas=obeys_schemas,
        converts=numbers < FIRST_WITHOUT_CONVERSION,
    )
