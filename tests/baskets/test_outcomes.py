"""What the end of a batch makes of an investment, by rows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.orders.making import NOW, SENT, batch_of, order
from torana.baskets.investments import Kind, Outcome, archived, lacking, outcome, reconciled, trades
from torana.baskets.models import Investment
from torana.baskets.positions import Left
from torana.baskets.store.trades import Trade
from torana.connectors.contract import Side
from torana.orders.models import Batch, Order, Part, status_of
from torana.orders.states import TO_REPAIR, OrderState

TCS, ITC = "INE467B01029", "INE154A01025"
BEGUN = Investment(
    gateway_id="gw_1",
    iscid="a" * 24,
    investor_id="b" * 24,
    scid="LAMP_1",
    version=1,
    open_batch_id="batch",
    created_at=SENT,
    updated_at=SENT,
)


def line(state: OrderState, filled: int = 0, *, isin: str = TCS, side: Side = Side.BUY, price: int = 100_00) -> Order:
    """Ten shares, of which so many were filled at 100 rupees."""
    name = "TCS" if isin == TCS else "ITC"
    return order(
        state, order_id=f"{isin}{side}", isin=isin, symbol=name, side=side, filled_quantity=filled,
        average_price=price if filled else 0,
    )  # fmt: skip


def of(kind: Kind, *orders: Order, batch_id: str = "batch", ended: bool = True, **more: Any) -> Batch:
    named = {"batch_id": batch_id, "kind": kind, "scid": "LAMP_1", "iscid": "a" * 24, "basket_version": 2}
    made = msgspec.structs.replace(batch_of(*orders), **(named | more))
    made.completed_at = NOW if ended else None
    made.status = made.folded
    return made


def after_end(investment: Investment, ended: Batch) -> Outcome:
    return outcome(investment, msgspec.structs.replace(ended, completed_at=None), ended, NOW)


ALL = line(OrderState.COMPLETE, 10)
PART = line(OrderState.CANCELLED, 4)
NONE = line(OrderState.REJECTED)
UNSENT = line(OrderState.NOT_PLACED)


@pytest.mark.parametrize(
    ("orders", "repairs", "held", "version"),
    [
        ([ALL], (), {"TCS": 10}, 2),
        ([PART], ("batch",), {"TCS": 4}, 2),
        ([NONE], ("batch",), {}, 2),
        ([ALL, line(OrderState.NOT_PLACED, isin=ITC)], ("batch",), {"TCS": 10}, 2),
        ([UNSENT], (), {}, 1),
        ([line(OrderState.CANCELLED)], (), {}, 1),
    ],
    ids=["filled", "in part", "rejected", "one not sent", "nothing sent", "cancelled"],
)
def test_a_buy_ends(orders: list[Order], repairs: tuple[str, ...], held: dict[str, int], version: int) -> None:
    """What the investor wanted no more, or what never left, wants no repair."""
    found = after_end(BEGUN, of(Kind.BUY, *orders)).investment

    assert {one.symbol: one.shares for one in found.held} == held
    assert (found.repairs, found.version, found.open_batch_id, found.batch_count) == (repairs, version, None, 1)
    assert found.is_there == bool(held or repairs)


def test_a_fix_that_fills_the_rest_fixes_what_was_before_it() -> None:
    part = after_end(BEGUN, of(Kind.BUY, PART)).investment
    rest = order(OrderState.CANCELLED, filled_quantity=2, average_price=100_00, quantity=6)

    first = after_end(part, of(Kind.FIX, rest, batch_id="fix1"))
    second = after_end(first.investment, of(Kind.FIX, msgspec.structs.replace(ALL, quantity=4, filled_quantity=4),
                                            batch_id="fix2"))  # fmt: skip

    assert (first.investment.repairs, first.investment.repaired, first.fixed) == (("fix1",), ("batch",), ())
    assert (second.investment.repairs, second.investment.repaired) == ((), ())
    assert second.fixed == ("batch", "fix1")
    assert second.investment.held[0].shares == 10


def test_a_fix_of_which_nothing_was_sent_changes_nothing() -> None:
    part = after_end(BEGUN, of(Kind.BUY, PART)).investment

    found = after_end(part, of(Kind.FIX, UNSENT, batch_id="fix1")).investment

    assert found.repairs == ("batch",)


def test_what_is_left_for_good_is_marked_and_wants_no_repair() -> None:
    nothing = after_end(BEGUN, of(Kind.BUY, NONE)).investment

    found = archived(nothing, NOW)

    assert found.marked == ("batch",)
    assert (found.investment.repairs, found.investment.archived_at, found.investment.is_there) == ((), NOW, False)


def test_a_fill_that_comes_after_the_end_repairs_by_itself() -> None:
    ended = of(Kind.BUY, PART)
    part = after_end(BEGUN, ended).investment
    corrected = of(Kind.BUY, ALL)

    found = outcome(part, ended, corrected, NOW + timedelta(seconds=5)).investment

    assert (found.held[0].shares, found.held[0].cost, found.repairs) == (10, 1000_00, ())
    assert found.batch_count == 1


def corrected(investment: Investment, before: Batch, after: Batch) -> Outcome:
    return outcome(investment, before, after, NOW + timedelta(seconds=5))


def test_an_order_that_lands_after_the_end_is_waited_for_and_not_ordered_anew() -> None:
    ended = of(Kind.BUY, ALL, line(OrderState.NOT_PLACED, isin=ITC))
    landed = of(Kind.BUY, ALL, line(OrderState.OPEN, isin=ITC))
    filled = of(Kind.BUY, ALL, line(OrderState.COMPLETE, 10, isin=ITC))
    repairable = after_end(BEGUN, ended).investment

    waiting = corrected(repairable, ended, landed).investment
    whole = corrected(waiting, landed, filled).investment

    assert (repairable.open_batch_id, repairable.repairs) == (None, ("batch",))
    assert (waiting.open_batch_id, waiting.repairs) == ("batch", ("batch",))
    assert (whole.open_batch_id, whole.repairs, whole.batch_count) == (None, (), 1)
    assert {one.symbol: one.shares for one in whole.held} == {"TCS": 10, "ITC": 10}


def test_what_lands_after_a_batch_ended_unplaced_counts_as_its_end_would_have() -> None:
    held = after_end(BEGUN, of(Kind.BUY, ALL, batch_id="buy")).investment
    ended = of(Kind.REBALANCE, UNSENT, basket_version=3)
    part = of(Kind.REBALANCE, PART, basket_version=3)
    unsent = after_end(held, ended).investment

    found = corrected(unsent, ended, part).investment

    assert (unsent.version, unsent.repairs) == (2, ())
    assert (found.version, found.repairs) == (3, ("batch",))


def test_a_late_fill_of_an_old_batch_brings_no_old_version_back() -> None:
    old = of(Kind.BUY, PART, batch_id="buy")
    held = after_end(BEGUN, old).investment
    rebalanced = after_end(held, of(Kind.REBALANCE, ALL, basket_version=3)).investment

    found = corrected(rebalanced, old, of(Kind.BUY, ALL, batch_id="buy")).investment

    assert (found.version, found.repairs) == (3, ())


def test_after_an_exit_nothing_that_lacked_before_is_bought() -> None:
    part = after_end(BEGUN, of(Kind.BUY, PART, created_at=SENT)).investment
    before = of(Kind.BUY, PART, created_at=SENT)
    exit_ = of(Kind.EXIT, line(OrderState.CANCELLED, 1, side=Side.SELL), batch_id="exit", created_at=NOW)
    held = after_end(part, exit_).investment

    assert held.repairs == ("batch", "exit")
    assert lacking(held, [exit_, before]) == [Part("TCS", "NSE", TCS, Side.SELL, 3)]


def test_everything_sold_is_an_exit_and_a_correction_is_none() -> None:
    bought = after_end(BEGUN, of(Kind.BUY, ALL)).investment
    sold = of(Kind.EXIT, line(OrderState.COMPLETE, 10, side=Side.SELL, price=120_00), batch_id="exit")

    found = after_end(bought, sold).investment

    assert (found.held, found.exited_at) == ((), NOW)
    assert found.positions[0].proceeds - found.positions[0].sold_cost == 200_00


def test_an_exit_that_sells_all_marks_whatever_was_to_be_repaired() -> None:
    part = after_end(BEGUN, of(Kind.BUY, PART)).investment
    more = after_end(part, of(Kind.INVESTMORE, PART, batch_id="more")).investment
    sells = order(OrderState.COMPLETE, side=Side.SELL, quantity=8, filled_quantity=8, average_price=100_00)

    found = after_end(more, of(Kind.EXIT, sells, batch_id="exit"))

    assert (found.marked, found.fixed) == (("batch", "more"), ())
    assert (found.investment.repairs, found.investment.repaired, found.investment.exited_at) == ((), (), NOW)


def test_of_two_batches_that_left_something_one_repairs_itself_and_the_other_waits() -> None:
    """What is held is no exit, and a batch that leaves nothing repairs none but by a FIX."""
    first, second = of(Kind.BUY, PART), of(Kind.INVESTMORE, PART, batch_id="more")
    both = after_end(after_end(BEGUN, first).investment, second).investment
    whole = after_end(both, of(Kind.INVESTMORE, ALL, batch_id="whole"))

    one = corrected(both, second, of(Kind.INVESTMORE, ALL, batch_id="more"))
    none = corrected(one.investment, first, of(Kind.BUY, ALL))

    assert (both.repairs, both.exited_at) == (("batch", "more"), None)
    assert (whole.investment.repairs, whole.fixed) == (("batch", "more"), ())
    assert (one.investment.repairs, one.fixed) == (("batch",), ())
    assert (none.investment.repairs, none.fixed) == ((), ())


def test_the_last_batch_of_a_chain_that_repairs_itself_fixes_what_it_had_taken_up() -> None:
    part = after_end(BEGUN, of(Kind.BUY, PART)).investment
    fix = of(Kind.FIX, PART, batch_id="fix1")
    taken_up = after_end(part, fix).investment

    found = corrected(taken_up, fix, of(Kind.FIX, ALL, batch_id="fix1"))

    assert (taken_up.repairs, taken_up.repaired) == (("fix1",), ("batch",))
    assert (found.investment.repairs, found.investment.repaired, found.fixed) == ((), (), ("batch",))
    assert archived(taken_up, NOW).investment.repaired == ()


def test_a_fix_that_becomes_whole_leaves_what_came_after_it_to_be_repaired() -> None:
    """The chain is fixed with the last of it."""
    fix, more = of(Kind.FIX, PART, batch_id="fix1"), of(Kind.INVESTMORE, PART, batch_id="more")
    taken_up = after_end(after_end(BEGUN, of(Kind.BUY, PART)).investment, fix).investment
    both = after_end(taken_up, more).investment

    one = corrected(both, fix, of(Kind.FIX, ALL, batch_id="fix1"))
    none = corrected(one.investment, more, of(Kind.INVESTMORE, ALL, batch_id="more"))

    assert (both.repairs, both.repaired) == (("fix1", "more"), ("batch",))
    assert (one.investment.repairs, one.fixed) == (("more",), ())
    assert (none.investment.repairs, none.investment.repaired, none.fixed) == ((), (), ("batch",))


def test_another_batch_that_is_open_is_waited_for_still() -> None:
    ended = of(Kind.BUY, PART)
    waiting = msgspec.structs.replace(after_end(BEGUN, ended).investment, open_batch_id="another")

    assert corrected(waiting, ended, of(Kind.BUY, ALL)).investment.open_batch_id == "another"


def test_one_share_lacks_and_none_does_not() -> None:
    held = after_end(BEGUN, of(Kind.BUY, ALL)).investment
    gone = line(OrderState.REJECTED, isin=ITC, side=Side.SELL)
    nine = line(OrderState.CANCELLED, 9)

    assert lacking(held, [of(Kind.MANAGE, nine, gone)]) == [Part("TCS", "NSE", TCS, Side.BUY, 1)]
    assert lacking(held, [of(Kind.MANAGE, line(OrderState.COMPLETE, 10))]) == []
    assert lacking(held, [of(Kind.MANAGE, line(OrderState.REJECTED, side=Side.SELL))]) == [
        Part("TCS", "NSE", TCS, Side.SELL, 10)
    ]


def test_what_was_filled_has_no_say_in_where_the_rest_is_bought() -> None:
    held = after_end(BEGUN, of(Kind.BUY, PART)).investment
    whole = msgspec.structs.replace(ALL, exchange="BSE")

    lacks = lacking(held, [of(Kind.BUY, PART), of(Kind.INVESTMORE, whole, batch_id="more", created_at=NOW)])

    assert lacks == [Part("TCS", "NSE", TCS, Side.BUY, 6)]


def test_trades_are_what_was_filled_on_the_day_of_the_end_and_then_what_a_correction_adds() -> None:
    late = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)  # the next day in India
    begun = of(Kind.MANAGE, PART, line(OrderState.COMPLETE, 10, isin=ITC, side=Side.SELL), ended=False)
    ended = msgspec.structs.replace(begun, completed_at=late)
    whole = msgspec.structs.replace(ended, orders=[ALL, ended.orders[1]])
    day = date(2026, 11, 28)

    assert trades(begun, ended, NOW) == [Trade(day, TCS, 4, 400_00), Trade(day, ITC, -10, -1000_00)]
    assert trades(ended, whole, NOW) == [Trade(day, TCS, 6, 600_00)]
    assert trades(begun, begun, late) == trades(begun, ended, NOW)
    assert trades(ended, ended, NOW) == []


def test_what_left_without_an_order_is_held_no_more() -> None:
    bought = after_end(BEGUN, of(Kind.BUY, ALL)).investment

    some = reconciled(bought, [Left(TCS, 4)], NOW).investment
    every = reconciled(some, [Left(TCS, 6, 120_00)], NOW).investment

    assert (some.held[0].shares, some.held[0].left, some.exited_at) == (6, 4, None)
    assert (every.held, every.exited_at) == ((), NOW)
    assert every.positions[0].proceeds == 720_00


def test_buys_that_wait_for_a_later_batch_are_to_be_repaired() -> None:
    bought = after_end(BEGUN, of(Kind.BUY, ALL)).investment
    later = (Part("ITC", "NSE", ITC, Side.BUY, 3),)
    sells = of(Kind.REBALANCE, line(OrderState.COMPLETE, 10, side=Side.SELL), batch_id="sells", later=later)

    found = after_end(bought, sells).investment

    assert sells.status in TO_REPAIR
    assert (found.repairs, found.exited_at) == (("sells",), None)
    assert lacking(found, [sells]) == list(later)


def test_what_lacks_is_added_up_and_never_sells_more_than_is_held() -> None:
    held = after_end(BEGUN, of(Kind.BUY, PART)).investment
    one = of(Kind.MANAGE, line(OrderState.REJECTED, side=Side.SELL), line(OrderState.REJECTED, isin=ITC))
    other = of(Kind.MANAGE, line(OrderState.CANCELLED, 4, isin=ITC))

    found = lacking(held, [one, other])

    assert found == [
        Part("TCS", "NSE", TCS, Side.SELL, 4),
        Part("ITC", "NSE", ITC, Side.BUY, 16),
    ]


def test_a_batch_that_was_fixed_stays_so() -> None:
    ended = of(Kind.BUY, PART)
    ended.status = type(ended.status).FIXED

    assert ended.folded == "FIXED"
    assert status_of(ended.orders) == "PARTIALLYFILLED"
