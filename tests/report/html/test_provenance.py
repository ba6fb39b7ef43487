from dataclasses import replace

from evaluator.judge.matrix import VerdictMatrix
from evaluator.judge.rubric_file import load_rubric
from evaluator.report.html.provenance import asked_prompts, judge_facts
from evaluator.report.summary import Member, Summary

RUBRIC = load_rubric("category-relevance")


def test_the_facts_of_a_judge_are_its_lock(summary: Summary) -> None:
    facts = dict(judge_facts(summary.judge))
    assert facts["model"] == "llama3.2:latest"
    assert facts["options"] == "num_ctx=2048"
    assert facts["server version"] == "0.12.11"
    assert "article hash" not in facts


def test_each_judge_of_a_panel_has_the_prompt_that_it_read(
    summary: Summary, matrix: VerdictMatrix
) -> None:
    lock = matrix.lock.model_dump()
    by_form = [
        Member(**{**lock, "prompt_hash": RUBRIC.prompt_hash_of(form)}, reference_auc=None)
        for form in RUBRIC.forms
    ]
    by_vector = Member(**{**lock, "prompt_hash": "of a sentence"}, reference_auc=None)
    judge = summary.judge.model_copy(update={"members": (*by_form, by_vector)})
    *prompts, sentences = (one.text for one in asked_prompts(RUBRIC, judge, matrix))
    assert ["Is a related to b?" in prompts[0], "Categories: a and b." in prompts[1]] == [True] * 2
    assert sentences.splitlines() == [RUBRIC.embedded_as.format(name) for name in "ab"]


def test_a_matrix_without_pairs_shows_the_prompt_of_an_example(
    summary: Summary, matrix: VerdictMatrix
) -> None:
    judge = summary.judge.model_copy(update={"prompt_hash": RUBRIC.prompt_hash})
    (prompt,) = asked_prompts(RUBRIC, judge, replace(matrix, judgements={}))
    assert "guitars" in prompt.text
