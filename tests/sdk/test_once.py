"""The promise settles exactly once, with the truth, whatever happens in whatever order."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Page

from tests.sdk.fake_gateway import FILES
from tests.support.chromium import Browsers
from tests.support.examples import MANY, examples

pytestmark = pytest.mark.asyncio(loop_scope="session")

Moves = list[tuple[str, int]]

NOISE = [
    "answer", "answerUnsure", "drop", "garble", "busy", "pass", "land", "arrive", "close", "stage", "succeed", "fail",
    "online", "look", "press", "again", "message", "block",
]  # fmt: skip
CONFIRM = ("stage", 3)
STORIES: list[Moves] = [
    [],
    [("answer", 1), ("land", 1), ("answer", 0), CONFIRM, ("answer", 0), ("succeed", 0), ("answer", 0)],
    [("answer", 1), ("land", 1), ("answer", 0), CONFIRM, ("close", 1), ("answer", 0), ("succeed", 0), ("answer", 0)],
    [("answer", 1), ("land", 1), ("answer", 0), ("stage", 2), ("close", 1), ("answer", 0), ("answer", 0)],
    [
        ("answer", 1),
        ("land", 1),
        ("stage", 1),
        ("answer", 0),
        ("close", 1),
        ("answerUnsure", 0),
        ("answerUnsure", 0),
        CONFIRM,
        ("succeed", 0),
    ],
    [
        ("answer", 1),
        ("land", 1),
        ("stage", 1),
        ("answer", 0),
        ("close", 1),
        ("answerUnsure", 0),
        ("answerUnsure", 0),
        ("press", 0),
    ],
    [
        ("answer", 1),
        ("land", 0),
        ("close", 1),
        ("answer", 0),
        ("stage", 0),
        ("answer", 0),
        CONFIRM,
        ("succeed", 0),
        ("answer", 0),
    ],
    [("close", 1), ("pass", 16), ("answer", 1), ("answer", 0)],
    [("close", 1), ("arrive", 0), ("answer", 0), ("pass", 13)],
    [("press", 0), ("answer", 1), ("land", 1), ("answer", 0), CONFIRM, ("answer", 0), ("succeed", 0)],
]
"""What usually happens; the noise comes in between."""


@st.composite
def orders(draw: st.DrawFn) -> Moves:
    moves = list(draw(st.sampled_from(STORIES)))
    for move in draw(st.lists(st.tuples(st.sampled_from(NOISE), st.integers(0, 64)), max_size=30)):
        moves.insert(draw(st.integers(0, len(moves))), move)
    return moves


RUNS = examples(100)
OURS = {"popup_blocked", "timed_out", "internal_error"}
"""What the SDK says of itself when the gateway has not told it how it ended."""

SOURCE = FILES.joinpath("scdk.js").read_text("utf-8")
ENDINGS = ("result", "user_cancelled", "market_closed", "popup_blocked", "the bar", "by itself", "healed")
REACHED: Counter[str] = Counter()
"""How often a run came through each of them."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def theatre(launched: Browsers) -> Any:
    page = await (await launched.launched()).new_page()
    await page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    await page.goto("http://theatre.test/")
    await page.add_script_tag(path=Path(__file__).with_name("random_order.js"))
    yield page
    await page.close()
    if MANY and REACHED["runs"] >= RUNS:
        assert all(REACHED[ending] for ending in ENDINGS), f"a random order never reached one of them: {REACHED}"


@settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=orders(), blocked=st.booleans())
async def test_a_promise_settles_exactly_once(theatre: Page, events: Moves, blocked: bool) -> None:
    """U13."""
    left = await theatre.evaluate(
        "([source, blocked, events]) => play(source, blocked, events)", [SOURCE, blocked, events]
    )

    assert len(left["settled"]) == 1, left
    outcome, truth = left["settled"][0], left["truth"]
    error = outcome.get("error")
    if error is None or error["message"] not in OURS:
        assert truth["settled"], left
        assert outcome == ({"error": truth["error"]} if truth["error"] else {"result": truth["result"]}), left
        assert left["stored"] == "{}", left
    assert left["askedAfterwards"] == 0, left
    assert left["notices"] == 0, left
    assert left["openWindows"] == 0, left
    assert set(left["others"]) <= {"transaction_in_process"}, left
    REACHED[error["message"] if error else "result"] += 1
    REACHED["runs"] += 1
    REACHED["the bar"] += left["bars"] > 0
    REACHED["healed" if left["healed"] else "by itself"] += 1
