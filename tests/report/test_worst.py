from evaluator.report.summary import Confusion, LabelRow
from evaluator.report.worst import most_missed, worst_first


def test_confusions_that_lose_as_much_are_in_alphabetical_order() -> None:
    def confusion(gold: str, predicted: str, n: int, score: float | None) -> Confusion:
        return Confusion(gold=gold, predicted=predicted, n=n, score=score, p_related=None)

    # Lost: 4·0.5 = 2, 2·1 = 2, 2·1 = 2, 3·0.9 = 2.7.
    met = [
        confusion("b", "a", 4, 0.5),
        confusion("a", "c", 2, None),
        confusion("a", "b", 2, 0.0),
        confusion("z", "z", 3, 0.1),
    ]
    ordered = worst_first(met)
    assert [(one.gold, one.predicted) for one in ordered] == [
        ("z", "z"),
        ("a", "b"),
        ("a", "c"),
        ("b", "a"),
    ]


def test_of_too_many_labels_those_with_the_most_misses_come_first() -> None:
    def label(name: str, n: int, recall: float, score: float | None) -> LabelRow:
        return LabelRow(
            label=name, n=n, precision=1, recall=recall, f1=1, score=score, error_relevance=None
        )

    # Missed: 3 of 3, 3 of 9, 2 of 4, 3 of 6; of those missed three times b scores least.
    rows = (label("a", 3, 0, 0.5), label("b", 9, 2 / 3, 0.1), label("c", 4, 0.5, None))
    rows = (*rows, label("d", 6, 0.5, 0.5))
    assert most_missed(rows, 4) == rows
    assert [one.label for one in most_missed(rows, 3)] == ["b", "a", "d"]
