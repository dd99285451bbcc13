"""What the orders would cost at the broker, beside the review: told with source and time, waited for by nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest

from tests.brokers import UNPACED
from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.quiet import SESSION, quiet
from tests.portal.samples import draft, look
from tests.portal.steps import TCS, connected, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, LIMIT_BROKER
from torana.connectors.contract import CostRules, NotSent, Proposal, Session, Setup, Side, Variety
from torana.connectors.registry import BROKERS
from torana.flows.ordering.costs import NOT_TOLD, Basket, CostsTold, Means, needed_above_funds, read_costs
from torana.flows.ordering.lines import Draft, fill_in
from torana.flows.ordering.models import Line
from torana.flows.ordering.review import review_view
from torana.kit.money import Paise, inr, paise
from torana.pages.texts.languages import ENGLISH

PRICE = 3_000_00
DOWN = ({"kind": "status", "status": 503}, {"kind": "hang", "seconds": 30}, {"kind": "html"}, {"kind": "empty_object"})


async def reviewing(
    installation: Installation, browser: Browser, *lines: dict[str, Any], broker: str = ANY_BROKER
) -> tuple[Flow, Answer]:
    """In front of the review; TCS stands at ₹3,000."""
    await installation.tell("POST", "/sandbox/prices", {"symbol": "TCS", "price": PRICE})
    flow = await installation.create(*(lines or (TCS,)))
    return flow, await to_review(installation, browser, flow, broker=broker)


async def asked(browser: Browser, review: Answer, **typed: str) -> dict[str, Any]:
    """What the page's script asks for, with what is typed."""
    more = "".join(f"&{name.replace('_', '-')}={value}" for name, value in typed.items())
    told = await browser.get(f"{review.path}/prices?costs=1&last-1={PRICE}{more}")
    return dict(msgspec.json.decode(told.text))


async def faulty(installation: Installation, operation: str, fault: Mapping[str, Any]) -> None:
    await installation.tell("POST", "/sandbox/faults", {"operation": operation, "times": None, **fault})


@pytest.mark.parametrize("broker", [name for name, one in BROKERS.items() if one.costs is not None])
async def test_margin_and_charges_are_told_with_source_and_time(
    installation: Installation, browser: Browser, broker: str
) -> None:
    _, review = await reviewing(installation, browser, TCS | {"orderType": "LIMIT", "price": 3000}, broker=broker)

    told = await asked(browser, review)

    assert told["margin"] == "₹9,000.00"
    assert Decimal("9") < Decimal(told["charges"].removeprefix("₹")) < Decimal("40")
    assert told["source"].startswith(f"From {BROKERS[broker].name} at ")


async def test_funds_that_are_short_only_with_the_charges_are_said(
    installation: Installation, browser: Browser
) -> None:
    """₹9,005 for shares of ₹9,000: with and without script. Nothing is held up: the broker decides."""
    await connected(installation, browser, logged_in=False)
    account = {"broker": ANY_BROKER, "account": "asha", "cash": 9_005_00}
    await installation.tell("POST", "/sandbox/accounts", account)
    _, review = await reviewing(installation, browser)

    told = await asked(browser, review, available="900500")
    untold = await asked(browser, review, available="")
    without_script = await browser.submit(review, "/confirm", check="costs")
    status = await browser.submit(without_script, "/confirm")

    assert 'data-available="900500"' in review.text
    assert "Not enough funds" not in review.words
    needed = inr(9_000_00 + paise(told["charges"].removeprefix("₹")))
    said = f"About {needed} is needed in all and {ANY_NAME} shows ₹9,005.00. It may refuse."
    assert (told["short"], untold["short"]) == (said, None)
    assert said in without_script.words
    assert status.heading == "Placing your order"


@pytest.mark.parametrize("fault", DOWN)
async def test_what_the_broker_does_not_tell_is_not_told_and_never_nothing(
    installation: Installation, browser: Browser, fault: dict[str, Any]
) -> None:
    _, review = await reviewing(installation, browser)
    await faulty(installation, "margins", fault)

    told = await asked(browser, review)
    await faulty(installation, "charges", fault)
    neither = await asked(browser, review)

    assert told["margin"] is None
    assert told["charges"].startswith("₹")
    assert (neither["margin"], neither["charges"]) == (None, None)
    assert neither["source"] == f"{ANY_NAME} did not share them. You can continue without."


async def test_the_review_does_not_wait_for_costs_and_orders_are_placed_without(
    installation: Installation, browser: Browser
) -> None:
    for operation in ("margins", "charges"):
        await faulty(installation, operation, {"kind": "hang", "seconds": 60})

    _, review = await reviewing(installation, browser)
    status = await browser.submit(review, "/confirm")

    assert "Margin needed" in review.words
    assert status.heading == "Placing your order"
    told = await installation.tell("GET", "/sandbox/faults")
    assert [one["applied"] for one in told["faults"]] == [0, 0]


async def test_without_script_they_are_asked_for_by_a_button(installation: Installation, browser: Browser) -> None:
    _, review = await reviewing(installation, browser)

    told = await browser.submit(review, "/confirm", check="costs")
    await faulty(installation, "margins", DOWN[0])
    half = await browser.submit(told, "/confirm", check="costs")

    assert f"Ask {ANY_NAME}" in review.words
    assert "Margin needed ₹9,000.00" in told.words
    assert f"From {ANY_NAME} at " in told.words
    assert "Margin needed not available" in half.words


async def test_lines_that_are_not_known_yet_are_not_asked_for(installation: Installation, browser: Browser) -> None:
    _, review = await reviewing(installation, browser, {"ticker": "TCS"})

    before = await asked(browser, review)
    told = await asked(browser, review, side_1="BUY", quantity_1="2", limit_1="2900")

    assert before == {"complete": False}
    assert told["margin"] == "₹5,800.00"


async def test_a_market_order_that_goes_as_a_limit_is_reckoned_at_its_worst(
    installation: Installation, browser: Browser
) -> None:
    _, review = await reviewing(installation, browser, broker=LIMIT_BROKER)

    assert (await asked(browser, review))["margin"] == "₹9,045.00"


async def test_another_browser_is_told_no_costs(installation: Installation, browser: Browser) -> None:
    """S03: they are of the account."""
    flow, _ = await reviewing(installation, browser)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)
        told = await asked(stranger, page)

    assert told == {"prices": {}}


async def test_a_login_that_has_ended_is_met_by_the_confirmation(installation: Installation, browser: Browser) -> None:
    """S04."""
    _, review = await reviewing(installation, browser)
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    told = await asked(browser, review)
    prices = await browser.get(f"{review.path}/prices")

    assert (told["margin"], told["charges"]) == (None, None)
    assert (prices.status, msgspec.json.decode(prices.text)) == (200, {"prices": {}})


def test_a_broker_that_tells_no_costs_has_no_place_for_them() -> None:
    assert review_view(look()).costs is None


@pytest.mark.parametrize(
    ("margin", "charges", "pay", "funds", "needed"),
    [
        (9000, 10, 9000, 9010, None),
        (9000, 10, 9000, 9009, 9010),
        (9500, 10, 9000, 9499, 9500),
        (9500, 10, 9000, 9500, None),
        (9100, 600, 9000, 9050, 9600),
        (None, 10, 9000, 9009, 9010),
        (9500, None, 9000, 9499, 9500),
        (9500, 10, None, 9499, 9500),
        (None, 10, None, 5, None),
        (None, None, 9000, 9000, None),
        (9500, 10, 9000, 8999, None),  # the price alone is too much: the review says so itself
        (9500, 10, 9000, None, None),
        (None, 30, -20, 9, 10),
        (0, 30, -40, 0, None),
        (1, 1, 0, -5, None),
        (1, None, None, -5, 1),
    ],
)
def test_what_is_needed_above_the_funds(
    margin: int | None, charges: int | None, pay: int | None, funds: int | None, needed: int | None
) -> None:
    """Of what is not known nothing is said."""
    assert needed_above_funds(CostsTold(margin, charges), Means(pay, funds)) == needed


# one question and its limits, as rows


@dataclass(frozen=True)
class Counting:
    """A broker that counts what it is asked: a rupee for each share, and a rupee for each order."""

    setup: Setup = field(repr=False)
    rules: ClassVar = CostRules()
    asked: ClassVar[list[list[int]]] = []
    down: ClassVar[int] = 0

    async def margin(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        return sum(order.quantity * 100 for order in orders)

    async def charges(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        self.asked.append([order.quantity for order in orders])
        if len(self.asked) == self.down:
            raise NotSent("not now")
        return len(orders) * 100


BUY, SELL = Line("TCS", 3, Side.BUY), Line("TCS", 2, Side.SELL)
ITC = Line("ITC", 10, Side.BUY)
UPTO_TWO, ONCE = CostRules(margin_at_once=2), CostRules(margin_by_instrument=True)
ONE_EACH = CostRules(charges_at_once=1)


@pytest.mark.parametrize(
    ("rules", "lines", "margin", "questions"),
    [
        (CostRules(), [BUY, ITC], 1300, [[3, 10]]),
        (UPTO_TWO, [BUY, ITC], 1300, [[3, 10]]),
        (UPTO_TWO, [BUY, ITC, ITC], None, [[3, 10, 10]]),
        (ONCE, [BUY, BUY, ITC], 1600, [[3, 3, 10]]),
        (ONCE, [BUY, SELL], None, [[3, 2]]),
        (ONE_EACH, [BUY, ITC], 1300, [[3], [10]]),
        (ONE_EACH, [ITC] * 20, 20000, [[10]] * 20),
        (ONE_EACH, [ITC] * 21, 21000, []),
    ],
)
async def test_a_broker_is_asked_as_its_rules_say(
    rules: CostRules, lines: list[Line], margin: int | None, questions: list[list[int]]
) -> None:
    told, asked_for = await _read(rules, [draft(number, line) for number, line in enumerate(lines, 1)])

    assert told.margin == margin
    assert asked_for == questions
    assert told.charges == (len(lines) * 100 if questions else None)


async def test_a_line_that_goes_in_slices_is_charged_as_its_orders() -> None:
    told, asked_for = await _read(CostRules(), [replace(draft(1, Line("ITC", 10, Side.BUY)), largest=4)])

    assert told == CostsTold(1000, 300)
    assert asked_for == [[4, 3, 3]]


async def test_charges_of_which_a_part_is_missing_are_not_told() -> None:
    told, _ = await _read(ONE_EACH, [draft(1, BUY), draft(2, ITC)], down=2)

    assert told == CostsTold(1300, None)


async def test_without_a_price_there_is_nothing_to_ask() -> None:
    told, asked_for = await _read(CostRules(), [draft(1, BUY), draft(2, ITC)], prices={1: 300000})

    assert (told, asked_for) == (NOT_TOLD, [])


async def _read(
    rules: CostRules, drafts: list[Draft], *, prices: Mapping[int, Paise] | None = None, down: int = 0
) -> tuple[CostsTold, list[list[int]]]:
    """What is told, and the quantities in each question for charges."""
    asked_for: list[list[int]] = []
    part = type("Asked", (Counting,), {"rules": rules, "asked": asked_for, "down": down})
    lines = fill_in(drafts, {}, ENGLISH).lines
    known = {one.number: 100_00 for one in drafts} if prices is None else prices
    basket = Basket(drafts, lines, known, Variety.REGULAR)
    return await read_costs(quiet(costs=part), SESSION, basket, UNPACED), asked_for
