import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

from evaluator.judge.matrix import VerdictMatrix
from evaluator.report.html.content import RunContent
from evaluator.report.html.page import html_report, marked
from evaluator.report.reasons import ExplainedPair, Reasons, ReasonsUsage
from evaluator.report.wording import headline

VOID = {"meta", "input", "br"}


class Outline(HTMLParser):
    """The elements of a page: their nesting, ids, headings and links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count no closed element as open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_is_whole_and_leads_nowhere_else(content: RunContent) -> None:
    page = html_report(content)
    outline = Outline(page)
    assert outline.opened == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)


def test_the_answer_stands_first(content: RunContent) -> None:
    text = "".join(Outline(html_report(content)).text)
    assert headline(content.summary) in text
    assert text.index(headline(content.summary)) < text.index("How far to trust the judge")
    assert "Gate failed: " in text  # three of eleven cases are unscored


def test_no_script_runs_but_the_one_that_the_page_names(content: RunContent) -> None:
    page = html_report(content)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_the_same_run_makes_the_same_page(content: RunContent) -> None:
    assert html_report(content) == html_report(content)


def test_a_reason_stands_with_its_confusion(content: RunContent) -> None:
    pair = ExplainedPair(
        predicted="c", gold="a", p_related=0.05, reason="both are <letters>", contradicts=True
    )
    usage = ReasonsUsage(calls=1, prompt_tokens=1, generated_tokens=1)
    reasons = Reasons(explain="failures", reasons=(pair,), missing=0, usage=usage)
    page = html_report(replace(content, reasons=reasons))
    assert "The judge says: both are &lt;letters&gt;" in page
    assert "contradicts its verdict" in page


def test_a_run_without_a_miss_is_a_page_too(content: RunContent, matrix: VerdictMatrix) -> None:
    none = content.summary.model_copy(update={"confusions": (), "per_label": ()})
    page = html_report(replace(content, summary=none, cases=[], matrix=matrix))
    assert "No case was confused." in page


def test_back_quotes_become_code_and_nothing_else_does() -> None:
    assert marked("run `a <b>` & `c`") == "run <code>a &lt;b&gt;</code> &amp; <code>c</code>"
