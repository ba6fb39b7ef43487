"""`report.html` as a reader uses it."""

from pathlib import Path

import pytest
from browser.pages import HOSTILE, LABELS, hostile_run, ordinary_run, shown_cases, talkative_run
from browsing import DESKTOP, PHONE, Opened
from playwright.sync_api import Browser, Locator, Page

from evaluator.report.html.browsing import MOST_CHOICES

SIZE = 400
# WCAG 2.2, 1.4.3 and 1.4.11
CONTRAST_OF_TEXT, CONTRAST_OF_LARGE_TEXT = 4.5, 3.0

LEAST_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    const box = element.closest("g")?.querySelector("rect");
    if (element.tagName === "text" && box && !box.contains(element)) {
      const fill = getComputedStyle(box).fill;
      if (element.closest(".cell") && fill !== "none") return rgba(fill);
    }
    for (let one = element; one; one = one.parentElement) {
      const found = rgba(getComputedStyle(one).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const shown = element.checkVisibility() && element.getClientRects().length;
    if (!own || !shown || element.closest("script, title, button:disabled")) continue;
    const style = getComputedStyle(element);
    const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
    const [high, low] = [light(ink), light(behind(element))].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24;
    found.push([(high + 0.05) / (low + 0.05), large, element.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""


COVERED = """() => {
  const one = document.activeElement;
  if (one === document.body || one.closest("nav, header")) return "";
  const [bar, box] = [document.querySelector("nav"), one].map((it) => it.getBoundingClientRect());
  return bar.top <= 0 && box.bottom <= bar.bottom + 1 ? one.textContent : "";
}"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ordinary_run(tmp_path_factory.mktemp("page") / "ordinary", SIZE)


@pytest.fixture
def page(browser: Browser, run: Path) -> Page:
    return Opened(browser, run / "report.html").page


def column(page: Page, name: str) -> list[str]:
    return page.locator(f"#cases td[data-name='{name}']").all_inner_texts()


def count(page: Page) -> Locator:
    return page.locator("#cases [role=status]")


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
    page.wait_for_timeout(400)  # the page's content security policy forbids what waits for more
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


def test_the_keyboard_leads_from_a_confusion_to_its_cases(page: Page, run: Path) -> None:
    page.get_by_text("All confusions as a table").press("Enter")
    link = page.locator("#confusions a[data-gold]").first
    row = link.locator("xpath=ancestor::tr").locator("td").all_inner_texts()
    link.press("Enter")
    expected = [
        case["id"] for case in shown_cases(run) if [case["gold"], case["predicted"]] == row[:2]
    ]
    assert column(page, "case") == expected[:50]
    assert len(expected) == int(row[2])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "search"


def test_a_phone_sorts_without_headings(browser: Browser, run: Path) -> None:
    page = Opened(browser, run / "report.html", PHONE).page
    assert not page.locator("#cases th button").first.is_visible()
    page.get_by_label("order").select_option("confidence ▼")
    falling = [float(one) for one in column(page, "confidence")]
    assert falling == sorted(falling, reverse=True)
    page.get_by_label("order").select_option("as they came")
    assert column(page, "case") == [case["id"] for case in shown_cases(run)][:20]


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the result"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        active = "document.activeElement"
        reached.add(page.evaluate(f"{active}.getAttribute('aria-label') || {active}.textContent"))
    assert {"Confusion heat map", "All confusions as a table", "confidence", "Next"} <= reached
    page.get_by_role("button", name="score", exact=True).focus()
    page.keyboard.press("Enter")
    scores = [one for one in column(page, "score") if one != "–"]
    assert scores == sorted(scores)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_text_has_contrast_and_nothing_is_wider_than_the_screen(
    browser: Browser, run: Path, size: tuple[int, int], dark: bool
) -> None:
    page = Opened(browser, run / "report.html", size, dark=dark).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    measured = page.evaluate(LEAST_CONTRAST)
    assert len(measured) > 300
    weak = [
        (round(ratio, 2), text)
        for ratio, large, text in measured
        if ratio < (CONTRAST_OF_LARGE_TEXT if large else CONTRAST_OF_TEXT)
    ]
    assert weak == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_the_theme_follows_the_system_and_can_be_switched(browser: Browser, run: Path) -> None:
    def brightness(page: Page) -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(colour.removeprefix("rgb(").split(",")[0])

    page = Opened(browser, run / "report.html", dark=True).page
    assert brightness(page) < 50
    theme = page.get_by_role("button", name="Theme")
    theme.click()
    assert theme.inner_text() == "Theme: light"
    assert brightness(page) > 200
    theme.click()
    assert theme.inner_text() == "Theme: dark"
    assert brightness(page) < 50
    theme.click()
    page.emulate_media(color_scheme="light")
    assert brightness(page) > 200
    theme.click()
    theme.click()
    page.emulate_media(media="print")
    assert brightness(page) > 200
    assert not theme.is_visible()


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


def test_what_gets_the_focus_is_not_below_the_names_of_the_sections(page: Page) -> None:
    # A sticky bar covers what a browser scrolls just into view.
    page.locator("footer").scroll_into_view_if_needed()
    page.get_by_text("Settings", exact=True).focus()
    covered = []
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        covered.append(page.evaluate(COVERED))
    assert [one for one in covered if one] == []
