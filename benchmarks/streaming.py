"""What memory a run takes as its file of cases grows far beyond it."""

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import MEBIBYTE, Cost, cost_of, evaluator
from benchmarks.figure import Figure

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from ollama_server import OllamaServer, ScriptedEngine, ServedModel

LABELS = ("cars", "cooking", "medicine")
FEW, MANY = 1_000, 50_000
CHARACTERS = 8_000


def measure() -> Iterator[Figure]:
    """Yield peak memory, and its growth against that of the file."""
    engine = ScriptedEngine(lambda _: {"Yes": 0.6, "No": 0.4})
    with (
        tempfile.TemporaryDirectory() as name,
        OllamaServer(engine, models=[ServedModel("llama3.2")]) as server,
    ):
        folder = Path(name)
        model = tiny_classifier(folder / "model")
        few, many = (_cases(folder, size) for size in (FEW, MANY))
        small, large = (_run(path, model, server.url) for path in (few, many))
        further = (many.stat().st_size - few.stat().st_size) / MEBIBYTE
    yield Figure(
        f"peak memory of a run on {MANY:,} articles of {CHARACTERS:,} characters",
        large.peak_mib,
        "MiB",
        f"{FEW:,} articles",
        small.peak_mib,
        target=small.peak_mib + 200,
    )
    yield Figure(
        "what the memory grew by",
        large.peak_mib - small.peak_mib,
        "MiB",
        "what the file grew by",
        further,
    )


def tiny_classifier(folder: Path) -> Path:
    """Write a GPT-2 of one layer that reads 16 tokens: what is measured is what it is fed from."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2ForSequenceClassification, PreTrainedTokenizerFast
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    vocabulary = ["<|endoftext|>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    numbered = {token: number for number, token in enumerate(vocabulary)}
    characters = Tokenizer(models.BPE(numbered, []))
    characters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=16,
        n_embd=16,
        n_layer=1,
        n_head=1,
        bos_token_id=0,
        eos_token_id=0,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    GPT2ForSequenceClassification(config).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=characters, eos_token="<|endoftext|>")
    tokenizer.save_pretrained(folder)
    return folder


def _cases(folder: Path, size: int) -> Path:
    draw = random.Random(size)
    words = ["engine", "wheel", "salt", "soup", "pill", "doctor", "the", "of", "a"]
    filling = " ".join(draw.choices(words, k=2 * CHARACTERS))
    path = folder / f"{size}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(size):
            start = draw.randrange(CHARACTERS)
            text = f"{number} {filling[start : start + CHARACTERS]}"
            file.write(json.dumps({"text": text, "label": draw.choice(LABELS)}) + "\n")
    return path


def _run(cases: Path, model: Path, url: str) -> Cost:
    judge = ["--judge", "ollama:llama3.2", "--judge-url", url]
    arguments = ["--data", cases, "--model", model, *judge, "--save-to", f"{cases}.run"]
    return cost_of(*evaluator("run", *arguments))
