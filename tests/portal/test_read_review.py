"""What a review and an open page are told, by rows: whose account, at which prices and costs, and what is asked for.
The broker is played here."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.portal.samples import GATEWAY
from tests.portal.test_confirm import RICH, SESSION, TCS, Confirming
from tests.support.brokers import ANY_NAME
from torana.connectors.contract import Calls, ExecutionMode, Instrument, Session, SessionEnded, Variety
from torana.flows.account import Account
from torana.flows.ordering import review_page
from torana.flows.ordering.costs import Basket, CostsTold
from torana.flows.ordering.lines import LineProblem
from torana.flows.ordering.models import Chosen, Line
from torana.flows.ordering.moment import Moment
from torana.flows.ordering.review_page import ReviewContext, figures_of_costs, figures_of_prices, load, read_review
from torana.flows.ordering.views import Review
from torana.orders.pace import Pace
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Action, Closing, Notice, Tone

BUY = Line("TCS", 2, TCS.side)


class Asking:
    """A broker that tells costs, and what it was asked about."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, one: Confirming, told: CostsTold) -> None:
        self.one, self.told = one, told
        self.baskets: list[Basket | None] = []
        monkeypatch.setattr(review_page, "read_costs", self._costs)

    async def _costs(self, connector: object, session: Session, basket: Basket | None, pace: Pace) -> CostsTold:
        assert (connector, session) == (self.one.connector, SESSION.as_session())
        assert pace.account(Calls.ORDERS).broker_user_id == "AB1234"
        self.baskets.append(basket)
        return self.told


async def loaded(one: Confirming, chosen: Chosen | None = None) -> ReviewContext:
    async def choose(now: Moment) -> Chosen:
        return chosen or Chosen([BUY])

    found = await load(one.services, one.current, one.connector, choose)
    assert isinstance(found, ReviewContext)
    return found


async def test_a_review_says_whose_account_it_is_and_why_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch)
    notice, back = Notice(Tone.WAIT, "Your share", "of the basket"), Action("Change the amount", post="amount")

    review = await read_review(await loaded(one, Chosen([BUY], notices=(notice,), change=back)))

    assert isinstance(review, Review)
    assert (review.account, review.frame.closing) == ("AB1234", Closing.ASK)
    assert (notice in review.notices, review.change) == (True, back)
    assert msgspec.json.decode(review.seen) == ["regular", [["TCS", "BUY", 2, None, None]]]
    assert (review.costs is not None, review.costs and review.costs.asked) == (True, False), "the page asks for them"


async def test_where_nothing_can_be_placed_the_way_back_is_to_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, quantity=5, largest=2, mode=ExecutionMode.REDIRECT_BASKET, basket_limit=2)

    review = await one.review()

    assert review.blocked.label == f"Return to {GATEWAY.display_name}"


@pytest.mark.parametrize("variety", list(Variety))
async def test_that_orders_became_ones_for_the_next_day_is_told_where_they_did(
    monkeypatch: pytest.MonkeyPatch, variety: Variety
) -> None:
    before = await Confirming(monkeypatch).review()

    review = await Confirming(monkeypatch, variety=variety).review(seen=before.seen)

    words, spoken = ENGLISH.notice, " ".join(one.text for one in review.notices)
    assert (words.changed_amo in spoken, words.changed_regular in spoken) == (variety is Variety.AMO, False)


@pytest.mark.parametrize(
    ("percent", "prices", "wrong", "shown"),
    [
        ("0.5", None, True, True),
        ("0.5", None, False, False),
        ("0.5", RICH.prices, True, False),
        (None, None, True, False),
        (None, RICH.prices, True, False),
    ],
)
async def test_limit_prices_are_asked_for_where_nobody_knows_a_price_to_make_one_from(
    monkeypatch: pytest.MonkeyPatch, percent: str | None, prices: Any, *, wrong: bool, shown: bool
) -> None:
    as_limit = None if percent is None else Decimal(percent)
    one = Confirming(monkeypatch, market_percent=as_limit, account=replace(RICH, prices=prices))

    review = await one.review(problems={1: LineProblem("Enter a limit price.")} if wrong else None)

    assert review.limits is shown


@pytest.mark.parametrize(("quantity", "whole"), [("2", True), ("", False)])
async def test_costs_that_are_asked_for_are_those_of_the_very_lines_at_their_last_prices(
    monkeypatch: pytest.MonkeyPatch, quantity: str, *, whole: bool
) -> None:
    one = Confirming(monkeypatch, quantity=None)
    asking = Asking(monkeypatch, one, CostsTold(6000_00, 12_34))

    review = await one.confirm(check="costs", quantity_1=quantity)
    without = await one.confirm(check="1", quantity_1=quantity)

    (basket,) = asking.baskets
    assert (basket is not None) is whole
    if basket is not None:
        assert ([*basket.lines], basket.prices, basket.variety) == ([TCS], {1: 3000_00}, Variety.REGULAR)
        assert [draft.security.symbol for draft in basket.drafts] == ["TCS"]
    assert (review.costs.asked, review.costs.margin, review.costs.charges) == (True, "₹6,000.00", "₹12.34")
    assert without.costs.asked is False


async def test_an_open_page_is_told_the_costs_of_the_lines_as_they_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a broker that makes a limit of a market order. That the price alone is too much the review says itself."""
    one = Confirming(monkeypatch, quantity=None, market_percent=Decimal("0.5"))
    asking = Asking(monkeypatch, one, CostsTold(6100_00, 12_34))
    context = await loaded(one, Chosen([Line("TCS", None, TCS.side)]))

    whole = await figures_of_costs(context, {"quantity-1": "2", "last-1": "300000", "available": "605000"})
    poor = await figures_of_costs(context, {"quantity-1": "2", "last-1": "300000", "available": "599999"})
    enough = await figures_of_costs(context, {"quantity-1": "2", "last-1": "300000", "available": "700000"})
    part = await figures_of_costs(context, {"quantity-1": "", "last-1": "300000", "available": "605000"})

    basket, *_ = asking.baskets
    assert basket is not None
    limited = msgspec.structs.replace(TCS, worst_price=3015_00)
    assert ([*basket.lines], basket.prices, basket.variety) == ([limited], {1: 3000_00}, Variety.REGULAR)
    assert (basket.drafts, len(asking.baskets)) == (context.drafts, 3)
    assert (whole["complete"], whole["margin"], whole["charges"]) == (True, "₹6,100.00", "₹12.34")
    assert whole["source"].startswith(f"From {ANY_NAME} at 10:31")
    assert ("₹6,100.00" in whole["short"], enough["short"], poor["short"]) == (True, None, None)
    assert part == {"complete": False}


@pytest.mark.parametrize("account", [Account({}, None, None), Account(None, None, None), SessionEnded("over"), RICH])
async def test_an_open_page_is_told_newer_prices_with_their_source_or_none(
    monkeypatch: pytest.MonkeyPatch, account: Account | BaseException
) -> None:
    """Neither funds nor shares are asked for, and a login that is over ends nothing by itself."""
    one, asked = Confirming(monkeypatch), []

    async def read(
        connector: object, session: Session, instruments: Sequence[Instrument], pace: Pace, **how: bool
    ) -> Account:
        assert (connector, session) == (one.connector, SESSION.as_session())
        assert pace.account(Calls.ORDERS).broker_user_id == "AB1234"
        asked.append(([each.symbol for each in instruments], how))
        if isinstance(account, BaseException):
            raise account
        return account

    monkeypatch.setattr(review_page, "read_account", read)

    told = await figures_of_prices(await loaded(one))

    assert asked == [(["TCS"], {"with_funds": False, "with_shares": False})]
    assert told["prices"] == (RICH.prices if account is RICH else {})
    assert ("pricedAt" in told) is (account is RICH)
    if account is RICH:
        source = f"Prices from {ANY_NAME} at 10:31. They may change until your order is filled."
        assert told["pricedAt"] == source
    assert one.ended == []
