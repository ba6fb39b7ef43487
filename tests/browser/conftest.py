"""Pages in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.pages import SIZE, ordinary_run
from browsing import Opened, started_browser
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ordinary_run(tmp_path_factory.mktemp("page") / "ordinary", SIZE)


@pytest.fixture
def page(browser: Browser, run: Path) -> Page:
    return Opened(browser, run / "report.html").page
