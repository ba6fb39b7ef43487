"""Hostile predictions from the sentences of `templates.yaml`."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from string import Template

import yaml
from pydantic import BaseModel, ConfigDict

from benchmarks.robustness.halves import Halves
from benchmarks.robustness.item import Drawn, Holds, Item, draw
from benchmarks.robustness.label_sets import HostileLabels

SOURCE = Path(__file__).with_name("templates.yaml")


class TemplateFamily(BaseModel):
    """A family of templates; the file says what its fields mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    holds: Holds
    golds: int
    base: str | None = None
    unscored_allowed: bool = False
    en: Halves[str]
    ja: Halves[str]

    def templates(self, language: str) -> Halves[str]:
        """Return the templates for label sets in a language."""
        return {"en": self.en, "ja": self.ja}[language]


@cache
def template_families() -> tuple[TemplateFamily, ...]:
    """Return the families of the file."""
    return tuple(
        TemplateFamily.model_validate(one) for one in yaml.safe_load(SOURCE.read_text("utf-8"))
    )


def templated_items(labels: HostileLabels) -> Iterator[Item]:
    """Yield every template of every family, with labels drawn for it."""
    for family in template_families():
        for half, template in family.templates(labels.language):
            for drawn in draw(family.name, labels, template, family.golds):
                yield Item(
                    family.name,
                    labels.name,
                    half,
                    filled(template, drawn),
                    drawn.gold,
                    family.holds,
                    None if family.base is None else filled(family.base, drawn),
                    family.unscored_allowed,
                )


def filled(template: str, drawn: Drawn) -> str:
    """Return a template with the drawn labels in it."""
    return Template(template).substitute(asdict(drawn))
