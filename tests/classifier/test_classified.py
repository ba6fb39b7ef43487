from hypothesis import given
from hypothesis import strategies as st
from properties import searching

from evaluator.cases.digest import text_key, text_sha256
from evaluator.classifier.classified import Classified, ClassifiedTexts
from evaluator.classifier.prediction import Classification

ENTRIES = st.tuples(
    st.text(max_size=2), st.sampled_from(["cars", "food", "law"]), st.floats(0, 1), st.booleans()
)


@given(entries=st.lists(ENTRIES, max_size=40), other=st.text(min_size=3))
@searching
def test_every_text_keeps_its_first_classification_to_the_last_bit(
    entries: list[tuple[str, str, float, bool]], other: str
) -> None:
    texts = ClassifiedTexts()
    expected: dict[str, Classified] = {}
    for text, label, confidence, truncated in entries:
        texts.add(Classification(text_sha256(text), label, confidence, truncated, 3))
        expected.setdefault(text, Classified(label, confidence, truncated))
    for text, found in expected.items():
        assert text_key(text) in texts
        assert texts.get(text_key(text)) == found
    assert text_key(other) not in texts
    assert texts.get(text_key(other)) is None
