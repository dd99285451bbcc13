"""All that a broker tells of an account, or nothing of it: rows over a broker that answers as it is told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.holdings.test_combine import row, trade
from tests.portal.quiet import SESSION, quiet
from tests.support.clock import HandClock
from torana.connectors.contract import (
    Connector,
    Holding,
    NotSent,
    PortfolioRules,
    Position,
    Rows,
    Session,
    SessionEnded,
    Unknown,
    Unread,
)
from torana.holdings.models import HoldingsUnavailable, WhyUnavailable
from torana.holdings.read_account import read_account
from torana.holdings.snapshots import Reading
from torana.kit.database import Database
from torana.orders.pace import Pace
from torana.partners.models import Mode

MANY = [row(f"INE{number:08}1") for number in range(10_000)]


class Told:
    """A portfolio that answers so."""

    rules = PortfolioRules()

    def __init__(self, holdings: Any, positions: Any) -> None:
        self._holdings, self._positions = holdings, positions

    async def holdings(self, _: Session) -> Rows[Holding]:
        return cast(Rows[Holding], _said(self._holdings))

    async def positions(self, _: Session) -> Rows[Position]:
        return cast(Rows[Position], _said(self._positions))


def _said(what: Any) -> Rows[Any]:
    if isinstance(what, Exception):
        raise what
    return Rows(what) if isinstance(what, Sequence) else what


def broker(holdings: Any, positions: Any = ()) -> Connector:
    return replace(quiet(), portfolio=cast(Any, Told(holdings, positions)))


async def read(connector: Connector, database: Database, clock: HandClock) -> Reading:
    pace = Pace(database, Mode.TEST, connector.broker, "AB1234")
    return await read_account(connector, SESSION, pace, clock)


@pytest.mark.parametrize(
    ("holdings", "positions", "why"),
    [
        (Unknown("half an answer"), [], WhyUnavailable.NOT_ANSWERED),
        (NotSent("refused"), [], WhyUnavailable.NOT_ANSWERED),
        ([row()], Unknown("half an answer"), WhyUnavailable.NOT_ANSWERED),
        (Rows([row()], [Unread("INE154A01025", None)]), [], WhyUnavailable.UNREADABLE),
        (Rows([row()], [Unread(None, None)]), [], WhyUnavailable.UNREADABLE),
        ([row()], Rows([trade(bought=1)], [Unread(None, None)]), WhyUnavailable.UNREADABLE),
        (MANY, [], WhyUnavailable.TOO_MANY),
    ],
)
async def test_a_part_is_never_told_as_the_whole(
    database: Database, clock: HandClock, holdings: Any, positions: Any, why: WhyUnavailable
) -> None:
    """H01; and 10,000 holdings from a broker are a named error."""
    with pytest.raises(HoldingsUnavailable) as unavailable:
        await read(broker(holdings, positions), database, clock)

    assert unavailable.value.why is why


async def test_five_thousand_securities_are_read(database: Database, clock: HandClock) -> None:
    told = await read(broker(MANY[:5_000]), database, clock)

    assert len(told.held) == 5_000
    assert told.taken_at == clock.now()


async def test_a_login_that_ended_counts_more_than_what_did_not_come(database: Database, clock: HandClock) -> None:
    with pytest.raises(SessionEnded):
        await read(broker(Unknown("half an answer"), SessionEnded("over")), database, clock)
