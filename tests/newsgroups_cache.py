"""A small 20 Newsgroups where scikit-learn keeps the real one."""

import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy
from sklearn.utils import Bunch

POST = """From: a@b.example
Subject: engines

In article <1> someone writes:
> which oil?
Any oil will do.

--
the signature
"""


def posts(*bodies: str, labels: Sequence[str] = ("rec.autos", "sci.med")) -> Bunch:
    """One part of the corpus as scikit-learn unpacks it, the labels taking turns."""
    return Bunch(
        data=list(bodies),
        filenames=numpy.array([f"file-{number}" for number in range(len(bodies))]),
        target_names=list(labels),
        target=numpy.array([number % len(labels) for number in range(len(bodies))]),
        DESCR="",
    )


def cache(data_home: Path, **parts: Bunch) -> None:
    """Write scikit-learn's own cache file: a zipped pickle of the parts."""
    content = zlib.compress(pickle.dumps(parts))
    (data_home / "20news-bydate_py3.pkz").write_bytes(content)
