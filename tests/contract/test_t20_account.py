"""T20 to T29: holdings, funds, prices, and the end of a session."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from math import ceil
from typing import TypeAlias

import pytest

from tests.brokers import known
from tests.contract.bench import INFY, Bench, order, security, with_edis
from tests.contract.subjects import SUBJECTS
from torana.connectors.contract import (
    BrokerStatus,
    Instrument,
    OrderType,
    PortfolioRules,
    Proposal,
    Rows,
    Session,
    SessionEnded,
    Side,
    Unknown,
    Variety,
)
from torana.connectors.registry import BROKERS
from torana.flows.shares import shares_of
from torana.sandbox.accounts import STARTER_HOLDINGS, STARTING_CASH
from torana.sandbox.faults import Kind, Operation
from torana.sandbox.magic import QUANTITIES
from torana.sandbox.securities import listed

PRICES = pytest.mark.parametrize(
    "any_bench", [one for one in SUBJECTS if BROKERS[one.broker].quotes is not None], ids=str, indirect=True
)
COSTS = pytest.mark.parametrize(
    "any_bench", [one for one in SUBJECTS if BROKERS[one.broker].costs is not None], ids=str, indirect=True
)

Call: TypeAlias = Callable[[Bench, Session], Awaitable[object]]


async def test_t20_holdings_are_what_the_account_owns(any_bench: Bench) -> None:
    """H04."""
    session, untold = await any_bench.session(), known(any_bench.subject.broker).untold

    holdings = {row.symbol: row for row in await any_bench.connector.holdings(session)}

    assert holdings.keys() == STARTER_HOLDINGS.keys()
    for symbol, (quantity, average) in STARTER_HOLDINGS.items():
        row = holdings[symbol]
        told = {"t1_quantity": 0, "collateral_quantity": 0, "average_price": average}
        assert (row.quantity, row.sellable, row.isin, row.exchange) == (
            quantity,
            quantity,
            security(symbol).isin,
            "NSE",
        )
        assert {name: getattr(row, name) for name in told} == {**told, **dict.fromkeys(untold)}
        assert all(type(value) is int for value in (row.quantity, row.sellable, row.average_price or 0))


async def test_t20_pledged_and_undelivered_shares_are_told_apart(any_bench: Bench) -> None:
    """H04."""
    _needs_split_holdings(any_bench)
    session, untold = await any_bench.session("pledged"), known(any_bench.subject.broker).untold

    holdings = {row.symbol: row for row in await any_bench.connector.holdings(session)}

    reliance, tcs, infy = holdings["RELIANCE"], holdings["TCS"], holdings["INFY"]
    pledged = (None, None) if "collateral_quantity" in untold else (100, 180)
    assert (reliance.collateral_quantity, infy.collateral_quantity) == pledged
    assert rules_of(any_bench).tells_pledged is ("collateral_quantity" not in untold)
    on_their_way = (None, None) if "t1_quantity" in untold else (50, 20)
    assert (reliance.sellable, tcs.t1_quantity, infy.t1_quantity) == (50, *on_their_way)
    assert 100 <= tcs.sellable <= 150
    assert 0 <= infy.sellable <= 20


def rules_of(bench: Bench) -> PortfolioRules:
    portfolio = BROKERS[bench.subject.broker].portfolio
    assert portfolio is not None
    return portfolio.rules


def _needs_split_holdings(bench: Bench) -> None:
    if not known(bench.subject.broker).splits_holdings:
        pytest.skip("this broker's holdings are one number of shares")


async def test_t20_pledged_and_undelivered_shares_that_are_not_told_are_unknown_and_not_sold(any_bench: Bench) -> None:
    """H04."""
    if known(any_bench.subject.broker).splits_holdings:
        pytest.skip("this broker tells them")
    session = await any_bench.session("pledged")

    rows = await any_bench.connector.holdings(session)

    assert {(row.t1_quantity, row.collateral_quantity) for row in rows} == {(None, None)}
    assert not rules_of(any_bench).tells_pledged
    shares = shares_of(security("RELIANCE").isin, Rows(rows), Rows([]), sells_pledged=None, sold_counts_open=None)
    assert shares is not None
    assert (shares.free, shares.certain) == (50, False)


async def test_t20_an_empty_account_has_no_holdings(any_bench: Bench) -> None:
    assert await any_bench.connector.holdings(await any_bench.session("no-holdings")) == []


async def test_t20_a_large_portfolio_is_read_whole(any_bench: Bench) -> None:
    """H01."""
    assert len(await any_bench.connector.holdings(await any_bench.session("large-portfolio"))) == 150


async def test_t20_what_was_sold_today_cannot_be_sold_again(api_bench: Bench) -> None:
    session = await api_bench.session()
    await api_bench.connector.place(session, order(40, side=Side.SELL))

    (row,) = [row for row in await api_bench.connector.holdings(session) if row.symbol == "INFY"]

    assert row.sellable == 160


async def test_t21_what_sellable_says_can_be_sold(api_bench: Bench) -> None:
    session = await api_bench.session("pledged")
    for row in await api_bench.connector.holdings(session):
        if row.sellable and row.sellable not in QUANTITIES:
            wanted = order(row.sellable, symbol=row.symbol, side=Side.SELL)
            await api_bench.connector.place(session, wanted)
            assert (await api_bench.booked(session, wanted.tag)).status.value == "COMPLETE", row


async def test_t21_pledged_shares_are_sold_where_the_broker_says_that_it_sells_them(api_bench: Bench) -> None:
    """Fifty are free and a hundred pledged."""
    if "collateral_quantity" in known(api_bench.subject.broker).untold:
        pytest.skip("this broker does not tell what is pledged")
    session = await api_bench.session("pledged")
    sells = api_bench.connector.capabilities.sells_pledged
    (before,) = [row for row in await api_bench.connector.holdings(session) if row.symbol == "RELIANCE"]
    wanted = order(before.quantity + (before.collateral_quantity or 0), symbol="RELIANCE", side=Side.SELL)

    await api_bench.connector.place(session, wanted)

    status = (await api_bench.booked(session, wanted.tag)).status
    after = [row for row in await api_bench.connector.holdings(session) if row.symbol == "RELIANCE"]
    assert (before.sellable, before.collateral_quantity) == (50, 100)
    assert status is (BrokerStatus.COMPLETE if sells else BrokerStatus.REJECTED)
    assert sum(row.sellable + (row.collateral_quantity or 0) for row in after) == (0 if sells else 150)


async def test_t21_what_was_bought_today_is_a_position_and_no_holding(api_bench: Bench) -> None:
    session = await api_bench.session("no-holdings")
    await api_bench.connector.place(session, order(7))

    before = await api_bench.connector.positions(session)
    await api_bench.connector.place(session, order(3, side=Side.SELL))
    after = await api_bench.connector.positions(session)

    assert await api_bench.connector.holdings(session) == []
    assert [(row.symbol, row.exchange, row.delivery, row.bought, row.sold) for row in before] == [
        ("INFY", "NSE", True, 7, 0)
    ]
    assert (sum(row.bought for row in after), sum(row.sold for row in after)) == (7, 3)
    assert {row.isin for row in after} <= {None, INFY.isin}


async def test_t21_what_was_sold_today_is_told_beside_what_is_left(api_bench: Bench) -> None:
    _needs_split_holdings(api_bench)
    session = await api_bench.session()
    await api_bench.connector.place(session, order(40, side=Side.SELL))
    await api_bench.connector.place(session, order(2))

    (row,) = [row for row in await api_bench.connector.holdings(session) if row.symbol == "INFY"]

    assert (row.quantity, row.sellable, row.sold_today) == (160, 160, 40)
    shares = shares_of(
        INFY.isin,
        Rows([row]),
        Rows(await api_bench.connector.positions(session)),
        sells_pledged=api_bench.connector.capabilities.sells_pledged,
        sold_counts_open=api_bench.connector.capabilities.sold_counts_open,
    )
    exact = api_bench.connector.capabilities.sold_counts_open is False
    assert shares is not None
    assert (shares.free, shares.certain) == (162 if exact else 160, exact)
    assert api_bench.account.sellable("INFY") == 162


async def test_t21_without_authorisation_only_what_was_released_can_be_sold(api_bench: Bench) -> None:
    if not api_bench.connector.capabilities.holdings_tell_released:
        pytest.skip("this broker does not tell what was authorised")
    session = with_edis(await api_bench.session("needs-edis"), True)

    before = {row.symbol: row.sellable for row in await api_bench.connector.holdings(session)}
    api_bench.sandbox.exchange.authorise(api_bench.account, {"INFY": 25})
    after = {row.symbol: row.sellable for row in await api_bench.connector.holdings(session)}
    await api_bench.connector.place(session, order(10, side=Side.SELL))
    sold = {row.symbol: row.sellable for row in await api_bench.connector.holdings(session)}

    assert set(before.values()) == {0}
    assert (after["INFY"], after["TCS"], sold["INFY"]) == (25, 0, 15)


async def test_t22_funds_are_the_cash_that_can_be_spent(any_bench: Bench) -> None:
    funds = await any_bench.connector.funds(await any_bench.session())

    assert funds == STARTING_CASH
    assert type(funds) is int


async def test_t22_no_cash_is_no_funds(any_bench: Bench) -> None:
    assert await any_bench.connector.funds(await any_bench.session("no-funds")) == 0


async def test_t22_a_buy_is_paid_from_the_funds(api_bench: Bench) -> None:
    session = await api_bench.session()
    price = api_bench.sandbox.exchange.last_price("INFY")

    await api_bench.connector.place(session, order(3))

    assert await api_bench.connector.funds(session) == STARTING_CASH - 3 * price


@PRICES
async def test_t23_prices_are_the_markets(any_bench: Bench) -> None:
    session = await any_bench.session()
    asked = [INFY, security("M&M"), security("BAJAJ-AUTO")]

    prices = await any_bench.connector.quotes(session, asked)

    assert prices == {one.symbol: any_bench.sandbox.exchange.last_price(one.symbol) for one in asked}
    assert all(type(price) is int for price in prices.values())
    assert any_bench.arrived(Operation.QUOTES) == ceil(len(asked) / known(any_bench.subject.broker).prices_at_once)


@PRICES
async def test_t23_a_security_without_a_price_is_absent_or_the_broker_says_no_to_all(any_bench: Bench) -> None:
    """Some leave it out, others document that one bad key refuses the whole request."""
    session = await any_bench.session()
    asked = [INFY, Instrument("NSE", "NOSUCH", "INE000000000")]

    try:
        prices = await any_bench.connector.quotes(session, asked)
    except Unknown:
        prices = await any_bench.connector.quotes(session, [INFY])
    assert prices == {"INFY": any_bench.sandbox.exchange.last_price("INFY")}


def proposal(quantity: int = 7, *, price: int = 150000, limit: bool = False, side: Side = Side.BUY) -> Proposal:
    kind = OrderType.LIMIT if limit else OrderType.MARKET
    return Proposal(INFY, side, quantity, kind, price, Variety.REGULAR)


@COSTS
async def test_t25_the_margin_of_a_delivery_buy_is_what_it_costs(any_bench: Bench) -> None:
    session = await any_bench.session()

    margin = await any_bench.connector.margin(session, [proposal(limit=True)])

    assert margin == 7 * 150000
    assert type(margin) is int
    assert any_bench.arrived(Operation.MARGINS) == 1


@COSTS
async def test_t25_the_margin_of_a_basket_is_told_as_one(any_bench: Bench) -> None:
    session = await any_bench.session()
    tcs = replace(proposal(2, price=320000, limit=True), instrument=security("TCS"))

    assert await any_bench.connector.margin(session, [proposal(limit=True), tcs]) == 7 * 150000 + 2 * 320000


@COSTS
async def test_t25_charges_are_more_than_the_tax_and_less_than_the_order(any_bench: Bench) -> None:
    """The tax on delivery trades alone is a thousandth."""
    session = await any_bench.session()

    bought = await any_bench.connector.charges(session, [proposal(100)])
    sold = await any_bench.connector.charges(session, [proposal(100, side=Side.SELL)])

    assert 15000 < sold < bought < 100_000
    assert any_bench.arrived(Operation.CHARGES) == 2


@COSTS
async def test_t25_what_a_broker_cannot_reckon_is_not_nothing(any_bench: Bench) -> None:
    session = await any_bench.session()
    unlisted = replace(proposal(limit=True), instrument=Instrument("NSE", "NOSUCH", "INE000000000"))

    with pytest.raises(Unknown):
        await any_bench.connector.margin(session, [unlisted])
    with pytest.raises(Unknown):
        await any_bench.connector.charges(session, [unlisted])


@COSTS
async def test_t25_no_more_orders_are_asked_for_than_a_broker_takes(any_bench: Bench) -> None:
    costs = any_bench.connector.parts.costs
    assert costs is not None
    most, session = costs.rules.margin_at_once, await any_bench.session()
    if most is None:
        pytest.skip("this broker sets no limit")
    shares = [name for name, one in listed().items() if one.lot == 1][: most + 1]
    several = [replace(proposal(1, limit=True), instrument=security(symbol)) for symbol in shares]

    assert await any_bench.connector.margin(session, several[:most]) == most * 150000
    with pytest.raises(Unknown):
        await any_bench.connector.margin(session, several)


CALLS: dict[str, Call] = {
    "orders": lambda bench, session: bench.connector.orders(session),
    "orders_by_tag": lambda bench, session: bench.connector.orders_by_tag(session, order().tag),
    "holdings": lambda bench, session: bench.connector.holdings(session),
    "positions": lambda bench, session: bench.connector.positions(session),
    "funds": lambda bench, session: bench.connector.funds(session),
    "quotes": lambda bench, session: bench.connector.quotes(session, [INFY]),
    "margin": lambda bench, session: bench.connector.margin(session, [proposal()]),
    "charges": lambda bench, session: bench.connector.charges(session, [proposal()]),
}
WRITES: dict[str, Call] = {
    "place": lambda bench, session: bench.connector.place(session, order()),
    "cancel": lambda bench, session: bench.connector.cancel(session, "261118000000001", Variety.REGULAR),
}


@pytest.mark.parametrize("name", CALLS)
async def test_t24_a_read_after_the_session_ended_says_so(any_bench: Bench, name: str) -> None:
    """S04, R05."""
    if not any_bench.offers(name):
        pytest.skip("this broker does not offer it")
    session = await any_bench.session()
    any_bench.sandbox.world.sessions_of(any_bench.subject.broker).end(any_bench.account)

    with pytest.raises(SessionEnded):
        await CALLS[name](any_bench, session)


@pytest.mark.parametrize("name", WRITES)
async def test_t24_an_order_after_the_session_ended_was_not_sent(api_bench: Bench, name: str) -> None:
    """S04."""
    session = await api_bench.session()
    api_bench.sandbox.world.sessions_of(api_bench.subject.broker).end(api_bench.account)

    with pytest.raises(SessionEnded):
        await WRITES[name](api_bench, session)

    assert api_bench.sandbox.ledger.orders == []


async def test_t24_a_session_dies_between_two_orders(api_bench: Bench) -> None:
    """S04."""
    session = await api_bench.session()
    api_bench.fault(Kind.TOKEN_DIES, after=1)
    first, second = order(7), order(3)

    await api_bench.connector.place(session, first)
    with pytest.raises(SessionEnded):
        await api_bench.connector.place(session, second)

    assert [len(api_bench.at_broker(one.tag)) for one in (first, second)] == [1, 0]


async def test_t24_a_session_ends_when_its_login_said_it_would(any_bench: Bench) -> None:
    """T03."""
    login = await any_bench.login()
    session = Session(login.broker_user_id, login.secrets)
    left = (login.expires_at - any_bench.clock.now()).total_seconds()

    any_bench.advance(left - 2)
    await any_bench.connector.holdings(session)
    any_bench.advance(3)

    with pytest.raises(SessionEnded):
        await any_bench.connector.holdings(session)


async def test_t24_a_made_up_token_is_no_session(any_bench: Bench) -> None:
    session = await any_bench.session()

    with pytest.raises(SessionEnded):
        await any_bench.connector.funds(Session("XX0000", dict.fromkeys(session.secrets, "made-up")))
