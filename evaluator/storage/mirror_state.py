"""What of a run directory its store has, remembered beside it."""

import os
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError


class SentPart(BaseModel):
    """A part of a journal that is on its way to the store.

    Attributes:
        journal: The journal's name.
        name: The name of its object.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    journal: str
    name: str


class MirrorState(BaseModel):
    """How far the store knows a run directory.

    Attributes:
        lineage: Names this run among all that are ever at the same URL.
        replaces: The lineage that is at the URL until the store has ours; None for none.
        uploaded: How many bytes of each journal the store has, by the journal's name.
        parts: How many parts of journals this run had before the next one.
        sending: A part that the store may have without our knowing; None where there is none.
    """

    model_config = ConfigDict(extra="forbid")

    lineage: str = Field(default_factory=lambda: secrets.token_hex(8))
    replaces: str | None
    uploaded: dict[str, NonNegativeInt] = {}
    parts: NonNegativeInt = 0
    sending: SentPart | None = None

    @property
    def is_new(self) -> bool:
        """Whether the store does not have this lineage yet."""
        return self.replaces != self.lineage

    @classmethod
    def read(cls, path: Path) -> "MirrorState | None":
        """Return what was written, None where nothing or nothing of use was."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, path: Path) -> None:
        """Write it so that a kill leaves the old or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_text(self.model_dump_json(), "utf-8")
        unfinished.replace(path)
