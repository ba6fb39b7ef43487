"""The page of a comparison as a reader uses it."""

from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, Opened
from comparison_report import comparison, flipped, report
from playwright.sync_api import Browser

from evaluator.report.comparison import Flips
from evaluator.report.html.comparison_page import comparison_page

HOSTILE = '</script><script>window.hacked = 1</script><img src=x onerror="window.hacked=2">'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lost = tuple(flipped(f"case-{n}", second_score=n / 100) for n in range(70))
    gained = (flipped("hostile", excerpt=HOSTILE, gold=HOSTILE, first_score=0.5),)
    first = comparison(lost=Flips(total=70, listed=lost), gained=Flips(total=1, listed=gained))
    page = tmp_path / "comparison.html"
    page.write_text(comparison_page(report(first, comparison(letter="C"))), "utf-8")
    return page


def test_each_table_of_flipped_cases_is_its_own(browser: Browser, path: Path) -> None:
    opened = Opened(browser, path)
    first, second = opened.page.locator(".browser").all()
    assert first.locator("[role=status]").inner_text() == "71 of 71 flipped cases of B"
    assert second.locator("[role=status]").inner_text() == "1 of 1 flipped cases of C"
    first.get_by_label("right").select_option("B")
    assert first.locator("td[data-name=case]").all_inner_texts() == ["hostile"]
    assert HOSTILE in first.locator("tr.article").inner_text()
    assert opened.page.evaluate("window.hacked") is None
    assert (opened.said, opened.asked_for) == ([], [])


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, path: Path, size: tuple[int, int]
) -> None:
    page = Opened(browser, path, size).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
