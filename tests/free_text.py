"""The part of a rubric that reads free text, as small as can be."""

FREE_TEXT = {
    "same": {"instruction": "Decide alike.", "item": "{{ first }} is {{ second }}?"},
    "penalties": {"ambiguous": 0.5, "extra_category": 0.2},
    "hedges": ["or", "maybe", "not"],
    "fillers": ["the", "category", "is", "it", "answer", "and"],
}
