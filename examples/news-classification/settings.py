"""What a training is told, and the usual schedules."""

from dataclasses import dataclass
from pathlib import Path

from fitting import Schedule

from evaluator.cases import FileCases, NewsgroupsCases
from evaluator.classifier.template import PromptTemplate

FINE_TUNING = Schedule(epochs=3, learning_rate=5e-5, batch_size=16, weight_decay=0.01)
LORA = Schedule(epochs=5, learning_rate=5e-4, batch_size=16, weight_decay=0.01)
FROM_SCRATCH = Schedule(
    epochs=36, learning_rate=2e-3, batch_size=32, weight_decay=0.1, shift_positions=True
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The command line; `--help` explains each flag."""

    base_model: str
    from_scratch: str | None
    lora: bool
    data: Path | None
    text_column: str | None
    label_column: str | None
    validation_share: float
    evaluate: Path | None
    prompt_template: str
    max_tokens: int
    epochs: int | None
    learning_rate: float | None
    batch_size: int | None
    dtype: str
    seed: int
    data_description: str | None
    save_to: Path

    @property
    def source(self) -> FileCases | NewsgroupsCases:
        """The training data."""
        if self.data is None:
            return NewsgroupsCases("train")
        return FileCases(self.data, self.text_column, self.label_column)

    @property
    def template(self) -> PromptTemplate:
        """What goes around each text."""
        return PromptTemplate(self.prompt_template)

    @property
    def schedule(self) -> Schedule:
        """The kind of training's usual schedule with what the user set instead."""
        usual = FROM_SCRATCH if self.from_scratch else LORA if self.lora else FINE_TUNING
        return Schedule(
            self.epochs or usual.epochs,
            self.learning_rate or usual.learning_rate,
            self.batch_size or usual.batch_size,
            usual.weight_decay,
            usual.shift_positions,
        )
