"""What is worth a second look in a rubric that can be used."""

from collections.abc import Iterator, Sequence

from evaluator.judge.rubric import AnswerWords, Example, Rubric, read_as


def doubts(rubric: Rubric) -> list[str]:
    """Return what makes a judge answer worse in a valid rubric, one sentence each."""
    answers = rubric.question.answers
    shown: dict[str, Sequence[Example]] = {form.name: form.examples for form in rubric.forms}
    shown["free_text.same"] = rubric.free_text.same.examples
    if rubric.reason is not None:
        shown["reason"] = rubric.reason.examples
    found = list(_of_answers(answers))
    for name, examples in shown.items():
        found += [f"{name}: {doubt}" for doubt in _of_examples(examples, answers)]
    return found


def _of_answers(answers: AnswerWords) -> Iterator[str]:
    for yes in answers.yes:
        for no in answers.no:
            shorter, longer = sorted((yes, no), key=lambda word: len(read_as(word)))
            if read_as(longer).startswith(read_as(shorter)):
                yield (
                    f"the answer {longer!r} begins with the answer {shorter!r}: where a tokenizer "
                    "gives both the same first token, the only one that is read, no judge can tell "
                    "them apart."
                )


def _of_examples(examples: Sequence[Example], answers: AnswerWords) -> Iterator[str]:
    if not examples:
        yield "there are no examples, without which a small judge hardly knows what is asked."
        return
    shown = {example.answer for example in examples}
    if len(shown) == 1:
        (only,) = shown
        yield f"every example is answered '{only}', which a small judge will repeat."
    words = {read_as(word) for word in (*answers.yes, *answers.no)}
    for example in examples:
        for text in (example.first, example.second):
            if read_as(text) in words:
                yield f"the example text {text!r} is an answer word."
