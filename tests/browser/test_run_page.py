"""`report.html` as a reader uses it."""

from pathlib import Path

import pytest
from browser.pages import (
    HOSTILE,
    LABELS,
    SIZE,
    column,
    count,
    hostile_run,
    shown_cases,
    talkative_run,
)
from browsing import Opened
from playwright.sync_api import Browser, Page

from evaluator.report.html.browsing import MOST_CHOICES


def test_the_page_loads_nothing_and_complains_of_nothing(browser: Browser, run: Path) -> None:
    opened = Opened(browser, run / "report.html")
    assert opened.page.locator("h1").inner_text().startswith("Accuracy is ")
    assert (opened.said, opened.asked_for) == ([], [])


def test_a_click_on_a_heading_sorts_up_then_down_then_not_at_all(page: Page) -> None:
    unsorted = column(page, "case")
    heading = page.locator("#cases th", has_text="confidence")
    heading.get_by_role("button").click()
    rising = [float(one) for one in column(page, "confidence")]
    assert rising == sorted(rising)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    falling = [float(one) for one in column(page, "confidence")]
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > rising[-1]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert column(page, "case") == unsorted


def test_numbers_in_words_are_sorted_as_numbers_and_unknown_values_come_last(page: Page) -> None:
    page.get_by_role("button", name="case", exact=True).click()
    assert column(page, "case")[:3] == ["case-0", "case-1", "case-2"]
    for _ in range(2):
        page.get_by_role("button", name="P(related)").click()
        assert "–" not in column(page, "P(related)")[:50]


def test_filters_and_search_narrow_the_cases_together(page: Page, run: Path) -> None:
    cases = shown_cases(run)
    assert count(page).inner_text() == f"{SIZE} of {SIZE} cases"
    page.get_by_label("gold").select_option("soup")
    expected = [case["id"] for case in cases if case["gold"] == "soup"]
    assert column(page, "case") == expected[:50]
    page.get_by_label("outcome").select_option("unscored")
    expected = [one["id"] for one in cases if one["gold"] == "soup" and one["score"] is None]
    assert column(page, "case") == expected
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("search").fill("ARTICLE 12 ships")
    while count(page).inner_text() == f"{SIZE} of {SIZE} cases":
        page.wait_for_timeout(50)  # its content security policy forbids what waits for more
    found = [
        one["id"]
        for one in cases
        if "article 12" in (text := f"{one['excerpt']} {one['gold']}".lower()) and "ships" in text
    ]
    assert "case-12" in column(page, "case")
    assert set(found) <= set(column(page, "case"))


def test_pages_are_turned(page: Page) -> None:
    first = column(page, "case")
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.get_by_role("button", name="Previous").click(force=True)
    assert column(page, "case") == first
    page.get_by_role("button", name="Next").click()
    assert not set(column(page, "case")) & set(first)
    assert page.locator(".pages span").inner_text() == "page 2 of 8"
    page.get_by_role("button", name="Previous").focus()
    page.keyboard.press("Enter")
    assert column(page, "case") == first
    assert page.evaluate("document.activeElement.textContent") == "Previous"


def test_a_click_on_a_confusion_shows_its_cases(page: Page, run: Path) -> None:
    cell = page.locator("#confusions .cell[data-gold]").first
    gold, predicted = (
        LABELS_IN_ORDER[int(cell.get_attribute(f"data-{name}") or -1)]
        for name in ("gold", "predicted")
    )
    cell.locator("rect").click()
    expected = [
        case["id"]
        for case in shown_cases(run)
        if (case["gold"], case["predicted"]) == (gold, predicted)
    ]
    assert column(page, "case") == expected[:50]
    assert page.get_by_label("gold").input_value() == str(LABELS_IN_ORDER.index(gold))


def test_a_click_shows_the_cases_among_many_texts_too(browser: Browser, tmp_path: Path) -> None:
    run = talkative_run(tmp_path / "talkative", 2 * MOST_CHOICES + 20)
    page = Opened(browser, run / "report.html").page
    assert page.locator("#cases label > select").count() < 4  # predictions are no choice here
    cell = page.locator("#confusions .cell[data-gold]").first
    told = cell.locator("title").text_content() or ""
    cell.locator("rect").click()
    gold, predicted = set(column(page, "gold")), set(column(page, "predicted"))
    assert told.startswith(f"{gold.pop()} predicted as {predicted.pop()}: ")
    assert (gold, predicted) == (set(), set())
    assert f": {count(page).inner_text().split()[0]} case" in told


LABELS_IN_ORDER = sorted(LABELS)


def test_hostile_texts_are_shown_and_run_nothing(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = hostile_run(tmp_path_factory.mktemp("page") / "hostile")
    opened = Opened(browser, run / "report.html")
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for heading in page.locator("#cases th button").all():
        heading.click()
    for select in page.locator("#cases label > select").all():
        select.select_option(index=1)
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("search").fill("<script>")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert (opened.said, opened.asked_for) == ([], [])
    assert page.locator("img, iframe, object, svg script").count() == 0
    assert page.locator("script").count() == 2  # the table and ours
    shown = page.locator("body").inner_text()
    for text in HOSTILE[:-1]:  # of the last one, a line separator is replaced
        assert text in shown


def test_a_script_that_got_into_the_page_would_not_run(
    browser: Browser, run: Path, tmp_path: Path
) -> None:
    injected = "<img src=x onerror='window.hacked=1'><script>window.hacked=2</script></main>"
    broken = (run / "report.html").read_text("utf-8").replace("</main>", injected)
    (tmp_path / "report.html").write_text(broken, "utf-8")
    opened = Opened(browser, tmp_path / "report.html")
    assert opened.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in one for one in opened.said)
