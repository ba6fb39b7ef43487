"""Inputs and outputs, and their tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from knitfab_plans import changed, said
from properties import searching

INPUT_PATH = "path: /configs\n"
INPUT_TAGS = '    tags:\n      - "type:config"\n      - "project:news"\n'


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("configs", "the path 'configs' of an input is not that of a folder from the root"),
        ("./configs", "the path './configs' of an input is not that of a folder from the root"),
        ("/", "the path '/' of an input is not that of a folder from the root"),
        ('""', "the path '' of an input is not that of a folder from the root"),
        ("/a//b", "the path '/a//b' of an input has '.', '..' or '//' in it"),
        ("/a/../b", "the path '/a/../b' of an input has '.', '..' or '//' in it"),
        ("/a//", "the path '/a//' of an input has '.', '..' or '//' in it"),
        ("", "an input has no path"),
        ("[/a]", "the path of an input is a list"),
    ],
)
def test_paths_are_absolute_and_plain(path: str, message: str) -> None:
    assert said(changed((INPUT_PATH, f"path: {path}\n"))) == [f"6: refused: {message}"]


def test_an_input_without_a_path_is_refused() -> None:
    told = said(changed(("  - path: /configs\n    tags:", "  - tags:")))
    assert told == ["6: refused: an input has no path"]


@pytest.mark.parametrize("path", ["/out", "/out2", "/ou", "/out/in", "/o"])
def test_no_path_begins_as_another_does(path: str) -> None:
    outer, inner = sorted((path, "/out"), key=len)
    assert said(changed((INPUT_PATH, f"path: {path}\n"))) == [
        f"11: refused: the paths '{outer}' and '{inner}' overlap: to Knitfab no path may begin as "
        "another does"
    ]


@searching
@given(st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=3))
def test_overlap_is_what_it_says(steps: list[str]) -> None:
    path = "/" + "/".join(steps)
    overlaps = f"{path}/".startswith("/ab") or "/ab/".startswith(path)
    told = said(changed((INPUT_PATH, f"path: {path}\n"), ("path: /out/", "path: /ab")))
    assert bool(told) == overlaps


def test_two_outputs_may_not_overlap_either() -> None:
    more = '  - path: /out/more\n    tags: ["a:b"]\nlog:\n'
    (finding,) = said(changed(("log:\n", more)))
    assert finding.startswith("13: refused: the paths '/out' and '/out/more' overlap")


@pytest.mark.parametrize("tags", ["", "    tags:\n", "    tags: []\n"])
def test_an_input_wants_tags(tags: str) -> None:
    assert said(changed((INPUT_TAGS, tags))) == [
        "6: refused: the input '/configs' has no tags to find its data by"
    ]


def test_an_output_without_tags_is_a_warning() -> None:
    (finding,) = said(changed(('    tags: ["type:model", "project:news"]\n', "")))
    assert finding == "11: warning: the output '/out' has no tags: no plan finds its data"


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("type", "refused: the tag 'type' of '/configs' has no colon; write 'key:value'"),
        (
            "type: config",
            "refused: a tag of '/configs' is key: value pairs; put it in quotes, 'type:config'",
        ),
        ("[a]", "refused: a tag of '/configs' is a list; write 'key:value'"),
        ("", "refused: a tag of '/configs' is nothing; write 'key:value'"),
        ('":config"', "warning: the tag ':config' of '/configs' has no key"),
        ('"type:"', "warning: the tag 'type:' of '/configs' has no value"),
        ("a:b\n      - a:b", "warning: '/configs' has the tag 'a:b' twice"),
        ("{key: a, value: [b]}", "refused: a tag of '/configs' has no text for its key or value"),
        ("{key: a, value: b, x: c}", "dropped: a tag of '/configs' has the unknown key 'x'"),
        ('"knit#transient:failed"', "refused: no data for the input '/configs' ever has the tag"),
        ('"knit#name:x"', "refused: no data for the input '/configs' ever has the tag"),
        ('"knit#timestamp:noon"', "refused: the input '/configs' wants a time after"),
    ],
)
def test_malformed_tags_are_named(written: str, finding: str) -> None:
    (told,) = said(changed(('"type:config"', written)))
    assert told.partition(": ")[2].startswith(finding)


@pytest.mark.parametrize(
    "written",
    [
        "type:config",  # no space after the colon: a text
        "{key: type, value: config}",
        '"description: with: colons"',
        '"knit#id:a0f5911d"',
        '"knit#timestamp:2024-03-06T09:25:16.586+00:00"',
    ],
)
def test_well_formed_tags_pass(written: str) -> None:
    assert said(changed(('"type:config"', written))) == []


def test_an_input_cannot_want_two_ids() -> None:
    (finding,) = said(changed(('"type:config"', '"knit#id:1"\n      - "knit#id:2"')))
    assert finding == (
        "6: refused: the input '/configs' wants two different 'knit#id:' tags of the same data"
    )


def test_tags_that_are_no_list_are_refused() -> None:
    (finding,) = said(changed((INPUT_TAGS, '    tags: "type:config"\n')))
    assert (
        finding == "7: refused: the tags of '/configs' are 'type:config', but are written as a list"
    )


def test_an_output_cannot_have_tags_of_the_system() -> None:
    (finding,) = said(changed(('"type:model"', '"knit#id:1"')))
    assert finding.startswith("11: refused: the output '/out' cannot have the tag 'knit#id:1'")


def test_a_plan_that_feeds_itself_is_refused() -> None:
    (finding,) = said(changed(('"type:model"', '"type:config"')))
    assert finding == (
        "11: refused: what the plan makes '/out' has all tags of its own input '/configs', a cycle"
    )
    pinned = ('"type:config"\n', '"type:config"\n      - "knit#id:1"\n')
    assert said(changed(pinned, ('"type:model"', '"type:config"'))) == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("inputs: []\n", "the plan has no inputs, and so would never be run"),
        ("inputs:\n", "the plan has no inputs, and so would never be run"),
        ("inputs: {path: /in}\n", "'inputs' is key: value pairs, but is written as a list of"),
        ("inputs: [/in]\n", "an input is '/in', but is written as 'path' and 'tags'"),
    ],
)
def test_inputs_are_a_list_with_something_in_it(inputs: str, message: str) -> None:
    whole = f"inputs:\n  - {INPUT_PATH}{INPUT_TAGS}"
    told = said(changed((whole, inputs)))
    assert told[0].startswith(f"5: refused: {message}")
