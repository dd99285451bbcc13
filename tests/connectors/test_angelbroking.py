"""What is odd about SmartAPI's wire: numbers as texts, flags as texts, times, holdings, "too fast" as a plain text."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers import known
from tests.connectors.replay import INFY, NOW, RELEASES, SESSION, answer, before, call, fixture, replying
from torana.connectors.angelbroking import mapping, wire
from torana.connectors.contract import (
    Begun,
    BrokerStatus,
    BrowserForm,
    Holding,
    Instrument,
    OrderRequest,
    OrderType,
    Position,
    RateLimited,
    Reason,
    ReleasedBefore,
    SessionEnded,
    Side,
    Unknown,
    Variety,
)
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure, Purpose, read
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import named_month_time, whole
from torana.kit.http import Answer, TransportFailure
from torana.sandbox.angelbroking import errors
from torana.sandbox.angelbroking import wire as simulated

ISIN = "INE467B01029"
TCS = Instrument("NSE", "TCS", ISIN, "11536", "TCS-EQ")
WORDS = {
    BrokerStatus.RECEIVED: (
        "put order req received", "validation pending", "open pending", "modify pending", "modify validation pending",
        "cancel pending",
    ),
    BrokerStatus.OPEN: ("open", "modified", "not modified", "not cancelled"),
    BrokerStatus.TRIGGER_PENDING: ("trigger pending",),
    BrokerStatus.AMO_QUEUED: ("after market order req received", "modify after market order req received"),
    BrokerStatus.COMPLETE: ("complete",),
    BrokerStatus.CANCELLED: ("cancelled", "cancelled after market order"),
    BrokerStatus.REJECTED: ("rejected",),
}  # fmt: skip
"""SmartAPI documentation, order statuses."""


def test_every_documented_word_means_what_the_document_says() -> None:
    assert dict(mapping.ROWS.statuses) == {word: status for status, words in WORDS.items() for word in words}
    assert dict(SIDES) == {"BUY": Side.BUY, "SELL": Side.SELL}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["DELIVERY"]
    assert {*mapping.ROWS.delivery} == {"DELIVERY", "CARRYFORWARD", "MARGIN", "INTRADAY", "BO"}


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert status_of(word, 10, 10, mapping.ROWS.statuses) is BrokerStatus.UNKNOWN


CODES = {
    Reason.INVALID_ORDER: {"AB1008", "AB1012", "AB1013", "AB2002", "AB4008"},
    Reason.INSTRUMENT_NOT_TRADABLE: {"AB1009", "AB1018"},
    Reason.NOT_PERMITTED: {"AB1006"},
    Reason.EGRESS_NOT_REGISTERED: {"AG7002"},
}
"""SmartAPI documentation, error codes: those that say of an order what is wrong with it."""


def test_every_code_says_what_the_document_says() -> None:
    dialect = mapping.DIALECT

    assert dict(dialect.rejections) == {code: reason for reason, codes in CODES.items() for code in codes}
    assert dialect.session_codes == {"AG8001", "AG8002", "AG8003", "AB1010", "AB1011"}
    assert dialect.ambiguous_codes == {"AB1004", "AB1007", "AB2000", "AB2001"}
    assert not dialect.rejections.keys() & (dialect.session_codes | dialect.ambiguous_codes)


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    dialect = mapping.DIALECT
    known = {*dialect.rejections, *dialect.session_codes, *dialect.ambiguous_codes}

    assert simulated.WORDS.simulated() <= mapping.ROWS.statuses.keys()
    assert errors.TABLE.codes.keys() - known == {
        "",
        "AB9999",
        "AG8004",
        "AB1000",
        "AB1005",
        "AB8050",
        "AG1000",
        "AG2001",
    }


@pytest.mark.parametrize("body", [
    b'{"status":true,"message":"SUCCESS","errorcode":"","data":7}',
    b'{"status":"true","data":7}',
    b'{"success":true,"message":"SUCCESS","errorCode":"","data":7}',
])  # fmt: skip
def test_an_answer_of_success(body: bytes) -> None:
    assert decode(body, wire.Envelope[int]).data == 7


@pytest.mark.parametrize("body", [
    b'{"status":false,"message":"x","errorcode":"AB1004","data":null}',
    b'{"status":"false","message":"x","errorcode":"AB1004","data":null}',
    b'{"success":false,"message":"Invalid Token","errorCode":"AG8001","data":null}',
    b'{"data":null}',
    b'{"status":null,"data":null}',
    b'{"status":"yes","data":null}',
])  # fmt: skip
def test_a_failure_with_empty_data_is_no_empty_book(body: bytes) -> None:
    """A18: unavailable is never empty."""
    with pytest.raises(Unreadable):
        decode(body, wire.Envelope[list[Any] | None])


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"status":"false","message":"no","errorcode":"AB1007","data":"null"}', Failure("AB1007", "no")),
        (b'{"success":false,"message":"no","errorCode":"AG8001","data":""}', Failure("AG8001", "no")),
        (b'{"status":false,"message":null,"errorcode":""}', Failure(None, "")),
    ],
)
def test_a_refusal_in_either_spelling(body: bytes, failure: Failure) -> None:
    assert wire.failures(body) == [failure]


@pytest.mark.parametrize("body", [b"{}", b'{"status":true,"errorcode":"AB1004"}', b'{"message":"x"}', b'"false"'])
def test_what_does_not_say_false_is_no_refusal(body: bytes) -> None:
    with pytest.raises(Unreadable):
        wire.failures(body)


@pytest.mark.parametrize(
    ("told", "shares"), [('"7"', 7), ("7", 7), ("7.0", 7), ('"7.00"', 7), ('"-3"', -3), ("null", 0)]
)
def test_a_number_of_shares_is_read_as_text_and_as_number(told: str, shares: int) -> None:
    number = decode(f'{{"status":true,"data":{told}}}'.encode(), wire.Envelope[Decimal | None]).data

    assert whole(number) == shares


@pytest.mark.parametrize("told", [Decimal("1.5"), Decimal("NaN"), Decimal("Infinity"), Decimal(10**13)])
def test_what_is_no_number_of_shares_is_unknown(told: Decimal) -> None:
    with pytest.raises(Unknown):
        whole(told)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("18-Nov-2026 10:32:01", datetime(2026, 11, 18, 5, 2, 1, tzinfo=UTC)),
        ("01-Jan-2026 00:15:00", datetime(2025, 12, 31, 18, 45, tzinfo=UTC)),
        ("31-Feb-2026 10:00:00", None),
        ("18-Xxx-2026 10:00:00", None),
        ("2026-11-18 10:32:01", None),
        ("01-Jan-0001 00:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_on_an_indian_clock(text: str | None, at: datetime | None) -> None:
    assert named_month_time(text) == at


@pytest.mark.parametrize("purpose", [Purpose.ORDER, Purpose.READ, Purpose.LOGIN])
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"Access denied because of exceeding access rate", RateLimited),
        (403, b"Access denied because of exceeding rate limit\n", RateLimited),
        (403, b"<html>Forbidden</html>", Unknown),
        (403, b"", Unknown),
        (500, b"Access denied because of exceeding rate limit", Unknown),
        (200, b"Access denied because of exceeding rate limit", Unknown),
    ],
)
def test_too_fast_is_a_403_that_says_so(purpose: Purpose, status: int, body: bytes, error: type[Exception]) -> None:
    """S05."""
    with pytest.raises(error) as caught:
        read(Answer(status, {"content-type": "text/plain"}, body), wire.Envelope[int], mapping.DIALECT, purpose)

    assert type(caught.value) is error


def row(**told: Any) -> wire.Holding:
    usual = {"tradingsymbol": "TCS-EQ", "exchange": "NSE", "isin": ISIN, "product": "DELIVERY", "averageprice": "10.50"}
    return msgspec.convert(usual | told, wire.Holding)


@pytest.mark.parametrize(
    ("told", "edis", "quantity", "sold", "sellable"),
    [
        ({"realisedquantity": 10, "quantity": 10}, None, 10, 0, 10),
        ({"realisedquantity": 10, "quantity": 7}, None, 7, 3, 7),
        ({"realisedquantity": 10, "quantity": 14, "t1quantity": 4}, None, 10, 0, 10),
        ({"realisedquantity": 0, "quantity": 4, "t1quantity": 4}, None, 0, 0, 0),
        ({"realisedquantity": 10, "quantity": 10}, True, 10, 0, 0),
        ({"realisedquantity": 10, "quantity": 10, "authorisedquantity": 6}, True, 10, 0, 6),
        ({"realisedquantity": 10, "quantity": 8, "authorisedquantity": 6}, True, 8, 2, 4),
        ({"realisedquantity": 10, "quantity": 10, "authorisedquantity": 6}, False, 10, 0, 10),
        ({"realisedquantity": -1, "quantity": -1}, None, 0, 0, 0),
    ],
)
def test_what_can_be_sold_of_a_holding(
    told: dict[str, int], edis: bool | None, quantity: int, sold: int, sellable: int
) -> None:
    one = mapping.holding(row(**told), edis)

    assert (one.quantity, one.sold_today, one.sellable) == (quantity, sold, sellable)


def test_every_field_of_a_holding() -> None:
    told = row(realisedquantity=10, quantity=12, t1quantity=2, collateralquantity=5)

    assert mapping.holding(told, None) == Holding("TCS", "NSE", ISIN, 10, 2, 5, 10, 1050)
    assert mapping.holding(row(realisedquantity=1, quantity=1, product="NEW"), None).delivery is None


@pytest.mark.parametrize(("product", "delivery"), [("DELIVERY", True), ("INTRADAY", False), ("NEW", None)])
def test_a_row_of_todays_trades(product: str, delivery: bool | None) -> None:
    told = wire.Position(symbol="TCS-EQ", exchange="BSE", product=product, bought=Decimal(5), sold=Decimal(-2))

    assert mapping.ROWS.position(told) == Position("TCS", "BSE", None, delivery, 5, 0)


def request(kind: OrderType, price: int | None, instrument: Instrument = TCS) -> OrderRequest:
    return OrderRequest(instrument, Side.SELL, 3, kind, price, Variety.REGULAR, "481516234200001")


def test_an_order_is_all_texts_with_series_and_token() -> None:
    assert mapping.order_body(request(OrderType.LIMIT, 305010)) == {
        "variety": "NORMAL", "tradingsymbol": "TCS-EQ", "symboltoken": "11536", "transactiontype": "SELL",
        "exchange": "NSE", "ordertype": "LIMIT", "producttype": "DELIVERY", "duration": "DAY", "price": "3050.10",
        "quantity": "3", "ordertag": "481516234200001",
    }  # fmt: skip
    with pytest.raises(ValueError, match="limit price"):
        mapping.order_body(request(OrderType.LIMIT, None))


async def test_prices_of_both_exchanges_are_asked_for_at_once_and_told_apart() -> None:
    on_bse = Instrument("BSE", "TCS", ISIN, "532540", "TCS")
    rows = [
        {"exchange": "NSE", "tradingSymbol": "TCS-EQ", "symbolToken": "11536", "ltp": 3200.5},
        {"exchange": "BSE", "tradingSymbol": "TCS", "symbolToken": "532540", "ltp": 3201.0},
    ]
    one, client = replying("angelbroking", answer(json.dumps({"status": True, "data": {"fetched": rows}})))
    assert one.parts.quotes is not None

    prices = await one.parts.quotes.prices(SESSION, [TCS, on_bse])

    assert prices == {TCS: 320_050, on_bse: 320_100}
    (request,) = client.requests
    assert json.loads(request.json or b"")["exchangeTokens"] == {"NSE": ["11536"], "BSE": ["532540"]}


MISSING, REGISTERED = "INE467B01029", "INE062A01020"
"""Of the fixture of holdings: nothing of the one is released, of the other all that is asked for below."""


async def test_what_was_begun_leads_to_the_depository_and_is_told_from_others() -> None:
    one, _ = replying("angelbroking", answer(fixture("angelbroking", "begin.200")))
    fields = {
        "DPId": "33200", "ReqId": "8180722758077144", "Version": "1.1", "TransDtls": "c2FtcGxlIG9mIGEgc2VhbGVkIGJsb2I=",
    }  # fmt: skip

    begun = await one.begin(SESSION, RELEASES)

    form = BrowserForm("https://edis.cdslindia.com/eDIS/VerifyDIS/", fields)
    assert begun == Begun(form, {INFY.isin: "8180722758077144:25"})


async def test_what_is_registered_for_today_is_no_fault() -> None:
    one, _ = replying("angelbroking", answer(fixture("angelbroking", "begin.200.registered")))

    assert await one.begin(SESSION, RELEASES) == ReleasedBefore("You have already been registered with CDSL for today.")


@pytest.mark.parametrize(("name", "shares"), [("state.200", 25), ("state.200.not-authorised", 15)])
async def test_the_depositorys_word_goes_beyond_what_the_holdings_tell(name: str, shares: int) -> None:
    one, client = replying("angelbroking", *before("angelbroking", "state"), answer(fixture("angelbroking", name)))

    told = await one.state(SESSION, known("angelbroking").kept, NOW)

    assert told == {INFY.isin: shares, "INE154A01025": 0, REGISTERED: 30, MISSING: 0}
    assert json.loads(client.requests[-1].json or b"") == {"ReqId": "8180722758077144"}


@pytest.mark.parametrize(
    ("kept", "asked", "more"),
    [
        ({}, [], {}),
        ({REGISTERED: "1:30"}, [], {}),
        (
            {REGISTERED: "1:31", MISSING: "2:2", "INE002A01018": "3:1"},
            ["1", "2", "3"],
            {REGISTERED: 31, MISSING: 2, "INE002A01018": 1},
        ),
        ({"request": "1", "isin": MISSING, "quantity": "2"}, [], {}),
    ],
)
async def test_each_beginning_is_asked_for_that_the_holdings_do_not_tell(
    kept: dict[str, str], asked: list[str], more: dict[str, int]
) -> None:
    """A visit that an older version of the gateway began is told by the holdings alone."""
    done = answer(fixture("angelbroking", "state.200"))
    one, client = replying("angelbroking", *before("angelbroking", "state"), done)

    told = await one.state(SESSION, kept, NOW)

    assert [json.loads(request.json or b"")["ReqId"] for request in client.requests[1:]] == asked
    assert told == {INFY.isin: 15, "INE154A01025": 0, REGISTERED: 30, MISSING: 0} | more


@pytest.mark.parametrize(
    "answered",
    [
        TransportFailure("connection lost", sent=False),
        TransportFailure("connection lost", sent=True),
        answer(b"", 500),
        answer(fixture("angelbroking", "begin.200.failed")),
    ],
    ids=["not sent", "lost", "500", "AG2001"],
)
async def test_a_request_of_which_nothing_is_told_hides_nothing_of_the_holdings(
    answered: Answer | TransportFailure,
) -> None:
    one, _ = replying("angelbroking", *before("angelbroking", "state"), answered)

    told = await call(one, "state")

    assert told == {INFY.isin: 15, "INE154A01025": 0, REGISTERED: 30, MISSING: 0}


async def test_whoever_asks_too_fast_of_requests_is_told_so() -> None:
    """That the shares are not released would be a guess; the pace of the account waits and asks again."""
    too_fast = answer(fixture("angelbroking", "orders.403.too-fast", "txt"), 403, "text/plain")
    one, _ = replying("angelbroking", *before("angelbroking", "state"), too_fast)

    with pytest.raises(RateLimited):
        await call(one, "state")


async def test_a_login_that_ends_between_the_two_questions_says_so() -> None:
    over = answer(fixture("angelbroking", "orders.200.token"))
    one, _ = replying("angelbroking", *before("angelbroking", "state"), over)

    with pytest.raises(SessionEnded):
        await call(one, "state")
