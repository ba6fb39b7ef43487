"""A file that lies outside every run directory, given to its store at once."""

from pathlib import Path

from evaluator.errors import StorageFailed
from evaluator.storage.location import url_of
from evaluator.storage.store import Store, StoreFailed


def publish(path: Path) -> None:
    """Bring a file up to the URL that its path stands for; a path that is its own stays.

    Raises:
        StorageFailed: The store refuses.
    """
    url = url_of(path)
    if url is None:
        return
    try:
        Store(url).put("", path)
    except StoreFailed as error:
        raise StorageFailed(
            f"{url} cannot be written: {error}; run the same command again, which continues."
        ) from error
