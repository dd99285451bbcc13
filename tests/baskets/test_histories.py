"""Whatever an investor does: what their investments hold and the free shares are together what the fills say, less what
left. 60 histories, 10,000 in `make campaign`; `torana doctor` asks the same of an installation (B1, B5, B6)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.baskets.test_outcomes import BEGUN, ITC, TCS, of
from tests.orders.making import NOW, order
from tests.support.examples import MANY
from torana.baskets.adjust import Asked, Unreconcilable, adjusted, taken_back, trade_of
from torana.baskets.investments import Kind, outcome, reconciled, trades
from torana.baskets.isin_changes import converted
from torana.baskets.models import AcceptedBy, Adjustment, Investment, IsinChange, Missing
from torana.baskets.positions import Left
from torana.baskets.store.trades import Trade
from torana.connectors.contract import Side
from torana.orders.models import Batch, Order
from torana.orders.states import OrderState

NAMES = {TCS: "TCS", ITC: "ITC"}
PRICES = st.integers(1, 500_000)
HISTORIES = 10_000 if MANY else 60


@dataclass
class Ledger:
    """An investor with investments, and what stands in the books beside them. `batches` are those that have ended, as
    they were told last, by the investment that they are for (None: for no basket)."""

    investments: list[Investment]
    batches: list[tuple[int | None, Batch]] = field(default_factory=list)
    trades: list[list[Trade]] = field(default_factory=lambda: [[], []])
    adjustments: list[Adjustment] = field(default_factory=list)

    def filled(self, which: int | str | None, isin: str, side: Side) -> list[Order]:
        """The orders that filled something: of an investment, of no basket, or (`all`) all."""
        return [
            one
            for owner, batch in self.batches
            for one in batch.orders
            if (which in ("all", owner)) and (one.isin, one.side) == (isin, side)
        ]

    def net(self, which: int | str | None, isin: str) -> int:
        bought, sold = (sum(one.filled_quantity for one in self.filled(which, isin, side)) for side in Side)
        return bought - sold

    def held(self, which: int) -> Counter[str]:
        return Counter({one.isin: one.shares for one in self.investments[which].held})


def _line(draw: st.DrawFn, number: int, side: Side, isin: str, most: int) -> Order:
    """An order of which some, all or nothing was filled."""
    quantity = draw(st.integers(1, most))
    filled = draw(st.integers(0, quantity))
    state = OrderState.COMPLETE if filled == quantity else OrderState.CANCELLED
    return order(
        state, order_id=f"{number}{isin}", isin=isin, symbol=NAMES[isin], side=side, quantity=quantity,
        filled_quantity=filled, average_price=draw(PRICES) if filled else 0,
    )  # fmt: skip


def _ordered(draw: st.DrawFn, ledger: Ledger, which: int | None) -> None:
    lines, number = [], len(ledger.batches)
    held = Counter(dict.fromkeys(NAMES, 10_000)) if which is None else ledger.held(which)
    for isin in draw(st.sets(st.sampled_from((TCS, ITC)), min_size=1)):
        sells = held[isin] > 0 and draw(st.booleans())
        most = held[isin] if sells else 200
        lines.append(_line(draw, number, Side.SELL if sells else Side.BUY, isin, most))
    batch = of(Kind.MANAGE, *lines, batch_id=f"batch{number}")
    if which is not None:
        _told(ledger, which, msgspec.structs.replace(batch, completed_at=None), batch)
    ledger.batches.append((which, batch))


def _corrected(draw: st.DrawFn, ledger: Ledger, at: int) -> None:
    """A fill that had crossed the cancellation comes in late, or the broker tells another price."""
    which, before = ledger.batches[at]
    number = draw(st.integers(0, len(before.orders) - 1))
    known = before.orders[number]
    held = 10_000 if which is None else ledger.held(which)[known.isin]
    most = known.quantity - known.filled_quantity
    more = draw(st.integers(0, most if known.side is Side.BUY else min(most, held)))
    filled = known.filled_quantity + more
    changed = msgspec.structs.replace(known, filled_quantity=filled, average_price=draw(PRICES) if filled else 0)
    lines = [changed if one is known else one for one in before.orders]
    batch = msgspec.structs.replace(before, orders=lines)
    batch.status = batch.folded
    if which is not None:
        _told(ledger, which, before, batch)
    ledger.batches[at] = which, batch


def _told(ledger: Ledger, which: int, before: Batch, batch: Batch) -> None:
    ledger.investments[which] = outcome(ledger.investments[which], before, batch, NOW).investment
    ledger.trades[which] += trades(before, batch, NOW)


def _left(draw: st.DrawFn, ledger: Ledger, which: int) -> None:
    """Shares are gone that were sold elsewhere, at a price that somebody knows or not."""
    investment, held = ledger.investments[which], ledger.held(which)
    if not held:
        return
    isin = draw(st.sampled_from(sorted(held)))
    gone = Left(isin, draw(st.integers(1, held[isin])), draw(st.none() | PRICES))
    missing = {isin: Missing(isin, held[isin], NOW, NOW)}
    asked = Asked((gone,), None, AcceptedBy.INVESTOR)
    found = adjusted(investment, asked, missing, _by_day(ledger.trades[which]), NOW + timedelta(days=9))
    ledger.investments[which] = reconciled(investment, asked.gone, NOW).investment
    _adjusted(ledger, which, found)


def _taken_back(draw: st.DrawFn, ledger: Ledger, which: int) -> None:
    """Somebody says that what had left had not: one of those that stand, with what it became or came of."""
    own = [one for one in ledger.adjustments if one.iscid == str(which)]
    over = {one.takes_back for one in own}
    standing = [one for one in own if one.takes_back is None and one.adjustment_id not in over]
    if not standing:
        return
    chosen = draw(st.sampled_from(standing))
    undone = [one for one in standing if chosen.adjustment_id in (one.adjustment_id, one.pair)]
    try:
        ledger.investments[which], back = taken_back(ledger.investments[which], undone, AcceptedBy.PARTNER, NOW)
    except Unreconcilable:
        return
    _adjusted(ledger, which, back)


def _converted(draw: st.DrawFn, ledger: Ledger, which: int) -> None:
    """A company splits its shares, or puts them together, and they have another ISIN then."""
    isin, new = draw(st.permutations(sorted(NAMES)))[:2]
    ratio = draw(st.integers(1, 10)), draw(st.integers(1, 10))
    change = IsinChange(
        gateway_id="gw_1", isin=isin, new_isin=new, symbol=NAMES[new], exchange="NSE", old_shares=ratio[0],
        new_shares=ratio[1], day=NOW.date(), supplied_at=NOW,
    )  # fmt: skip
    found = converted(ledger.investments[which], change, _by_day(ledger.trades[which]), NOW)
    if found is not None:
        ledger.investments[which], moved = found
        _adjusted(ledger, which, moved)


def _adjusted(ledger: Ledger, which: int, found: list[Adjustment]) -> None:
    ledger.trades[which] += [trade_of(one) for one in found]
    ledger.adjustments += [msgspec.structs.replace(one, iscid=str(which)) for one in found]


def _by_day(told: list[Trade]) -> list[Trade]:
    """As the table keeps them."""
    kept: dict[tuple[str, str], Trade] = {}
    for one in told:
        before = kept.get((str(one.day), one.isin), Trade(one.day, one.isin, 0, 0))
        kept[str(one.day), one.isin] = Trade(one.day, one.isin, before.shares + one.shares, before.paid + one.paid)
    return [kept[key] for key in sorted(kept)]


@st.composite
def histories(draw: st.DrawFn) -> Ledger:
    begun = msgspec.structs.replace(BEGUN, open_batch_id=None)
    ledger = Ledger([begun, msgspec.structs.replace(begun, iscid="c" * 24)])
    for _ in range(draw(st.integers(1, 10))):
        match draw(st.sampled_from(("order", "order", "free", "correction", "left", "back", "isin"))):
            case "correction" if ledger.batches:
                _corrected(draw, ledger, draw(st.integers(0, len(ledger.batches) - 1)))
            case "left":
                _left(draw, ledger, draw(st.integers(0, 1)))
            case "back":
                _taken_back(draw, ledger, draw(st.integers(0, 1)))
            case "isin":
                _converted(draw, ledger, draw(st.integers(0, 1)))
            case "free":
                _ordered(draw, ledger, None)
            case _:
                _ordered(draw, ledger, draw(st.integers(0, 1)))
    return ledger


@settings(max_examples=HISTORIES)
@given(histories())
def test_investments_and_free_shares_are_what_the_fills_say(ledger: Ledger) -> None:
    for isin in NAMES:
        positions = [[one for one in investment.positions if one.isin == isin] for investment in ledger.investments]
        left = [one for one in ledger.adjustments if one.isin == isin]
        held = sum(one.shares for each in positions for one in each)
        assert held + ledger.net(None, isin) == ledger.net("all", isin) - sum(one.shares for one in left)
        for which, each in enumerate(positions):
            bought, sold = (ledger.filled(which, isin, side) for side in Side)
            gone = [one for one in left if one.iscid == str(which)]
            traded = [one for one in ledger.trades[which] if one.isin == isin]
            paid = sum(one.filled_quantity * one.average_price for one in bought)
            received = sum(one.filled_quantity * one.average_price for one in sold)
            told = sum(one.cost + one.sold_cost + one.left_cost for one in each)
            brought = sum(one.proceeds for one in each)
            unpriced = sum(one.cost for one in gone if one.price is None and one.pair is None)
            moved = sum(one.cost for one in gone if one.pair is not None)
            assert sum(one.shares for one in each) == ledger.net(which, isin) - sum(one.shares for one in gone)
            assert told + moved == paid
            assert brought == received + sum(one.shares * (one.price or 0) for one in gone)
            assert sum(one.shares for one in traded) == sum(one.shares for one in each)
            assert sum(one.paid for one in traded) == told - brought - unpriced
            assert all(one.shares >= 0 and (one.shares > 0 or one.cost == 0) for one in each)
