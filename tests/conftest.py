"""Real parts that many tests share."""

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import properties  # noqa: F401 - the settings of all property tests
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "news-classification"

LABELS = ("cars", "cooking", "medicine")

ModelMaker = Callable[..., Path]
AdapterSaver = Callable[..., Path]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file's tests in one process, and all that need the Docker engine in one.

    They share what is made once: a file its fixtures, those of Docker the images and the names.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "docker" if file.startswith("tests/docker/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The packaged judge model, assembled."""
    from evaluator.backends.gguf import packaged_gguf

    return packaged_gguf()


@pytest.fixture(scope="session")
def example() -> Path:
    """The example's folder, with its trained classifier and articles."""
    return EXAMPLE


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> ModelMaker:
    """Write a tiny GPT-2 classifier with random weights: right in shape, wrong in its answers."""

    def make(
        labels: Iterable[str] = LABELS, *, named: bool = True, texts: Iterable[str] = ()
    ) -> Path:
        import torch
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
        from transformers import GPT2Config, GPT2ForSequenceClassification, PreTrainedTokenizerFast

        names = list(labels)
        bpe = Tokenizer(models.BPE())
        bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        bpe.decoder = decoders.ByteLevel()
        bpe.train_from_iterator(
            [*texts, "the engine of the car and the salt of the soup"],
            trainers.BpeTrainer(
                vocab_size=400,
                special_tokens=["<|endoftext|>"],
                initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                show_progress=False,
            ),
        )
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=bpe,
            eos_token="<|endoftext|>",
            # As GPT-2's own; older transformers would let it name types of tokens, too.
            model_input_names=["input_ids", "attention_mask"],
        )
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=64,
            n_embd=32,
            n_layer=2,
            n_head=2,
            num_labels=len(names),
            bos_token_id=0,
            eos_token_id=0,
        )
        if named:
            config.id2label = dict(enumerate(names))
            config.label2id = {name: index for index, name in enumerate(names)}
        folder = tmp_path_factory.mktemp("model")
        GPT2ForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_model(make_model: ModelMaker) -> Path:
    """A tiny random classifier of `LABELS`."""
    return make_model()


@pytest.fixture(scope="session")
def language_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 that was never given a classification head."""
    import torch
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=400, n_positions=64, n_embd=32, n_layer=2, n_head=2)
    config.bos_token_id = config.eos_token_id = 0
    GPT2LMHeadModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def save_adapter() -> AdapterSaver:
    """Wrap a model in LoRA matrices that were trained no step, and save them alone."""

    def save(foundation: Any, folder: Path, **settings: Any) -> Path:
        from peft import LoraConfig, get_peft_model

        with warnings.catch_warnings():  # between peft and transformers
            warnings.simplefilter("ignore", FutureWarning)
            lora = LoraConfig(**{"r": 2, **settings})
            get_peft_model(foundation, lora).save_pretrained(folder)
        return folder

    return save


@pytest.fixture(scope="session")
def four_bits() -> dict[str, Any]:
    """What training in four bits leaves in a model's `config.json`."""
    return {
        "_load_in_4bit": True,
        "_load_in_8bit": False,
        "bnb_4bit_compute_dtype": "float16",
        "bnb_4bit_quant_storage": "uint8",
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
        "llm_int8_enable_fp32_cpu_offload": False,
        "llm_int8_has_fp16_weight": False,
        "llm_int8_skip_modules": None,
        "llm_int8_threshold": 6.0,
        "load_in_4bit": True,
        "load_in_8bit": False,
        "quant_method": "bitsandbytes",
    }
