"""What is odd about Dhan's wire: words that need what stands beside them, refusals by text, two logins, holdings, the
form for the depository."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.replay import INFY, KEYS, NOW, RELEASES, SESSION, TAG, Replayer, answer, fixture, replying
from tests.connectors.whole import Whole
from torana.connectors.contract import (
    Begun,
    BrokerStatus,
    BrowserForm,
    Callback,
    ExecutionMode,
    Login,
    Reason,
    Setup,
    Side,
    Unknown,
)
from torana.connectors.decoding import Unreadable
from torana.connectors.dhan import mapping, wire
from torana.connectors.error_table import Failure
from torana.connectors.hosts import live_hosts
from torana.connectors.reasons import reason_of
from torana.connectors.registry import BROKERS
from torana.market.listing import Origin, build
from torana.market.models import BrokerCode
from torana.market.packaged import packaged_dates
from torana.market.securities import find
from torana.sandbox.dhan import errors
from torana.sandbox.dhan import wire as simulated

WORDS = {
    BrokerStatus.RECEIVED: ("transit",),
    BrokerStatus.OPEN: ("pending", "part_traded"),
    BrokerStatus.COMPLETE: ("traded",),
    BrokerStatus.CANCELLED: ("cancelled",),
    BrokerStatus.REJECTED: ("rejected",),
    BrokerStatus.EXPIRED: ("expired",),
}
"""DhanHQ v2 documentation, orders and annexure."""
ROWS: list[dict[str, Any]] = json.loads(fixture("dhan", "orders.200"))
ACTION = "https://edis.cdslindia.com/eDIS/VerifyDIS/"


def row(**changed: object) -> wire.Order:
    return msgspec.convert(ROWS[0] | changed, wire.Order)


def test_every_documented_word_means_what_the_document_says() -> None:
    assert dict(mapping.ROWS.statuses) == {word: status for status, words in WORDS.items() for word in words}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["CNC"]
    assert dict(mapping.EXCHANGES) == {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert mapping.broker_order(row(orderStatus=word)).status is BrokerStatus.UNKNOWN


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    dialect = mapping.OF_HOLDINGS
    known = {*dialect.rejections, *dialect.session_codes, *dialect.ambiguous_codes, *dialect.nothing_codes}

    assert {word.lower() for word in simulated.WORDS.simulated()} <= mapping.ROWS.statuses.keys()
    assert set(errors.TABLE.codes) - known == {"804", "814", "gateway", "DH-999"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"orderStatus": "PENDING", "filledQty": 0}, BrokerStatus.OPEN),
        ({"orderStatus": "PART_TRADED", "filledQty": 4}, BrokerStatus.PARTIAL),
        ({"orderStatus": "PENDING", "filledQty": 4}, BrokerStatus.PARTIAL),
        ({"orderStatus": "PENDING", "filledQty": 0, "orderType": "STOP_LOSS"}, BrokerStatus.TRIGGER_PENDING),
        ({"orderStatus": "TRANSIT", "filledQty": 0, "orderType": "STOP_LOSS_MARKET"}, BrokerStatus.RECEIVED),
        ({"orderStatus": "TRADED", "orderType": "STOP_LOSS_MARKET"}, BrokerStatus.COMPLETE),
        ({"orderStatus": "PENDING", "filledQty": 0, "afterMarketOrder": True}, BrokerStatus.OPEN),
        ({"orderStatus": "EXPIRED", "filledQty": 0}, BrokerStatus.EXPIRED),
        ({"orderStatus": "CLOSED"}, BrokerStatus.UNKNOWN),
        ({"orderStatus": "TRIGGERED"}, BrokerStatus.UNKNOWN),
    ],
)  # fmt: skip
def test_a_status_is_its_word_and_what_stands_beside_it(told: dict[str, object], status: BrokerStatus) -> None:
    assert mapping.broker_order(row(**told)).status is status


@pytest.mark.parametrize("status", ["PENDING", "TRANSIT"])
@pytest.mark.parametrize("nothing", ["0", "", None, 0])
def test_an_after_market_order_waits_until_the_exchange_has_it(status: str, nothing: object) -> None:
    waiting = row(orderStatus=status, filledQty=0, afterMarketOrder=True, exchangeOrderId=nothing)

    assert mapping.broker_order(waiting).status is BrokerStatus.AMO_QUEUED
    assert mapping.broker_order(waiting).exchange_order_id is None


@pytest.mark.parametrize("status", ["TRADED", "CANCELLED", "REJECTED", "EXPIRED"])
def test_an_after_market_order_that_has_ended_does_not_wait(status: str) -> None:
    ended = row(orderStatus=status, filledQty=0, afterMarketOrder=True, exchangeOrderId="0")

    assert mapping.broker_order(ended).status is mapping.ROWS.statuses[status.lower()]


@pytest.mark.parametrize(
    ("told", "ours", "foreign"),
    [
        (TAG, TAG, False),
        ("1000000007-1794978128000", None, False),
        ("1000000008-1794978128000", None, True),
        ("1000000007-179497812800", None, True),
        ("basket7of9", None, True),
        ("", None, False),
        (None, None, False),
    ],
)
def test_a_number_of_dhans_own_is_nobodys(told: object, ours: str | None, foreign: bool) -> None:
    tags = mapping.tags_of(row(correlationId=told))

    assert (tags.ours, tags.foreign) == (ours, foreign)


@pytest.mark.parametrize(
    ("status", "message"),
    [("TRADED", None), ("PENDING", None), ("TRANSIT", None), ("CANCELLED", "CONFIRMED"), ("EXPIRED", "CONFIRMED")],
)
def test_what_the_order_system_says_of_a_healthy_order_is_no_reason(status: str, message: str | None) -> None:
    told = mapping.broker_order(row(orderStatus=status, omsErrorDescription="CONFIRMED"))

    assert (told.message, told.reason) == (message, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RMS:3226090813276:Order Price needs to be Circuit Limits of 2915.70 to 3563.50", Reason.PRICE_OUT_OF_BAND),
        ("EXCH: RATE NOT MULTIPLE OF TICK[0.01000000]", Reason.INVALID_ORDER),
        ("RMS:1:Insufficient funds: you require Rs. 3 for this order", Reason.INSUFFICIENT_FUNDS),
        ("CONFIRMED", Reason.OTHER),
        ("", Reason.OTHER),
    ],
)
def test_a_rejection_says_why(text: str, reason: Reason) -> None:
    """The first two are texts of Dhan's that clients have published."""
    told = mapping.broker_order(row(orderStatus="REJECTED", filledQty=0, omsErrorDescription=text))

    assert (told.reason, told.message) == (reason, text or None)
    assert reason_of([text], mapping.FRAGMENTS) is reason


def test_every_field_of_a_row_of_the_book() -> None:
    told = mapping.broker_order(row(exchangeSegment="BSE_EQ", securityId="500209", transactionType="SELL"))

    assert (told.exchange, told.symbol, told.code, told.side) == ("BSE", "INFY", "500209", Side.SELL)
    assert mapping.broker_order(row(exchangeSegment="NSE_FNO", securityId="1")).exchange == "NSE_FNO"


def test_a_row_without_a_name_is_of_the_security_of_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the sample of the documentation has it."""
    code = BrokerCode("dhan", "NSE", INFY.isin, "1594", "INFY")
    infy = find("INFY")
    assert infy is not None
    listing = build([infy], [], [code], dates=packaged_dates(), origin=Origin.REFRESHED)
    monkeypatch.setattr("torana.connectors.symbols.current", lambda: listing)

    assert mapping.broker_order(row(tradingSymbol="")).symbol == "INFY"
    with pytest.raises(Unknown, match="names no security"):
        mapping.broker_order(row(tradingSymbol="", securityId="0"))


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ({"errorType": "Order_Error", "errorCode": "DH-906", "errorMessage": "x"}, ("DH-906", "x")),
        ({"errorCode": "DH-906", "errorMessage": "Invalid Token"}, ("DH-906 token", "Invalid Token")),
        ({"errorCode": "DH-905", "errorMessage": "Invalid IP"}, ("DH-905", "Invalid IP")),
        ({"errorCode": "DH-901", "errorMessage": None}, ("DH-901", "")),
        ({"errorCode": "DH-901"}, ("DH-901", "")),
        ({"status": "failed", "data": {"808": "Authentication Failed"}}, ("808", "Authentication Failed")),
    ],
)
def test_a_refusal_is_its_code_and_where_that_says_too_little_its_text(told: object, failure: tuple[str, str]) -> None:
    assert wire.failures(json.dumps(told).encode()) == [Failure(*failure)]


@pytest.mark.parametrize(
    "told",
    [
        {}, [], [{"message": "x", "status": "ERROR"}], {"status": "failed", "data": {}},
        {"status": "success", "data": {}},
        {"timestamp": "x", "status": 404, "error": "Not Found", "path": "/v2/x"}, {"errorMessage": "x"},
    ],
)  # fmt: skip
def test_what_has_no_code_is_no_refusal(told: object) -> None:
    with pytest.raises(Unreadable):
        wire.failures(json.dumps(told).encode())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-19T10:30:00", datetime(2026, 11, 19, 5, 0, tzinfo=UTC)),
        ("2026-11-19T10:30:00.000", datetime(2026, 11, 19, 5, 0, tzinfo=UTC)),
        ("2026-11-19T05:00:00Z", datetime(2026, 11, 19, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_login_ends_on_a_clock_in_india(text: str, at: datetime) -> None:
    assert mapping.ends_at(text) == at


@pytest.mark.parametrize("text", ["", "tomorrow", "0001-01-01T00:00:00", "19/11/2026 10:30"])
def test_a_login_that_does_not_say_when_it_ends_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        mapping.ends_at(text)


async def test_a_login_brings_account_token_end_and_whether_sales_need_the_depository() -> None:
    told = json.loads(fixture("dhan", "finish_login.200"))
    ends = datetime(2026, 11, 19, 5, 0, tzinfo=UTC)

    for may_debit, needed in ((True, False), (False, True), (None, None)):
        one, client = replying("dhan", answer(json.dumps(told | {"givenPowerOfAttorney": may_debit})))
        login = await one.finish_login({"tokenId": "t-1"}, NOW)

        assert login == Login("1000000007", "Asha Rao", {"token": "sample-access-token-1"}, ends, needed)
        (request,) = client.requests
        assert (request.method, request.url) == ("GET", "https://auth.dhan.co/partner/consume-consent")
        assert request.query == (("tokenId", "t-1"),)
        assert {"partner_id", "partner_secret"} <= request.headers.keys()


async def test_an_individuals_key_goes_by_its_own_way_for_one_client() -> None:
    keys = KEYS.changed(client_id="1000000007")
    client = Replayer([answer('{"consentAppId":"c 1","consentAppStatus":"GENERATED","status":"success"}'),
                       answer(fixture("dhan", "finish_login.200"))])  # fmt: skip
    hosts = live_hosts(BROKERS["dhan"], keys)
    one = Whole(BROKERS["dhan"].bound(Setup(client, hosts, keys, "https://torana.example", ExecutionMode.SERVER_API)))

    page = await one.login_url("ticket")
    login = await one.parts.login.finish(Callback({"tokenId": "t-1"}), {}, NOW)

    asked, exchanged = client.requests
    assert page == "https://auth.dhan.co/login/consentApp-login?consentAppId=c+1"
    assert (asked.method, asked.url) == ("POST", "https://auth.dhan.co/app/generate-consent")
    assert asked.query == (("client_id", "1000000007"),)
    assert (exchanged.method, exchanged.url) == ("GET", "https://auth.dhan.co/app/consumeApp-consent")
    for request in client.requests:
        assert request.headers["app_id"] == keys["api_key"]
        assert request.headers["app_secret"] == keys["api_secret"]
    assert login.broker_user_id == "1000000007"


HELD = wire.Holding(
    exchange="ALL", isin="INE009A01021", total_qty=30, dp_qty=25, t1_qty=5, available_qty=25, collateral_qty=0,
    average_price=Decimal("1402.81"), symbol="INFY", code="1594",
)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "free", "sold"),
    [
        ({}, 25, 0),
        ({"available_qty": 15}, 15, 10),
        ({"available_qty": 30}, 25, 0),
        ({"available_qty": -1}, 0, 25),
        ({"collateral_qty": 20, "available_qty": 5}, 5, 0),
        ({"collateral_qty": 20, "available_qty": 2}, 2, 3),
        ({"collateral_qty": 20, "total_qty": 50}, 25, 0),
        ({"collateral_qty": 40, "available_qty": 0}, 0, 0),
        ({"dp_qty": 0, "total_qty": 5, "available_qty": 5}, 0, 0),
    ],
)
def test_what_is_delivered_not_pledged_and_not_available_was_sold_today(
    told: dict[str, int], free: int, sold: int
) -> None:
    held = mapping.holding(msgspec.structs.replace(HELD, **told))

    assert (held.quantity, held.sellable, held.sold_today) == (free, free, sold)
    assert (held.t1_quantity, held.collateral_quantity) == (5, told.get("collateral_qty", 0))


@pytest.mark.parametrize(
    ("exchange", "isin", "at"),
    [("ALL", "INE009A01021", "NSE"), ("NSE", "INE009A01021", "NSE"), ("BSE", "INE009A01021", "BSE"),
     ("ALL", "INE000000000", ""), ("MCX", "INE009A01021", "NSE")],
)  # fmt: skip
def test_a_holding_is_of_the_exchange_that_lists_it(exchange: str, isin: str, at: str) -> None:
    assert mapping.listed_at(isin, exchange) == at


@pytest.mark.parametrize(
    ("available", "collateral", "cash"), [("100.5", "0", 10050), ("100.5", "40", 6050), ("100.5", "-40", 10050)]
)
def test_what_is_pledged_buys_nothing(available: str, collateral: str, cash: int) -> None:
    assert mapping.cash(wire.Funds(Decimal(available), Decimal(collateral))) == cash


async def test_no_holdings_are_told_by_an_error_of_the_server_and_other_errors_are_none() -> None:
    """A18."""
    nothing, _ = replying("dhan", answer(fixture("dhan", "holdings.500.none"), 500))
    positions, _ = replying("dhan", answer(fixture("dhan", "holdings.500.none"), 500))
    elsewhere, _ = replying("dhan", answer(fixture("dhan", "holdings.400"), 400))

    assert await nothing.holdings(SESSION) == []
    with pytest.raises(Unknown):
        await positions.positions(SESSION)
    with pytest.raises(Unknown):
        await elsewhere.holdings(SESSION)


@pytest.mark.parametrize("name", ["orders_by_tag.200", "orders_by_tag.200.one"])
async def test_a_look_up_is_read_as_a_list_and_as_one_order(name: str) -> None:
    one, client = replying("dhan", answer(fixture("dhan", name)))

    (found,) = await one.orders_by_tag(SESSION, TAG)

    assert (found.tag, found.status, found.filled_quantity) == (TAG, BrokerStatus.COMPLETE, 10)
    assert client.requests[0].url == f"https://api.dhan.co/v2/orders/external/{TAG}"


async def test_a_look_up_takes_a_row_that_repeats_no_number_and_none_of_another() -> None:
    silent, _ = replying("dhan", answer(json.dumps([ROWS[0] | {"correlationId": ""}])))
    foreign, _ = replying("dhan", answer(json.dumps([ROWS[0] | {"correlationId": "somebody"}])))
    unreadable, _ = replying("dhan", answer(json.dumps([ROWS[0] | {"quantity": None, "correlationId": None}])))

    assert [one.tag for one in await silent.orders_by_tag(SESSION, TAG)] == [TAG]
    assert await foreign.orders_by_tag(SESSION, TAG) == []
    with pytest.raises(Unknown):
        await unreadable.orders_by_tag(SESSION, TAG)


@pytest.mark.parametrize(
    ("status", "name"), [(400, "orders_by_tag.404.none"), (404, "holdings.500.none"), (500, "holdings.500.none")]
)
async def test_only_404_with_its_own_code_says_that_nobodys_order_has_the_number(status: int, name: str) -> None:
    """`DH-906` is also what Dhan says of whatever it cannot do just now, and `DH-1111` is about holdings."""
    one, _ = replying("dhan", answer(fixture("dhan", name), status))
    none, _ = replying("dhan", answer(fixture("dhan", "orders_by_tag.404.none"), 404))

    assert await none.orders_by_tag(SESSION, TAG) == []
    with pytest.raises(Unknown):
        await one.orders_by_tag(SESSION, TAG)


async def test_a_form_is_taken_out_of_the_page_however_its_quotation_marks_are_written() -> None:
    told = json.loads(fixture("dhan", "begin.200"))
    escaped = told | {"edisFormHtml": told["edisFormHtml"].replace('"', '\\"')}
    fields = {"DPId": "83400", "ReqId": "291951000000407", "Version": "1.1", "TransDtls": "c2FtcGxl/b2Yg+YQ=="}

    for page in (told, escaped):
        one, client = replying("dhan", answer(json.dumps(page)))
        assert await one.begin(SESSION, RELEASES) == Begun(BrowserForm(ACTION, fields), {RELEASES[0].isin: "25"})
        asked = json.loads(client.requests[0].json or b"")
        assert asked == {"isin": "INE009A01021", "qty": 25, "exchange": "NSE", "segment": "EQ", "bulk": False}


async def test_a_release_that_is_not_told_among_all_is_asked_for_by_itself() -> None:
    isin = RELEASES[0].isin
    everything, one_by_one = answer(fixture("dhan", "state.200")), answer(fixture("dhan", "state.200.one"))
    told, first = replying("dhan", everything)
    asked, second = replying("dhan", everything, one_by_one)

    assert await told.state(SESSION, {isin: "25"}, NOW) == {isin: 25, "INE467B01029": 4}
    assert await asked.state(SESSION, {isin: "30"}, NOW) == {isin: 4, "INE467B01029": 4}
    assert [len(client.requests) for client in (first, second)] == [1, 2]
    assert second.requests[1].url.endswith(f"/v2/edis/inquire/{isin}")


def test_a_security_without_a_number_has_no_price_and_prices_are_asked_by_segment() -> None:
    codes = dict.fromkeys([("NSE", "1594"), ("BSE", "500209"), ("NSE", "none")], INFY)

    assert mapping.priced_securities(codes) == {"NSE_EQ": [1594], "BSE_EQ": [500209]}
