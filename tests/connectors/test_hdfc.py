"""What is odd about InvestRight's wire: a token that says whose it is, references behind letters, refusals without
codes, traded orders without a price."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.replay import LIMIT_SELL, NOW, SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import BrokerStatus, Instrument, Reason, Rejected, Side, Unknown, Variety
from torana.connectors.decoding import Unreadable
from torana.connectors.error_table import Failure
from torana.connectors.hdfc import mapping, wire
from torana.connectors.hdfc.connector import TOKEN_NAMES
from torana.connectors.readings import day_first_time
from torana.kit.http import TransportFailure
from torana.market.securities import all_securities
from torana.sandbox.hdfc import errors
from torana.sandbox.hdfc import wire as simulated

WORDS = {
    BrokerStatus.RECEIVED: (
        "transit", "received", "put order req received", "validation pending", "open pending", "modify pending",
        "modify validation pending", "cancel pending",
    ),
    BrokerStatus.OPEN: (
        "pending", "open", "placed", "accepted", "confirmed", "modified", "not modified", "not cancelled",
        "partially traded",
    ),
    BrokerStatus.TRIGGER_PENDING: ("trigger pending",),
    BrokerStatus.AMO_QUEUED: ("after market order req received", "modify after market order req received"),
    BrokerStatus.COMPLETE: ("traded", "complete"),
    BrokerStatus.CANCELLED: ("cancelled", "canceled", "cancelled after market order"),
    BrokerStatus.REJECTED: ("rejected",),
}  # fmt: skip
ROWS: list[dict[str, Any]] = json.loads(fixture("hdfc", "orders.200"), parse_float=Decimal)["data"]


WAITS = {"filled_quantity": 0, "order_slot": "AMO", "exchange_order_id": ""}


def row(**more: Any) -> wire.Order:
    return msgspec.convert(ROWS[0] | more, wire.Order)


def test_every_word_means_what_it_was_seen_to_mean() -> None:
    assert dict(mapping.ROWS.statuses) == {word: status for status, words in WORDS.items() for word in words}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["DELIVERY", "COLL-SELL", "ENCASH"]


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if " ".join(word.lower().replace("_", " ").split()) not in mapping.ROWS.statuses:
        assert mapping.status_of(row(status=word), 10, 10) is BrokerStatus.UNKNOWN


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    assert {word.lower() for word in simulated.WORDS.simulated()} <= mapping.ROWS.statuses.keys()
    assert {line.status for line in errors.TABLE.codes.values()} == {400, 401, 404, 422, 429, 500}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"status": "TRADED"}, BrokerStatus.COMPLETE),
        ({"status": "Cancel_Pending"}, BrokerStatus.RECEIVED),
        ({"status": "Traded", "filled_quantity": 4, "pending_quantity": 6}, BrokerStatus.PARTIAL),
        ({"status": "Traded", "filled_quantity": 0, "pending_quantity": 10}, BrokerStatus.OPEN),
        ({"status": "Traded", "filled_quantity": 4, "pending_quantity": 0}, BrokerStatus.COMPLETE),
        ({"status": "Traded", "filled_quantity": 10, "pending_quantity": 6}, BrokerStatus.COMPLETE),
        ({"status": "Partially Traded", "filled_quantity": 4, "pending_quantity": 6}, BrokerStatus.PARTIAL),
        ({"status": "Modify Rejected"}, BrokerStatus.UNKNOWN),
        ({"status": "Pending", **WAITS}, BrokerStatus.AMO_QUEUED),
        ({"status": "Pending", **WAITS, "exchange_order_id": "1"}, BrokerStatus.OPEN),
        ({"status": "Rejected", **WAITS}, BrokerStatus.REJECTED),
    ],
)
def test_the_state_of_an_order_is_its_word_with_what_stands_beside_it(
    more: Mapping[str, Any], status: BrokerStatus
) -> None:
    assert mapping.broker_order(row(**more)).status is status


@pytest.mark.parametrize(
    ("told", "tag", "foreign"),
    [
        (TAG, TAG, False),
        (int(TAG), TAG, False),
        (f"STAPI{TAG}", TAG, False),
        ("STAPI202611186812180", None, False),
        ("202611186812180", "202611186812180", False),
        ("STAPI202611176812180", "202611176812180", False),
        ("", None, False),
        (None, None, False),
        (0, None, False),
        ("STAPI", None, False),
        ("123456789", None, True),
        ("STAPI4815162342", None, True),
        ("9" * 20, None, True),
        ("basket-7", None, True),
    ],
)
def test_a_reference_is_ours_as_it_was_sent_or_behind_letters(
    told: object,
    tag: str | None,
    foreign: bool,  # a column of the table
) -> None:
    """HDFC's own number carries the day of the order, and is nobody's."""
    read = mapping.broker_order(row(external_reference_number=told))

    assert (read.tag, read.foreign_tag) == (tag, foreign)


@pytest.mark.parametrize(
    ("average", "value", "filled", "paise"),
    [("0", "15123.5", 10, 151235), ("0.0", "1000", 3, 33333), ("1512.4", "15123.5", 10, 151240), ("0", "0", 0, 0)],
)
def test_what_a_share_cost_is_told_or_follows_from_the_whole(average: str, value: str, filled: int, paise: int) -> None:
    read = mapping.broker_order(
        row(average_price=Decimal(average), total_traded_value=Decimal(value), filled_quantity=filled)
    )

    assert read.average_price == paise


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30/04/2024 12:40:12", datetime(2024, 4, 30, 7, 10, 12, tzinfo=UTC)),
        ("04/30/2024 12:40:12", None),
        ("2024-04-30 12:40:12", None),
        ("01/01/0001 00:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_comes_before_its_month(text: str | None, at: datetime | None) -> None:
    assert day_first_time(text) == at


def test_a_row_is_known_by_its_isin_where_its_code_is_not_and_a_derivative_is_no_share() -> None:
    share, option = row(security_id="49599"), row(instrument_segment="OPTIDX", isin="", tradingsymbol="49599")

    read = [mapping.broker_order(one) for one in (share, option, row(isin="", tradingsymbol="INFY-EQ"))]

    assert [(one.exchange, one.symbol) for one in read] == [("NSE", "INFY"), ("NSE-OPTIDX", "49599"), ("NSE", "INFY")]
    assert mapping.broker_order(row(transaction_type="Sell")).side is Side.SELL


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"status": "error", "message": "No: edis"}, Failure("text:holdings_not_authorised", "No: edis")),
        ({"error": "Unauthorized"}, Failure(None, "Unauthorized")),
        ({"status": 401, "error": "Unauthorized", "path": "/x"}, Failure(None, "Unauthorized")),
        ({"displayMessage": "Order not found"}, Failure("text:invalid_order", "Order not found")),
        ({"meta": {"statusCode": "ERR", "statusMsg": "freeze"}}, Failure("text:quantity_above_freeze", "freeze")),
        ({"message": "", "error": "x", "data": {}}, Failure(None, "x")),
    ],
)  # fmt: skip
def test_a_refusal_is_what_has_a_text_and_its_text_gives_the_reason(body: object, failure: Failure) -> None:
    assert wire.failures(json.dumps(body).encode()) == [failure]


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"status": "error"}, {"message": 7}, {"status": "success", "message": "placed"}, {"meta": []},
    ],
)  # fmt: skip
def test_what_says_nothing_is_no_refusal(body: object) -> None:
    with pytest.raises(Unreadable):
        wire.failures(json.dumps(body).encode())


def token(claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.signature"


@pytest.mark.parametrize(
    "text",
    ["", "one", "e30.!.x", "e30.e30.x", token({"sub": "", "exp": 1}), token({"sub": "A"}), token([]),
     token({"sub": "A", "exp": -1}), token({"sub": "A", "exp": 10**12}), token({"sub": 7, "exp": 1})],
)  # fmt: skip
def test_a_token_that_does_not_say_whose_it_is_and_until_when_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        wire.claims(text)


@pytest.mark.parametrize("name", TOKEN_NAMES)
async def test_a_login_comes_back_under_any_of_the_names_that_were_seen(name: str) -> None:
    one, client = replying("hdfc", answer(fixture("hdfc", "finish_login.200")))

    login = await one.finish_login({name: "rt-1"}, NOW)

    assert (login.broker_user_id, login.expires_at) == ("TR0007", datetime(2026, 11, 18, 13, 0, tzinfo=UTC))
    assert client.requests[0].query == (("api_key", "sampleapp"), ("request_token", "rt-1"))
    assert login.secrets["token"] not in repr(login)


@pytest.mark.parametrize("later", [answer(b"", 405), answer(b"{}"), TransportFailure("gone", sent=True)])
async def test_a_login_stands_without_a_profile(later: Any) -> None:
    """The token says whose it is; the documentation has two words for how the profile is asked for."""
    one, _ = replying("hdfc", answer(fixture("hdfc", "finish_login.200")), later)

    login = await one.finish_login({"request_token": "rt-1"}, NOW)

    assert (login.broker_user_id, login.user_name, login.edis_needed) == ("TR0007", "", None)


@pytest.mark.parametrize(
    ("flags", "needed"),
    [
        ([("Y", "Y")], False),
        ([("Y", "N")], True),
        ([("N", "N")], None),
        ([("Y", "Y"), ("Y", "N")], True),
        ([("Y", "Y"), ("N", "Y")], False),
        ([("Y", "Y"), ("", "")], None),
        ([], None),
    ],
)
def test_who_must_authorise_sales_is_what_the_flags_of_all_accounts_say(
    flags: Sequence[tuple[str, str]], needed: bool | None
) -> None:
    assert mapping.edis_needed([wire.Depository(*one) for one in flags]) is needed


async def test_holdings_are_one_number_and_what_was_bought_on_margin_is_no_delivery() -> None:
    one, _ = replying("hdfc", answer(fixture("hdfc", "holdings.200")))

    rows = await one.holdings(SESSION)

    assert [(held.symbol, held.exchange, held.quantity, held.sellable, held.delivery) for held in rows] == [
        ("INFY", "NSE", 25, 25, True),
        ("ITC", "NSE", 0, 0, True),
        ("SBIN", "BSE", 20, 20, True),
        ("TCS", "NSE", 2, 2, True),
        ("M&M", "NSE", 4, 4, False),
    ]
    assert {(held.t1_quantity, held.collateral_quantity) for held in rows} == {(None, None)}


@pytest.mark.parametrize(("indicator", "delivery"), [("N", True), ("Y", False), ("", None), (None, None), ("X", None)])
def test_whether_a_holding_is_a_delivery_is_told_or_not_known(indicator: str | None, delivery: bool | None) -> None:
    told = wire.Holding(
        isin="INE009A01021", exchange="NSE", quantity=Decimal(-2), average_price=Decimal(1), mtf_indicator=indicator
    )

    held = mapping.holding(told)

    assert (held.delivery, held.quantity, held.sellable) == (delivery, 0, 0)


def test_a_price_that_a_position_does_not_tell_is_none_and_a_negative_number_of_shares_is_nothing() -> None:
    told = wire.Position(
        exchange="NSE", segment="EQUITY", product="DELIVERY", symbol="INFY", bought=Decimal(-1),
        sold=Decimal(-2),
    )  # fmt: skip

    traded = mapping.ROWS.position(told)

    assert (traded.bought, traded.sold, traded.buy_price, traded.sell_price) == (0, 0, None, None)


async def test_positions_are_todays_and_a_derivative_is_no_share() -> None:
    one, _ = replying("hdfc", answer(fixture("hdfc", "positions.200")))

    rows = await one.positions(SESSION)

    assert [(held.symbol, held.exchange, held.delivery, held.bought, held.sold) for held in rows] == [
        ("INFY", "NSE", True, 2, 0),
        ("SBIN", "BSE", True, 1, 4),
        ("ITC", "NSE", False, 10, 0),
        ("NIFTY", "NSE-OPTIDX", False, 0, 25),
    ]
    assert (rows[1].buy_price, rows[1].sell_price) == (81200, 81350)


async def test_prices_are_asked_for_ten_at_a_time() -> None:
    one, client = replying("hdfc", answer(fixture("hdfc", "quotes.200")))
    some = [Instrument("NSE", security.symbol, security.isin) for security in list(all_securities().values())[:23]]

    await one.quotes(SESSION, some)

    bodies = [json.loads(request.json or b"") for request in client.requests]
    assert [len(body["data"]) for body in bodies] == [10, 10, 3]


async def test_what_has_no_token_is_asked_no_price_of_and_what_was_not_asked_is_told_none() -> None:
    one, client = replying("hdfc", answer(fixture("hdfc", "quotes.200")))
    known, unknown = Instrument("NSE", "INFY", "INE009A01021"), Instrument("NSE", "NOSUCH", "INE000000000")

    nothing = await one.quotes(SESSION, [unknown])
    prices = await one.quotes(SESSION, [unknown, known])

    assert (dict(nothing), list(prices)) == ({}, [known.symbol])
    (request,) = client.requests
    assert json.loads(request.json or b"") == {"data": [{"exchange": "NSE", "token": "1594"}]}


@pytest.mark.parametrize("meta", [{}, {"statusCode": "ERR"}, None])
async def test_prices_beside_a_word_that_is_not_ok_are_none(meta: object) -> None:
    one, _ = replying("hdfc", answer(json.dumps({"data": [], "meta": meta})))

    with pytest.raises(Unknown):
        await one.quotes(SESSION, [Instrument("NSE", "INFY", "INE009A01021")])


@pytest.mark.parametrize("text", ["Order not found", "Order cannot be cancelled or modified"])
@pytest.mark.parametrize("status", [200, 404, 422])
async def test_that_an_order_is_not_found_or_final_refuses_a_cancellation_and_no_order(status: int, text: str) -> None:
    refused = answer(json.dumps({"status": "error", "message": text}), status)
    placing, _ = replying("hdfc", refused)
    cancelling, _ = replying("hdfc", refused)

    with pytest.raises(Unknown):
        await placing.place(SESSION, LIMIT_SELL)
    with pytest.raises(Rejected) as caught:
        await cancelling.cancel(SESSION, "26111800000518", Variety.REGULAR)

    assert caught.value.reason is Reason.INVALID_ORDER


def test_a_reason_that_a_text_gives_is_a_definite_no() -> None:
    assert set(mapping.DIALECT.rejections.values()) == set(Reason) - {Reason.OTHER}
