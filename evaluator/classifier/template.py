"""How an article becomes the text that the model under test reads."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluator.classifier.settings_file import model_settings
from evaluator.errors import ModelUnusable
from evaluator.templates import SafeTemplate, UnusableTemplate

RAW_TEXT = "{{ text }}"
FILE_NAME = "evaluator.json"


class ClassifierCard(BaseModel):
    """`evaluator.json` in a model directory: what must travel with the weights.

    Attributes:
        prompt_template: Jinja2 source with the variable `text`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt_template: str = RAW_TEXT


@dataclass(frozen=True)
class PromptTemplate:
    """A sandboxed Jinja2 template around an article.

    Attributes:
        source: The template; `{{ text }}` alone leaves the article as it is.
    """

    source: str = RAW_TEXT

    def render(self, text: str) -> str:
        """Return a text in the template.

        Raises:
            ModelUnusable: The template is broken or does something a sandbox forbids.
        """
        if self.source == RAW_TEXT:
            return text
        try:
            return self._compiled.render(text=text)
        except UnusableTemplate as error:
            raise ModelUnusable(f"the prompt template cannot be rendered: {error}.") from error

    @cached_property
    def _compiled(self) -> SafeTemplate:
        return SafeTemplate(self.source, keep_trailing_newline=True)


def template_of(model_dir: Path) -> PromptTemplate:
    """Return the template that travels with a model, or raw text where none does.

    Raises:
        ModelUnusable: The directory's `evaluator.json` is broken.
    """
    path = model_dir / FILE_NAME
    if not path.is_file():
        return PromptTemplate()
    try:
        card = ClassifierCard.model_validate(model_settings(path))
    except ValidationError as error:
        raise ModelUnusable(f"{path} cannot be used: {_first_line(error)}.") from error
    return PromptTemplate(card.prompt_template)


def _first_line(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'content'}: {first['msg']}"
