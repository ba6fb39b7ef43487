"""Pages in a real browser."""

from collections.abc import Iterator

import pytest
from browsing import started_browser
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as browser:
        yield browser
