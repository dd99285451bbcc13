"""By which names an order goes out, and which security a broker's row means."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.replay import LIMIT_SELL, MARKET_BUY, SESSION, answer, replying
from torana.connectors.angelbroking import mapping as angel
from torana.connectors.angelbroking import wire as angel_wire
from torana.connectors.codes import Unnamed, code_at, named
from torana.connectors.contract import BrokerError, Instrument, Reason, Rejected
from torana.connectors.kite import mapping as kite
from torana.connectors.kite import wire as kite_wire
from torana.connectors.symbols import code_of, security_of
from torana.connectors.upstox import mapping as upstox
from torana.connectors.upstox import wire as upstox_wire
from torana.kit.http import Request
from torana.market import securities
from torana.market.listing import Origin, build
from torana.market.models import BrokerCode, Security
from torana.market.packaged import packaged_dates

INFY = Security("INFY", "Infosys", "INE009A01021", "EQ", 10, 1, 1594, "equity")
INFY_BSE = Security("INFY", "Infosys", "INE009A01021", "A", 5, 1, 500209, "equity", None, "BSE", 500209)
TCS = Security("TATACONSULT", "TCS", "INE467B01029", "EQ", 10, 1, 11536, "equity")
CODES = [
    BrokerCode("kite", "NSE", INFY.isin, "408065", "INFY"),
    BrokerCode("kite", "NSE", TCS.isin, "2953217", "TATACONSULT"),
    BrokerCode("kite", "BSE", INFY.isin, "128053508", "INFY"),
    BrokerCode("angelbroking", "NSE", TCS.isin, "11536", "TATACONSULT-EQ"),
    BrokerCode("upstox", "NSE", TCS.isin, "NSE_EQ|INE467B01029", "TATACONSULT", 100_000),
]


@pytest.fixture
def refreshed() -> Iterator[None]:
    """A list of three securities; what was TCS is TATACONSULT since last night."""
    listing = build([INFY, INFY_BSE, TCS], [], CODES, dates=packaged_dates(), origin=Origin.REFRESHED)
    securities.use(listing)
    yield
    securities.use(None)


@pytest.mark.usefixtures("refreshed")
@pytest.mark.parametrize("mode", ["test", "live"])
@pytest.mark.parametrize(
    ("broker", "security", "found"),
    [
        ("kite", INFY, CODES[0]),
        ("kite", INFY_BSE, CODES[2]),
        ("upstox", TCS, CODES[4]),
        ("upstox", INFY, Unnamed.NOT_LISTED),
        ("angelbroking", INFY_BSE, Unnamed.NOT_LISTED),
    ],
)
def test_a_broker_is_told_what_its_own_list_says_and_of_nothing_else(
    mode: str, broker: str, security: Security, found: BrokerCode | Unnamed
) -> None:
    assert code_at(broker, mode, security) == found


def test_a_live_broker_whose_list_was_not_read_is_told_of_nothing() -> None:
    assert code_at("kite", "live", INFY) is Unnamed.LIST_NOT_READ
    assert code_at("kite", "test", INFY) == CODES[0]


@pytest.mark.usefixtures("refreshed")
def test_an_order_without_names_gets_those_of_the_list_or_is_refused_before_it_is_sent() -> None:
    asked = Instrument("NSE", "INFY", INFY.isin)

    assert named(asked, "kite", "live") == replace(asked, code="408065", listed_as="INFY")
    with pytest.raises(Rejected) as caught:
        named(asked, "upstox", "live")
    assert caught.value.reason is Reason.INSTRUMENT_NOT_TRADABLE
    kept = replace(asked, code="as confirmed", listed_as="X")
    assert named(kept, "kite", "live") is kept


async def sent(broker: str, instrument: Instrument) -> dict[str, Any]:
    """The body of a placement of this instrument."""
    one, client = replying(broker, answer(b""))
    order = replace(LIMIT_SELL if broker == "angelbroking" else MARKET_BUY, instrument=instrument)
    with pytest.raises(BrokerError):
        await one.place(SESSION, order)
    (request,) = client.requests
    return body_of(request)


def body_of(request: Request) -> dict[str, Any]:
    if request.form is not None:
        return dict(request.form)
    parsed: dict[str, Any] = json.loads(request.json or b"{}")
    return parsed


@pytest.mark.parametrize(
    ("broker", "fields"),
    [
        ("kite", {"exchange": "BSE", "tradingsymbol": "AS-LISTED"}),
        ("upstox", {"instrument_token": "THE-CODE"}),
        ("angelbroking", {"exchange": "BSE", "tradingsymbol": "AS-LISTED", "symboltoken": "THE-CODE"}),
    ],
)
async def test_an_order_goes_out_under_the_names_that_were_kept_with_it(broker: str, fields: dict[str, str]) -> None:
    body = await sent(broker, Instrument("BSE", "INFY", INFY.isin, "THE-CODE", "AS-LISTED"))

    assert {name: body[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("broker", "fields"),
    [
        ("kite", {"exchange": "BSE", "tradingsymbol": "INFY"}),
        ("upstox", {"instrument_token": "BSE_EQ|INE009A01021"}),
        ("angelbroking", {"exchange": "BSE", "tradingsymbol": "INFY", "symboltoken": "500209"}),
    ],
)
async def test_an_order_for_the_bse_says_so_on_every_wire(broker: str, fields: dict[str, str]) -> None:
    body = await sent(broker, Instrument("BSE", "INFY", INFY.isin))

    assert {name: body[name] for name in fields} == fields


@pytest.mark.usefixtures("refreshed")
def test_rows_that_carry_a_code_are_of_the_security_with_this_code() -> None:
    """The broker's own word for it is last night's."""
    bought = kite.ROWS.order(
        kite_wire.Order(
            order_id="1", status="OPEN", symbol="TCS", exchange="NSE", side="BUY", product="CNC", quantity=1, filled=0,
            code=2953217,
        )
    )  # fmt: skip
    held = upstox.holding(
        upstox_wire.Holding(
            isin=TCS.isin, exchange="NSE", quantity=5, average_price=Decimal(100), symbol="TCS",
            code="NSE_EQ|INE467B01029",
        )
    )  # fmt: skip
    traded = angel.ROWS.position(
        angel_wire.Position(
            symbol="TCS-EQ", exchange="NSE", product="DELIVERY", bought=Decimal(1), sold=Decimal(), code=11536
        )
    )

    assert (bought.symbol, bought.code) == ("TATACONSULT", "2953217")
    assert (held.symbol, held.isin) == ("TATACONSULT", TCS.isin)
    assert (traded.symbol, traded.isin) == ("TATACONSULT", TCS.isin)


@pytest.mark.usefixtures("refreshed")
@pytest.mark.parametrize("code", [None, "", 0, True, 1.5, [], "unknown", "408065" * 40])
def test_a_code_that_says_nothing_leaves_the_symbol(code: object) -> None:
    assert security_of("kite", "NSE", code) is None
    assert kite.ROWS.symbol("NSE", code, "INFY-BE") == "INFY"


@pytest.mark.usefixtures("refreshed")
def test_a_code_is_of_one_exchange() -> None:
    assert security_of("kite", "BSE", 128053508) == INFY_BSE
    assert security_of("kite", "NSE", 128053508) is None
    assert code_of(408065) == code_of("408065") == "408065"
