"""What `config.json` says of a model's shape."""

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PositiveInt

KEYS_AND_VALUES = 2


class CheckpointConfig(BaseModel):
    """The parts of a transformers configuration that are read here.

    Attributes:
        architectures: Names of the classes the weights are for; the first counts.
        model_type: The family.
        hidden: Width of the model.
        layers: How many layers it has.
        heads: Attention heads of a layer.
        kv_heads: Heads of a layer that keep keys and values; None for all of them.
        head_width: Width of a head; None for an equal share of the model's.
        vocabulary: Rows of the table of embeddings.
        positions: The longest context the model was made for.
        latent_width: Width of compressed keys and values, where the model keeps those instead.
        quantized: How the weights are quantized, if they are.
        tied: Whether the table of embeddings is the head, too; None where it does not say.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    architectures: tuple[str, ...] | None = None
    model_type: str | None = None
    hidden: PositiveInt | None = Field(None, validation_alias=AliasChoices("hidden_size", "n_embd"))
    layers: PositiveInt | None = Field(
        None, validation_alias=AliasChoices("num_hidden_layers", "n_layer")
    )
    heads: PositiveInt | None = Field(
        None, validation_alias=AliasChoices("num_attention_heads", "n_head")
    )
    kv_heads: PositiveInt | None = Field(None, validation_alias="num_key_value_heads")
    head_width: PositiveInt | None = Field(None, validation_alias="head_dim")
    vocabulary: PositiveInt | None = Field(None, validation_alias="vocab_size")
    positions: PositiveInt | None = Field(
        None, validation_alias=AliasChoices("max_position_embeddings", "n_positions")
    )
    latent_width: PositiveInt | None = Field(None, validation_alias="kv_lora_rank")
    quantized: dict[str, Any] | None = Field(None, validation_alias="quantization_config")
    tied: bool | None = Field(None, validation_alias="tie_word_embeddings")
    text: "CheckpointConfig | None" = Field(None, validation_alias="text_config")

    @property
    def architecture(self) -> str | None:
        """Return the name of the class the weights are for, or None where none is named."""
        return self.architectures[0] if self.architectures else None

    @property
    def language(self) -> "CheckpointConfig":
        """Return the configuration of the part that reads text."""
        return self.text or self

    @property
    def cached_numbers(self) -> int | None:
        """Return how many numbers of keys and values a token adds to the cache.

        None where that cannot be told from the configuration. Layers that see a window alone keep
        less, so that this is the most there can be.
        """
        here = self.language
        width = here.head_width
        if width is None and here.hidden and here.heads:
            width = here.hidden // here.heads
        heads = here.kv_heads or here.heads
        if here.latent_width or not (here.layers and heads and width):
            return None
        return KEYS_AND_VALUES * here.layers * heads * width
