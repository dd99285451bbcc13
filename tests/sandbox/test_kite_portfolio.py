"""Cash, holdings, settlement and the depository at the simulated Zerodha."""

from typing import Any

from tests.sandbox.conftest import KiteClient, LogIn, fetch
from tests.support.clock import HandClock
from torana.sandbox.securities import listed
from torana.sandbox.server import RunningSandbox

DAY = 24 * 3600


async def holding(kite: KiteClient, symbol: str) -> dict[str, Any] | None:
    rows = (await kite.call("GET", "/portfolio/holdings")).json["data"]
    return next((row for row in rows if row["tradingsymbol"] == symbol), None)


async def test_a_new_client_has_ten_lakh_and_starter_holdings(kite: KiteClient) -> None:
    margins = (await kite.call("GET", "/user/margins")).json["data"]
    held = await holding(kite, "ITC")

    assert margins["equity"]["net"] == 1_000_000
    assert held is not None
    assert (held["quantity"], held["t1_quantity"], held["isin"]) == (500, 0, listed()["ITC"].isin)
    assert held["average_price"] == 398.75


async def test_what_is_bought_arrives_in_two_mornings(kite: KiteClient, log_in: LogIn, clock: HandClock) -> None:
    await kite.place(10, tradingsymbol="WIPRO")
    today = await holding(kite, "WIPRO")

    clock.advance(DAY)
    kite = await log_in("asha")
    next_day = await holding(kite, "WIPRO")
    clock.advance(DAY)
    kite = await log_in("asha")
    day_after = await holding(kite, "WIPRO")

    assert today is None
    assert next_day is not None
    assert (next_day["quantity"], next_day["t1_quantity"]) == (0, 10)
    assert day_after is not None
    assert (day_after["quantity"], day_after["t1_quantity"]) == (10, 0)


async def test_settlement_waits_for_trading_days(sandbox: RunningSandbox, log_in: LogIn, clock: HandClock) -> None:
    sandbox.world.rate_limits = False
    clock.advance(2 * DAY)
    kite = await log_in("asha")
    await kite.place(10, tradingsymbol="WIPRO")

    seen = []
    for _ in range(5):
        clock.advance(DAY)
        held = await holding(await log_in("asha"), "WIPRO")
        assert held is not None
        seen.append((held["quantity"], held["t1_quantity"]))

    assert seen == [(0, 10), (0, 10), (0, 10), (10, 0), (10, 0)]


async def test_a_sale_uses_the_holding_and_its_proceeds_can_be_spent_at_once(kite: KiteClient) -> None:
    """B02."""
    await kite.place(500, transaction_type="SELL")
    sold = await holding(kite, "ITC")
    margins = (await kite.call("GET", "/user/margins/equity")).json["data"]

    again = await kite.place(1, transaction_type="SELL")

    assert sold is not None
    assert (sold["quantity"], sold["used_quantity"]) == (0, 500)
    assert margins["net"] > 1_000_000
    assert again.status == 200
    assert (await kite.book())[-1]["status"] == "REJECTED"


async def test_an_open_buy_blocks_its_cash(kite: KiteClient, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("ITC", 410_00)
    await kite.place(100, order_type="LIMIT", price="400.00")

    margins = (await kite.call("GET", "/user/margins")).json["data"]

    assert margins["equity"]["net"] == 960_000


async def test_pledged_and_undelivered_shares_are_shown_apart(log_in: LogIn) -> None:
    """H04."""
    kite = await log_in("pledged")

    reliance, tcs = await holding(kite, "RELIANCE"), await holding(kite, "TCS")

    assert reliance is not None
    assert (reliance["quantity"], reliance["collateral_quantity"]) == (50, 100)
    assert tcs is not None
    assert (tcs["quantity"], tcs["t1_quantity"]) == (100, 50)


async def test_a_sell_without_authorisation_is_refused_until_the_client_authorises(log_in: LogIn) -> None:
    kite = await log_in("needs-edis")
    profile = (await kite.call("GET", "/user/profile")).json["data"]
    refused = await kite.place(10, transaction_type="SELL")
    form = {"isin": listed()["ITC"].isin, "quantity": "10"}
    request_id = (await kite.call("POST", "/portfolio/holdings/authorise", data=form)).json["data"]["request_id"]
    page = f"{kite.sandbox.url}/kite/web/connect/portfolio/authorise/holdings/sandboxkite/{request_id}"

    shown = await fetch(kite.http, "GET", page)
    sent = await fetch(kite.http, "POST", page, data={"action": "authorise", "tpin": "1"})
    finish = await fetch(kite.http, "GET", f"{kite.sandbox.url}{sent.headers['location']}")
    held = await holding(kite, "ITC")
    sold = await kite.place(10, transaction_type="SELL")
    more = await kite.place(1, transaction_type="SELL")

    assert profile["meta"]["demat_consent"] == ""
    assert (refused.status, refused.json["error_type"]) == (428, "HoldingException")
    assert "ITC" in shown.body.decode()
    assert sent.headers["location"].endswith("/finish?status=success")
    assert finish.status == 200
    assert held is not None
    assert held["authorised_quantity"] == 10
    assert sold.status == 200
    assert more.status == 428


async def test_a_client_without_funds_cannot_buy_and_one_without_holdings_cannot_sell(log_in: LogIn) -> None:
    poor, bare = await log_in("no-funds"), await log_in("no-holdings")

    await poor.place(1)
    await bare.place(1, transaction_type="SELL")

    assert [row["status"] for row in await poor.book()] == ["REJECTED"]
    assert [row["status"] for row in await bare.book()] == ["REJECTED"]


async def test_a_blocked_client_is_refused_at_once(log_in: LogIn) -> None:
    got = await (await log_in("blocked")).place(1)

    assert (got.status, got.json["error_type"]) == (400, "UserException")


async def test_accounts_are_kept_apart_and_survive_a_new_login(log_in: LogIn) -> None:
    asha, ravi = await log_in("asha"), await log_in("ravi")
    await asha.place(10)

    again = await log_in("asha")

    assert len(await again.book()) == 1
    assert await ravi.book() == []
    assert (await ravi.call("GET", "/user/margins")).json["data"]["equity"]["net"] == 1_000_000


async def test_large_accounts_can_be_had(log_in: LogIn) -> None:
    """A20."""
    large, busy = await log_in("large-portfolio"), await log_in("large-book")

    holdings = (await large.call("GET", "/portfolio/holdings")).json["data"]
    await busy.place(1)
    book = await busy.book()

    assert len(holdings) == 150
    assert len(book) == 3001
    assert "100000000000001" in book[-1]["tags"]
