"""Last prices of the lines of a basket."""

from collections.abc import Mapping

from torana.connectors.contract import Connector
from torana.flows.account import read_account
from torana.flows.ordering.lines import drafts_of
from torana.investors.models import LiveSession
from torana.kit.money import Paise
from torana.orders.pace import Pace
from torana.transactions.models import Transaction


async def last_prices(
    connector: Connector, session: LiveSession, transaction: Transaction, pace: Pace
) -> Mapping[str, Paise]:
    """By the key of a line on the page, as far as the broker told in time. Raises `SessionEnded`, and what `drafts_of`
    raises."""
    instruments = [draft.instrument for draft in drafts_of(transaction, connector.capabilities, pace.mode)]
    account = await read_account(
        connector, session.as_session(), instruments, pace, with_funds=False, with_shares=False
    )
    return account.prices or {}
