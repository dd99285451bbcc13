"""What becomes of a confirmation, by rows: login, market, what was shown, what was typed. The database, the broker and
the market are played here; the whole of it is told in `test_flow` and `test_races`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from tests.portal.samples import GATEWAY, NOW, TRANSACTION, VISIT
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.connectors.contract import Connector, ExecutionMode, OrderType, SessionEnded, Side, Variety
from torana.connectors.registry import BROKERS
from torana.flows import store
from torana.flows.account import Account
from torana.flows.context import CurrentVisit, FlowServices, live_session
from torana.flows.contract import Changed, Fail, LoginNeeded, Page
from torana.flows.ordering import confirm as confirming
from torana.flows.ordering import moment
from torana.flows.ordering.confirm import confirm
from torana.flows.ordering.lines import review_hash
from torana.flows.ordering.models import Chosen, Line, OrderConfig
from torana.flows.ordering.moment import Moment
from torana.flows.ordering.review_page import ReviewContext, load, read_review
from torana.flows.ordering.trading import Market
from torana.flows.ordering.views import Review
from torana.flows.securities import Securities
from torana.flows.shares import Shares
from torana.investors.models import LiveSession
from torana.investors.store import SessionRow
from torana.orders.models import ConfirmedLine, ForBasket, Halt, confirmed_hash
from torana.orders.states import HaltedBy
from torana.transactions.outcomes import INTERNAL_ERROR, MARKET_CLOSED, ORDERS_HALTED

STORED = SessionRow("ses_1", "a" * 24, ANY_BROKER, "AB1234", b"sealed", NOW + timedelta(hours=1), None, None)
SESSION = LiveSession("ses_1", "a" * 24, ANY_BROKER, "AB1234", {"token": "token"}, NOW + timedelta(hours=1), None, None)
TCS = ConfirmedLine("TCS", "NSE", "INE467B01029", Side.BUY, 2, OrderType.MARKET, None, "2953217", "TCS")


RICH = Account({"TCS": 3000_00}, 10_000_00, None)
RELEASES = next(rules for one in BROKERS.values() if (rules := one.capabilities.releases) is not None)


def hash_of(*lines: ConfirmedLine, variety: Variety = Variety.REGULAR) -> str:
    return confirmed_hash(lines, variety).hex()


class Confirming:
    """One confirmed review as the gateway takes it: what was planned, ended or kept."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *,
        side: Side | None = Side.BUY,
        quantity: int | None = 2,
        symbol: str = "TCS",
        session: LiveSession | None = SESSION,
        variety: Variety | None = Variety.REGULAR,
        account: Account | BaseException = RICH,
        shown_before: bool = True,
        mode: ExecutionMode = ExecutionMode.SERVER_API,
        largest: int | None = None,
        basket_limit: int | None = None,
        sells_pledged: bool | None = None,
        releases: bool = False,
        market_percent: Decimal | None = None,
        halt: Halt | None = None,
    ) -> None:
        config = OrderConfig([Line(symbol, quantity, side)])
        transaction = msgspec.structs.replace(
            TRANSACTION, config=msgspec.to_builtins(config), session_id="ses_1", broker=ANY_BROKER
        )
        self.session, self.variety, self.account = session, variety, account
        self.planned: list[dict[str, Any]] = []
        self.ended: list[str] = []
        self.kept: list[bytes] = []
        self.asked: list[dict[str, Any]] = []
        lines = config.lines
        shown = review_hash(transaction, lines, "ses_1", variety or Variety.REGULAR)
        self.shown = shown.hex()
        visit = msgspec.structs.replace(VISIT, broker=ANY_BROKER, review_hash=shown if shown_before else None)
        row = None if session is None else STORED
        self.current = CurrentVisit(GATEWAY, visit, transaction, "cookie", session=row, halt=halt)
        self.services = cast(
            FlowServices,
            SimpleNamespace(
                database="db",
                clock=SimpleNamespace(now=lambda: NOW),
                sessions=SimpleNamespace(opened=self._opened, end=self._end),
            ),
        )
        broker = BROKERS[ANY_BROKER]
        capabilities = replace(
            broker.capabilities,
            largest_order=largest,
            basket_limit=basket_limit,
            sells_pledged=sells_pledged,
            releases=RELEASES if releases else None,
            market_percent=market_percent,
        )
        self.connector = cast(Connector, SimpleNamespace(broker=broker, capabilities=capabilities, execution_mode=mode))
        monkeypatch.setattr(moment, "market_of", self._market)
        monkeypatch.setattr(moment, "read_account", self._read_account)
        monkeypatch.setattr(confirming, "plan", self._plan)
        monkeypatch.setattr(store, "keep_review", self._keep)

    async def confirm(self, **form: str) -> Any:
        given = {"review": self.shown, **{name.replace("_", "-"): value for name, value in form.items()}}
        loaded = await load(self.services, self.current, self.connector, Securities().choose)
        answer = await confirm(loaded, given) if isinstance(loaded, ReviewContext) else loaded
        assert not isinstance(answer, Page) or answer.status == 422, "a page that was sent and comes back"
        return answer.view if isinstance(answer, Page) else answer

    async def review(self, **how: Any) -> Any:
        loaded = await load(self.services, self.current, self.connector, Securities().choose)
        answer = await read_review(loaded, **how) if isinstance(loaded, ReviewContext) else loaded
        return answer.view if isinstance(answer, Page) else answer

    @property
    def lines(self) -> list[ConfirmedLine]:
        (planned,) = self.planned
        return list(planned["lines"])

    def _opened(self, gateway_id: str, row: SessionRow) -> LiveSession:
        assert (gateway_id, row, self.session is None) == ("gw_1", STORED, False)
        return cast(LiveSession, self.session)

    async def _end(self, gateway_id: str, session_id: str, now: object) -> None:
        assert (gateway_id, now) == ("gw_1", NOW)
        self.ended.append(session_id)

    async def _market(self, services: object, gateway: object, capabilities: object, *, amo: bool) -> Market:
        assert (services, gateway, amo) == (self.services, GATEWAY, self.current.visit.amo)
        return Market(cast(Any, None), self.variety, None, NOW)

    async def _read_account(
        self, connector: object, session: object, instruments: Any, pace: object, **how: Any
    ) -> Account:
        assert connector is self.connector
        self.asked.append({"symbols": [one.symbol for one in instruments], **how})
        if isinstance(self.account, BaseException):
            raise self.account
        return self.account

    async def _plan(self, database: object, **how: Any) -> None:
        assert database == "db"
        self.planned.append(how)

    async def _keep(self, database: object, gateway_id: str, visit_id: str, shown: bytes) -> None:
        assert (database, gateway_id, visit_id) == ("db", "gw_1", VISIT.visit_id)
        self.kept.append(shown)


async def test_while_new_orders_are_stopped_nothing_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, halt=Halt("gw_1", "", HaltedBy.PARTNER, "wrong prices", NOW))

    assert await one.confirm(shown=hash_of(TCS)) == Fail(ORDERS_HALTED)

    assert one.planned == []


async def test_what_was_shown_is_planned_as_it_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch)

    assert await one.confirm(shown=hash_of(TCS)) == Changed()

    (planned,) = one.planned
    assert one.lines == [TCS]
    assert (planned["gateway"], planned["transaction"]) == (GATEWAY, one.current.transaction)
    assert (planned["session"], planned["now"], planned["variety"]) == (SESSION, NOW, Variety.REGULAR)
    assert planned["execution_mode"] is ExecutionMode.SERVER_API
    assert planned["book_day"] == date(2026, 11, 18)
    assert one.asked == [], "what was looked at is not looked at again"


async def test_orders_for_the_next_day_live_in_its_book(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, variety=Variety.AMO)
    evening = NOW + timedelta(hours=10)

    async def market(*_: object, **__: object) -> Market:
        return Market(cast(Any, None), Variety.AMO, None, evening)

    monkeypatch.setattr(moment, "market_of", market)

    assert await one.confirm(shown=hash_of(TCS, variety=Variety.AMO)) == Changed()
    assert one.planned[0]["book_day"] == date(2026, 11, 19)


@pytest.mark.parametrize(
    "session",
    [
        None,
        msgspec.structs.replace(SESSION, ended_at=NOW),
        msgspec.structs.replace(SESSION, expires_at=NOW),
        msgspec.structs.replace(SESSION, expires_at=NOW - timedelta(seconds=1)),
    ],
)
async def test_without_a_live_login_nothing_is_planned(
    monkeypatch: pytest.MonkeyPatch, session: LiveSession | None
) -> None:
    one = Confirming(monkeypatch, session=session)

    assert await one.confirm(shown=hash_of(TCS)) == LoginNeeded()
    assert await one.review() == LoginNeeded()
    assert (one.planned, one.kept) == ([], [])


async def test_a_transaction_that_nobody_logged_in_for_has_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch)

    assert live_session(one.services, one.current) == SESSION
    assert live_session(one.services, replace(one.current, session=None)) is None


async def test_in_a_closed_market_nothing_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, variety=None)

    assert await one.confirm(shown=hash_of(TCS)) == Fail(MARKET_CLOSED)
    assert await one.review() == Fail(MARKET_CLOSED)
    assert (one.planned, one.kept) == ([], [])


@pytest.mark.parametrize("given", ["", "00" * 32, "é", "its own"])
async def test_what_is_not_what_the_review_showed_comes_back_as_a_review(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """D13, D14. The last one was shown to another visit: this visit has seen no review."""
    one = Confirming(monkeypatch, shown_before=given != "its own")

    review = await one.confirm(review=one.shown if given == "its own" else given, shown=hash_of(TCS))

    assert isinstance(review, Review)
    assert any("not what would be placed" in notice.text for notice in review.notices)
    assert one.planned == []
    assert [kept.hex() for kept in one.kept] == [one.shown]


async def test_another_login_than_the_reviews_shows_the_review_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, session=msgspec.structs.replace(SESSION, session_id="ses_2"))

    assert isinstance(await one.confirm(shown=hash_of(TCS)), Review)
    assert one.planned == []


async def test_a_security_that_is_gone_ends_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, symbol="NOBODY-KNOWS")

    assert await one.confirm(shown="") == Fail(INTERNAL_ERROR)
    assert await one.review() == Fail(INTERNAL_ERROR)


async def test_a_login_that_ends_while_the_account_is_read_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, account=SessionEnded("over"))

    assert await one.review() == LoginNeeded()
    assert one.ended == ["ses_1"]
    assert one.kept == []


@pytest.mark.parametrize("form", [{"quantity_1": ""}, {"quantity_1": "0"}, {"quantity_1": "2", "check": "1"}])
async def test_what_is_missing_or_only_to_be_checked_is_not_planned(
    monkeypatch: pytest.MonkeyPatch, form: Mapping[str, str]
) -> None:
    one = Confirming(monkeypatch, quantity=None)

    review = await one.confirm(**form, shown=hash_of(TCS))

    assert isinstance(review, Review)
    assert (review.lines[0].problem is not None) is ("check" not in form)
    assert one.planned == []


@pytest.mark.parametrize(
    ("form", "planned"),
    [
        ({}, True),
        ({"shown": hash_of(TCS)}, True),
        ({"anyway": hash_of(TCS)}, True),
        ({"shown": "00"}, True),
    ],
)
async def test_lines_that_the_page_could_not_check_are_looked_at_first(
    monkeypatch: pytest.MonkeyPatch, form: Mapping[str, str], *, planned: bool
) -> None:
    """With nothing against them they are placed."""
    one = Confirming(monkeypatch, quantity=None)

    await one.confirm(**form, quantity_1="2")

    assert bool(one.planned) is planned
    assert one.lines == [TCS]
    seen = form.get("shown", form.get("anyway")) == hash_of(TCS)
    assert len(one.asked) == (0 if seen else 1)


@pytest.mark.parametrize(
    ("side", "releases", "named", "waiting", "looked", "placed"),
    [
        (Side.SELL, True, "shown", 0, True, True),
        (Side.SELL, True, "shown", 2, True, False),
        (Side.SELL, True, "anyway", 2, False, True),
        (Side.SELL, False, "shown", 2, False, True),
        (Side.BUY, True, "shown", 2, False, True),
    ],
)
async def test_before_shares_are_sold_that_have_to_be_released_the_account_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, side: Side, named: str, waiting: int, *, releases: bool, looked: bool, placed: bool
) -> None:
    """The depository may have released them since the page was made, or have taken them back."""
    account = Account({"TCS": 3000_00}, 10_000_00, {TCS.isin: Shares(2 - waiting, waiting)})
    session = msgspec.structs.replace(SESSION, edis_needed=True)
    one = Confirming(monkeypatch, side=side, session=session, account=account, releases=releases)

    answer = await one.confirm(**{named: hash_of(msgspec.structs.replace(TCS, side=side))})

    assert (len(one.asked), bool(one.planned), isinstance(answer, Review)) == (looked, placed, not placed)


async def test_a_market_order_that_is_sent_as_a_limit_has_it_from_the_price_on_the_review_and_from_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Confirming(monkeypatch, market_percent=Decimal("0.5"))
    review = await one.review()
    one.current = replace(one.current, visit=msgspec.structs.replace(one.current.visit, review_hash=one.kept[0]))

    other = await one.confirm(review=review.hash, shown=review.shown, price_1="310000")
    none = await one.confirm(review=review.hash, shown=review.shown)
    planned = [*one.planned]

    assert await one.confirm(review=review.hash, shown=review.shown, price_1="300000") == Changed()
    assert (review.lines[0].price_shown, "₹3,015.00" in review.lines[0].limit_note) == (3000_00, True)
    assert (isinstance(other, Review), isinstance(none, Review), planned) == (True, True, [])
    assert [(line.order_type, line.worst_price) for line in one.lines] == [(OrderType.MARKET, 3015_00)]


async def test_what_an_order_on_a_basket_changes_goes_into_the_database_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, basket = Confirming(monkeypatch), ForBasket("LAMP_1", "a" * 24, 2)

    async def begin(*_: object) -> bool:
        return True

    async def choose(now: Moment) -> Chosen:
        return Chosen([Line("TCS", 2, Side.BUY)], basket, begin)

    loaded = await load(one.services, one.current, one.connector, choose)
    assert isinstance(loaded, ReviewContext)

    assert await confirm(loaded, {"review": one.shown, "shown": hash_of(TCS)}) == Changed()
    assert (one.planned[0]["basket"], one.planned[0]["begin"]) == (basket, begin)


@pytest.mark.parametrize(("named", "placed"), [("", False), ("shown", True), ("anyway", True)])
async def test_too_little_money_is_said_before_it_is_placed_all_the_same(
    monkeypatch: pytest.MonkeyPatch, named: str, *, placed: bool
) -> None:
    one = Confirming(monkeypatch, quantity=None, account=Account({"TCS": 3000_00}, 1_00, None))
    many = msgspec.structs.replace(TCS, quantity=20)

    answer = await one.confirm(quantity_1="20", **({named: hash_of(many)} if named else {}))

    assert bool(one.planned) is placed
    assert isinstance(answer, Review) is not placed


async def test_the_word_for_other_lines_is_not_taken_for_these(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, quantity=None, account=Account({"TCS": 3000_00}, 1_00, None))

    assert isinstance(await one.confirm(quantity_1="20", anyway=hash_of(TCS)), Review)
    assert one.planned == []


async def test_a_large_line_is_sliced_as_it_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, quantity=5, largest=2)
    five = msgspec.structs.replace(TCS, quantity=5)

    assert await one.confirm(shown=hash_of(five)) == Changed()
    assert [line.quantity for line in one.lines] == [2, 2, 1]


async def test_a_line_that_becomes_several_orders_is_shown_so_first(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, quantity=None, largest=2, account=Account({"TCS": 1_00}, 10_000_00, None))

    assert isinstance(await one.confirm(quantity_1="5"), Review)
    assert one.planned == []


@pytest.mark.parametrize(
    ("mode", "basket_limit", "placed"),
    [
        (ExecutionMode.REDIRECT_BASKET, 2, False),
        (ExecutionMode.REDIRECT_BASKET, 3, True),
        (ExecutionMode.SERVER_API, 2, True),
    ],
)
async def test_what_is_more_than_the_broker_takes_in_one_go_is_not_planned(
    monkeypatch: pytest.MonkeyPatch, mode: ExecutionMode, basket_limit: int, *, placed: bool
) -> None:
    one = Confirming(monkeypatch, quantity=5, largest=2, mode=mode, basket_limit=basket_limit)
    five = msgspec.structs.replace(TCS, quantity=5)

    answer = await one.confirm(shown=hash_of(five), anyway=hash_of(five))

    assert bool(one.planned) is placed
    assert isinstance(answer, Review) is not placed


@pytest.mark.parametrize(("side", "asked"), [(Side.BUY, False), (Side.SELL, True), (None, True)])
async def test_shares_are_asked_for_where_something_may_be_sold(
    monkeypatch: pytest.MonkeyPatch, side: Side | None, *, asked: bool
) -> None:
    one = Confirming(monkeypatch, side=side)

    await one.review()

    assert one.asked == [{"symbols": ["TCS"], "with_shares": asked}]


async def test_a_review_carries_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch)

    review = await one.review()

    assert isinstance(review, Review)
    assert review.hash == one.shown
    assert review.shown == hash_of(TCS)
    assert [kept.hex() for kept in one.kept] == [one.shown]
    assert review.notices == ()


async def test_a_sale_of_shares_that_are_not_there_needs_a_word_of_the_investor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = Account({"TCS": 3000_00}, 0, {TCS.isin: Shares()})
    one = Confirming(monkeypatch, side=Side.SELL, quantity=None, account=nothing)

    assert isinstance(await one.confirm(quantity_1="2"), Review)
    assert one.planned == []


@pytest.mark.parametrize(
    "form",
    [
        {"quantity_1": "7", "check": "1"},
        {"quantity_1": "7"},
        {"quantity_1": "seven"},
    ],
)
async def test_a_review_that_comes_back_keeps_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, form: Mapping[str, str]
) -> None:
    one = Confirming(monkeypatch, quantity=None, account=Account({"TCS": 3000_00}, 1_00, None))

    review = await one.confirm(**form)

    assert review.lines[0].typed_quantity == form["quantity_1"]


async def test_a_review_that_changed_keeps_what_was_typed_for_the_lines_that_it_showed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a page that does not tell what it showed, nobody knows for which security something was typed."""
    one = Confirming(monkeypatch, quantity=None)
    shown = await one.review()

    changed = await one.confirm(review="another", quantity_1="7", seen=shown.seen)
    untold = await one.confirm(review="another", quantity_1="7")

    assert changed.lines[0].typed_quantity == "7"
    assert untold.lines[0].typed_quantity == ""


async def test_a_line_that_is_too_large_comes_back_with_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Confirming(monkeypatch, quantity=None, largest=1)

    review = await one.confirm(quantity_1="26")

    assert review.lines[0].typed_quantity == "26"
    assert "At most 25" in review.lines[0].problem


async def test_what_a_basket_at_the_broker_cannot_take_is_said_on_the_review(monkeypatch: pytest.MonkeyPatch) -> None:
    basket = ExecutionMode.REDIRECT_BASKET
    many = await Confirming(monkeypatch, quantity=5, largest=2, mode=basket, basket_limit=2).review()
    few = await Confirming(monkeypatch, quantity=5, largest=2, mode=basket, basket_limit=3).review()
    by_api = await Confirming(monkeypatch, quantity=5, largest=2, basket_limit=2).review()

    assert "at most 2 orders" in many.lines[0].problem
    assert (few.lines[0].problem, by_api.lines[0].problem) == (None, None)
    assert (few.confirm, by_api.confirm) == (f"Continue to {ANY_NAME}", "Place 3 orders")


async def test_closing_a_review_says_which_broker_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    review = await Confirming(monkeypatch).review()

    assert ANY_NAME in review.frame.leave_text


@pytest.mark.parametrize(("asked", "shown"), [({}, False), ({"limits": True}, True)])
async def test_limit_prices_are_asked_for_when_the_investor_wants_them(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, bool], *, shown: bool
) -> None:
    review = await Confirming(monkeypatch).review(**asked)

    assert review.limits is shown


@pytest.mark.parametrize(("sells", "said"), [(True, "as they are sold"), (False, ""), (None, f"{ANY_NAME} decides")])
async def test_pledged_shares_are_spoken_of_where_the_broker_may_sell_them(
    monkeypatch: pytest.MonkeyPatch, sells: bool | None, said: str
) -> None:
    pledged = Shares(50, 0, 0 if sells is False else 100)
    account = Account({"TCS": 3000_00}, 0, {TCS.isin: pledged})
    one = Confirming(monkeypatch, side=Side.SELL, quantity=120, account=account, sells_pledged=sells)

    review = await one.review()

    spoken = " ".join(notice.text for notice in review.notices if "pledge" in notice.title)
    assert bool(spoken) is bool(said)
    assert said in spoken


@pytest.mark.parametrize("quantity", ["", "x"])
async def test_lines_that_are_not_whole_have_no_word_by_which_they_could_be_placed(
    monkeypatch: pytest.MonkeyPatch, quantity: str
) -> None:
    review = await Confirming(monkeypatch, quantity=None).review(typed={"quantity-1": quantity})

    assert (review.shown, review.anyway_hash) == (None, "")
