"""What is odd about Fyers' wire: numbers for words, tags behind a number, tickers, holdings and funds that add up."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers import known
from tests.connectors.replay import INFY, KEYS, MANDM, NOW, RELEASES, SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import (
    Begun,
    BrokerStatus,
    BrowserForm,
    Holding,
    LoginRefused,
    Rejected,
    Release,
    Side,
    Unknown,
)
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.depository_form import depository_form
from torana.connectors.error_table import Failure
from torana.connectors.fyers import mapping, wire
from torana.kit.metrics import ROWS_UNREADABLE
from torana.market.listing import Origin, build
from torana.market.models import BrokerCode
from torana.market.packaged import packaged_dates
from torana.market.securities import find
from torana.sandbox.fyers import errors
from torana.sandbox.fyers import wire as simulated

WORDS = {
    "1": BrokerStatus.CANCELLED, "2": BrokerStatus.COMPLETE, "4": BrokerStatus.RECEIVED, "5": BrokerStatus.REJECTED,
    "6": BrokerStatus.OPEN, "7": BrokerStatus.EXPIRED,
}  # fmt: skip
"""API v3 documentation, order status."""


def test_every_documented_number_means_what_the_document_says() -> None:
    assert dict(mapping.ROWS.statuses) == WORDS
    assert dict(mapping.SIDES) == {"1": Side.BUY, "-1": Side.SELL}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["CNC"]


ROW = json.loads(fixture("fyers", "orders.200"))["orderBook"][0]


def told_as(word: str, filled: int, *, queued: bool, stop: bool) -> BrokerStatus:
    """Of an order for 10 shares that the exchange does not have yet."""
    beside = {"offlineOrder": queued, "type": 3 if stop else 1, "exchOrdId": None}
    row = ROW | {"status": word, "qty": 10, "filledQty": filled} | beside
    return mapping.broker_order(msgspec.convert(row, wire.Order)).status


@given(word=st.text(max_size=40) | st.integers().map(str))
def test_any_other_status_is_unknown_whatever_stands_beside_it(word: str) -> None:
    if word.strip().lower() not in WORDS:
        assert told_as(word, 10, queued=True, stop=True) is BrokerStatus.UNKNOWN


@pytest.mark.parametrize(
    ("word", "filled", "queued", "stop", "status"),
    [
        ("6", 0, False, False, BrokerStatus.OPEN),
        ("6", 4, False, False, BrokerStatus.PARTIAL),
        ("6", 0, True, False, BrokerStatus.AMO_QUEUED),
        ("4", 0, True, False, BrokerStatus.AMO_QUEUED),
        ("1", 0, True, False, BrokerStatus.CANCELLED),
        ("5", 0, True, False, BrokerStatus.REJECTED),
        ("6", 0, False, True, BrokerStatus.TRIGGER_PENDING),
        ("4", 0, False, True, BrokerStatus.RECEIVED),
        ("2", 10, True, True, BrokerStatus.COMPLETE),
        ("7", 4, False, False, BrokerStatus.EXPIRED),
    ],
)
def test_what_stands_beside_a_status_tells_more(
    word: str,
    filled: int,
    queued: bool,  # a column of the table
    stop: bool,  # likewise
    status: BrokerStatus,
) -> None:
    assert told_as(word, filled, queued=queued, stop=stop) is status


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    dialect = mapping.DIALECT
    known_codes = {*dialect.rejections, *dialect.session_codes, *dialect.ambiguous_codes}

    assert simulated.WORDS.simulated() <= mapping.ROWS.statuses.keys()
    said = {f"-{code}" for code in errors.TABLE.codes}
    assert said - known_codes == {"-371", "-374", "-777"}


@pytest.mark.parametrize(
    ("told", "ours", "foreign"),
    [
        (f"1:{TAG}", TAG, False),
        (TAG, TAG, False),
        (f"2:{TAG}", None, False),
        ("2:Untagged", None, False),
        ("1:Untagged", None, False),
        ("1:", None, False),
        ("", None, False),
        (None, None, False),
        (7, None, False),
        ("1:mybot7", None, True),
        (f"1:7{TAG}", None, True),
        (f"1:x{TAG}", None, True),
    ],
)
def test_our_tag_stands_behind_the_number_of_a_client(told: object, ours: str | None, foreign: bool) -> None:
    """Nobody's are those that Fyers writes itself."""
    assert mapping.tags_of(told) == (ours, foreign)


@pytest.mark.parametrize(
    ("ticker", "segment", "exchange", "symbol"),
    [
        ("NSE:INFY-EQ", 10, "NSE", "INFY"),
        ("BSE:INFY-A", 10, "BSE", "INFY"),
        ("NSE:BAJAJ-AUTO-EQ", 10, "NSE", "BAJAJ-AUTO"),
        ("NSE:M&M-EQ", 10, "NSE", "M&M"),
        ("NSE:NOBODY-EQ", 10, "NSE", "NOBODY"),
        ("BSE:NOBODY-X", 10, "BSE", "NOBODY-X"),
        ("BSE:INFY-X", 10, "BSE", "INFY-X"),
        ("NSE:NIFTY26NOVFUT", 11, "NSE-11", "NIFTY26NOVFUT"),
        ("MCX:GOLD26DECFUT", 20, "MCX-20", "GOLD26DECFUT"),
    ],
)
def test_a_ticker_names_exchange_and_symbol(ticker: str, segment: int, exchange: str, symbol: str) -> None:
    assert mapping.exchange_of(ticker, segment) == exchange
    assert mapping.symbol_of(ticker, exchange) == symbol


def test_a_ticker_of_the_brokers_list_is_its_security_whatever_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    infy = find("INFY")
    assert infy is not None
    code = BrokerCode("fyers", "NSE", infy.isin, "NSE:RENAMED-EQ", "INFY")
    listing = build([infy], [], [code], dates=packaged_dates(), origin=Origin.REFRESHED)
    monkeypatch.setattr("torana.connectors.symbols.current", lambda: listing)

    assert mapping.symbol_of("NSE:RENAMED-EQ", "NSE") == "INFY"


@pytest.mark.parametrize("ticker", ["", "NSE", "NSE:", ":"])
def test_what_is_no_ticker_names_no_security(ticker: str) -> None:
    with pytest.raises(Unknown, match="no security"):
        mapping.symbol_of(ticker, mapping.exchange_of(ticker))


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ({"s": "error", "code": -50, "message": "x"}, ("-50", "x")),
        ({"s": "error", "code": "-50"}, ("-50", "")),
        ({"s": "error", "message": {"qty": "x"}}, (None, "")),
        ({"s": "ok", "code": 201, "id": "7"}, ("201", "")),
        ({"s": "error", "code": 201, "message": "x"}, ("201", "x")),
    ],
)
def test_a_refusal_is_what_says_error_or_that_nobody_acknowledged(
    told: object, failure: tuple[str | None, str]
) -> None:
    assert wire.failures(json.dumps(told).encode()) == [Failure(*failure)]


@pytest.mark.parametrize("told", [{}, {"s": "ok"}, {"s": "ok", "code": 1101}, {"code": -50}, {"s": None}, []])
def test_what_says_neither_is_no_refusal(told: object) -> None:
    with pytest.raises(Unreadable):
        wire.failures(json.dumps(told).encode())


@pytest.mark.parametrize("told", [{"s": "ok"}, {"s": "ok", "orderBook": None}, {"s": "error", "orderBook": []}])
def test_only_a_list_that_is_there_is_a_book(told: object) -> None:
    """A18: unavailable is never empty."""
    with pytest.raises(Unreadable):
        decode(json.dumps(told).encode(), wire.Book)


@pytest.mark.parametrize(
    ("told", "status", "price"),
    [
        ({"offlineOrder": True, "exchOrdId": ""}, BrokerStatus.AMO_QUEUED, 0),
        ({"offlineOrder": True, "exchOrdId": None}, BrokerStatus.AMO_QUEUED, 0),
        ({"offlineOrder": True}, BrokerStatus.OPEN, 0),
        ({"filledQty": 2}, BrokerStatus.PARTIAL, 151235),
        ({"filledQty": 10, "status": 2}, BrokerStatus.COMPLETE, 151235),
        ({"filledQty": 0, "status": 1}, BrokerStatus.CANCELLED, 0),
    ],
)
async def test_an_order_for_the_morning_waits_until_the_exchange_has_it_and_a_price_belongs_to_a_fill(
    told: dict[str, object], status: BrokerStatus, price: int
) -> None:
    """Whatever price stands beside an order of which nothing is filled."""
    row = json.loads(fixture("fyers", "orders.200"))["orderBook"][0] | {"status": 6, "filledQty": 0} | told
    one, _ = replying("fyers", answer(json.dumps({"s": "ok", "orderBook": [row]})))

    (order,) = await one.orders(SESSION)

    assert (order.status, order.average_price) == (status, price)


async def test_prices_are_asked_for_fifty_at_a_time() -> None:
    one, client = replying("fyers", answer(fixture("fyers", "quotes.200")))

    prices = await one.quotes(SESSION, [INFY, *(replace(MANDM, code=f"NSE:M{number}-EQ") for number in range(50))])

    asked = [dict(request.query)["symbols"].split(",") for request in client.requests]
    assert [len(tickers) for tickers in asked] == [50, 1]
    assert (asked[0][0], prices) == ("NSE:INFY-EQ", {"INFY": 151235})


def held(**told: int) -> wire.Holding:
    row: dict[str, Any] = {"quantity": 10, "remaining_quantity": told.get("quantity", 10)}
    return wire.Holding(code="NSE:TCS-EQ", isin="INE467B01029", average_price=Decimal("10.5"), **row | told)


@pytest.mark.parametrize(
    ("told", "free", "on_its_way", "pledged", "sold"),
    [
        ({}, 10, 0, 0, 0),
        ({"remaining_quantity": 4}, 4, 0, 0, 6),
        ({"qty_t1": 3}, 7, 3, 0, 0),
        ({"collateral_quantity": 4}, 6, 0, 4, 0),
        ({"qty_t1": 3, "collateral_quantity": 4}, 3, 3, 4, 0),
        ({"qty_t1": 3, "remaining_quantity": 1}, 0, 1, 0, 9),
        ({"qty_t1": 3, "remaining_quantity": 0}, 0, 0, 0, 10),
        ({"qty_t1": 10}, 0, 10, 0, 0),
        ({"qty_t1": -1, "collateral_quantity": -1}, 10, 0, 0, 0),
        ({"remaining_quantity": 12}, 10, 0, 0, 0),
    ],
)
def test_what_is_on_its_way_or_pledged_is_not_sold(
    told: dict[str, int], free: int, on_its_way: int, pledged: int, sold: int
) -> None:
    assert mapping.holding(held(**told)) == Holding(
        "TCS", "NSE", "INE467B01029", free, on_its_way, pledged, free, 1050, sold_today=sold
    )


async def test_positions_are_the_days_trades() -> None:
    """What came over from earlier days was not bought today; no ISIN is named."""
    one, _ = replying("fyers", answer(fixture("fyers", "positions.200")))

    rows = await one.positions(SESSION)

    assert [(row.symbol, row.exchange, row.delivery, row.bought, row.sold) for row in rows] == [
        ("INFY", "NSE", True, 2, 0),
        ("SBIN", "BSE", True, 1, 4),
        ("ITC", "NSE", False, 10, 0),
        ("TCS", "NSE", None, 1, 0),
        ("BANKNIFTY26NOVFUT", "NSE-11", False, 15, 0),
    ]
    assert (rows[1].buy_price, rows[1].sell_price) == (86000, 86150)


async def test_a_login_proves_the_app_by_a_hash_and_asks_whose_token_it_is() -> None:
    profile = known("fyers").afterwards["finish_login.200"]
    one, client = replying("fyers", answer(fixture("fyers", "finish_login.200")), answer(profile))

    login = await one.finish_login(known("fyers").callback, NOW)

    exchanged, asked = client.requests
    proof = sha256(f"{KEYS['api_key']}:{KEYS['api_secret']}".encode()).hexdigest()
    wanted = {"grant_type": "authorization_code", "appIdHash": proof, "code": "auth-code-1"}
    assert json.loads(exchanged.json or b"") == wanted
    assert "Authorization" not in exchanged.headers
    assert asked.headers["Authorization"] == "sampleapp:sample-fyers-token-1"
    assert (login.broker_user_id, login.user_name, login.edis_needed) == ("TR0007", "Asha Rao", True)
    assert f"{login.expires_at:%H:%M}" == "00:30"
    assert "sample-fyers-token-1" not in repr(login)


@pytest.mark.parametrize(("told", "needed"), [(b"true", False), (b"false", True), (b"null", None)])
async def test_a_login_says_who_must_authorise_sales_as_far_as_it_is_told(told: bytes, needed: bool | None) -> None:
    profile = known("fyers").afterwards["finish_login.200"].replace(b'"ddpi_enabled":false', b'"ddpi_enabled":' + told)
    one, _ = replying("fyers", answer(fixture("fyers", "finish_login.200")), answer(profile))

    assert (await one.finish_login(known("fyers").callback, NOW)).edis_needed is needed


@pytest.mark.parametrize("callback", [{}, {"s": "ok", "code": "200"}, {"s": "error", "code": "-1", "auth_code": ""}])
async def test_a_callback_without_a_code_is_no_login(callback: dict[str, str]) -> None:
    one, client = replying("fyers", answer(fixture("fyers", "finish_login.200")))

    with pytest.raises(LoginRefused):
        await one.finish_login(callback, NOW)

    assert client.requests == []


async def test_a_ticker_that_fyers_does_not_know_has_no_price_and_is_no_broken_row() -> None:
    one, _ = replying("fyers", answer(fixture("fyers", "quotes.200.unlisted")))
    counted = ROWS_UNREADABLE.labels("fyers", "foreign")
    before = counted._value.get()

    assert await one.quotes(SESSION, [INFY, MANDM]) == {"INFY": 151235}
    assert counted._value.get() == before


def test_funds_of_which_one_part_is_not_told_are_unknown() -> None:
    lines = [wire.FundLine(10, Decimal("100.25")), wire.FundLine(5, Decimal("40.5"))]

    assert mapping.cash(lines) == 5975
    for told in (lines[:1], lines[1:], []):
        with pytest.raises(Unknown):
            mapping.cash(told)


def test_what_is_pledged_never_adds_to_the_funds() -> None:
    assert mapping.cash([wire.FundLine(10, Decimal(100)), wire.FundLine(5, Decimal(-40))]) == 10000


async def test_of_all_releases_those_count_that_are_of_today_and_of_one_security_the_largest() -> None:
    """The book of releases is of every day: yesterday's and those for a later day free nothing today."""
    one, _ = replying("fyers", answer(fixture("fyers", "state.200")))
    late = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)  # the 18th in India
    other, _ = replying("fyers", answer(fixture("fyers", "state.200")))

    assert await one.state(SESSION, {}, late) == {"INE009A01021": 25, "INE467B01029": 4, "INE002A01018": 0}
    assert (await other.state(SESSION, {}, late - timedelta(hours=2)))["INE009A01021"] == 90


async def test_what_was_begun_and_is_not_told_is_not_released() -> None:
    one, _ = replying("fyers", answer(fixture("fyers", "state.200.none")))

    assert await one.state(SESSION, {"INE009A01021": "25"}, NOW) == {"INE009A01021": 0}


@pytest.mark.parametrize("day", ["31/02/2026", "2026-11-18", ""])
async def test_a_release_of_a_day_that_cannot_be_read_hides_its_security(day: str) -> None:
    told = json.loads(fixture("fyers", "state.200"))
    told["data"][0]["endDate"] = day
    one, _ = replying("fyers", answer(json.dumps(told)))

    assert await one.state(SESSION, {}, NOW) == {"INE467B01029": 4, "INE002A01018": 0}


async def test_shares_are_asked_for_by_isin_and_ticker_and_the_form_leads_to_the_depository() -> None:
    one, client = replying("fyers", answer(fixture("fyers", "begin.200")))

    begun = await one.begin(SESSION, RELEASES)

    asked = json.loads(client.requests[0].json or b"")
    assert asked["recordLst"][0] == {"isin_code": "INE009A01021", "qty": "25", "symbol": "NSE:INFY-EQ"}
    assert len(asked["recordLst"]) == len(RELEASES)
    assert isinstance(begun, Begun)
    assert isinstance(begun.go, BrowserForm)
    assert begun.go.url.lower() == "https://edis.cdslindia.com/edis/verifydis"
    assert begun.go.fields["ReqId"] == "917100000407"


@pytest.mark.parametrize(
    ("address", "is_right"),
    [
        ("https://edis.cdslindia.com/eDIS/VerifyDIS", True),
        ("https://eDIS.CDSLindia.com/eDIS/VerifyDIS/", True),
        ("https://edis.cdslindia.com/eDIS/VerifyDIS?to=https://x.example", False),
        ("https://me@edis.cdslindia.com/eDIS/VerifyDIS", False),
        ("https://edis.cdslindia.com@x.example/eDIS/VerifyDIS", False),
        ("https://edis.cdslindia.com/eDIS/Other", False),
        ("http://edis.cdslindia.com/eDIS/VerifyDIS", False),
        ("https://[edis.cdslindia.com/eDIS/VerifyDIS", False),
        ("", False),
    ],
)
def test_a_form_leads_to_the_depository_or_nowhere(address: str, is_right: bool) -> None:
    page, wanted = f'<form action="{address}"></form>', "https://edis.cdslindia.com/eDIS/VerifyDIS"

    if is_right:
        assert depository_form(page, wanted, "Fyers").url == address
    else:
        with pytest.raises(Unknown, match="somebody else's page"):
            depository_form(page, wanted, "Fyers")


async def test_a_share_that_no_list_has_is_not_asked_for() -> None:
    one, client = replying("fyers", answer(fixture("fyers", "begin.200")))

    with pytest.raises(Rejected):
        await one.begin(SESSION, [Release("INE000000000", 1)])

    assert client.requests == []
