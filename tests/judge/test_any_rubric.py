import json
import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.judge.rubric import Rubric
from evaluator.judge.rubric_file import load_rubric

TEXT = st.text(max_size=20)
NAME = st.text(string.ascii_letters + "äöあ", min_size=1, max_size=40)
SHARE = st.floats(0, 1)
LITERAL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}%#"), max_size=9)
EXAMPLE = {"first": TEXT, "second": TEXT, "answer": st.sampled_from(["yes", "no"])}
EXAMPLES = st.lists(st.fixed_dictionaries(EXAMPLE))
FORM = {
    "instruction": TEXT,
    "item": st.builds("{0}{{{{ first }}}}{1}{{{{ second }}}}{2}".format, *[LITERAL] * 3),
    "examples": EXAMPLES,
}
RUBRICS = st.fixed_dictionaries(
    {
        "name": NAME,
        "language": st.sampled_from(["en", "no", "zh-Hant"]),
        "criteria": TEXT,
        "base_rate": st.floats(0, 1, exclude_min=True, exclude_max=True),
        "levels": st.lists(SHARE, min_size=3, max_size=3, unique=True).map(
            lambda shares: dict(
                zip(("same", "related", "unrelated"), sorted(shares, reverse=True), strict=True)
            )
        ),
        "question": st.fixed_dictionaries(
            {
                **FORM,
                "answers": st.fixed_dictionaries(
                    {
                        answer: st.lists(TEXT.map(f"{answer}{{}}".format), min_size=1, max_size=3)
                        for answer in ("yes", "no")
                    }
                ),
            }
        ),
        "further_forms": st.lists(
            st.fixed_dictionaries({"name": NAME, **FORM}),
            unique_by=lambda form: form["name"],
            max_size=2,
        ).filter(lambda forms: all(form["name"] != "question" for form in forms)),
        "reason": st.none()
        | st.fixed_dictionaries(
            {
                "instruction": TEXT,
                "because": st.fixed_dictionaries({"yes": TEXT, "no": TEXT}),
                "examples": st.lists(
                    st.fixed_dictionaries({**EXAMPLE, "reason": TEXT.map("r{}".format)}), min_size=1
                ),
            }
        ),
        "free_text": st.fixed_dictionaries(
            {
                "same": st.fixed_dictionaries(FORM),
                "penalties": st.fixed_dictionaries({"ambiguous": SHARE, "extra_category": SHARE}),
                "hedges": st.lists(TEXT),
                "fillers": st.lists(TEXT),
            }
        ),
    }
).map(Rubric.model_validate)


@searching
@given(RUBRICS)
def test_any_rubric_that_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rubric: Rubric
) -> None:
    folder = tmp_path_factory.mktemp("rubric")
    content: dict[str, Any] = rubric.model_dump(mode="json")
    for text, name in (
        (yaml.safe_dump(content), "r.yaml"),
        (yaml.safe_dump(content, default_flow_style=True, sort_keys=False), "r.yml"),
        (json.dumps(content), "r.json"),
    ):
        (folder / name).write_text(text, "utf-8")
        again = load_rubric(str(folder / name))
        assert again == rubric
        assert again.prompt_hash == rubric.prompt_hash
