"""Cases from a folder of text files, one subfolder a category."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from evaluator.cases.case import Case, changed
from evaluator.cases.digest import file_sha256, lines_sha256
from evaluator.cases.table import LONE_SURROGATES
from evaluator.errors import DataUnusable


@dataclass(frozen=True)
class FolderCases:
    """Articles as files below `path/CATEGORY/`, one article a file.

    Names are read in Unicode's composed form (NFC): macOS hands them out decomposed, and a folder
    should hold the same cases wherever it was copied to.

    Attributes:
        path: The folder that holds a subfolder for each category.
    """

    path: Path

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the files' names and contents."""
        return self._digest()

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases by category and file name, with ids such as `sports/17.txt`.

        Raises:
            DataUnusable: The folder holds no files in subfolders, a file is not UTF-8, one is a
                link that leads out of the folder, two have the same name once composed, or
                something cannot be read.
        """
        empty = True
        for file in self._files():
            empty = False
            case_id = self._id(file)
            yield Case(case_id, self._read(file), case_id.partition("/")[0])
        if empty:
            raise DataUnusable(f"{self.path} holds no files in category folders.")

    def require_unchanged(self) -> None:
        """Check that the files are still those that `fingerprint` was taken of.

        Raises:
            DataUnusable: They are not, or cannot be read any more.
        """
        if self._digest() != self.fingerprint:
            raise changed(self)

    def __str__(self) -> str:
        """Return the path."""
        return str(self.path)

    def _digest(self) -> str:
        return lines_sha256(f"{self._id(file)} {file_sha256(file)}" for file in self._files())

    def _files(self) -> Iterator[Path]:
        root = self.path.resolve()
        for category in _visible(self.path):
            for file in _files_below(category) if category.is_dir() else ():
                if not file.resolve().is_relative_to(root):
                    raise DataUnusable(f"{file} is a link that leads out of {self.path}.")
                yield file

    def _id(self, file: Path) -> str:
        return _composed(file.relative_to(self.path).as_posix())

    def _read(self, file: Path) -> str:
        try:
            return file.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataUnusable(
                f"{file} is not UTF-8 (byte 0x{error.object[error.start]:02x} cannot be decoded): "
                "convert it, for example with iconv -f ENCODING -t UTF-8."
            ) from error
        except OSError as error:
            raise DataUnusable(f"{file} cannot be read: {error.strerror or error}.") from error


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield files in the order of their paths, holding one folder's names at a time."""
    for path in _visible(folder):
        if path.is_file():
            yield path
        elif path.is_dir() and not path.is_symlink():  # a linked folder could hold itself
            yield from _files_below(path)


def _composed(name: str) -> str:
    """Return a name with composed letters, which Apple's file systems keep decomposed.

    Bytes that are not UTF-8 become replacement characters, so that the name can be written.
    """
    return LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", unicodedata.normalize("NFC", name))


def _visible(folder: Path) -> list[Path]:
    try:
        names = sorted((path.name for path in folder.iterdir()), key=_composed)
    except OSError as error:
        raise DataUnusable(f"{folder} cannot be read: {error.strerror or error}.") from error
    for name, next_name in pairwise(map(_composed, names)):
        if name == next_name:
            raise DataUnusable(
                f"{folder} holds '{name}' twice, with composed and with decomposed letters in its "
                "name; put them into one."
            )
    return [folder / name for name in names if not name.startswith(".")]
