"""What is wrong with a model's files."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Flaw(BaseModel):
    """Something wrong.

    Attributes:
        name: A short name for programs.
        state: `broken` where the model cannot be used as it is, else `warning`.
        said: What is wrong.
        advice: What to do.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["broken", "warning"] = "broken"
    said: str
    advice: str
