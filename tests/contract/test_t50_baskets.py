"""T50 to T59: placing in the broker's own page."""

import pytest

from tests.contract.bench import Bench, order
from tests.contract.subjects import APP
from tests.support.browser import Left, Page
from torana.connectors.contract import BrokerStatus, OrderRequest, Reason, Rejected, Session, Side
from torana.connectors.registry import BROKERS
from torana.sandbox.faults import Operation

RETURN = f"{APP}/portal/sample/visit/returned"


async def _shown(bench: Bench, session: Session, orders: list[OrderRequest], user: str = "asha") -> Page:
    form = bench.connector.basket_form(session, orders, return_url=RETURN, state="state-9")
    page = await bench.pages.start_basket(bench.browser, form, user)
    assert isinstance(page, Page), page
    return page


async def _after(bench: Bench, session: Session, left: Page | Left) -> Session:
    """The session with which the app reads after the browser came back."""
    assert isinstance(left, Left), left.text
    if left.url.startswith(RETURN):
        return session
    assert bench.connector.echoed_state(left.query) == "state-9"
    login = await bench.connector.finish_login(left.query, bench.clock.now())
    return Session(login.broker_user_id, login.secrets, login.edis_needed)


async def test_t50_what_the_investor_confirms_is_placed_once_under_our_tags(basket_bench: Bench) -> None:
    session = await basket_bench.session()
    wanted = [order(7), order(3, symbol="M&M", side=Side.SELL), order(2, symbol="BAJAJ-AUTO")]
    page = await _shown(basket_bench, session, wanted)
    assert basket_bench.sandbox.ledger.orders == []
    assert all(one.instrument.symbol.replace("&", "&amp;") in page.text for one in wanted)

    session = await _after(basket_bench, session, await basket_bench.pages.confirm(basket_bench.browser))

    for one in wanted:
        row = await basket_bench.booked(session, one.tag)
        assert (row.symbol, row.side, row.quantity, row.delivery) == (
            one.instrument.symbol,
            one.side,
            one.quantity,
            True,
        )
        assert row.status is BrokerStatus.COMPLETE
        assert len(basket_bench.at_broker(one.tag)) == 1
        assert [found.tag for found in await basket_bench.connector.orders_by_tag(session, one.tag)] == [one.tag]


async def test_t51_what_the_investor_declines_is_not_placed(basket_bench: Bench) -> None:
    session = await basket_bench.session()
    wanted = order()
    await _shown(basket_bench, session, [wanted])

    left = await basket_bench.pages.decline(basket_bench.browser)

    assert isinstance(left, Left)
    assert basket_bench.at_broker(wanted.tag) == []
    assert await basket_bench.connector.orders_by_tag(session, wanted.tag) == []


async def test_t52_the_investor_cannot_edit_what_he_confirmed_with_us(basket_bench: Bench) -> None:
    """I12."""
    page = await _shown(basket_bench, await basket_bench.session(), [order()])

    fields = [name for form in page.forms for name in (*form.blanks, *dict(form.fields))]
    assert not [name for name in fields if "quantity" in name]


async def test_t53_limits_and_market_orders_arrive_as_they_were(basket_bench: Bench) -> None:
    """I12."""
    session = await basket_bench.session()
    lower, _ = basket_bench.sandbox.exchange.prices.band("INFY", basket_bench.sandbox.exchange.now())
    market, limit = order(4), order(5, limit=lower)
    await _shown(basket_bench, session, [market, limit])

    await basket_bench.pages.confirm(basket_bench.browser)

    (first,), (second,) = basket_bench.at_broker(market.tag), basket_bench.at_broker(limit.tag)
    assert (first.order_type, first.limit_price, first.quantity) == ("MARKET", None, 4)
    assert (second.order_type, second.limit_price, second.quantity) == ("LIMIT", lower, 5)


async def test_t54_a_rejected_line_is_told_by_the_book(basket_bench: Bench) -> None:
    """B01."""
    session = await basket_bench.session()
    good, bad = order(7), order(102)
    await _shown(basket_bench, session, [good, bad])

    session = await _after(basket_bench, session, await basket_bench.pages.confirm(basket_bench.browser))

    assert (await basket_bench.booked(session, good.tag)).status is BrokerStatus.COMPLETE
    row = await basket_bench.booked(session, bad.tag)
    assert (row.status, row.reason) == (BrokerStatus.REJECTED, Reason.INSUFFICIENT_FUNDS)


async def test_t55_as_many_lines_as_the_broker_takes(basket_bench: Bench) -> None:
    session = await basket_bench.session()
    limit = basket_bench.connector.capabilities.basket_limit or 20
    wanted = [order(1) for _ in range(limit)]
    await _shown(basket_bench, session, wanted)

    session = await _after(basket_bench, session, await basket_bench.pages.confirm(basket_bench.browser))

    tags = {row.tag for row in await basket_bench.connector.orders(session)}
    assert tags == {one.tag for one in wanted}


async def test_t55_more_lines_are_refused_before_anything_is_sent(basket_bench: Bench) -> None:
    session = await basket_bench.session()
    limit = basket_bench.connector.capabilities.basket_limit

    with pytest.raises(ValueError, match="order"):
        basket_bench.connector.basket_form(session, [], return_url=RETURN, state="s")
    if limit is not None:
        too_many = [order(1) for _ in range(limit + 1)]
        with pytest.raises(ValueError, match="order"):
            basket_bench.connector.basket_form(session, too_many, return_url=RETURN, state="s")


async def test_t56_an_app_for_many_clients_may_not_place_by_api(basket_bench: Bench) -> None:
    keys = BROKERS[basket_bench.subject.broker].sandbox_keys
    if len({keys[mode]["api_key"] for mode in keys}) < 2:
        pytest.skip("this broker does not tell such apps apart")
    session = await basket_bench.session()

    with pytest.raises(Rejected) as caught:
        await basket_bench.connector.place(session, order())

    assert caught.value.reason is Reason.NOT_PERMITTED
    assert basket_bench.arrived(Operation.PLACE) == 1
    assert basket_bench.sandbox.ledger.orders == []
