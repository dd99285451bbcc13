"""An investor in front of a review: logged in, while orders can be placed."""

from collections.abc import Sequence
from dataclasses import dataclass

from torana.baskets import missing
from torana.connectors.contract import Connector, ExecutionMode, SessionEnded, Variety
from torana.flows.account import Account, login_over, read_account
from torana.flows.context import CurrentVisit, FlowServices, live_session, pace_of
from torana.flows.contract import Fail, LoginNeeded, Step
from torana.flows.ordering.lines import Draft, NotAtBroker, UnknownSecurity, drafts_of
from torana.flows.ordering.models import Line
from torana.flows.ordering.trading import Market, market_of
from torana.holdings.snapshots import Reading
from torana.investors.models import LiveSession
from torana.orders.pace import Pace
from torana.transactions.outcomes import INTENT_NOT_ENABLED, INTERNAL_ERROR, MARKET_CLOSED, ORDERS_HALTED


@dataclass(frozen=True, slots=True)
class Moment:
    """An investor who is logged in while orders can be placed; `variety` is as what they would be placed now."""

    services: FlowServices
    current: CurrentVisit
    connector: Connector
    session: LiveSession
    market: Market
    variety: Variety

    @property
    def in_browser(self) -> bool:
        """The orders go by the broker's own page."""
        return self.connector.execution_mode is ExecutionMode.REDIRECT_BASKET

    def drafted(self, lines: Sequence[Line]) -> list[Draft] | Fail:
        """The lines as this broker knows them, or why it cannot take them."""
        try:
            return drafts_of(lines, self.connector.capabilities, self.current.gateway.mode)
        except UnknownSecurity:
            return Fail(INTERNAL_ERROR)
        except NotAtBroker:
            return Fail(INTENT_NOT_ENABLED)

    async def account(self, drafts: Sequence[Draft], *, shares: bool = False) -> Account | LoginNeeded:
        """Prices and funds as the broker tells them now; `shares`: those that are held, too."""
        instruments, session = [draft.instrument for draft in drafts], self.session.as_session()
        services, asked_at = self.services, self.services.clock.now()
        try:
            account = await read_account(self.connector, session, instruments, self.pace, with_shares=shares)
        except SessionEnded:
            return await login_over(services, self.session, self.current.transaction.gateway_id)
        portfolio = None if account.held is None else self.connector.portfolio
        if account.held is not None and portfolio is not None:
            reading = Reading(self.session.broker, account.held, asked_at, portfolio.rules.tells_pledged)
            at = self.current.transaction.gateway_id, self.session.investor_id
            await missing.notice(services.database, *at, reading, services.clock.now())
        return account

    @property
    def pace(self) -> Pace:
        return pace_of(self.services, self.current.gateway, self.connector, self.session.broker_user_id)

    @property
    def releases(self) -> bool:
        """Whether shares are released from here before they are sold: the login said that they must be, and the
        broker's own page does not come after this one."""
        releases = self.connector.capabilities.releases is not None
        return not self.in_browser and releases and self.session.edis_needed is True

    @property
    def most_orders(self) -> int | None:
        """So many orders the broker takes in one go, None where it sets no limit."""
        return self.connector.capabilities.basket_limit if self.in_browser else None


async def moment_of(services: FlowServices, current: CurrentVisit, connector: Connector) -> Moment | Step:
    """Whether anything can be ordered now, or why it cannot be."""
    session = live_session(services, current)
    if session is None:
        return LoginNeeded()
    if current.halt is not None:
        return Fail(ORDERS_HALTED)
    market = await market_of(services, current.gateway, connector.capabilities, amo=current.visit.amo)
    if market.variety is None:
        return Fail(MARKET_CLOSED)
    return Moment(services, current, connector, session, market, market.variety)
