"""The page of the exchange: what it shows, and that it changes as the exchange does."""

import json
import re
from datetime import datetime, timedelta

import aiohttp
import pytest
from playwright.async_api import expect

from tests.sandbox.conftest import KiteClient, fetch
from tests.support.chromium import chromium
from torana.kit.clock import IST
from torana.market import calendar
from torana.market.calendar import Phase
from torana.sandbox.moments import Moment, next_of
from torana.sandbox.server import RunningSandbox

FROM = datetime(2026, 11, 18, 8, 0, tzinfo=IST)
"""A Wednesday, before the opening."""


async def page_of(http: aiohttp.ClientSession, sandbox: RunningSandbox, path: str = "/") -> str:
    return (await fetch(http, "GET", f"{sandbox.url}/sandbox{path}")).body.decode()


@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
@pytest.mark.parametrize("moment", Moment)
def test_a_moment_lies_ahead_and_is_what_it_is_called(moment: Moment, hours: int) -> None:
    now = FROM + timedelta(hours=hours)

    at = next_of(moment, now)

    assert at >= now
    phase, amo = calendar.phase(at), calendar.amo_open(at)
    session = calendar.current().session(at.astimezone(IST).date())
    assert {
        Moment.OPEN: phase is Phase.OPEN,
        Moment.OPENING: calendar.next_open(at) == at + timedelta(seconds=10),
        Moment.CLOSED: not phase.takes_orders and not amo,
        Moment.AFTER_MARKET: not phase.takes_orders and amo and session is not None,
        Moment.HOLIDAY: session is None,
    }[moment]


def test_who_is_at_an_open_market_stays_there() -> None:
    now = FROM + timedelta(hours=4)

    assert next_of(Moment.OPEN, now) == now


async def test_the_clock_goes_to_a_moment_by_its_name(http: aiohttp.ClientSession, sandbox: RunningSandbox) -> None:
    told = (await fetch(http, "POST", f"{sandbox.url}/sandbox/clock", json={"mode": "after_market"})).json

    assert datetime.fromisoformat(told["now"]).astimezone(IST).strftime("%d %H:%M") == "18 18:00"
    assert (told["phase"], told["amoOpen"]) == ("CLOSED", True)


async def test_the_next_login_page_has_the_name_typed_in_once(
    http: aiohttp.ClientSession, sandbox: RunningSandbox
) -> None:
    login = f"{sandbox.url}/kite/web/connect/login?v=3&api_key=sandboxkite"
    await fetch(http, "POST", f"{sandbox.url}/sandbox/next-login", json={"userName": "cancel"})
    first = (await fetch(http, "GET", login)).body.decode()
    typed = dict(re.findall(r'name="(\w+)" value="([^"]*)"', first))

    got = await fetch(http, "POST", login, data={**typed, "action": "login"})
    second = (await fetch(http, "GET", login)).body.decode()

    assert typed["user_id"] == "cancel"
    assert all(typed.values())
    assert (got.status, "status=success" in got.headers["location"]) == (302, False)
    assert 'name="user_id" value=""' in second


async def test_it_shows_orders_clients_and_faults_and_escapes_what_people_type(
    http: aiohttp.ClientSession, sandbox: RunningSandbox, kite: KiteClient
) -> None:
    await kite.place(118)
    await kite.place(102)
    await kite.place(109)
    fault = {"kind": "hang", "account": "<b>asha", "times": None}
    await fetch(http, "POST", f"{sandbox.url}/sandbox/faults", json=fault)

    html = await page_of(http, sandbox)
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())

    assert "Buy 118 ITC market" in text
    assert "Partly filled" in text
    assert "43 of 109" in text
    assert "Rejected Insufficient funds for this order." in text
    assert f"asha kite {kite.user_id}" in text
    assert "hang place of &lt;b&gt;asha; applied 0" in text
    assert html.count(">Fill<") == 2
    assert html.count(">Correct to filled<") == 1


async def test_a_thousand_orders_are_told_by_the_newest(
    http: aiohttp.ClientSession, sandbox: RunningSandbox, kite: KiteClient
) -> None:
    await kite.place(118)
    sandbox.ledger.orders.extend(sandbox.ledger.orders * 999)

    assert "1000 open; the newest 40 of 1000" in await page_of(http, sandbox)


@pytest.mark.parametrize("path", ["/", "/inputs"])
async def test_its_pages_name_nobody_else_and_hold_nothing_inline(
    http: aiohttp.ClientSession, sandbox: RunningSandbox, path: str
) -> None:
    html = await page_of(http, sandbox, path)

    assert re.findall(r' (?:style|on\w+)="', html) == []
    assert re.findall(r"<script[^>]*>[^<]", html) == []
    assert "<style" not in html
    wanted = set(re.findall(r'(?:src|href)="([^"#]+)"', html)) - {"http://127.0.0.1:1/"}
    for address in wanted:
        assert (await fetch(http, "GET", f"{sandbox.url}{address}")).status == 200, address


async def test_only_what_changed_is_told_live(
    http: aiohttp.ClientSession, sandbox: RunningSandbox, kite: KiteClient
) -> None:
    async with http.get(f"{sandbox.url}/sandbox/live") as live:

        async def told() -> dict[str, str]:
            while not (line := (await live.content.readline()).decode()).startswith("data: "):
                assert line
            news: dict[str, str] = json.loads(line.removeprefix("data: "))
            return news

        first = await told()
        await kite.place(118)
        news = await told()

    assert first.keys() == {"clock", "prices", "orders", "clients", "faults"}
    assert "118" in news["orders"]
    assert "faults" not in news


async def test_somebody_who_watches_pushes_an_order_sets_the_clock_and_ends_a_login(
    http: aiohttp.ClientSession, sandbox: RunningSandbox, kite: KiteClient
) -> None:
    """By keyboard and by pointer, without a reload; focus stays where it was while the page changes."""
    async with chromium() as browser:
        page = await browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(f"{sandbox.url}/sandbox/")
        await expect(page.get_by_text("No order yet.")).to_be_visible()

        await kite.place(118)
        order = page.locator("li.order")
        await expect(order).to_contain_text("Open")
        await order.get_by_role("button", name="Part").focus()
        await page.keyboard.press("Enter")
        await expect(order).to_contain_text("59 of 118")
        await expect(order.get_by_role("button", name="Part")).to_be_focused()
        await expect(page.locator("#call")).to_contain_text('/advance {"action":"partial"} 200 in')
        await order.get_by_role("button", name="Fill").click()
        await expect(order).to_contain_text("Filled")

        await page.get_by_role("button", name="Order book down").click()
        await expect(page.locator("#set")).to_contain_text("status orders; applied 0")
        assert (await kite.call("GET", "/orders")).status == 500
        await expect(page.locator("#set")).to_contain_text("applied 1")
        await page.get_by_role("button", name="Remove all").click()
        await expect(page.get_by_text("No fault is set")).to_be_visible()

        await page.get_by_role("button", name="After market").click()
        await expect(page.locator("#phase")).to_contain_text("After-market orders are taken")
        await page.get_by_role("button", name="End login").click()
        await expect(page.locator(".client")).to_contain_text("none")
        assert (await kite.call("GET", "/orders")).status == 403
        assert wrong == []
