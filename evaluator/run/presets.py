"""Named sets of settings that count below every other source of settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

PresetName = Literal["knitfab-example"]

NEWSGROUPS = ("20newsgroups", "20newsgroups:test", "20newsgroups:train")
"""The datasets whose posts have headers, footers and quotes."""


@dataclass(frozen=True, slots=True)
class Preset:
    """How an evaluation done elsewhere handles its data, to be repeated here.

    Attributes:
        dataset: Where the cases come from.
        keep_headers: Whether posts keep their headers, footers and quotes.
        num_samples: How many cases are taken.
        sample: Which ones.
        prompt_template: Jinja2 source of what the model under test reads.
        threshold: Score from which a case passes, 0 to 1.
    """

    dataset: str
    keep_headers: bool
    num_samples: int
    sample: Literal["stratified", "first"]
    prompt_template: str
    threshold: float


PRESETS: Mapping[str, Preset] = {
    "knitfab-example": Preset(
        dataset="20newsgroups:test",
        keep_headers=True,
        num_samples=100,
        sample="first",
        prompt_template="### [HUMAN] Classify this news article: '{{ text }}'\n",
        threshold=0.8,
    )
}


def above_preset(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings completed by the preset they name.

    Cases from elsewhere replace the preset's, and with them what only the preset's cases have.

    Args:
        given: Settings by name, not yet checked; `preset` may be absent or wrong.
    """
    name = given.get("preset")
    if not isinstance(name, str) or name not in PRESETS:
        return dict(given)
    values = asdict(PRESETS[name])
    if given.get("data") is not None:
        del values["dataset"], values["keep_headers"]
    elif given.get("dataset") not in (None, *NEWSGROUPS):
        del values["keep_headers"]
    return {**values, **given}
