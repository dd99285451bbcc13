"""What the broker says of the investor's account before they confirm: prices, money, shares. Quickly or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from torana.connectors.contract import (
    Calls,
    Connector,
    Holding,
    Instrument,
    NotSent,
    Position,
    Rows,
    Session,
    SessionEnded,
    Unknown,
)
from torana.flows.context import FlowServices
from torana.flows.contract import LoginNeeded
from torana.flows.shares import Shares, shares_of
from torana.holdings.combine import combined
from torana.holdings.models import Held
from torana.investors.models import LiveSession
from torana.kit.money import Paise
from torana.orders.pace import Pace

T = TypeVar("T")

PATIENCE = 3.0
"""Seconds for all of it together."""


@dataclass(frozen=True, slots=True)
class Account:
    """None is what the broker did not tell in time, or not so that it can be read. Prices by `price_key`,
    shares by ISIN; prices and funds in paise. `held` is all that the account holds."""

    prices: Mapping[str, Paise] | None
    funds: Paise | None
    shares: Mapping[str, Shares | None] | None
    held: Sequence[Held] | None = None


def price_key(exchange: str, symbol: str) -> str:
    """Under which an open page finds a newer price of a line: the symbol, on the BSE with its exchange before it."""
    return symbol if exchange == "NSE" else f"{exchange}:{symbol}"


async def read_account(
    connector: Connector,
    session: Session,
    instruments: Sequence[Instrument],
    pace: Pace,
    *,
    with_funds: bool = True,
    with_shares: bool,
) -> Account:
    """Ask for everything at once; no instruments, no prices. Raises `SessionEnded` when the login is over."""
    quotes, portfolio = connector.quotes, connector.portfolio
    ask = partial(in_time, pace)
    prices, funds, holdings, positions = await asyncio.gather(
        ask(Calls.QUOTES, lambda: quotes.prices(session, instruments)) if instruments and quotes else _nothing(),
        ask(Calls.FUNDS, lambda: portfolio.funds(session)) if with_funds and portfolio else _nothing(),
        ask(Calls.HOLDINGS, lambda: portfolio.holdings(session)) if with_shares and portfolio else _nothing(),
        ask(Calls.POSITIONS, lambda: portfolio.positions(session)) if with_shares and portfolio else _nothing(),
    )
    for told in (prices, funds, holdings, positions):
        if isinstance(told, SessionEnded):
            raise told
    return Account(
        None
        if prices is None or isinstance(prices, SessionEnded)
        else {price_key(one.exchange, one.symbol): price for one, price in prices.items()},
        None if isinstance(funds, SessionEnded) else funds,
        None
        if holdings is None or isinstance(holdings, SessionEnded)
        else {
            one.isin: shares_of(
                one.isin,
                holdings,
                None if isinstance(positions, SessionEnded) else positions,
                sells_pledged=connector.capabilities.sells_pledged,
                sold_counts_open=connector.capabilities.sold_counts_open,
            )
            for one in instruments
        },
        _held(holdings, positions),
    )


def _held(
    holdings: Rows[Holding] | SessionEnded | None, positions: Rows[Position] | SessionEnded | None
) -> Sequence[Held] | None:
    """Of rows that came and can be read, all of them."""
    if not isinstance(holdings, Rows) or not isinstance(positions, Rows) or holdings.unread or positions.unread:
        return None
    return combined(holdings.read, positions.read)


async def login_over(services: FlowServices, session: LiveSession, gateway_id: str) -> LoginNeeded:
    """The broker takes this login no more: it ends here, too."""
    await services.sessions.end(gateway_id, session.session_id, services.clock.now())
    return LoginNeeded()


async def in_time(pace: Pace, calls: Calls, ask: Callable[[], Awaitable[T]]) -> T | SessionEnded | None:
    """What came in time. The end of a session is handed on as a value, so that the other questions end in peace."""
    try:
        # Brokers count questions by the second (Kite: one for prices); a review that is loaded twice is no reason to
        # show none.
        return await asyncio.wait_for(pace.ask(calls, ask), PATIENCE)
    except SessionEnded as over:
        return over
    except (NotSent, Unknown, TimeoutError):
        return None


async def _nothing() -> None:
    return None
