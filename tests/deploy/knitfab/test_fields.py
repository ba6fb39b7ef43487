"""The image, the words and the other plain parts of a plan."""

import pytest
from knitfab_plans import changed, said, without

IMAGE = '"localhost:30503/train:v1.0"'


@pytest.mark.parametrize("image", ["ab:1", "train:v1.0", "registry.example/a/b_c.d-e:V1_0-x.y"])
def test_images_with_a_tag_are_taken(image: str) -> None:
    assert said(changed((IMAGE, image))) == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("train@sha256:0123", "has a digest; Knitfab takes NAME:TAG alone"),
        ("train:v1@sha256:0123", "has a digest; Knitfab takes NAME:TAG alone"),
        ("Train:v1", "is no image"),
        ("train:", "is no image"),
        ("tra in:v1", "is no image"),
        (f"train:{'v' * 128}", "is no image"),
    ],
)
def test_other_images_are_refused(image: str, message: str) -> None:
    (finding,) = said(changed((IMAGE, f'"{image}"')))
    assert finding.startswith("2: refused: ")
    assert message in finding


@pytest.mark.parametrize("image", ["train", "localhost:30503/train"])
def test_an_image_without_a_tag_is_another_one_tomorrow(image: str) -> None:
    (finding,) = said(changed((IMAGE, image)))
    assert finding == (f"2: dropped: the image '{image}' has no tag; Knitfab goes on with 'latest'")


def test_a_plan_without_an_image_is_refused() -> None:
    message = "the plan names no image{}; write 'REGISTRY/NAME:TAG'"
    assert said(without(["image"])) == [f"1: refused: {message.format('')}"]
    assert said(changed((IMAGE, ""))) == [f"2: refused: {message.format('')}"]
    assert said(changed((IMAGE, "[a]"))) == [f"2: refused: {message.format(', but a list')}"]


def test_latest_is_a_warning() -> None:
    (finding,) = said(changed(("train:v1.0", "train:latest")))
    assert finding.startswith("2: warning: 'latest' does not say which image")


@pytest.mark.parametrize("name", ["entrypoint", "args"])
def test_words_are_a_list_of_texts(name: str) -> None:
    def told(value: str) -> list[str]:
        return said(f"{without(['entrypoint', 'args'])}{name}: {value}\n")

    assert told("[a, 1, 2.50, true]") == told("[]") == told("") == []  # as they are written
    wrong = "21: refused: '{}' is {}, but is written as a list of texts"
    assert told("run --knitfab") == [wrong.format(name, "'run --knitfab'")]
    assert told("{a: b}") == [wrong.format(name, "key: value pairs")]
    assert told("[a, [b]]") == [f"21: refused: '{name}' has a list in it, but holds texts alone"]
    assert told("[a, ~]") == [
        f"21: warning: '{name}' has nothing in it, which becomes an empty text"
    ]


def test_annotations_are_texts_with_an_equals_sign() -> None:
    clean = '["made-by=hand"]'
    assert said(changed((clean, ""))) == []
    (finding,) = said(changed((clean, "{made-by: hand}")))
    assert finding.startswith("1: refused: 'annotations' is key: value pairs, but is written as")
    assert said(changed((clean, "[hand, [a=b]]"))) == [
        "1: refused: an annotation is 'hand'; write 'key=value'",
        "1: refused: an annotation is a list; write 'key=value'",
    ]


@pytest.mark.parametrize("value", ["true", "False", "off", "y", ""])
def test_active_is_true_or_false(value: str) -> None:
    assert not any("refused" in one for one in said(changed(("active: yes", f"active: {value}"))))


def test_another_active_is_refused_and_a_plan_at_rest_is_a_warning() -> None:
    def told(value: str) -> str:
        (finding,) = said(changed(("active: yes", f"active: {value}")))
        return finding

    assert told('"true"') == "15: refused: 'active' is the text 'true'; leave out the quotes"
    assert told("1") == "15: refused: 'active' is '1', but is true or false"
    assert told("[yes]") == "15: refused: 'active' is a list, but is true or false"
    assert told("no") == "15: warning: the plan is not active: its Runs are made and never started"


NODES = 'on_node:\n  prefer: ["vram=large"]\n'


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("on_node: gpu\n", "'on_node' is 'gpu', but is written as may, prefer, must"),
        ("on_node: {must: a=b}\n", "'must' is 'a=b', but is written as a list of 'key=value'"),
        ("on_node: {may: [gpu]}\n", "a label of 'may' is 'gpu'; write 'key=value'"),
        ("on_node: {may: [[a=b]]}\n", "a label of 'may' is a list; write 'key=value'"),
        ("on_node: {may: [a=]}\n", "Knitfab takes no label 'a='; ask for another"),
        # Kubernetes allows a dot here, Knitfab does not.
        (
            "on_node: {may: [nvidia.com/gpu.count=1]}\n",
            "Knitfab takes no label 'nvidia.com/gpu.count=1'; ask for another",
        ),
    ],
)
def test_nodes_are_chosen_by_lists_of_labels(written: str, finding: str) -> None:
    (told,) = said(changed((NODES, written)))
    assert told.endswith(f": refused: {finding}")


def test_node_labels_with_a_prefix_are_taken() -> None:
    assert said(changed(("vram=large", "nvidia.com/vram=80-GB_x.y"))) == []


def test_a_service_account_is_a_name() -> None:
    assert said(changed(("service_account: trainer", "service_account:"))) == []
    (finding,) = said(changed(("service_account: trainer", "service_account: [a]")))
    assert finding == "22: refused: 'service_account' is a list, but is a name"


LOG = 'log:\n  tags: ["type:log", "project:news"]\n'


def test_a_plan_without_a_log_is_warned_that_nothing_printed_is_kept() -> None:
    (finding,) = said(changed((LOG, "")))
    assert finding == "1: warning: the plan has no 'log': what its Runs print is not kept"
    (finding,) = said(changed((LOG, "log: {}\n")))
    assert finding == "13: warning: 'log' has no tags to find it by"


def test_a_log_that_is_a_list_of_tags_is_refused() -> None:
    (finding,) = said(changed((LOG, 'log:\n  - "type:log"\n')))
    assert finding == "13: refused: 'log' is a list, but is written as 'tags' and a list below"


def test_a_log_cannot_have_tags_of_the_system() -> None:
    (finding,) = said(changed(('"type:log"', '"knit#id:1"')))
    assert finding.endswith("refused: 'log' cannot have the tag 'knit#id:1': Knitfab sets those")
