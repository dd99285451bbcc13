"""The unmodified official Python client of Upstox against the simulator: a judge from outside.

Its `Configuration` has two addresses: `host`, and `order_host` for paths with `/order/place`, `/order/modify` and
`/order/cancel` in them (the low-latency host of the live API). Both are plain prefixes of every path.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import pytest
import upstox_client
from upstox_client.rest import ApiException

from tests.judges.judged import (
    BROWSER,
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    OTHER_PRODUCTS,
    REPORTS,
    STREAMS,
    SWITCHES,
    ForeignClient,
    locked_version,
)
from tests.sandbox.upstox_desk import CALLBACK, INFY, MULTI, SINGLE, TCS, Desk, open_desk, order
from tests.support.clock import HandClock

FOREIGN = ForeignClient(
    broker="upstox",
    package="upstox-python-sdk",
    version=locked_version("upstox-python-sdk"),
    stands_for={},
    left_out={
        STREAMS: r"WebsocketApi.*",
        DERIVATIVES: r"(ExpiredInstrument|Options)Api.*|MarketQuoteV3Api.get_market_quote_option_greek",
        HISTORY: r"(History|HistoryV3|Fundamentals|News|Market|MarketHolidaysAndTimings|Instruments)Api[.].*"
        r"|MarketQuote(V3)?Api.get_(full_market_quote|market_quote_ohlc).*",
        KEPT_ORDERS: r".*_gtt_.*",
        OTHER_PRODUCTS: r"(Ipo|MutualFund)Api.*|UserApi.*pay(in|out).*",
        INTRADAY: r"PortfolioApi.(convert_positions|get_mtf_positions)|OrderApi.exit_positions",
        REPORTS: r"(TradeProfitAndLoss|PostTrade)Api.*",
        SWITCHES: r"UserApi.*(kill_switch|_ips?)",
        BROWSER: r"LoginApi.(authorize|init_token_request_for_indie_user)",
    },
)
T = TypeVar("T")
API_VERSION = "2.0"
TAG = "482913370415926"


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


@dataclass(frozen=True, slots=True)
class Client:
    """The client's parts that we use, each call in a thread of its own, for they block."""

    parts: Any
    api: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parts, name)(self.api)


def client(desk: Desk, token: str = "") -> Client:
    configuration = upstox_client.Configuration()
    configuration.host = configuration.order_host = desk.api
    configuration.access_token = token
    return Client(upstox_client, upstox_client.ApiClient(configuration))


async def call(method: Callable[..., T], *args: object, **named: object) -> T:
    told = await asyncio.to_thread(method, *args, **named)
    FOREIGN.noted(method.__qualname__)
    return told


async def error_of(method: Callable[..., object], *args: object, **named: object) -> tuple[int, str]:
    """HTTP status and code of the exception that the client raises."""
    with pytest.raises(ApiException) as caught:
        await call(method, *args, **named)
    errors = msgspec.json.decode(caught.value.body)["errors"]
    return caught.value.status, errors[0]["errorCode"]


def v3_order(**changed: object) -> Any:
    return upstox_client.PlaceOrderV3Request(**order(**changed), slice=False)


def multi_line(number: int, **changed: object) -> Any:
    fields = order(tag=f"48291337041592{number}", correlation_id=f"line-{number}", **changed)
    return upstox_client.MultiOrderRequest(**fields, slice=False)


async def test_it_exchanges_the_code_of_a_login(desk: Desk) -> None:
    code = await desk.code("asha")
    keys = {
        "client_id": SINGLE,
        "client_secret": f"{SINGLE}-secret",
        "redirect_uri": CALLBACK,
        "grant_type": "authorization_code",
    }
    login = client(desk).LoginApi

    token = await call(login.token, API_VERSION, code=code, **keys)
    used = await error_of(login.token, API_VERSION, code=code, **keys)
    wrong = await error_of(login.token, API_VERSION, code=await desk.code("asha"), **keys | {"client_secret": "x"})
    dialog = await error_of(login.authorize, "nobody", CALLBACK, API_VERSION)
    profile = await call(client(desk, token.access_token).UserApi.get_profile, API_VERSION)

    assert token.user_id == profile.data.user_id == desk.account().user_id
    assert token.exchanges == profile.data.exchanges == ["NSE", "BSE"]
    assert profile.data.is_active is True
    assert (used, wrong, dialog) == ((401, "UDAPI100057"), (401, "UDAPI100069"), (400, "UDAPI100068"))


async def test_it_logs_out(desk: Desk) -> None:
    own = client(desk, await desk.log_in())

    gone = await call(own.LoginApi.logout, API_VERSION)

    assert gone.data is True
    assert await error_of(own.UserApi.get_profile, API_VERSION) == (401, "UDAPI100050")


async def test_it_places_by_v3_and_reads_the_order_in_every_way(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    desk.running.exchange.prices.pin("TCS", 312055)

    placed = await call(own.OrderApiV3.place_order, v3_order())
    order_id = placed.data.order_ids[0]
    book = await call(own.OrderApi.get_order_book, API_VERSION)
    status = await call(own.OrderApi.get_order_status, order_id=order_id)
    by_id = await call(own.OrderApi.get_order_details, API_VERSION, order_id=order_id)
    by_tag = await call(own.OrderApi.get_order_details, API_VERSION, tag=TAG)
    trades = await call(own.OrderApi.get_trades_by_order, order_id, API_VERSION)
    of_the_day = await call(own.OrderApi.get_trade_history, API_VERSION)

    assert placed.status == "success"
    assert isinstance(placed.metadata.latency, int)
    assert [row.order_id for row in book.data] == [order_id]
    assert (status.data.status, status.data.average_price, status.data.tag) == ("complete", 3120.55, TAG)
    assert by_id.data == by_tag.data
    assert by_tag.data[-1].status == "complete"
    assert [(trade.quantity, trade.average_price) for trade in trades.data] == [(7, 3120.55)]
    assert of_the_day.data == trades.data


async def test_it_places_by_v2_and_several_at_once(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    unknown = multi_line(2, instrument_token="NSE_EQ|INE000X00000")

    one = await call(own.OrderApi.place_order, upstox_client.PlaceOrderRequest(**order()), API_VERSION)
    all_well = await call(own.OrderApi.place_multi_order, [multi_line(1), multi_line(2, transaction_type="SELL")])
    in_part = await call(own.OrderApi.place_multi_order, [multi_line(1), unknown])
    nothing = await error_of(own.OrderApi.place_multi_order, [unknown])

    assert one.data.order_id
    assert (all_well.status, all_well.summary.success) == ("success", 2)
    assert (in_part.status, in_part.summary.success, in_part.summary.error) == ("partial_success", 1, 1)
    assert (in_part.errors[0].error_code, in_part.errors[0].correlation_id) == ("UDAPI100011", "line-2")
    assert nothing == (400, "UDAPI100011")


async def test_it_changes_and_cancels(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    open_order = v3_order(quantity=118, order_type="LIMIT", price=3000.0)
    first, second = [(await call(own.OrderApiV3.place_order, open_order)).data.order_ids[0] for _ in range(2)]
    third = (await call(own.OrderApiV3.place_order, v3_order(quantity=118, instrument_token=INFY))).data.order_ids[0]
    change = upstox_client.ModifyOrderRequest(
        order_id=first, quantity=119, validity="DAY", price=2990.5, order_type="LIMIT", trigger_price=0
    )

    before = await call(own.OrderApi.modify_order, change, API_VERSION)
    changed = await call(own.OrderApiV3.modify_order, change)
    after = await call(own.OrderApi.get_order_status, order_id=first)
    by_v3 = await call(own.OrderApiV3.cancel_order, first)
    by_v2 = await call(own.OrderApi.cancel_order, second, API_VERSION)
    rest = await call(own.OrderApi.cancel_multi_order)
    again = await error_of(own.OrderApiV3.cancel_order, first)
    too_late = await error_of(own.OrderApi.modify_order, change, API_VERSION)

    assert before.data.order_id == changed.data.order_id == first
    assert (after.data.price, after.data.quantity) == (2990.5, 119)
    assert (by_v3.data.order_id, by_v2.data.order_id) == (first, second)
    assert rest.data.order_ids == [third]
    assert (again, too_late) == ((400, "UDAPI100040"), (400, "UDAPI100041"))


async def test_it_reads_holdings_positions_and_funds(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    desk.running.exchange.prices.pin("TCS", 350000)
    await call(own.OrderApiV3.place_order, v3_order(quantity=10))

    holdings = await call(own.PortfolioApi.get_holdings, API_VERSION)
    positions = await call(own.PortfolioApi.get_positions, API_VERSION)
    v2 = await call(own.UserApi.get_user_fund_margin, API_VERSION, segment="SEC")
    v3 = await call(own.UserApi.get_user_fund_margin_v3)

    assert {row.instrument_token for row in holdings.data} >= {TCS, INFY}
    assert all(isinstance(row.quantity, int) for row in holdings.data)
    assert [(row.instrument_token, row.quantity) for row in positions.data] == [(TCS, 10)]
    assert v2.data["equity"].available_margin == 965000
    assert v3.data.available_to_trade.cash_available_to_trade.total == 965000
    assert v3.data.available_to_trade.cash_available_to_trade.margin_used.delivery_margin.total == 35000


async def test_it_reckons_margins_and_charges(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    line = upstox_client.Instrument(instrument_key=TCS, quantity=2, product="D", transaction_type="BUY", price=3000.0)

    margin = await call(own.ChargeApi.post_margin, upstox_client.MarginRequest(instruments=[line]))
    charges = await call(own.ChargeApi.get_brokerage, TCS, 2, "D", "BUY", 3000.0, API_VERSION)

    assert margin.data.required_margin == margin.data.final_margin == 6000
    assert charges.data.charges.total > charges.data.charges.brokerage


async def test_it_reads_prices_in_both_versions(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    desk.running.exchange.prices.pin("TCS", 312055)

    v2 = await call(own.MarketQuoteApi.ltp, TCS, API_VERSION)
    v3 = await call(own.MarketQuoteV3Api.get_ltp, instrument_key=f"{TCS},{INFY}")

    assert v2.data["NSE_EQ:TCS"].last_price == 3120.55
    assert {quote.instrument_token for quote in v3.data.values()} == {TCS, INFY}
    assert isinstance(v3.data["NSE_EQ:TCS"].ltq, int)


async def test_the_instrument_file_has_only_fields_that_it_knows(desk: Desk) -> None:
    url = f"{desk.running.url}/upstox/assets/market-quote/instruments/exchange/NSE.json.gz"
    rows = msgspec.json.decode(gzip.decompress((await desk.send("GET", url)).body))
    known = set(upstox_client.InstrumentData.attribute_map.values())

    assert all(row.keys() <= known for row in rows)
    assert TCS in {row["instrument_key"] for row in rows}


async def test_it_meets_refusals_as_exceptions_with_code_and_status(desk: Desk) -> None:
    own, many = client(desk, await desk.log_in()), client(desk, await desk.log_in(app=MULTI))
    nobody = client(desk, "no-such-token")

    found = [
        await error_of(nobody.OrderApi.get_order_book, API_VERSION),
        await error_of(many.OrderApiV3.place_order, v3_order()),
        await error_of(own.OrderApiV3.place_order, v3_order(tag="t" * 41)),
        await error_of(own.OrderApiV3.place_order, v3_order(market_protection=26)),
        await error_of(own.OrderApiV3.place_order, v3_order(quantity=113)),
        await error_of(own.OrderApi.get_order_details, API_VERSION, tag="nothing"),
        await error_of(own.OrderApi.get_order_details, API_VERSION),
        await error_of(own.OrderApiV3.place_order, v3_order(), algo_name="unregistered"),
    ]

    assert found == [
        (401, "UDAPI100050"),
        (403, "UDAPI100049"),
        (400, "UDAPI1119"),
        (400, "UDAPI1159"),
        (503, "UDAPI100500"),
        (404, "UDAPI100010"),
        (400, "UDAPI100059"),
        (400, "UDAPI1156"),
    ]
    assert desk.running.ledger.orders == []


async def test_every_order_state_fits_its_models(desk: Desk) -> None:
    own = client(desk, await desk.log_in())
    for quantity in (101, 102, 109, 110, 121, 125):
        await call(own.OrderApiV3.place_order, v3_order(quantity=quantity, instrument_token=INFY, tag=str(quantity)))
    desk.clock.advance(4)

    book = await call(own.OrderApi.get_order_book, API_VERSION)

    assert {(row.tag, row.status, row.filled_quantity) for row in book.data} == {
        ("101", "complete", 101),
        ("102", "rejected", 0),
        ("109", "open", 43),
        ("110", "awaiting surveillance release", 0),
        ("121", "put order req received", 0),
        ("125", "cancelled", 50),
    }


async def test_it_trades_on_the_bse(desk: Desk) -> None:
    key = "BSE_EQ|INE467B01029"
    own = client(desk, await desk.log_in())
    desk.running.exchange.prices.pin("BSE:TCS", 350005)

    placed = await call(own.OrderApiV3.place_order, v3_order(instrument_token=key))
    book = await call(own.OrderApi.get_order_book, API_VERSION)
    trades = await call(own.OrderApi.get_trades_by_order, placed.data.order_ids[0], API_VERSION)
    positions = await call(own.PortfolioApi.get_positions, API_VERSION)
    last = await call(own.MarketQuoteV3Api.get_ltp, instrument_key=key)

    for shown in (book.data[0], trades.data[0], positions.data[0]):
        assert (shown.exchange, shown.instrument_token, shown.trading_symbol) == ("BSE", key, "TCS")
    assert (book.data[0].status, book.data[0].average_price) == ("complete", 3500.05)
    assert last.data["BSE_EQ:TCS"].last_price == 3500.05


def test_the_calls_that_were_judged_are_on_record(request: pytest.FixtureRequest) -> None:
    apis = [one for name, one in vars(upstox_client).items() if re.search(r"Api(V\d)?$", name)]
    methods = [
        f"{api.__name__}.{name}" for api in apis for name in vars(api) if name[0] != "_" and "_http_" not in name
    ]

    FOREIGN.hold(methods, request)
