"""T10 to T19: placing by API, the book, tags, cancelling."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.brokers import definite_no, known, shows_tags
from tests.contract.bench import INFY, Bench, order, security
from torana.connectors.codes import with_names
from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Calls,
    OrderRequest,
    RateLimited,
    Reason,
    Rejected,
    Side,
    Unknown,
    Variety,
)
from torana.connectors.registry import BROKERS
from torana.connectors.tags import off_wire, on_wire
from torana.kit.clock import IST
from torana.sandbox.dialect import dialects
from torana.sandbox.faults import Kind, Operation
from torana.sandbox.models import State

RESTS = 118
"""A magic quantity: the order rests open."""


async def test_t10_a_market_order_is_placed_once_and_filled(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted = order(7)

    placed = await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    price = api_bench.sandbox.exchange.last_price("INFY")
    assert row == BrokerOrder(
        broker_order_id=placed.broker_order_id,
        exchange_order_id=row.exchange_order_id,
        tag=wanted.tag,
        symbol="INFY",
        exchange="NSE",
        side=Side.BUY,
        delivery=True,
        quantity=7,
        filled_quantity=7,
        average_price=price,
        status=BrokerStatus.COMPLETE,
        raw_status=row.raw_status,
        message=None,
        reason=None,
        placed_at=api_bench.clock.now(),
        extra=row.extra,
        code=with_names(wanted, api_bench.subject.broker, "test").instrument.code,
    )
    assert row.exchange_order_id
    assert api_bench.arrived(Operation.PLACE) == 1
    assert len(api_bench.at_broker(wanted.tag)) == 1


async def test_t10_what_arrives_is_what_was_asked(api_bench: Bench) -> None:
    """I12."""
    session = await api_bench.session()
    limit = api_bench.sandbox.exchange.prices.band("M&M", api_bench.sandbox.exchange.now())[0]
    wanted = order(3, symbol="M&M", side=Side.SELL, limit=limit)

    await api_bench.connector.place(session, wanted)

    (made,) = api_bench.at_broker(wanted.tag)
    asked = made.asked
    assert (
        asked.symbol,
        asked.side,
        asked.quantity,
        asked.order_type,
        asked.limit_price,
        asked.amo,
        asked.validity,
    ) == (
        "M&M",
        "SELL",
        3,
        "LIMIT",
        limit,
        False,
        "DAY",
    )


async def test_t10_a_symbol_with_a_dash_goes_and_comes_back_whole(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted = order(2, symbol="BAJAJ-AUTO")
    await api_bench.connector.place(session, wanted)

    assert (await api_bench.booked(session, wanted.tag)).symbol == "BAJAJ-AUTO"


async def test_t10_an_order_for_the_bse_goes_there_and_comes_back_as_one(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted = replace(order(2), instrument=security("INFY", "BSE"))

    await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert (row.exchange, row.symbol, row.status) == ("BSE", "INFY", BrokerStatus.COMPLETE)
    assert row.code == with_names(wanted, api_bench.subject.broker, "test").instrument.code


async def test_t11_a_limit_order_rests_open(api_bench: Bench) -> None:
    session = await api_bench.session()
    lower, _ = api_bench.sandbox.exchange.prices.band("INFY", api_bench.sandbox.exchange.now())
    wanted = order(1, limit=lower)

    await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert (row.status, row.filled_quantity, row.average_price) == (BrokerStatus.OPEN, 0, 0)


async def test_t11_a_partly_filled_order_says_so(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted = order(109)

    await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert row.status is BrokerStatus.PARTIAL
    assert 0 < row.filled_quantity < 109
    assert row.average_price > 0


async def test_t11_a_status_that_nobody_has_seen_is_unknown(api_bench: Bench) -> None:
    """A15."""
    session = await api_bench.session()
    wanted = order(110)

    await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert row.status is BrokerStatus.UNKNOWN
    assert row.raw_status


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (102, Reason.INSUFFICIENT_FUNDS),
        (103, Reason.PRICE_OUT_OF_BAND),
        (126, Reason.INSUFFICIENT_HOLDINGS),
    ],
)
async def test_t12_a_refusal_in_the_book_has_a_reason_and_the_brokers_text(
    api_bench: Bench, quantity: int, reason: Reason
) -> None:
    """A13."""
    session = await api_bench.session()
    wanted = order(quantity, side=Side.SELL if reason is Reason.INSUFFICIENT_HOLDINGS else Side.BUY)

    await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert (row.status, row.reason, row.filled_quantity) == (BrokerStatus.REJECTED, reason, 0)
    assert row.message


async def _refused(bench: Bench, wanted: OrderRequest, reason: Reason) -> str | None:
    """The text with which an order ends that cannot be taken, for this reason: at once, or in the book, also where a
    refusal names it. A broker whose refusals prove nothing gives none at once, and its book shows no order."""
    session = await bench.session(bench.user)
    failure: Rejected | Unknown | None = None
    try:
        await bench.connector.place(session, wanted)
    except (Rejected, Unknown) as told:
        failure = told
    match failure:
        case Rejected():
            assert failure.reason is reason
            return failure.message
        case Unknown() if await bench.connector.orders(session) == []:
            assert definite_no(bench.subject.broker) is Unknown
            return failure.message
        case _:
            row = await bench.booked(session, wanted.tag)
            assert (row.status, row.reason) == (BrokerStatus.REJECTED, reason)
            return row.message


async def test_t12_too_large_an_order_is_refused_for_its_size(api_bench: Bench) -> None:
    """A13."""
    freeze = 40_000
    api_bench.sandbox.exchange.freeze_quantities["INFY"] = freeze

    text = await _refused(api_bench, order(freeze + 1), Reason.QUANTITY_ABOVE_FREEZE)

    assert text


async def test_t12_a_price_off_the_tick_is_refused(api_bench: Bench) -> None:
    """A13."""
    last = api_bench.sandbox.exchange.last_price("INFY")

    text = await _refused(api_bench, order(1, limit=last - last % 10 - 3), Reason.INVALID_ORDER)

    assert text


async def test_t12_a_price_outside_the_band_is_refused(api_bench: Bench) -> None:
    """A13."""
    _, upper = api_bench.sandbox.exchange.prices.band("INFY", api_bench.sandbox.exchange.now())

    text = await _refused(api_bench, order(1, limit=upper + 1000), Reason.PRICE_OUT_OF_BAND)

    assert text


async def test_t12_an_order_beyond_the_cash_is_refused_for_funds(api_bench: Bench) -> None:
    """A13."""
    api_bench.user = "no-funds"

    text = await _refused(api_bench, order(1), Reason.INSUFFICIENT_FUNDS)

    assert text


async def test_t12_a_sell_beyond_the_holdings_is_refused(api_bench: Bench) -> None:
    """A13."""
    api_bench.user = "no-holdings"

    text = await _refused(api_bench, order(1, side=Side.SELL), Reason.INSUFFICIENT_HOLDINGS)

    assert text


async def test_t12_a_sell_without_authorisation_is_refused_for_that(api_bench: Bench) -> None:
    """A13."""
    api_bench.user = "needs-edis"

    text = await _refused(api_bench, order(1, side=Side.SELL), Reason.HOLDINGS_NOT_AUTHORISED)

    assert text


async def test_t13_a_refusal_in_the_answer_leaves_nothing_behind(api_bench: Bench) -> None:
    """A13."""
    session = await api_bench.session()
    api_bench.fault(Kind.REJECT, reason=known(api_bench.subject.broker).refuses_in_answer, placed=False)
    wanted = order()

    with pytest.raises(definite_no(api_bench.subject.broker)) as caught:
        await api_bench.connector.place(session, wanted)

    assert caught.value.message
    assert caught.value.code
    assert api_bench.arrived(Operation.PLACE) == 1
    assert api_bench.at_broker(wanted.tag) == []


async def test_t13_a_closed_market_takes_no_regular_order(api_bench: Bench) -> None:
    """S08: Saturday noon. One broker refuses at once, another queues, a third says nothing that proves a no."""
    api_bench.clock.advance((datetime(2026, 11, 21, 12, 0, tzinfo=IST) - api_bench.clock.now()).total_seconds())
    session = await api_bench.session()
    wanted = order(1)
    failure: Rejected | Unknown | None = None

    try:
        await api_bench.connector.place(session, wanted)
    except (Rejected, Unknown) as told:
        failure = told

    match failure:
        case Rejected():
            assert failure.reason is Reason.MARKET_CLOSED
        case Unknown() if await api_bench.connector.orders(session) == []:
            assert definite_no(api_bench.subject.broker) is Unknown
        case _:
            row = await api_bench.booked(session, wanted.tag)
            assert row.status in (BrokerStatus.AMO_QUEUED, BrokerStatus.REJECTED)


async def test_t14_an_after_market_order_waits_for_the_morning(api_bench: Bench) -> None:
    """S08: Saturday noon."""
    if not api_bench.connector.capabilities.amo:
        pytest.skip("this broker takes no orders after the market")
    api_bench.clock.advance((datetime(2026, 11, 21, 12, 0, tzinfo=IST) - api_bench.clock.now()).total_seconds())
    session = await api_bench.session()
    wanted = order(1, limit=api_bench.sandbox.exchange.last_price("INFY"), variety=Variety.AMO)

    placed = await api_bench.connector.place(session, wanted)

    row = await api_bench.booked(session, wanted.tag)
    assert (row.broker_order_id, row.status) == (placed.broker_order_id, BrokerStatus.AMO_QUEUED)
    try:
        await api_bench.connector.cancel(session, placed.broker_order_id, Variety.AMO)
    except Rejected as refusal:  # one broker cancels by the exchange's id, which comes in the morning
        assert (row.exchange_order_id, bool(refusal.message)) == (None, True)  # noqa: PT017
    else:
        assert (await api_bench.booked(session, wanted.tag)).status is BrokerStatus.CANCELLED


async def test_t15_a_resting_order_can_be_cancelled(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted = order(RESTS)
    placed = await api_bench.connector.place(session, wanted)

    await api_bench.connector.cancel(session, placed.broker_order_id, Variety.REGULAR)

    row = await api_bench.booked(session, wanted.tag)
    assert (row.status, row.filled_quantity) == (BrokerStatus.CANCELLED, 0)
    assert api_bench.arrived(Operation.CANCEL) == 1


@pytest.mark.parametrize("quantity", [7, 102])
async def test_t15_an_order_that_is_final_cannot(api_bench: Bench, quantity: int) -> None:
    session = await api_bench.session()
    placed = await api_bench.connector.place(session, order(quantity))

    with pytest.raises(definite_no(api_bench.subject.broker)) as caught:
        await api_bench.connector.cancel(session, placed.broker_order_id, Variety.REGULAR)

    assert caught.value.message


async def test_t15_an_order_of_somebody_else_cannot(api_bench: Bench) -> None:
    session = await api_bench.session("asha")
    placed = await api_bench.connector.place(session, order(RESTS))
    stranger = await api_bench.session("vikram")

    with pytest.raises((Rejected, definite_no(api_bench.subject.broker))):  # or the connector does not find it
        await api_bench.connector.cancel(stranger, placed.broker_order_id, Variety.REGULAR)

    assert api_bench.sandbox.ledger.orders[0].state is State.OPEN


def _needs_tags(bench: Bench) -> None:
    if not shows_tags(bench.subject.broker):
        pytest.skip("this broker knows no tags")


async def test_t16_a_tag_in_capitals_is_seen_as_it_is_and_ours_has_no_letters(api_bench: Bench) -> None:
    """A21."""
    _needs_tags(api_bench)
    if known(api_bench.subject.broker).tag_is_a_number:
        pytest.skip("this broker takes no letters in a tag")
    session = await api_bench.session()
    api_bench.fault(Kind.TAG_UPPER)

    await api_bench.connector.place(session, order(tag="basket7of9"))

    assert [(row.tag, row.foreign_tag) for row in await api_bench.connector.orders(session)] == [(None, True)]
    assert order().tag.isdecimal()


async def test_t16_a_dropped_or_cut_tag_is_seen_as_it_is(api_bench: Bench) -> None:
    """A21, A22."""
    _needs_tags(api_bench)
    session = await api_bench.session()
    api_bench.fault(Kind.TAG_DROPPED)
    api_bench.fault(Kind.TAG_TRUNCATED)
    dropped, cut = order(), order()

    await api_bench.connector.place(session, dropped)
    await api_bench.connector.place(session, cut)

    book = await api_bench.connector.orders(session)
    assert [(row.tag, row.untagged, row.foreign_tag) for row in book] == [(None, True, False), (None, False, True)]
    assert await api_bench.connector.orders_by_tag(session, cut.tag) == []


async def test_t16_a_tag_of_the_declared_length_is_kept_whole_and_a_longer_one_is_refused(api_bench: Bench) -> None:
    _needs_tags(api_bench)
    session = await api_bench.session()
    rule = api_bench.connector.capabilities.tag
    assert rule is not None
    longest = "7" * rule.max_length

    await api_bench.connector.place(session, order(tag=longest))
    refusal = Unknown if known(api_bench.subject.broker).refuses_by_text else definite_no(api_bench.subject.broker)
    with pytest.raises(refusal):
        await api_bench.connector.place(session, order(tag=f"{longest}7"))

    (row,) = await api_bench.connector.orders(session)
    assert row.tag == (off_wire(longest, rule) if len(longest) <= len(order().tag) else None)
    assert row.tag or row.foreign_tag
    assert len(on_wire(order().tag, rule)) <= len(longest)


async def test_t17_a_look_up_by_tag_gives_the_latest_state_and_no_other_order(api_bench: Bench) -> None:
    session = await api_bench.session()
    wanted, other = order(101), order(7)
    placed = await api_bench.connector.place(session, wanted)
    await api_bench.connector.place(session, other)

    (early,) = await api_bench.connector.orders_by_tag(session, wanted.tag)
    api_bench.advance(60)
    (late,) = await api_bench.connector.orders_by_tag(session, wanted.tag)

    assert early.broker_order_id == late.broker_order_id == placed.broker_order_id
    assert (early.status, late.status) == (BrokerStatus.PARTIAL, BrokerStatus.COMPLETE)
    assert late.filled_quantity == 101


async def test_t17_a_tag_that_nobody_used_is_an_empty_look_up(api_bench: Bench) -> None:
    session = await api_bench.session()

    assert await api_bench.connector.orders_by_tag(session, order().tag) == []
    assert await api_bench.connector.orders(session) == []


async def test_t17_an_order_is_found_when_it_appears_and_not_before(api_bench: Bench) -> None:
    """A03."""
    session = await api_bench.session()
    api_bench.fault(Kind.DELAYED, appears_after=8)
    wanted = order()
    await api_bench.connector.place(session, wanted)

    assert await api_bench.connector.orders_by_tag(session, wanted.tag) == []
    api_bench.advance(9)
    assert len(await api_bench.connector.orders_by_tag(session, wanted.tag)) == 1


async def test_t17_a_book_that_lags_behind_is_told_as_it_is(api_bench: Bench) -> None:
    """A19: missing in the first reads, then there."""
    session = await api_bench.session()
    wanted = order()
    api_bench.fault(Kind.MISSING, Operation.ORDERS, times=3 * known(api_bench.subject.broker).reads_of_a_book)
    await api_bench.connector.place(session, wanted)

    seen = [[row.tag for row in await api_bench.connector.orders(session)] for _ in range(4)]

    assert seen == [[], [], [], [wanted.tag]]


async def test_t18_an_order_is_found_among_three_thousand(api_bench: Bench) -> None:
    """A20."""
    session = await api_bench.session("large-book")
    wanted = order()

    await api_bench.connector.place(session, wanted)

    book = await api_bench.patient.orders(session)
    assert len(book) > 3000
    assert [row.status for row in book if row.tag == wanted.tag] == [BrokerStatus.COMPLETE]


async def test_t18_what_the_broker_made_of_another_order_is_told_as_it_is(api_bench: Bench) -> None:
    """A16: the difference is seen by whoever compares."""
    _needs_tags(api_bench)
    session = await api_bench.session()
    for kind in (Kind.ECHO_SYMBOL, Kind.ECHO_SIDE, Kind.ECHO_QUANTITY):
        api_bench.fault(kind)
    tags = [order(), order(), order()]
    for wanted in tags:
        await api_bench.connector.place(session, wanted)

    rows = {row.tag: row for row in await api_bench.connector.orders(session)}

    symbol, side, quantity = (rows[wanted.tag] for wanted in tags)
    assert len(rows) == 3
    assert symbol.symbol != INFY.symbol
    assert side.side is Side.SELL
    assert quantity.quantity == 8


async def test_t18_the_id_of_somebody_elses_order_is_not_in_the_own_book(api_bench: Bench) -> None:
    """A17."""
    session = await api_bench.session()
    api_bench.fault(Kind.FOREIGN_ORDER_ID)
    wanted = order()

    placed = await api_bench.connector.place(session, wanted)

    assert (await api_bench.booked(session, wanted.tag)).broker_order_id != placed.broker_order_id


async def test_t18_an_order_that_was_dropped_in_silence_is_not_in_the_book(api_bench: Bench) -> None:
    """A23."""
    session = await api_bench.session()
    kept, lost = order(), order()
    await api_bench.connector.place(session, kept)
    api_bench.fault(Kind.DROP_SECOND)

    await api_bench.connector.place(session, lost)

    assert [row.tag for row in await api_bench.connector.orders(session)] == [kept.tag]


async def test_t19_a_correction_is_seen_in_the_book(api_bench: Bench) -> None:
    """I5: cancelled by the exchange, then filled after all."""
    session = await api_bench.session()
    wanted = order(123)
    await api_bench.connector.place(session, wanted)

    before = await api_bench.booked(session, wanted.tag)
    api_bench.advance(timedelta(minutes=1).total_seconds())
    after = await api_bench.booked(session, wanted.tag)

    assert (before.status, after.status) == (BrokerStatus.CANCELLED, BrokerStatus.COMPLETE)


async def test_t19_what_is_sent_too_fast_is_refused_and_does_not_exist(api_bench: Bench) -> None:
    """S05, I11."""
    (dialect,) = [one for one in dialects() if one.broker == api_bench.subject.broker]
    if dialect.limit(Operation.PLACE) is None:
        pytest.skip("this broker sets orders no limit")
    session = await api_bench.session()
    api_bench.sandbox.world.rate_limits = True
    last = api_bench.sandbox.exchange.last_price("INFY")
    wanted = [order(limit=last) for _ in range(25)]

    ends = await asyncio.gather(*(api_bench.connector.place(session, one) for one in wanted), return_exceptions=True)

    rate = BROKERS[api_bench.subject.broker].rate(Calls.ORDERS)
    assert rate is not None
    refused = [one for one, end in zip(wanted, ends, strict=True) if isinstance(end, BaseException)]
    proves = RateLimited if api_bench.connector.capabilities.too_fast_is_refused else Unknown
    assert {type(end) for end in ends if isinstance(end, BaseException)} == {proves}
    assert len(wanted) - len(refused) >= rate.most
    assert all(not api_bench.at_broker(one.tag) for one in refused)
