"""The lines of a basket between what the partner fixed and what the investor types."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from tests.portal.samples import TRANSACTION
from tests.support.brokers import ANY_BROKER, LIMIT_BROKER
from torana.connectors.contract import MarketOrders, OrderType, Side, Variety
from torana.connectors.registry import BROKERS
from torana.flows.account import price_key
from torana.flows.ordering.differences import seen_now, typed_now
from torana.flows.ordering.lines import (
    Entered,
    LineProblem,
    Part,
    UnknownSecurity,
    drafts_of,
    entered,
    fill_in,
    prices_for,
    prices_shown,
    review_hash,
    sums_of,
)
from torana.flows.ordering.models import MOST_SHARES, Line
from torana.pages.texts.languages import ENGLISH
from torana.partners.models import Mode

NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
USUAL = BROKERS[ANY_BROKER].capabilities


OPEN = Line("TCS")
FIXED = Line("TCS", 3, Side.BUY)
ASKED = TRANSACTION


def test_what_is_typed_becomes_the_order() -> None:
    drafts = drafts_of([OPEN], USUAL, Mode.TEST)

    filled = fill_in(drafts, {"side-1": "SELL", "quantity-1": " 1,250 ", "limit-1": "3,200.50"}, ENGLISH)

    (line,) = filled.lines
    assert (line.symbol, line.isin, line.side, line.quantity) == ("TCS", "INE467B01029", Side.SELL, 1250)
    assert (line.order_type, line.limit_price) == (OrderType.LIMIT, 320050)


def test_an_empty_limit_is_the_market() -> None:
    filled = fill_in(drafts_of([FIXED], USUAL, Mode.TEST), {"limit-1": ""}, ENGLISH)

    assert filled.lines[0].order_type is OrderType.MARKET


def test_what_is_fixed_is_not_read_from_the_form() -> None:
    fixed = Line("TCS", 3, Side.BUY, OrderType.LIMIT, 320000)

    filled = fill_in(
        drafts_of([fixed], USUAL, Mode.TEST),
        {"side-1": "SELL", "quantity-1": "9", "limit-1": "1.00"},
        ENGLISH,
    )

    (line,) = filled.lines
    assert (line.side, line.quantity, line.limit_price) == (Side.BUY, 3, 320000)


@pytest.mark.parametrize("typed", ["", "0", "-3", "1.5", "three", "1e3", "٣", "99999999999", "10000001"])
def test_a_quantity_that_is_none_is_refused(typed: str) -> None:
    filled = fill_in(
        drafts_of([Line("TCS", None, Side.BUY)], USUAL, Mode.TEST),
        {"quantity-1": typed},
        ENGLISH,
    )

    assert "whole number" in filled.problems[1].text
    assert (filled.problems[1].part, filled.lines) == (Part.QUANTITY, [])


@pytest.mark.parametrize("most", [1, MOST_SHARES])
def test_one_share_and_the_most_that_there_may_be_are_quantities(most: int) -> None:
    (line,) = fill_in(
        drafts_of([Line("TCS", None, Side.BUY)], USUAL, Mode.TEST), {"quantity-1": f"{most:,}"}, ENGLISH
    ).lines

    assert line.quantity == most


@pytest.mark.parametrize("typed", ["", "buy", "HOLD"])
def test_a_side_that_is_none_is_refused(typed: str) -> None:
    filled = fill_in(drafts_of([Line("TCS", 3)], USUAL, Mode.TEST), {"side-1": typed}, ENGLISH)

    assert filled.problems == {1: LineProblem(ENGLISH.problem.side, Part.SIDE)}
    assert filled.lines == []


@pytest.mark.parametrize("typed", ["abc", "-5", "0", "1e400", "nan", "3200.123", "99999999999"])
def test_a_limit_that_is_none_is_refused(typed: str) -> None:
    filled = fill_in(drafts_of([FIXED], USUAL, Mode.TEST), {"limit-1": typed}, ENGLISH)

    assert "limit price" in filled.problems[1].text
    assert filled.problems[1].part is Part.LIMIT


@pytest.mark.parametrize(
    ("one", "last", "amount", "far"),
    [
        (Entered(Side.BUY, 2, None, True), 100_00, 200_00, False),
        (Entered(Side.BUY, 2, 90_00, True), 100_00, 180_00, False),
        (Entered(Side.BUY, 2, 90_00, True), None, 180_00, False),
        (Entered(Side.BUY, 2, None, True), None, None, False),
        (Entered(Side.BUY, None, 90_00, True), 100_00, None, False),
        (Entered(Side.BUY, 2, None, False), 100_00, None, False),
        # a fifth of the last price is a band in which shares move
        (Entered(Side.BUY, 1, 120_00, True), 100_00, 120_00, False),
        (Entered(Side.BUY, 1, 120_01, True), 100_00, 120_01, True),
        (Entered(Side.SELL, 1, 80_00, True), 100_00, 80_00, False),
        (Entered(Side.SELL, 1, 79_99, True), 100_00, 79_99, True),
        (Entered(Side.SELL, 1, -5_00, False), 100_00, None, False),
    ],
)
def test_an_amount_is_counted_at_the_limit_and_a_limit_far_from_the_last_price_may_be_a_slip(
    one: Entered, last: int | None, amount: int | None, *, far: bool
) -> None:
    assert (one.amount(last), one.is_far(last)) == (amount, far)


@pytest.mark.parametrize(
    ("prices", "sums"),
    [
        ({1: 3000_00, 2: 400_00, 3: 1500_00}, {Side.BUY: 10_200_00, Side.SELL: 3000_00}),
        ({1: 3000_00, 3: 1500_00}, {Side.BUY: 10_200_00, Side.SELL: 3000_00}),
        ({1: 3000_00, 2: 400_00}, None),
    ],
)
def test_what_the_lines_cost_and_bring_is_added_up_by_side(
    prices: dict[int, int], sums: dict[Side, int] | None
) -> None:
    lines = [FIXED, Line("ITC", 3, Side.BUY, OrderType.LIMIT, 400_00), Line("INFY", 2, Side.SELL)]
    drafts = drafts_of(lines, USUAL, Mode.TEST)

    assert sums_of(drafts, [entered(one, {}) for one in drafts], prices) == sums
    assert sums_of([], [], prices) == {Side.BUY: 0, Side.SELL: 0}
    assert sums_of(drafts[:1], [Entered(None, 3, None, True)], prices) is None


def test_a_limit_between_two_ticks_names_the_nearest() -> None:
    filled = fill_in(drafts_of([FIXED], USUAL, Mode.TEST), {"limit-1": "3200.07"}, ENGLISH)

    assert filled.problems[1].text == "Prices of this share move in steps of ₹0.10. The nearest is ₹3,200.10."


def test_a_limit_order_without_a_price_needs_one() -> None:
    asked = Line("TCS", 3, Side.BUY, OrderType.LIMIT)

    filled = fill_in(drafts_of([asked], USUAL, Mode.TEST), {"limit-1": ""}, ENGLISH)

    assert 1 in filled.problems


def test_only_the_faulty_lines_have_problems() -> None:
    drafts = drafts_of([FIXED, Line("INFY", None, Side.BUY)], USUAL, Mode.TEST)

    filled = fill_in(drafts, {}, ENGLISH)

    assert list(filled.problems) == [2]
    assert [line.symbol for line in filled.lines] == ["TCS"]


def test_an_unknown_symbol_is_never_mapped_to_another() -> None:
    """S09."""
    with pytest.raises(UnknownSecurity):
        drafts_of([Line("TCSX", 1, Side.BUY)], USUAL, Mode.TEST)


def test_the_hash_changes_with_everything_that_is_shown() -> None:
    shown = review_hash(ASKED, [FIXED], "ses_1", Variety.REGULAR)

    assert shown == review_hash(ASKED, [FIXED], "ses_1", Variety.REGULAR)
    assert shown != review_hash(ASKED, [FIXED], "ses_2", Variety.REGULAR)
    assert shown != review_hash(ASKED, [FIXED], "ses_1", Variety.AMO)
    assert shown != review_hash(ASKED, [Line("TCS", 4, Side.BUY)], "ses_1", Variety.REGULAR)
    assert shown != review_hash(ASKED, [FIXED, FIXED], "ses_1", Variety.REGULAR)


SENT_AS_LIMIT = BROKERS[LIMIT_BROKER].capabilities
"""0.5 % beyond the price that was shown."""
NO_MARKET = replace(USUAL, order_types=frozenset({OrderType.LIMIT}), market=MarketOrders.NONE)


@pytest.mark.parametrize(
    ("side", "typed", "price", "order_type", "limit", "worst"),
    [
        (Side.BUY, "", 3000_00, OrderType.MARKET, None, 3015_00),
        (Side.SELL, "", 3000_00, OrderType.MARKET, None, 2985_00),
        (Side.BUY, "3,001", 3000_00, OrderType.LIMIT, 3001_00, None),
        (Side.BUY, "3,001", None, OrderType.LIMIT, 3001_00, None),
    ],
)
def test_a_market_order_that_is_sent_as_a_limit_has_it_from_the_price_that_was_shown(
    side: Side, typed: str, price: int | None, order_type: OrderType, limit: int | None, worst: int | None
) -> None:
    drafts = drafts_of([Line("TCS", 3, side)], SENT_AS_LIMIT, Mode.TEST)

    (line,) = fill_in(drafts, {"limit-1": typed}, ENGLISH, {} if price is None else {1: price}).lines

    assert (line.order_type, line.limit_price, line.worst_price) == (order_type, limit, worst)


def test_without_a_price_it_is_no_order_yet() -> None:
    filled = fill_in(drafts_of([FIXED], SENT_AS_LIMIT, Mode.TEST), {}, ENGLISH)

    assert filled.lines == []
    assert "Enter a limit price, or check again." in filled.problems[1].text


def test_a_price_that_was_shown_changes_nothing_where_the_broker_protects_market_orders() -> None:
    (line,) = fill_in(drafts_of([FIXED], USUAL, Mode.TEST), {}, ENGLISH, {1: 3000_00}).lines

    assert line.worst_price is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("300000", {1: 3000_00}),
        ("", {}),
        ("0", {}),
        ("-5", {}),
        ("1e5", {}),
        ("3000.00", {}),
        ("٣", {}),
        ("9" * 13, {}),
    ],
)
def test_prices_come_back_as_whole_paise_or_not_at_all(text: str, read: dict[int, int]) -> None:
    drafts = drafts_of([FIXED], SENT_AS_LIMIT, Mode.TEST)
    limited = drafts_of([Line("TCS", 3, Side.BUY, OrderType.LIMIT, 320000)], SENT_AS_LIMIT, Mode.TEST)

    assert prices_shown(drafts, {"price-1": text}) == read
    assert prices_shown(limited, {"price-1": text}) == {}
    assert prices_shown(drafts_of([FIXED], USUAL, Mode.TEST), {"price-1": text}) == {}
    assert prices_for(drafts, {price_key("NSE", "TCS"): 3000_00, price_key("NSE", "INFY"): 1}) == {1: 3000_00}
    assert prices_for(drafts, None) == prices_for(limited, {price_key("NSE", "TCS"): 3000_00}) == {}


@pytest.mark.parametrize("said", [None, OrderType.LIMIT])
def test_a_broker_that_takes_no_market_orders_asks_for_a_limit(said: OrderType | None) -> None:
    (draft,) = drafts_of([Line("TCS", 3, Side.BUY, said)], NO_MARKET, Mode.TEST)
    (usual,) = drafts_of([Line("TCS", 3, Side.BUY)], USUAL, Mode.TEST)

    assert draft.limit_required
    assert "Enter the limit price" in fill_in([draft], {}, ENGLISH).problems[1].text
    assert not usual.limit_required


def test_prices_are_part_of_what_a_review_shows_only_where_they_decide() -> None:
    one = ASKED, [FIXED], "ses_1", Variety.REGULAR
    plain = review_hash(*one)

    assert review_hash(*one, {}) == plain
    assert len({plain, *(review_hash(*one, {1: price}) for price in (1, 2))}) == 3


def test_a_line_confirmed_before_there_were_worst_prices_hashes_as_it_did() -> None:
    """Batches that are on their way while the program is replaced."""
    told = msgspec.json.encode(fill_in(drafts_of([FIXED], USUAL, Mode.TEST), {}, ENGLISH).lines)

    assert b"worst_price" not in told
    assert b'"limit_price":null' in told


@pytest.mark.parametrize(
    ("now", "typed"),
    [
        (["TCS", "ITC"], {"limit-1": "3200", "limit-2": "410", "side-2": "BUY"}),
        (["ITC", "TCS"], {"limit-2": "3200", "limit-1": "410", "side-1": "BUY"}),
        (["ITC"], {"limit-1": "410", "side-1": "BUY"}),
        (["INFY", "TCS"], {"limit-2": "3200"}),
        (["TCS", "TCS", "ITC"], {"limit-1": "3200", "limit-3": "410", "side-3": "BUY"}),
    ],
)
def test_what_was_typed_goes_with_its_security_where_the_lines_are_others(
    now: list[str], typed: dict[str, str]
) -> None:
    """A limit is never another one's: it is left out where its line is gone."""
    before, after = (drafts_of([Line(one) for one in each], USUAL, Mode.TEST) for each in (["TCS", "ITC"], now))
    given = {"limit-1": "3200", "limit-2": "410", "side-2": "BUY", "csrf": "c"}

    assert typed_now(seen_now(before, Variety.REGULAR, {}), after, given) == typed | {"csrf": "c"}
    assert typed_now("what is this?", after, given) == {"csrf": "c"}
