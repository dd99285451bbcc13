"""Holdings and funds as brokers show them, computed once for all: amounts in rupees, quantities in shares."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange

_FOUR = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class HoldingView:
    """One row of the holdings. What was bought today is not among them but among the positions."""

    account: Account
    held: Holding
    last: Paise
    close: Paise
    """The close of the session before."""
    authorised: int
    """Released at the depository for sale today, as far as the broker tells it."""
    free_to_sell: bool
    """All shares of the security, in this row and any other: no authorisation is wanted any more."""

    @property
    def security(self) -> Security:
        return self.held.security

    @property
    def symbol(self) -> str:
        return self.held.symbol

    @property
    def settled(self) -> int:
        """Delivered and not pledged, as it stood this morning."""
        return self.held.quantity

    @property
    def delivered(self) -> int:
        """Delivered, not pledged and not sold today."""
        return max(self.held.quantity - self.held.free_sold, 0)

    @property
    def t1(self) -> int:
        """Bought the trading day before, as it stood this morning."""
        return self.held.t1

    @property
    def arriving(self) -> int:
        """Of those: not sold today."""
        return self.held.t1 - min(max(self.held.free_sold - self.held.quantity, 0), self.held.t1)

    @property
    def collateral(self) -> int:
        """Pledged, as it stood this morning."""
        return self.held.collateral

    @property
    def pledged(self) -> int:
        """Pledged and not sold today."""
        return self.held.collateral - self.held.pledged_sold

    @property
    def owned(self) -> int:
        """Everything of this morning: settled, on its way, pledged."""
        return self.held.quantity + self.held.t1 + self.held.collateral

    @property
    def used(self) -> int:
        """Sold today, pledged shares too."""
        return min(self.held.free_sold, self.held.quantity + self.held.t1) + self.held.pledged_sold

    @property
    def average_price(self) -> Decimal:
        return rupees(self.held.average_price)

    @property
    def last_price(self) -> Decimal:
        return rupees(self.last)

    @property
    def close_price(self) -> Decimal:
        return rupees(self.close)

    @property
    def gain_now(self) -> Decimal:
        """On what is neither sold nor pledged."""
        return rupees((self.last - self.held.average_price) * (self.delivered + self.arriving))

    @property
    def gain(self) -> Decimal:
        """On everything of this morning."""
        return rupees((self.last - self.held.average_price) * self.owned)

    @property
    def day_change(self) -> Decimal:
        """Per share."""
        return rupees(self.last - self.close)

    @property
    def day_change_percentage(self) -> Decimal:
        return (Decimal(self.last - self.close) * 100 / self.close).quantize(_FOUR, ROUND_HALF_UP)


def holdings(exchange: Exchange, account: Account, *, by_exchange: bool = True) -> list[HoldingView]:
    """What is delivered, on its way from yesterday, or pledged: of a security a row for each exchange where it lies, or
    one for all."""
    now = exchange.now()
    return [
        HoldingView(
            account,
            row,
            exchange.last_price(row.security),
            exchange.prices.previous_close(row.security, now),
            row.authorised_told(now),
            not account.needs_edis or held.authorised_told(now) >= held.quantity,
        )
        for held in account.holdings.values()
        if held.owned > held.bought
        for row in (held.rows() if by_exchange else [held])
    ]


@dataclass(frozen=True, slots=True)
class FundsView:
    """Cash, and nothing else: there is no collateral and no margin."""

    available: Decimal
    """What may be spent now."""
    cash: Decimal
    """With what open buys block."""
    opening: Decimal
    """This morning."""
    account: Account | None = None
    """Whose; None of a segment in which nothing is simulated."""

    @property
    def used(self) -> Decimal:
        """Spent or blocked today."""
        return self.opening - self.available

    @property
    def pledged(self) -> Decimal:
        """Of collateral, which nobody has."""
        return rupees(0)


NO_FUNDS = FundsView(rupees(0), rupees(0), rupees(0))


def funds(exchange: Exchange, account: Account) -> FundsView:
    available = exchange.available_cash(account)
    return FundsView(rupees(available), rupees(account.cash), rupees(account.opening_cash), account)
