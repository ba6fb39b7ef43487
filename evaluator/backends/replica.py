"""One of several servers of a judge: how busy it is, and whether it is asked."""

import logging
import time
from dataclasses import dataclass

from evaluator.backends.places import Place
from evaluator.backends.protocol import Backend

SECONDS_OF_REST = 5.0
LONGEST_REST = 600.0

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Replica:
    """A server.

    Attributes:
        place: Where it is.
        backend: The judge there, entered.
        in_flight: Questions it is at.
        aside: Whether it is not asked for now.
        reported: Whether the user was told that it is gone, since it last answered.
        rest: Seconds that it is left alone when it is put aside, doubled each time until it
            answers.
        back_at: When that is over.
    """

    place: Place
    backend: Backend
    in_flight: int = 0
    aside: bool = False
    reported: bool = False
    rest: float = SECONDS_OF_REST
    back_at: float = 0.0

    @property
    def load(self) -> float:
        """Questions in flight, as a share of those that should be."""
        return self.in_flight / self.backend.concurrency

    def put_aside(self, error: Exception) -> None:
        """Ask it no more for now."""
        if not self.aside:
            self.rest_again()
        self.aside = True
        if not self.reported:
            logger.warning("the judge at %s is put aside: %s", self.place, error)
            self.reported = True

    def answered(self) -> None:
        """Take note that it works."""
        self.reported = False
        self.rest = SECONDS_OF_REST

    def rest_again(self) -> None:
        """Leave it alone for twice as long as the last time."""
        self.back_at = time.monotonic() + self.rest
        self.rest = min(2 * self.rest, LONGEST_REST)

    @property
    def has_rested(self) -> bool:
        """Whether it was put aside, and long enough ago to see whether it is well again."""
        return self.aside and time.monotonic() >= self.back_at
