"""What is odd about 5paisa's wire: two places that say no, moments, holdings, the exchange's id for cancelling."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.connectors.replay import SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import BrokerStatus, Reason, Rejected, Side, Variety
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.fivepaisa import mapping, wire
from torana.connectors.readings import nonzero
from torana.sandbox.fivepaisa import errors
from torana.sandbox.fivepaisa import wire as simulated

WORDS = {
    BrokerStatus.RECEIVED: ("xmitted",),
    BrokerStatus.OPEN: ("pending", "modified", "placed", "open"),
    BrokerStatus.COMPLETE: ("fully executed",),
    BrokerStatus.CANCELLED: ("cancelled", "ah cancelled"),
    BrokerStatus.REJECTED: ("rejected by 5p", "rejected by exch"),
    BrokerStatus.AMO_QUEUED: ("ah placed", "ah modified"),
}
"""Xstream documentation, order book; `placed` and `open` are seen by clients."""


def test_every_documented_word_means_what_the_document_says() -> None:
    assert dict(mapping.ROWS.statuses) == {word: status for status, words in WORDS.items() for word in words}
    assert dict(mapping.SIDES) == {"B": Side.BUY, "S": Side.SELL}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["D"]


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert mapping.ROWS.status(word, 10, 10) is BrokerStatus.UNKNOWN


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    dialect = mapping.DIALECT
    known = {*dialect.rejections, *dialect.session_codes, *dialect.ambiguous_codes}

    assert {word.lower() for word in simulated.WORDS.simulated()} <= mapping.ROWS.statuses.keys()
    said = {code.partition("/")[0].replace("head-", "head ") for code in errors.TABLE.codes}
    assert said - known == {"page", "7"}


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ({"head": {"status": "2", "statusDescription": "Invalid Head"}}, ("head 2", "Invalid Head")),
        ({"head": {"status": 9, "statusDescription": "Invalid session"}, "body": None}, ("head 9", "Invalid session")),
        ({"head": {"Status": -1}, "body": None}, ("head -1", "")),
        ({"body": {"Status": 9, "Message": "Invalid Session"}}, ("9", "Invalid Session")),
        ({"head": {"status": "0"}, "body": {"Status": "2", "Message": "x"}}, ("2", "x")),
        ({"head": {"responseCode": "5PPlaceOrdReqV1"}, "body": {"Status": 1, "BrokerOrderID": 0}}, ("1", "")),
    ],
)  # fmt: skip
def test_a_refusal_stands_in_the_body_or_else_in_the_head(told: object, failure: tuple[str, str]) -> None:
    assert wire.failures(json.dumps(told).encode()) == [Failure(*failure)]


@pytest.mark.parametrize(
    "told", [{}, {"head": {}}, {"body": {}}, {"head": {"status": "0"}, "body": {"Status": 0}}, [], {"body": []}]
)
def test_what_says_no_in_neither_is_no_refusal(told: object) -> None:
    with pytest.raises(Unreadable):
        wire.failures(json.dumps(told).encode())


ROW = {"any": "row"}


@pytest.mark.parametrize(
    ("status", "rows", "good"),
    [(0, [], True), (0, [ROW], True), ("0", [ROW], True), (1, [], True), ("1", [], True), (1, [ROW], False),
     (2, [], False), (9, [], False), (None, [], False), (0, None, False), (1, None, False)],
)  # fmt: skip
def test_only_what_says_that_there_is_nothing_is_empty(
    status: object,
    rows: object,
    good: bool,  # a column of the table
) -> None:
    """A18: unavailable is never empty."""
    body = json.dumps({"body": {"Status": status, "OrderBookDetail": rows}}).encode()
    if good:
        assert decode(body, wire.Reply[wire.Listing]).body.rows == rows
    else:
        with pytest.raises(Unreadable):
            decode(body, wire.Reply[wire.Listing])


def test_funds_without_a_row_are_not_nothing() -> None:
    with pytest.raises(Unreadable):
        decode(b'{"body": {"Status": 0, "EquityMargin": []}}', wire.Reply[wire.Margin])


@pytest.mark.parametrize(
    ("pledged", "funds", "cash"),
    [("0", "0", 100_00), ("30", "5.5", 64_50), ("-30", "0", 100_00), ("30", "-5", 70_00)],
)
def test_what_is_pledged_takes_from_the_cash_and_never_adds_to_it(pledged: str, funds: str, cash: int) -> None:
    assert mapping.cash(wire.Funds(Decimal(100), Decimal(pledged), Decimal(funds))) == cash


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("/Date(1707279047230+0530)/", datetime(2024, 2, 7, 4, 10, 47, 230000, UTC)),
        ("/Date(0+0530)/", datetime(1970, 1, 1, tzinfo=UTC)),
        ("/Date(1707279047230)/", datetime(2024, 2, 7, 4, 10, 47, 230000, UTC)),
        ("/Date(-1+0530)/", None),
        ("/Date(99999999999999999+0530)/", None),
        ("2024-02-07 09:40:47", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_counted_from_1970(text: str | None, at: datetime | None) -> None:
    assert mapping.moment(text) == at


@pytest.mark.parametrize(
    ("told", "exchange_id"),
    [("0", None), (0, None), ("", None), (None, None), (True, None), ("1500000035029169", "1500000035029169"),
     (1500000035029169, "1500000035029169")],
)  # fmt: skip
def test_an_exchange_id_of_nothing_is_none(told: object, exchange_id: str | None) -> None:
    assert nonzero(told) == exchange_id


HELD = wire.Holding(
    symbol="IDEA", exchange="B", isin="INE669E01016", quantity=Decimal(52), dp_qty=Decimal(44),
    average_price=Decimal("7.2338"), pool_qty=Decimal(0), pledge_qty=Decimal(8),
)  # fmt: skip


@pytest.mark.parametrize(
    ("left", "free", "sold"), [(52, 44, 0), (50, 42, 2), (8, 0, 44), (0, 0, 52), (60, 44, 0)]
)  # fmt: skip
def test_what_is_missing_in_the_quantity_was_sold_today(left: int, free: int, sold: int) -> None:
    """The first row is the documented sample."""
    held = mapping.holding(structs.replace(HELD, quantity=Decimal(left)))

    assert (held.quantity, held.sellable, held.t1_quantity, held.collateral_quantity) == (free, free, 0, 8)
    assert (held.sold_today, held.average_price, held.exchange) == (sold, 723, "BSE")


async def test_positions_are_the_days_trades_and_yesterdays_are_none() -> None:
    one, _ = replying("fivepaisa", answer(fixture("fivepaisa", "positions.200")))

    rows = {row.symbol: row for row in await one.positions(SESSION)}

    assert (rows["INFY"].bought, rows["INFY"].sold, rows["INFY"].buy_price) == (2, 0, 151235)
    assert (rows["SBIN"].exchange, rows["SBIN"].bought, rows["SBIN"].sold) == ("BSE", 1, 4)
    assert (rows["SBIN"].buy_price, rows["SBIN"].sell_price) == (81200, 81350)
    assert (rows["ICICIBANK"].bought, rows["ICICIBANK"].sold) == (0, 0)


async def test_a_cancellation_asks_the_book_for_the_exchanges_id_where_nobody_has_seen_it() -> None:
    one, client = replying(
        "fivepaisa", answer(fixture("fivepaisa", "orders.200")), answer(fixture("fivepaisa", "cancel.200"))
    )

    await one.cancel(SESSION, "261118000417203", Variety.REGULAR)

    sent = [json.loads(request.json or b"")["body"] for request in client.requests]
    assert sent == [{"ClientCode": "TR0007"}, {"ClientCode": "TR0007", "ExchOrderID": "1100000023700003"}]


@pytest.mark.parametrize("order_id", ["261118000417207", "1"])
async def test_an_order_without_an_exchanges_id_is_not_cancelled_and_nothing_is_sent(order_id: str) -> None:
    one, client = replying("fivepaisa", answer(fixture("fivepaisa", "orders.200")))

    with pytest.raises(Rejected) as caught:
        await one.cancel(SESSION, order_id, Variety.AMO)

    assert caught.value.reason is Reason.INVALID_ORDER
    assert len(client.requests) == 1


async def test_a_derivative_is_of_no_exchange_of_ours() -> None:
    told = json.loads(fixture("fivepaisa", "orders.200"))
    told["body"]["OrderBookDetail"] = [told["body"]["OrderBookDetail"][0] | {"ExchType": "D", "RemoteOrderID": "MAE"}]
    one, _ = replying("fivepaisa", answer(json.dumps(told)))

    (row,) = await one.orders(SESSION)

    assert (row.exchange, row.tag, row.foreign_tag) == ("N-D", None, True)


async def test_a_tag_that_is_a_number_on_the_wire_is_ours_too() -> None:
    told = json.loads(fixture("fivepaisa", "orders.200"))
    told["body"]["OrderBookDetail"] = [told["body"]["OrderBookDetail"][0] | {"RemoteOrderID": int(TAG)}]
    one, _ = replying("fivepaisa", answer(json.dumps(told)))

    assert [row.tag for row in await one.orders(SESSION)] == [TAG]
