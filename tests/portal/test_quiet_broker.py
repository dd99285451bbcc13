"""A broker that gives no state back and brings baskets to the callback: what the cookie alone must prove."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import pytest

from tests.brokers import UNPACED
from tests.portal.quiet import SESSION, QuietLogin, QuietPortfolio, quiet
from tests.support.clock import HandClock
from tests.support.partner import CIPHER, make_gateway
from torana.baskets.figures import Performances
from torana.connectors.contract import (
    BrowserForm,
    Callback,
    Connector,
    Holding,
    Instrument,
    Login,
    LoginRefused,
    LoginRules,
    LoginStart,
    NotSent,
    Redirect,
    Rows,
    Session,
    SessionEnded,
    TicketReturn,
    ToldEnd,
)
from torana.connectors.registry import Connectors
from torana.events.stream import EventStream
from torana.flows import account
from torana.flows.account import read_account
from torana.flows.context import CurrentVisit, FlowServices, csrf_of
from torana.flows.ordering.confirm import confirm
from torana.flows.ordering.review_page import ReviewContext, load
from torana.flows.ordering.views import Basket, Review
from torana.flows.registry import FLOWS
from torana.flows.securities import Securities
from torana.flows.shares import Shares
from torana.holdings.snapshots import Snapshots
from torana.investors.sessions import Sessions
from torana.kit.breaker import Health
from torana.kit.database import Database
from torana.kit.money import Paise
from torana.kit.overload import Overload
from torana.market.hours import LiveTime
from torana.mutual_funds.imports import FundImports
from torana.one_time_codes.prove import OneTimeCodes
from torana.one_time_codes.senders import ConsoleSender, Senders
from torana.orders.store import of_transaction
from torana.pages.render import render
from torana.pages.views import Broker, Frame, HandOver, Message, Partner, Status
from torana.partners.access import Access
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, Mode
from torana.partners.tokens import issue_token
from torana.portal import store
from torana.portal.admission.browser_auth import LOGIN_COOKIE
from torana.portal.admission.open_visit import open_visit
from torana.portal.login.broker_login import ForeignLogin, come_back
from torana.portal.login.choose import chooser
from torana.portal.page_response import PageResponse
from torana.portal.visit.show import show
from torana.transactions.create import create
from torana.transactions.models import Status as Standing
from torana.transactions.schemas import read_create
from torana.transactions.store import find as find_transaction

ORDER = b'{"intent":"TRANSACTION","orderConfig":{"type":"SECURITIES","securities":[%s]}}'
TCS = b'{"ticker":"TCS","quantity":3,"type":"BUY"}'


async def page_of(services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> PageResponse:
    shown = await show(services, current, query)
    assert isinstance(shown, PageResponse)
    return shown


class Door:
    """One gateway at the quiet broker, one investor."""

    def __init__(self, services: FlowServices, gateway: Gateway, connector: Connector) -> None:
        self.services = services
        self.gateway = gateway
        self.connector = connector

    def at(self, connector: Connector) -> "Door":
        """The same gateway, at another broker."""
        connectors = Connectors({("test", "quiet"): connector})
        return Door(replace(self.services, connectors=connectors), self.gateway, connector)

    async def enter(self, *lines: bytes) -> CurrentVisit:
        now = self.services.clock.now()
        wanted = read_create(FLOWS, ORDER % b",".join(lines or (TCS,)))
        made = await create(self.services.database, FLOWS, Access(self.gateway, None), wanted, now, None)
        form = {
            "gateway": self.gateway.name,
            "authToken": issue_token(self.gateway, None, now),
            "transactionId": made.transaction_id,
            "flow": "f" * 32,
        }
        opened = await open_visit(self.services, form, "https://kiran.example")
        return await self.again(opened.home.rsplit("/", 1)[1], opened.cookie)

    async def again(self, visit_id: str, cookie: str) -> CurrentVisit:
        found = await store.find_in_browser(self.services.database, self.gateway.gateway_id, visit_id)
        assert found is not None
        at = self.gateway, found.visit, found.transaction, cookie
        return CurrentVisit(*at, session=found.session, halt=found.halt)

    async def same(self, current: CurrentVisit) -> CurrentVisit:
        return await self.again(current.visit.visit_id, current.cookie)

    async def handed_over(self, current: CurrentVisit) -> Mapping[str, str]:
        """The cookies that a browser has once it is on its way to the broker."""
        shown = await page_of(self.services, current, {})
        assert shown.login_ticket is not None
        return {shown.login_ticket.cookie_name: str(shown.login_ticket.ticket)}


@pytest.fixture
async def door(database: Database, clock: HandClock) -> Door:
    connector = quiet()
    services = FlowServices(
        database=database,
        clock=clock,
        gateways=Gateways(database, clock, CIPHER),
        sessions=Sessions(database, CIPHER, clock),
        stream=EventStream(database.url),
        connectors=Connectors({("test", "quiet"): connector}),
        market_times={Mode.TEST: LiveTime(clock), Mode.LIVE: LiveTime(clock)},
        public_url="https://torana.test",
        overload=Overload(),
        fund_imports=FundImports(database, CIPHER, clock, {}, 30),
        cipher=CIPHER,
        codes=OneTimeCodes(database, CIPHER, clock, Senders(ConsoleSender()), 100),
        snapshots=Snapshots(database, CIPHER),
        performances=Performances(database),
        intents=FLOWS,
    )
    return Door(services, await make_gateway(database, clock), connector)


async def test_the_cookie_alone_ties_the_login_to_its_transaction(door: Door) -> None:
    current = await door.enter()
    cookies = await door.handed_over(current)

    back = await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies)

    assert list(cookies) == [LOGIN_COOKIE]
    assert back.path == current.home
    transaction = await find_transaction(door.services.database, door.gateway.gateway_id, current.visit.transaction_id)
    assert transaction is not None
    assert transaction.status is Standing.USED


@pytest.mark.parametrize("cookies", [{}, {LOGIN_COOKIE: ""}, {LOGIN_COOKIE: "g.000000000000000000000000.l" + "0" * 32}])
async def test_without_its_cookie_a_login_is_refused(door: Door, cookies: dict[str, str]) -> None:
    """S01."""
    await door.handed_over(await door.enter())

    with pytest.raises(ForeignLogin):
        await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies)


async def test_a_cookie_works_once(door: Door) -> None:
    """S01, S03."""
    cookies = await door.handed_over(await door.enter())
    await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies)

    with pytest.raises(ForeignLogin):
        await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies)


async def test_a_cookie_of_another_browser_is_refused(door: Door) -> None:
    """S01: with a visit's cookie gone, its old login cookie is worth nothing."""
    current = await door.enter()
    old = await door.handed_over(current)
    await door.handed_over(replace(await door.same(current), cookie="another"))

    with pytest.raises(ForeignLogin):
        await come_back(door.services, "quiet", Callback({"user": "AB1234"}), old)


async def test_a_page_that_is_loaded_again_keeps_its_ticket(door: Door) -> None:
    current = await door.enter()

    first = await door.handed_over(current)
    second = await door.handed_over(await door.same(current))

    assert first == second


async def test_a_login_that_was_refused_leaves_the_way_open(door: Door) -> None:
    current = await door.enter()

    back = await come_back(door.services, "quiet", Callback({}), await door.handed_over(current))
    shown = await page_of(door.services, await door.same(current), {})

    assert back.path == f"{current.home}?note=refused"
    assert isinstance(shown.view, HandOver)


@pytest.mark.parametrize(("user", "logins"), [("AB1234", 2), ("somebody else", 1)])
async def test_a_basket_comes_back_to_the_callback_and_is_looked_for_at_once(
    door: Door, user: str, logins: int
) -> None:
    """S01: without our state, a login of another account proves nothing and is not taken."""
    current = await door.enter()
    await come_back(door.services, "quiet", Callback({"user": "AB1234"}), await door.handed_over(current))
    review = (await page_of(door.services, await door.same(current), {"part": "review"})).view
    assert isinstance(review, Review)
    form = {"review": review.hash, "csrf": csrf_of(current.cookie)}
    loaded = await load(door.services, await door.same(current), door.connector, Securities().choose)
    assert isinstance(loaded, ReviewContext)
    await confirm(loaded, form)

    basket = await page_of(door.services, await door.same(current), {})
    assert isinstance(basket.view, Basket)
    assert basket.login_ticket is not None
    back = await come_back(
        door.services,
        "quiet",
        Callback({"user": user}),
        {basket.login_ticket.cookie_name: str(basket.login_ticket.ticket)},
    )
    after = await page_of(door.services, await door.same(current), {})
    batch = await of_transaction(door.services.database, door.gateway.gateway_id, current.visit.transaction_id)

    assert basket.form_hosts == ("https://quiet.invalid",)
    assert back.path == current.home
    assert isinstance(after.view, Status)
    assert after.view.title == "Checking with Quiet"
    assert batch is not None
    assert batch.returned_at == door.services.clock.now()
    assert dict(basket.view.fields)["tags"] == batch.orders[0].tag
    sessions = await door.services.database.value(
        "select count(*) from broker_sessions where gateway_id = $1", door.gateway.gateway_id
    )
    assert sessions == logins


async def test_more_orders_than_a_basket_holds_are_refused_before_the_login(door: Door) -> None:
    """3000."""
    current = await door.enter(TCS, TCS, TCS)

    shown = await page_of(door.services, current, {})

    assert getattr(shown.view, "title", "") == "Your broker cannot do this"
    transaction = await find_transaction(door.services.database, door.gateway.gateway_id, current.visit.transaction_id)
    assert transaction is not None
    assert transaction.error_code == 3000


async def test_what_hangs_is_left_out_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "PATIENCE", 0.05)

    class Hanging(QuietPortfolio):
        async def funds(self, session: Session) -> Paise:
            await asyncio.Event().wait()
            return 0

    told = await read_account(
        quiet(portfolio=Hanging), SESSION, [Instrument("NSE", "TCS", "INE467B01029")], UNPACED, with_shares=True
    )

    assert told.prices == {"TCS": 320000}
    assert told.funds is None
    assert told.shares == {"INE467B01029": Shares()}


async def test_what_a_broker_does_not_offer_is_not_asked_for() -> None:
    told = await read_account(
        quiet(portfolio=None, quotes=None),
        SESSION,
        [Instrument("NSE", "TCS", "INE467B01029")],
        UNPACED,
        with_shares=True,
    )

    assert (told.prices, told.funds, told.shares) == (None, None, None)


async def test_a_login_that_is_over_is_told_whoever_noticed_it() -> None:
    class Over(QuietPortfolio):
        async def holdings(self, session: Session) -> Rows[Holding]:
            raise SessionEnded("login again")

    with pytest.raises(SessionEnded):
        await read_account(quiet(portfolio=Over), SESSION, [], UNPACED, with_shares=True)


class Referring(QuietLogin):
    """Gives a reference of its own at the start, and the same one back."""

    rules: ClassVar = LoginRules(TicketReturn.KEPT_REFERENCE, ToldEnd(), posts_back=True)
    given: ClassVar[list[str]] = []

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        reference = f"consent-{len(self.given) + 1}"
        self.given.append(reference)
        return LoginStart(BrowserForm("https://quiet.invalid/login", {"consent": reference}), {"consent": reference})

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        if callback.get("consent") != kept.get("consent"):
            raise LoginRefused("another consent than the one that was begun")
        return await QuietLogin.finish(self, callback, kept, now)


class ByPath(QuietLogin):
    """Goes back to the address that it was told, whatever that is."""

    rules: ClassVar = LoginRules(TicketReturn.RETURN_PATH, ToldEnd())

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        return LoginStart(Redirect(f"https://quiet.invalid/login?back={return_url}"))


class Away(QuietLogin):
    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        raise NotSent("no connection")


async def test_what_a_login_keeps_for_the_way_back_is_there_sealed_when_it_ends(door: Door) -> None:
    Referring.given.clear()
    door = door.at(quiet(login=Referring))
    current = await door.enter()
    shown = await page_of(door.services, current, {})
    assert shown.login_ticket is not None
    cookies = {shown.login_ticket.cookie_name: str(shown.login_ticket.ticket)}
    stored = (await door.same(current)).visit.login_kept

    back = await come_back(door.services, "quiet", Callback({}, {"user": "AB1234", "consent": "consent-1"}), cookies)

    assert isinstance(shown.view, HandOver)
    assert dict(shown.view.fields or {}) == {"consent": "consent-1"}
    assert shown.form_hosts == ("https://quiet.invalid",)
    assert shown.login_ticket.cross_site
    assert stored
    assert b"consent-1" not in stored
    assert back.path == current.home


async def test_a_reference_of_another_login_is_refused(door: Door) -> None:
    """S01: without the ticket in it, what was kept says that it is the login that was begun."""
    Referring.given.clear()
    door = door.at(quiet(login=Referring))
    current = await door.enter()
    cookies = await door.handed_over(current)

    back = await come_back(door.services, "quiet", Callback({}, {"user": "EVIL01", "consent": "consent-7"}), cookies)

    assert back.path == f"{current.home}?note=refused"


async def test_a_ticket_may_come_back_in_the_path(door: Door) -> None:
    door = door.at(quiet(login=ByPath))
    current = await door.enter()
    shown = await page_of(door.services, current, {})
    assert shown.login_ticket is not None
    assert isinstance(shown.view, HandOver)
    ticket = shown.view.url.rpartition("/")[2]
    cookies = {shown.login_ticket.cookie_name: str(shown.login_ticket.ticket)}

    with pytest.raises(ForeignLogin):
        await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies)
    back = await come_back(door.services, "quiet", Callback({"user": "AB1234"}), cookies, ticket)

    assert "back=https://torana.test/portal/callback/quiet/" in shown.view.url
    assert shown.login_ticket.cookie_name == f"{LOGIN_COOKIE}_{current.visit.visit_id}"
    assert back.path == current.home


async def test_a_broker_that_cannot_begin_a_login_is_said_to_be_away(door: Door) -> None:
    """A09."""
    door = door.at(quiet(login=Away))

    shown = await page_of(door.services, await door.enter(), {})

    assert isinstance(shown.view, Message)
    assert shown.view.title == "Quiet is not responding"
    assert "Nothing was placed." in shown.view.text[0]


def test_a_form_on_the_way_to_a_login_is_posted_to_the_broker() -> None:
    frame = Frame(Partner("Acme Invest"), "/portal/g/v")
    page = render(
        HandOver(
            frame, Broker("quiet", "Quiet", "Q", "#123"), "https://quiet.invalid/login", "quiet.invalid",
            fields={"consent": "consent-1"},
        )
    )  # fmt: skip

    assert b'<form method="post" action="https://quiet.invalid/login">' in page
    assert b'<input type="hidden" name="consent" value="consent-1">' in page


class _Silent:
    """A client whose broker does not answer."""

    health = Health.DOWN

    async def close(self) -> None: ...


async def test_the_chooser_says_of_which_broker_no_answer_comes(door: Door) -> None:
    current = await door.enter()
    silent = Connectors({("test", "quiet"): door.connector}, {("test", "quiet"): _Silent()})  # type: ignore[dict-item]

    well = await chooser(door.services, current, "")
    unwell = await chooser(replace(door.services, connectors=silent), current, "")

    assert [one.remark for one in well.top] == [""]
    assert [one.remark for one in unwell.top] == [current.texts.chooser.not_answering]
