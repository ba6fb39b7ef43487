"""`report.html` by keyboard, on a phone, in light and in dark."""

from pathlib import Path

import pytest
from browser.pages import column, shown_cases
from browsing import DESKTOP, PHONE, Opened
from playwright.sync_api import Browser, Page

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


def test_what_gets_the_focus_is_not_below_the_names_of_the_sections(page: Page) -> None:
    # A sticky bar covers what a browser scrolls just into view.
    page.locator("footer").scroll_into_view_if_needed()
    page.get_by_text("Settings", exact=True).focus()
    covered = []
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        covered.append(page.evaluate(COVERED))
    assert [one for one in covered if one] == []
