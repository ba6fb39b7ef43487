"""A model directory that was seen, and whether it still is what it was then."""

from dataclasses import dataclass
from pathlib import Path

from evaluator.classifier.files import base_of, files_that_count, is_adapter
from evaluator.errors import ModelChanged


@dataclass(frozen=True, slots=True)
class _Look:
    path: Path
    size: int
    modified: int


class SeenModel:
    """What the files of a model looked like before the first of them was read.

    Their sizes and times are compared, because weights are too many to be read again and again.

    Args:
        model_dir: The model, or an adapter.
        base_model: The adapter's base where the user named one, or None.

    Raises:
        ModelUnusable: It is an adapter that does not tell its base.
    """

    def __init__(self, model_dir: Path, base_model: str | None) -> None:
        self._model_dir = model_dir
        self._folders = [model_dir]
        if is_adapter(model_dir):
            self._folders.append(Path(base_of(model_dir, base_model)))
        self._seen = self._looks()

    def require_unchanged(self) -> None:
        """Check that no file was written, added or taken away since.

        Raises:
            ModelChanged: One was.
        """
        if self._looks() != self._seen:
            raise ModelChanged(
                f"{self._model_dir} changed while its model was used, so the classifications of "
                "this run may be of two models and are dropped; put the first one back, or start "
                "over with --fresh when nothing writes to it."
            )

    def _looks(self) -> list[_Look | None]:
        return [_look(path) for folder in self._folders for path in files_that_count(folder)]


def _look(path: Path) -> _Look | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Look(path, found.st_size, found.st_mtime_ns)
