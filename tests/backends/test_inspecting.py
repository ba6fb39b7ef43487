"""What servers say of themselves."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from diagnoses import deaf_port, judge_server
from hypothesis import given
from hypothesis import strategies as st
from ollama_server import HtmlPage
from openai_server import PlainServer

from evaluator.backends.inspecting import Inspector, clock_difference
from evaluator.backends.naming import JudgeSpec
from evaluator.errors import JudgeUnavailable

BEGAN = datetime(2026, 3, 1, 12, 0, 0, 500_000, UTC)


def answer(date: datetime) -> httpx.Response:
    return httpx.Response(200, headers={"date": format_datetime(date, usegmt=True)})


@given(st.integers(0, 999_999), st.floats(0, 3))
def test_equal_clocks_never_differ(microsecond: int, seconds: float) -> None:
    began = BEGAN.replace(microsecond=microsecond)
    answered = began + timedelta(seconds=seconds)
    assert clock_difference(answer(answered.replace(microsecond=0)), began, seconds) == 0.0


def test_a_clock_ahead_differs_by_what_the_answer_cannot_have_taken() -> None:
    # Asked at 12:00:00.5, answered a second later, dated 12:01:00: at least 58.5 s ahead.
    date = BEGAN.replace(minute=1, second=0, microsecond=0)
    assert clock_difference(answer(date), BEGAN, 1.0) == pytest.approx(58.5)


def test_a_clock_behind_differs_by_what_its_cut_second_cannot_explain() -> None:
    # Dated 11:59:00 means before 11:59:01, which is 59.5 s before it was asked.
    date = BEGAN.replace(hour=11, minute=59, second=0, microsecond=0)
    assert clock_difference(answer(date), BEGAN, 1.0) == pytest.approx(-59.5)


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_without_a_date_nothing_is_known(headers: dict[str, str]) -> None:
    assert clock_difference(httpx.Response(200, headers=headers), BEGAN, 1.0) is None


def test_an_openai_compatible_server_tells_names_alone() -> None:
    with PlainServer(lambda _: "Yes", knows_schema=True) as server:
        inspector = Inspector(JudgeSpec("openai", "judge", (server.url,)), server.url)
        (model,) = asyncio.run(inspector.models())
        assert (model.model, model.digest) == ("judge", "")
        assert asyncio.run(inspector.version()) is None


def test_a_list_that_is_a_page_says_what_to_do() -> None:
    with judge_server(HtmlPage(paths=("/api/tags",))) as server:
        inspector = Inspector(JudgeSpec("ollama", "llama3.2", (server.url,)), server.url)
        with pytest.raises(JudgeUnavailable, match=r"cannot be read; name the server itself"):
            asyncio.run(inspector.models())


def test_a_refused_connection_is_a_sentence() -> None:
    with deaf_port() as url:
        inspector = Inspector(JudgeSpec("ollama", "llama3.2", (url,)), url)
        with pytest.raises(JudgeUnavailable, match="gives no answer over HTTP"):
            asyncio.run(inspector.greet())
