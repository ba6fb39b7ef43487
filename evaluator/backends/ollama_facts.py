"""What holds for every Ollama server."""

from evaluator.backends.keys import key_of

KEY_VARIABLE = "OLLAMA_API_KEY"
CONTEXT_TOKENS = 2048
"""What every request asks for."""

FIRST_VERSION_WITH_LOGPROBS = (0, 12, 11)


def server_key() -> str | None:
    """Return the key of the environment, or None.

    Raises:
        ConfigError: It holds what no key can.
    """
    return key_of((KEY_VARIABLE,))


def full_name(model: str) -> str:
    """Return a model's name with its tag, which is `latest` where none is given."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def has_logprobs(version: str) -> bool:
    """Whether a version surely gives log probabilities; of a build of one's own nobody knows."""
    numbers = version.partition("-")[0].split(".")
    known = tuple(int(part) for part in numbers if part.isdecimal())
    return known >= FIRST_VERSION_WITH_LOGPROBS
