"""Telling Kubernetes how a command ended, by the file that a kubelet reads."""

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluator.report.ending import Ending

VARIABLE = "EVALUATOR_TERMINATION_LOG"

logger = logging.getLogger(__name__)


def tell_ending(ending: "Ending") -> None:
    """Write an ending to the file that the environment names, if it names one.

    A file that cannot be written changes nothing but this: the result itself is elsewhere.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a device, not to be replaced
            file.write(ending.within())
    except OSError as error:
        logger.warning("%s cannot be written: %s", path, error.strerror or error)
