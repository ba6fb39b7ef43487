"""The weights of a model's directory: which files hold which tensors, and what is wrong there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from evaluator.errors import ModelUnusable
from evaluator.models.directory import ModelDirectory
from evaluator.models.flaw import Flaw
from evaluator.models.safetensors_header import safetensors_tensors
from evaluator.models.stored_tensor import StoredTensor

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_model.safetensors"
PICKLED = ("*.bin", "*.pt", "*.pth")
AGAIN = "fetch the model again, or save it again where it was trained."
LONGEST_LIST = 3


class _Index(BaseModel):
    model_config = ConfigDict(frozen=True)

    weight_map: dict[str, str]


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors by file.

    Attributes:
        files: The tensors of each file that can be read.
        flaws: What is wrong.
    """

    files: dict[Path, tuple[StoredTensor, ...]]
    flaws: tuple[Flaw, ...]

    @property
    def tensors(self) -> Iterator[StoredTensor]:
        """Return the tensors of all files."""
        return (tensor for tensors in self.files.values() for tensor in tensors)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes by name."""
        return {tensor.name: tensor.shape for tensor in self.tensors}


def checkpoint_weights(directory: ModelDirectory) -> Weights:
    """Return the weights of a full checkpoint.

    Raises:
        ModelUnusable: The index cannot be read, or a name or link leads out of the directory.
    """
    index = directory.document(INDEX, _Index)
    if index is None:
        single = directory.file(SINGLE)
        files = directory.files("*.safetensors") if single is None else [single]
        weights = _read(directory, files)
        if single is None and len(files) > 1:
            return Weights(weights.files, (*weights.flaws, _without_index(files)))
        return weights
    names = sorted(set(index.weight_map.values()))
    found = {name: directory.file(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    weights = _read(directory, [path for path in found.values() if path is not None])
    held = {tensor.name for tensor in weights.tensors}
    lost = [
        tensor
        for tensor, name in index.weight_map.items()
        if tensor not in held and found[name] in weights.files
    ]
    flaws = [*weights.flaws]
    if missing:
        said = f"{INDEX} names {listed(missing)}, which {_are(missing)} not there"
        flaws.append(Flaw(name="shard-missing", said=said, advice=AGAIN))
    if lost:
        said = f"{INDEX} names the tensors {listed(lost)}, which its files do not hold"
        flaws.append(Flaw(name="tensor-missing", said=said, advice=AGAIN))
    return Weights(weights.files, tuple(flaws))


def adapter_weights(directory: ModelDirectory) -> Weights:
    """Return the weights of an adapter.

    Raises:
        ModelUnusable: A link leads out of the directory.
    """
    path = directory.file(ADAPTER)
    return _read(directory, [] if path is None else [path])


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence, the first few of many."""
    names = [name[:120] for name in names]
    rest = len(names) - LONGEST_LIST
    return ", ".join(names[:LONGEST_LIST]) + (f" and {rest} more" if rest > 0 else "")


def _read(directory: ModelDirectory, paths: Iterable[Path]) -> Weights:
    files, flaws = {}, []
    for path in paths:
        try:
            files[path] = safetensors_tensors(path)
        except ModelUnusable as error:
            said, _, _ = str(error).rpartition("; ")
            flaws.append(Flaw(name="file-damaged", said=said or str(error), advice=AGAIN))
    if not files and not flaws:
        flaws.append(_nothing(directory))
    return Weights(files, tuple(flaws))


def _nothing(directory: ModelDirectory) -> Flaw:
    if any(path for pattern in PICKLED for path in directory.path.glob(pattern)):
        return Flaw(
            name="pickled-weights",
            said=f"{directory.path} holds only pickled weights, which can run code when loaded",
            advice="save the model again with safe_serialization=True.",
        )
    said = f"{directory.path} holds no .safetensors weights"
    return Flaw(name="weights-missing", said=said, advice=AGAIN)


def _without_index(files: Iterable[Path]) -> Flaw:
    return Flaw(
        name="index-missing",
        said=f"the weights are in several files ({listed(path.name for path in files)}) "
        f"without {INDEX}, so that nobody can tell whether they are all there",
        advice=AGAIN,
    )


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
