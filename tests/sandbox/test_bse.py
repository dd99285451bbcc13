"""The BSE beside the NSE: two listings of one share, two prices, one balance in the demat account."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import KiteClient, LogIn, fetch
from tests.sandbox.test_kite_basket import LOGIN, Browser
from tests.sandbox.test_kite_basket import order as basket_order
from tests.sandbox.upstox_desk import MULTI, Desk, open_desk
from tests.sandbox.upstox_desk import order as upstox_order
from tests.support.clock import HandClock
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Side, State, Ticket
from torana.sandbox.prices import reference_price
from torana.sandbox.securities import BSE, EXCHANGES, NSE, by_isin, by_token, in_demat, listed, name_of, named
from torana.sandbox.server import RunningSandbox

DAY = 24 * 3600
ONLY_THERE = next(one for one in listed(BSE).values() if by_isin(one.isin, NSE) is None and one.series == "A")
"""A share of the BSE that the NSE does not list."""
TCS_BSE = "BSE_EQ|INE467B01029"


@pytest.fixture
def exchange(clock: HandClock) -> Exchange:
    return Exchange(clock, tempo=Tempo(0, 0))


@pytest.fixture
def asha(exchange: Exchange) -> Account:
    return exchange.accounts.at_login("kite", "asha", "AA0000")


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


def traded(
    exchange: Exchange, account: Account, where: str, side: Side, quantity: int, symbol: str = "ITC", **more: Any
) -> Order:
    ticket = Ticket(symbol, side, quantity, OrderType.MARKET, None, "CNC", exchange=where, **more)
    return exchange.submit(account, ticket)


@pytest.mark.parametrize("security", [listed(BSE)["ITC"], listed(BSE)["TCS"], ONLY_THERE], ids=name_of)
def test_a_security_is_found_by_exchange_and_symbol_isin_or_token(security: Any) -> None:
    assert named(name_of(security)) is security
    assert by_isin(security.isin, BSE) is security
    assert by_token(str(security.exchange_token), BSE) is security
    assert in_demat(security.isin) is (by_isin(security.isin, NSE) or security)


def test_the_same_share_has_a_price_of_its_own_on_the_bse_that_stays_near(exchange: Exchange, clock: HandClock) -> None:
    differs = 0
    for symbol in ("ITC", "TCS", "RELIANCE", "INFY", "SBIN"):
        for _ in range(20):
            here, there = exchange.last_price(symbol), exchange.last_price(f"BSE:{symbol}")
            differs += here != there
            assert there % listed(BSE)[symbol].tick == 0
            assert abs(here - there) * 100 <= here
            clock.advance(61)

    assert differs > 50


def test_every_security_of_the_bse_has_a_price_on_its_tick_within_its_band(exchange: Exchange) -> None:
    for security in listed(BSE).values():
        lower, upper = exchange.prices.band(security, exchange.now())
        assert reference_price(security) % security.tick == 0
        assert lower <= exchange.last_price(security) <= upper, security.symbol


def test_a_held_price_and_a_freeze_quantity_belong_to_one_exchange(exchange: Exchange, asha: Account) -> None:
    exchange.prices.pin("BSE:ITC", 123_45)
    exchange.freeze_quantities["BSE:ITC"] = 10

    assert exchange.last_price("ITC") != 123_45
    assert traded(exchange, asha, NSE, Side.BUY, 11).state is State.COMPLETE
    assert traded(exchange, asha, BSE, Side.BUY, 10).average_price * 100 == 123_45
    with pytest.raises(OrderRefused) as refused:
        traded(exchange, asha, BSE, Side.BUY, 11)
    assert refused.value.reason is Reason.FREEZE


def test_a_share_that_only_the_bse_lists_is_traded_there_alone(exchange: Exchange, asha: Account) -> None:
    bought = traded(exchange, asha, BSE, Side.BUY, ONLY_THERE.lot, ONLY_THERE.symbol)

    with pytest.raises(OrderRefused) as refused:
        exchange.security(ONLY_THERE.symbol, NSE)
    assert bought.state is State.COMPLETE
    assert asha.holding(name_of(ONLY_THERE)).security is ONLY_THERE
    assert refused.value.reason is Reason.SYMBOL


@pytest.mark.parametrize("where", EXCHANGES)
def test_what_is_delivered_is_sold_on_either_exchange_out_of_one_balance(
    exchange: Exchange, asha: Account, where: str
) -> None:
    """H04."""
    other = BSE if where == NSE else NSE

    sold = traded(exchange, asha, where, Side.SELL, 400)

    assert sold.state is State.COMPLETE
    assert (asha.sellable("ITC"), asha.sellable("BSE:ITC")) == (100, 100)
    assert traded(exchange, asha, other, Side.SELL, 100).state is State.COMPLETE
    assert traded(exchange, asha, other, Side.SELL, 1).reason is Reason.HOLDINGS


def test_what_was_bought_today_is_sold_where_it_was_bought_until_it_is_delivered(
    exchange: Exchange, asha: Account, clock: HandClock
) -> None:
    asha.holdings.clear()
    traded(exchange, asha, BSE, Side.BUY, 10)
    nothing_here, all_there = asha.sellable("ITC"), asha.sellable("BSE:ITC")
    sold_there = traded(exchange, asha, BSE, Side.SELL, 4)
    refused = traded(exchange, asha, NSE, Side.SELL, 1)

    clock.advance(DAY)
    exchange.catch_up()

    assert (nothing_here, all_there) == (0, 10)
    assert sold_there.state is State.COMPLETE
    assert refused.reason is Reason.HOLDINGS
    assert asha.sellable("ITC") == asha.sellable("BSE:ITC") == 6


def test_shares_that_the_depository_released_are_sold_on_either_exchange(exchange: Exchange) -> None:
    account = exchange.accounts.at_login("kite", "needs-edis", "AA0000")
    with pytest.raises(OrderRefused) as refused:
        traded(exchange, account, BSE, Side.SELL, 5)

    exchange.authorise(account, {"ITC": 5})

    assert refused.value.reason is Reason.NOT_AUTHORISED
    assert traded(exchange, account, BSE, Side.SELL, 3).state is State.COMPLETE
    assert (account.unauthorised("ITC", 2), account.unauthorised("ITC", 3)) == (0, 1)


async def test_kite_takes_an_order_for_the_bse_and_shows_it_as_one_everywhere(kite: KiteClient) -> None:
    there = listed(BSE)["ITC"]

    placed = await kite.place(5, exchange="BSE")
    [row] = await kite.book()
    [trade] = (await kite.call("GET", "/trades")).json["data"]
    positions = (await kite.call("GET", "/portfolio/positions")).json["data"]
    quote = (await kite.call("GET", "/quote/ltp", params={"i": "BSE:ITC"})).json["data"]["BSE:ITC"]

    token = there.exchange_token * 256 + 4
    assert placed.status == 200
    for shown in (row, trade, *positions["net"], *positions["day"]):
        assert (shown["exchange"], shown["tradingsymbol"], shown["instrument_token"]) == ("BSE", "ITC", token)
    assert row["status"] == "COMPLETE"
    assert (quote["instrument_token"], quote["last_price"]) == (token, row["average_price"])
    assert kite.account.book[0].security is there


async def test_kite_keeps_a_position_on_each_exchange_and_one_holding(kite: KiteClient) -> None:
    await kite.place(5, exchange="BSE", transaction_type="SELL")
    await kite.place(3, exchange="NSE", transaction_type="SELL")

    net = (await kite.call("GET", "/portfolio/positions")).json["data"]["net"]
    holdings = (await kite.call("GET", "/portfolio/holdings")).json["data"]

    assert [(row["exchange"], row["quantity"]) for row in net] == [("BSE", -5), ("NSE", -3)]
    [row] = [row for row in holdings if row["isin"] == listed()["ITC"].isin]
    assert (row["exchange"], row["quantity"], row["used_quantity"]) == ("NSE", 492, 8)


async def test_kite_shows_a_row_of_the_bse_with_the_bses_own_token(log_in: LogIn) -> None:
    """The documented sample: SBIN, exchange BSE, instrument_token 128028676."""
    kite = await log_in("two-rows")

    rows = (await kite.call("GET", "/portfolio/holdings")).json["data"]

    itc = [(row["exchange"], row["instrument_token"], row["quantity"]) for row in rows if row["tradingsymbol"] == "ITC"]
    token = {where: listed(where)["ITC"].exchange_token for where in EXCHANGES}
    assert itc == [("NSE", token["NSE"] * 256 + 1, 300), ("BSE", token["BSE"] * 256 + 4, 200)]
    assert listed(BSE)["SBIN"].exchange_token * 256 + 4 == 128028676


async def test_a_symbol_that_only_the_other_exchange_has_is_refused(kite: KiteClient) -> None:
    here = await kite.place(1, tradingsymbol=ONLY_THERE.symbol)
    there = await kite.place(ONLY_THERE.lot, tradingsymbol=ONLY_THERE.symbol, exchange="BSE")
    elsewhere = await kite.place(1, exchange="NFO")

    assert (here.status, here.json["error_type"]) == (400, "InputException")
    assert there.status == 200
    assert "not simulated" in elsewhere.json["message"]


async def test_a_basket_for_the_bse_says_so_to_the_client(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    browser = Browser(sandbox, http)
    await browser.bring([basket_order(exchange="BSE"), basket_order("WIPRO")])
    await browser.post(**LOGIN)

    review = await browser.show()
    await browser.post(action="execute")
    unknown = await browser.bring([basket_order("NOSUCHSHARE", exchange="BSE")])

    assert "Buy ITC</strong> on BSE" in review
    assert "Buy WIPRO</strong><br>" in review
    assert [(one.exchange, one.state) for one in sandbox.ledger.orders] == [("BSE", "COMPLETE"), ("NSE", "COMPLETE")]
    assert "does not exist on BSE" in unknown.body.decode()


async def test_upstox_takes_a_key_of_the_bse_and_shows_it_everywhere(desk: Desk) -> None:
    """The documented order update of the BSE has the bare symbol: BAJAJHIND."""
    token = await desk.log_in()
    desk.running.exchange.prices.pin("BSE:TCS", 312055)

    order_id = await desk.placed(token, instrument_token=TCS_BSE)
    row = await desk.details(token, order_id)
    history = (await desk.get("/v2/order/history", token, order_id=order_id)).json["data"]
    [trade] = (await desk.get("/v2/order/trades/get-trades-for-day", token)).json["data"]
    [position] = (await desk.get("/v2/portfolio/short-term-positions", token)).json["data"]
    v2 = (await desk.get("/v2/market-quote/ltp", token, instrument_key=TCS_BSE)).json["data"]

    assert row["status"] == "complete"
    for shown in (row, trade, position, *history):
        assert (shown["exchange"], shown["instrument_token"], shown["trading_symbol"]) == ("BSE", TCS_BSE, "TCS")
    assert row["average_price"] == trade["average_price"] == 3120.55
    assert v2 == {"BSE_EQ:TCS": {"last_price": 3120.55, "instrument_token": TCS_BSE}}


async def test_upstox_cancels_the_orders_of_one_segment(desk: Desk) -> None:
    token = await desk.log_in()
    there = await desk.placed(token, quantity=118, instrument_token=TCS_BSE)
    here = await desk.placed(token, quantity=118)

    reply = await desk.send("DELETE", "/v2/order/multi/cancel?segment=BSE_EQ", token)

    assert reply.json["data"]["order_ids"] == [there]
    assert (await desk.details(token, here))["status"] == "open"


async def test_upstox_names_the_exchange_that_found_a_quantity_too_large(desk: Desk) -> None:
    token = await desk.log_in()
    desk.running.exchange.freeze_quantities["BSE:TCS"] = 5

    row = await desk.details(token, await desk.placed(token, instrument_token=TCS_BSE))

    assert row["status_message_raw"] == "RMS:Rule: Freeze quantity exceeded for exchange BSE"


async def test_uplink_releases_shares_for_a_sale_on_the_bse(desk: Desk) -> None:
    """One release of an ISIN serves both exchanges."""
    token = await desk.log_in("needs-edis", MULTI)
    sells = [upstox_order(transaction_type="SELL", instrument_token=key) for key in (TCS_BSE, "NSE_EQ|INE467B01029")]
    visit = desk.visit_of(await desk.uplink(token, sells, is_editable="false"))

    await desk.press(visit, "confirm", action="place")
    asked = await desk.send("GET", visit)
    await desk.press(visit, "authorise", tpin="123456", action="verify")
    await desk.press(visit, "authorise", otp="123456", action="verify")
    await desk.press(visit, "confirm", action="place")
    rows = (await desk.get("/v2/order/retrieve-all", token)).json["data"]

    assert '<td>TCS</td><td class="number">14</td>' in asked.text
    assert [(row["exchange"], row["status"]) for row in rows] == [("BSE", "complete"), ("NSE", "complete")]


@pytest.mark.parametrize(("path", "body", "answer"), [
    ("prices", {"symbol": "BSE:ITC", "price": 40000}, {"symbol": "BSE:ITC", "price": 40000}),
    ("freeze", {"symbol": "BSE:ITC", "quantity": 7}, {"symbol": "BSE:ITC", "quantity": 7}),
    ("prices", {"symbol": "MCX:GOLD", "price": 1}, {"error": "MCX:GOLD is not listed"}),
])  # fmt: skip
async def test_the_control_api_names_securities_of_the_bse(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, path: str, body: dict[str, object], answer: dict[str, object]
) -> None:
    got = await fetch(http, "POST", f"{sandbox.url}/sandbox/{path}", data=json.dumps(body))

    assert got.json == answer


async def test_a_client_can_be_given_shares_that_only_the_bse_lists(
    kite: KiteClient, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    body = {"broker": "kite", "account": "asha", "holdings": {name_of(ONLY_THERE): 3, "ITC": 4}}

    got = await fetch(http, "POST", f"{sandbox.url}/sandbox/accounts", data=json.dumps(body))
    rows = (await kite.call("GET", "/portfolio/holdings")).json["data"]

    assert {name: held["isin"] for name, held in got.json["holdings"].items()} == {
        name_of(ONLY_THERE): ONLY_THERE.isin,
        "ITC": listed()["ITC"].isin,
    }
    assert [(row["exchange"], row["tradingsymbol"]) for row in rows] == [("BSE", ONLY_THERE.symbol), ("NSE", "ITC")]
