"""How many shares of one security can be sold, from everything that the broker tells: its rows, and the day's trades.

Rows belong together by ISIN, whatever their exchange. What was bought today is in no holding yet and can be sold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torana.connectors.contract import Holding, Position, Rows, Unread
from torana.holdings.combine import isin_of
from torana.market.securities import find


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one security in one account, by what stands between them and a sale."""

    free: int = 0
    """Sold as they are, bought today included."""
    waiting: int = 0
    """There, but the depository must allow it first, or the broker does not say that they are free."""
    pledged: int = 0
    certain: bool = True
    """Whether there can be no further shares: everything was told, and nothing in it is unknown to us."""

    @property
    def most(self) -> int:
        """More than this the account cannot sell, as far as the broker tells."""
        return self.free + self.waiting + self.pledged


def shares_of(
    isin: str,
    told: Rows[Holding],
    today: Rows[Position] | None,
    *,
    sells_pledged: bool | None,
    sold_counts_open: bool | None,
) -> Shares | None:
    """`today` None: the broker did not tell what was traded today. The two rules are those of `PortfolioRules`: where
    open orders may count as sold, the day's sales are taken off what was bought today, and more may be there. The
    result is None where a row that could not be read was, or may have been, about shares of this security that are
    held."""
    holdings = told.read
    if any(_may_be_about(row, isin, holdings) for row in told.unread):
        return None
    positions = None if today is None or any(_may_be_about(row, isin, holdings) for row in today.unread) else today.read
    rows = [row for row in holdings if row.isin == isin]
    own = [row for row in rows if row.delivery is True]
    split = all(row.t1_quantity is not None and row.collateral_quantity is not None for row in own)
    certain = positions is not None and split and len(own) == sum(row.delivery is not False for row in rows)
    traded = [one for one in positions or () if one.delivery is not False]
    named = [(one, isin_of(one, holdings)) for one in traded]
    own_trades = [one for one, its in named if its == isin and one.delivery is True]
    certain = certain and all(its is not None and (its != isin or one.delivery is True) for one, its in named)
    free = sum(max(row.sellable, 0) for row in own)
    owned = sum(max(row.sellable, row.quantity + (row.t1_quantity or 0), 0) for row in own)
    pledged = 0 if sells_pledged is False else sum(max(row.collateral_quantity or 0, 0) for row in own)
    out_of_holdings = sum(row.sold_today for row in own)
    if out_of_holdings and sold_counts_open is not False:
        certain, out_of_holdings = False, 0
    return Shares(free + _bought_left(own_trades, out_of_holdings), owned - free, pledged, certain)


def _bought_left(today: Sequence[Position], out_of_holdings: int) -> int:
    """What was bought today and not sold again: sales that did not come out of the holdings came out of it."""
    sold = sum(one.sold for one in today) - out_of_holdings
    return max(sum(one.bought for one in today) - max(sold, 0), 0)


def _may_be_about(row: Unread, isin: str, holdings: Sequence[Holding]) -> bool:
    if row.isin is not None:
        return row.isin == isin
    if row.symbol is None:
        return True
    named = {one.isin for one in holdings if one.symbol == row.symbol}
    security = find(row.symbol)
    return isin in named or security is None or security.isin == isin
