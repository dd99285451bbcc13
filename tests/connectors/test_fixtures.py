"""Z04: every fixture of every broker, replayed as the answer to the call that its name says.

A fixture is named `method.status[.note].json`; one that is no answer (`parse_postback`) has no status.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.brokers import known, shows_tags
from tests.connectors.replay import (
    NOW,
    SESSION,
    TAG,
    Replayer,
    afterwards,
    answer,
    before,
    call,
    connector,
    fixture,
    fixtures,
    replying,
)
from torana.connectors.contract import (
    BrokerStatus,
    ExecutionMode,
    Login,
    LoginRefused,
    Placed,
    Reason,
    Session,
    Side,
)
from torana.connectors.registry import BROKERS

ALL = [pytest.param(broker, path, id=f"{broker}/{path.stem}") for broker in BROKERS for path in fixtures(broker)]


@pytest.mark.parametrize(("broker", "path"), ALL)
async def test_every_fixture_ends_in_a_value_or_in_the_error_that_it_proves(broker: str, path: Path) -> None:
    method, *rest = path.stem.split(".")
    if not rest:
        one, _ = replying(broker, answer(b""))
        told = one.parse_postback({}, path.read_bytes(), "sample-postback-secret")
        assert told.tag == (TAG if known(broker).tells_tag_by_postback else None)
        return
    earlier = before(broker, method)
    later = afterwards(broker, path.stem)
    one, client = replying(broker, *earlier, answer(path.read_bytes(), int(rest[0])), *later)

    if path.stem not in known(broker).refusals:
        await call(one, method)
    else:
        kind, reason = known(broker).refusals[path.stem]
        with pytest.raises(kind) as caught:
            await call(one, method)
        assert type(caught.value) is kind
        assert getattr(caught.value, "reason", None) == reason
        assert getattr(caught.value, "unmapped", False) == (path.stem in known(broker).unmapped)

    assert len(client.requests) == 1 + len(earlier) + len(later)


def test_every_refusal_of_the_table_has_its_fixture() -> None:
    for broker in BROKERS:
        assert known(broker).refusals.keys() <= {path.stem for path in fixtures(broker)}


@pytest.mark.parametrize(
    ("broker", "user", "token", "ends", "edis"),
    [
        ("kite", "TR0007", "sample-access-token-1", datetime(2026, 11, 19, 0, 30, tzinfo=UTC), False),
        ("upstox", "4TR007", "sample-upstox-token-1", datetime(2026, 11, 18, 22, 0, tzinfo=UTC), None),
    ],
)
async def test_a_login_brings_user_token_and_end_of_session(
    broker: str, user: str, token: str, ends: datetime, edis: bool | None
) -> None:
    one, _ = replying(broker, answer(fixture(broker, "finish_login.200")))

    login = await one.finish_login(known(broker).callback, NOW)

    assert login == Login(user, "Asha Rao", {"token": token}, ends, edis)
    assert token not in repr(login)


@pytest.mark.parametrize(
    "callback",
    [
        {},
        {"status": "success"},
        {"status": "success", "request_token": ""},
        {"status": "cancelled", "request_token": "rt-1"},
        {"request_token": "rt-1"},
    ],
)
async def test_a_kite_callback_without_success_and_token_is_no_login(callback: dict[str, str]) -> None:
    one, client = replying("kite", answer(fixture("kite", "finish_login.200")))

    with pytest.raises(LoginRefused):
        await one.finish_login(callback, NOW)

    assert client.requests == []


async def test_a_kite_basket_that_came_back_with_a_token_is_a_login_whatever_its_status() -> None:
    client = Replayer([answer(fixture("kite", "finish_login.200"))])
    one = connector("kite", client, ExecutionMode.REDIRECT_BASKET)

    login = await one.finish_login({"status": "cancelled", "request_token": "rt-1"}, NOW)

    assert login.broker_user_id == "TR0007"


@pytest.mark.parametrize("callback", [{}, {"code": ""}, {"error": "access_denied", "state": "s"}])
async def test_an_upstox_callback_without_a_code_is_no_login(callback: dict[str, str]) -> None:
    one, client = replying("upstox", answer(fixture("upstox", "finish_login.200")))

    with pytest.raises(LoginRefused):
        await one.finish_login(callback, NOW)

    assert client.requests == []


@pytest.mark.parametrize(("broker", "order_id"), [("kite", "261118000417233"), ("upstox", "261118025001177")])
async def test_a_placed_order_has_the_brokers_id(broker: str, order_id: str) -> None:
    one, _ = replying(broker, answer(fixture(broker, "place.200")))

    assert await call(one, "place") == Placed(order_id)


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_book_is_read_row_by_row(broker: str) -> None:
    """A15: a word that nobody has seen is UNKNOWN, its text kept."""
    one, _ = replying(broker, answer(fixture(broker, "orders.200")))

    rows = await one.orders(SESSION)

    assert [row.status for row in rows] == [
        BrokerStatus.COMPLETE,
        BrokerStatus.PARTIAL,
        BrokerStatus.OPEN,
        BrokerStatus.REJECTED,
        BrokerStatus.CANCELLED,
        BrokerStatus.RECEIVED,
        BrokerStatus.AMO_QUEUED if BROKERS[broker].capabilities.amo else BrokerStatus.RECEIVED,
        BrokerStatus.TRIGGER_PENDING,
        BrokerStatus.UNKNOWN,
        BrokerStatus.PARTIAL,
    ]
    complete, partial, selling, rejected, cancelled, received, queued, triggered, unknown, _ = rows
    assert (complete.symbol, complete.exchange, complete.side, complete.delivery) == ("INFY", "NSE", Side.BUY, True)
    assert (complete.quantity, complete.filled_quantity, complete.average_price) == (10, 10, 151235)
    tags = [TAG[:-2] + f"{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10)] if shows_tags(broker) else []
    assert (complete.tag, complete.message, complete.reason) == (next(iter(tags), None), None, None)
    assert complete.placed_at == datetime(2026, 11, 18, 5, 2, 1, tzinfo=UTC)
    assert (partial.filled_quantity, partial.average_price) == (15, 41240)
    assert (selling.side, selling.average_price) == (Side.SELL, 0)
    assert (rejected.reason, rejected.average_price) == (Reason.INSUFFICIENT_FUNDS, 0)
    assert rejected.message is not None
    assert "3000" in rejected.message or "301240" in rejected.message
    assert (cancelled.symbol, cancelled.filled_quantity, cancelled.reason) == ("M&M", 3, None)
    assert received.exchange_order_id is None
    assert (queued.symbol, triggered.delivery, triggered.tag) == ("BAJAJ-AUTO", False, None)
    assert unknown.raw_status.lower() == "sleeping"
    assert [row.tag for row in rows if row.tag] == tags


async def test_kite_holdings_count_what_can_be_sold() -> None:
    """H04: nothing, undelivered and pledged shares are carried through."""
    one, _ = replying("kite", answer(fixture("kite", "holdings.200")))

    rows = await one.holdings(SESSION)

    assert [(row.symbol, row.quantity, row.t1_quantity, row.collateral_quantity, row.sellable) for row in rows] == [
        ("INFY", 25, 5, 0, 30),
        ("ITC", 0, 12, 0, 12),
        ("SBIN", 30, 0, 0, 30),
        ("TCS", 2, 0, 18, 2),
        ("M&M", 0, 0, 0, 0),
    ]
    assert rows[0].average_price == 140281
    assert rows[0].isin == "INE009A01021"


async def test_kite_holdings_without_authorisation_are_sellable_only_as_far_as_released() -> None:
    one, _ = replying("kite", answer(fixture("kite", "holdings.200")))

    rows = await one.holdings(Session("TR0007", {"token": "sample-token"}, edis_needed=True))

    assert [(row.symbol, row.sellable) for row in rows] == [
        ("INFY", 15),
        ("ITC", 12),
        ("SBIN", 30),
        ("TCS", 0),
        ("M&M", 0),
    ]


async def test_upstox_holdings_leave_out_what_is_sold_already() -> None:
    """H04."""
    one, _ = replying("upstox", answer(fixture("upstox", "holdings.200")))

    rows = await one.holdings(SESSION)

    assert [(row.symbol, row.quantity, row.t1_quantity, row.collateral_quantity, row.sellable) for row in rows] == [
        ("INFY", 25, 5, 0, 25),
        ("ITC", 0, 12, 0, 0),
        ("SBIN", 20, 0, 0, 20),
        ("TCS", 2, 0, 18, 2),
    ]


@pytest.mark.parametrize("broker", BROKERS)
async def test_funds_and_prices_are_whole_paise(broker: str) -> None:
    money, _ = replying(broker, answer(fixture(broker, "funds.200")))

    funds = await call(money, "funds")

    assert funds == 15600005
    assert type(funds) is int
    if BROKERS[broker].quotes is not None:
        prices, _ = replying(broker, answer(fixture(broker, "quotes.200")), *afterwards(broker, "quotes.200"))
        assert await call(prices, "quotes") == {"INFY": 151235}


@pytest.mark.parametrize("broker", [name for name, one in BROKERS.items() if one.costs is not None])
async def test_margin_and_charges_are_whole_paise(broker: str) -> None:
    """A broker tells parts of a paisa; none of them becomes a float on the way."""
    margin, _ = replying(broker, answer(fixture(broker, "margin.200")))
    charges, _ = replying(broker, answer(fixture(broker, "charges.200")))

    costs = await call(margin, "margin"), await call(charges, "charges")

    assert costs == (3025000, 2741)
    assert [type(one) for one in costs] == [int, int]


@pytest.mark.parametrize("name", ["orders_by_tag.200", "orders_by_tag.200.newest-first"])
async def test_a_history_gives_the_last_state_in_whatever_order_it_comes(name: str) -> None:
    one, _ = replying("upstox", answer(fixture("upstox", name)))

    states = await one.orders_by_tag(SESSION, TAG)

    assert [(state.status, state.filled_quantity) for state in states] == [(BrokerStatus.COMPLETE, 10)]


async def test_a_look_up_by_tag_trusts_rows_that_do_not_repeat_the_tag_and_drops_those_of_another() -> None:
    history = fixture("upstox", "orders_by_tag.200")
    silent, _ = replying("upstox", answer(history.replace(TAG.encode(), b"").replace(b'"tag": ""', b'"tag": null')))
    foreign, _ = replying("upstox", answer(history.replace(TAG.encode(), b"999999999999999")))

    assert [order.tag for order in await silent.orders_by_tag(SESSION, TAG)] == [TAG]
    assert await foreign.orders_by_tag(SESSION, TAG) == []


async def test_a_tag_that_upstox_documents_as_not_found_is_an_empty_look_up() -> None:
    one, _ = replying("upstox", answer(fixture("upstox", "orders_by_tag.404.none"), 404))

    assert await call(one, "orders_by_tag") == []


async def test_kite_positions_are_the_days_trades() -> None:
    """What was bought today is no holding yet; Kite names no ISIN here."""
    one, _ = replying("kite", answer(fixture("kite", "positions.200")))

    rows = await one.positions(SESSION)

    assert [(row.symbol, row.exchange, row.isin, row.delivery, row.bought, row.sold) for row in rows] == [
        ("INFY", "NSE", None, True, 2, 0),
        ("SBIN", "BSE", None, True, 1, 4),
        ("ITC", "NSE", None, False, 10, 0),
        ("TCS", "NSE", None, None, 1, 0),
    ]


async def test_upstox_positions_are_the_days_trades() -> None:
    one, _ = replying("upstox", answer(fixture("upstox", "positions.200")))

    rows = await one.positions(SESSION)

    assert [(row.symbol, row.exchange, row.isin, row.delivery, row.bought, row.sold) for row in rows] == [
        ("INFY", "NSE", "INE009A01021", True, 2, 0),
        ("SBIN", "BSE", "INE062A01020", True, 1, 4),
        ("ITC", "NSE", "INE154A01025", False, 10, 0),
        ("BANKNIFTY23OCT", "NFO", None, True, 15, 0),
    ]
