"""What is known of a model before anything of it is loaded."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from evaluator.models.flaw import Flaw
from evaluator.models.memory import Need
from evaluator.models.ollama_imports import Way
from evaluator.models.tokenizer_files import TokenizerFiles


class BaseModelFound(BaseModel):
    """An adapter's base model.

    Attributes:
        name: Path or hub name.
        path: Where it is on this machine; None where it is not.
        architecture: The class its weights are for; None where it is not known.
        parameters: How many it has; None where its weights are not there.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    path: str | None
    architecture: str | None
    parameters: int | None


class ServedBy(BaseModel):
    """The server that the model is meant for.

    Attributes:
        url: Its address.
        version: Its version; None where it does not tell.
        loaded: What its loaded models take, in bytes.
        loaded_on_gpu: How much of that is in GPU memory.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    version: str | None
    loaded: int
    loaded_on_gpu: int


class Inspection(BaseModel):
    """What was found.

    Attributes:
        schema_version: Version of this document's shape.
        path: What was looked at.
        form: What it is.
        architecture: The class its weights are for, or GGUF's name of it; None where unknown.
        parameters: How many it has itself, an adapter without its base.
        parameters_by_type: How many of each numeric type.
        size: Bytes of the tensors.
        base: An adapter's base model.
        tokenizer: Its tokenizer, or an adapter's base's; None where there is none.
        context: Tokens of context that the memory is for.
        longest_context: What the model was made for; None where it does not say.
        memory: What it takes in each precision, an adapter together with its base.
        places: Bytes that there are for it, by place.
        server: The judge's server, where one was named.
        ollama: The way into Ollama.
        flaws: What is wrong.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    path: str
    form: Literal["checkpoint", "adapter", "gguf"]
    architecture: str | None
    parameters: int
    parameters_by_type: dict[str, int]
    size: int
    base: BaseModelFound | None = None
    tokenizer: TokenizerFiles | None = None
    context: int
    longest_context: int | None = None
    memory: tuple[Need, ...] = ()
    places: dict[str, int] = {}
    server: ServedBy | None = None
    ollama: Way
    flaws: tuple[Flaw, ...] = ()

    @property
    def is_broken(self) -> bool:
        """Return whether the model cannot be used as it is."""
        return any(flaw.state == "broken" for flaw in self.flaws)
