"""Judges inside this process: their file, and where it is put together."""

from dataclasses import dataclass

from evaluator.backends.gguf import FILE_NAME, PACKAGED_BYTES, cache_dir
from evaluator.backends.naming import JudgeSpec
from evaluator.errors import JudgeUnavailable, StorageFailed
from evaluator.run.doctor.walking import Found, Step, skipped
from evaluator.run.room import room_at

NEEDS_A_SERVER = ("surroundings", "DNS", "port", "HTTP", "server")
OWN_PROCESS = "the judge runs in this process"


@dataclass(frozen=True, slots=True)
class OwnModel:
    """The model of a judge inside this process.

    Attributes:
        spec: The judge.
    """

    spec: JudgeSpec

    @property
    def steps(self) -> list[Step]:
        """Return the steps up to its model."""
        advice = "name a GGUF file with --judge embedded:PATH.gguf."
        of_servers = [
            Step(name, lambda: skipped(OWN_PROCESS), JudgeUnavailable, advice)
            for name in NEEDS_A_SERVER
        ]
        return [
            *of_servers,
            Step("model", self._model, JudgeUnavailable, advice),
            Step("disk for a pull", self._disk, StorageFailed, "make room."),
        ]

    @property
    def clock(self) -> Step:
        """Return the step that compares the clocks."""
        return Step("clock", lambda: skipped(OWN_PROCESS), JudgeUnavailable, "")

    def _model(self) -> Found:
        gguf = self.spec.gguf
        if gguf is not None:
            return Found(f"the file {gguf}")
        where = "assembled" if self._is_assembled else "to be assembled"
        return Found(f"the packaged {FILE_NAME}, {where} in {cache_dir()}")

    @property
    def _is_assembled(self) -> bool:
        return (cache_dir() / FILE_NAME).is_file()

    def _disk(self) -> Found:
        if self.spec.gguf is not None or self._is_assembled:
            return skipped("the model is there")
        folder = cache_dir().absolute()
        try:
            free = room_at(folder).free
        except OSError as error:
            raise StorageFailed(
                f"{folder} cannot be read ({error.strerror}); "
                "set EVALUATOR_CACHE to another folder."
            ) from error
        if free < PACKAGED_BYTES:
            raise StorageFailed(
                f"{folder} has {free >> 20} MiB to spare, and the model takes "
                f"{PACKAGED_BYTES >> 20} MiB; make room, or set EVALUATOR_CACHE to another folder."
            )
        return Found(f"{free >> 20} MiB free, the model takes {PACKAGED_BYTES >> 20} MiB")
