"""Samco: what stands in no other broker's answers."""

import json
from decimal import Decimal

import msgspec
import pytest

from tests.connectors.replay import SESSION, answer, fixture, replying
from torana.connectors.contract import Rows, Unknown, Unread
from torana.connectors.samco import instruments, mapping, wire
from torana.connectors.samco.wire import failures
from torana.market.listing import Origin, build
from torana.market.models import BrokerCode
from torana.market.packaged import packaged_dates
from torana.market.securities import find
from torana.market.sorting import Tally

ROWS = json.loads(fixture("samco", "orders.200"))["orderBookDetails"]


async def test_holdings_are_what_can_be_sold_beside_what_is_pledged_and_sold() -> None:
    """H04: what is on its way is not told."""
    one, _ = replying("samco", answer(fixture("samco", "holdings.200")))

    rows = await one.holdings(SESSION)

    assert [(row.symbol, row.quantity, row.t1_quantity, row.collateral_quantity, row.sold_today) for row in rows] == [
        ("INFY", 25, None, 0, 0),
        ("SBIN", 26, None, 0, 4),
        ("TCS", 2, None, 18, 0),
    ]
    assert [row.sellable for row in rows] == [25, 26, 2]


async def test_a_holding_without_an_isin_is_of_the_security_of_its_symbol_or_unread() -> None:
    one, _ = replying("samco", answer(fixture("samco", "holdings.200.no-isin")))
    portfolio = one.parts.portfolio
    assert portfolio is not None

    told = await portfolio.holdings(SESSION)

    assert [(row.symbol, row.isin) for row in told.read] == [("SBIN", "INE062A01020")]
    assert told.unread == [Unread(None, "NOSUCHNAME")]


async def test_what_was_sold_is_what_is_missing_of_what_was_bought() -> None:
    """A sixth that does not add up is not told as anything."""
    one, _ = replying("samco", answer(fixture("samco", "positions.200")))
    portfolio = one.parts.portfolio
    assert portfolio is not None

    told = await portfolio.positions(SESSION)

    assert isinstance(told, Rows)
    assert [(row.symbol, row.exchange, row.delivery, row.bought, row.sold) for row in told.read] == [
        ("INFY", "NSE", True, 2, 0),
        ("SBIN", "BSE", True, 1, 4),
        ("ITC", "NSE", False, 10, 10),
        ("TCS", "NSE", True, 3, 5),
    ]
    assert told.unread == [Unread(None, "WIPRO")]


@pytest.mark.parametrize(("total", "quantity"), [("10", None), (None, "10"), ("10", "7")])
def test_the_number_of_shares_is_the_total_where_it_is_told(total: str | None, quantity: str | None) -> None:
    row = ROWS[0] | {"totalQuanity": total, "quantity": quantity}

    assert mapping.broker_order(msgspec.convert(row, wire.Order, strict=False)).quantity == 10


def test_an_order_is_of_the_security_of_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    infy = find("INFY")
    assert infy is not None
    code = BrokerCode("samco", "NSE", infy.isin, "1594_NSE", "INFY")
    listing = build([infy], [], [code], dates=packaged_dates(), origin=Origin.REFRESHED)
    monkeypatch.setattr("torana.connectors.symbols.current", lambda: listing)
    row = ROWS[0] | {"symbol": "1594_NSE", "tradingSymbol": "RENAMED-EQ"}

    assert mapping.broker_order(msgspec.convert(row, wire.Order, strict=False)).symbol == "INFY"


@pytest.mark.parametrize(
    ("side", "left", "sold"),
    [("BUY", "2", 1), ("SELL", "2", 5), ("SELL", "-2", 5), ("B", "0", 3), ("B", "2", None), ("BUY", "-2", None)],
)
def test_a_position_whose_side_is_not_told_is_unread(side: str, left: str, sold: int | None) -> None:
    row = wire.Position(
        exchange="NSE", symbol="TCS-EQ", product="CNC", buy_quantity=Decimal(3), net_quantity=Decimal(left),
        transaction_type=side,
    )  # fmt: skip

    if sold is not None:
        assert mapping.position(row).sold == sold
    else:
        with pytest.raises(Unknown):
            mapping.position(row)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"statusMessage": "The IP is not the registered static IP"}, ["text:egress_not_registered"]),
        ({"statusMessage": "Nobody has seen this"}, [None]),
        ({"validationErrors": [" No price", "No side"]}, ["validation", "validation"]),
        ({"statusMessage": "No", "errorCode": "EOAUTH001"}, ["EOAUTH001"]),
        ({"statusMessage": "Invalid Order number."}, ["text:invalid_order"]),
    ],
)
def test_a_refusal_is_known_by_its_code_or_by_its_text(body: dict[str, object], codes: list[str | None]) -> None:
    told = failures(json.dumps({"status": "Failure", **body}).encode())

    assert [one.code for one in told] == codes


def test_only_cash_counts_as_funds() -> None:
    """A number below nothing adds none."""
    lent, odd = (wire.Funds(Decimal(500), Decimal(sign * 100), Decimal(sign * 50)) for sign in (1, -1))

    assert [mapping.cash(one) for one in (lent, odd, wire.Funds(Decimal(500)))] == [35000, 50000, 50000]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("NSE,nse_cm,1594_NSE,INFY-EQ,INFY,1512.35,EQ,1,,,0.05", ("NSE", 1594, "1594_NSE", "INFY")),
        ("BSE,bse_cm,500209_BSE,INFY,INFY,1512.35,EQ,1,,,0.05", ("BSE", 500209, "500209_BSE", "INFY")),
        ("NFO,nse_fo,52310_NFO,NIFTY30JUL25000CE,NIFTY,101.25,OPTIDX,75,25000,2026-07-30,0.05", None),
        ("NSE,nse_cm,-21,NIFTY 50,NIFTY 50,0,INDEX,1,,,0.05", None),
        ("NSE,nse_cm,1594_BSE,INFY-EQ,INFY,1512.35,EQ,1,,,0.05", None),
        ("NSE,nse_cm,x_NSE,INFY-EQ,INFY,1512.35,EQ,1,,,0.05", None),
    ],
)
def test_a_row_of_the_file_is_the_exchanges_token(row: str, code: tuple[str, int, str, str] | None) -> None:
    head = (
        "exchange,exchangeSegment,symbolCode,tradingSymbol,name,lastPrice,instrument,lotSize,strikePrice,expiryDate,"
        "tickSize\n"
    )

    read = list(instruments.FILE.read([f"{head}{row}\n".encode()], Tally()))

    assert [(one.exchange, one.exchange_token, one.code, one.broker_symbol) for one in read] == ([code] if code else [])
