"""A broker that gives no state back and brings baskets to the callback: what the cookie alone must prove."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.conftest import HandClock
from tests.partners.making import CIPHER, make_gateway
from torana.connectors.contract import (
    BrowserForm,
    Capabilities,
    Connector,
    ExecutionMode,
    Holding,
    Instrument,
    Login,
    LoginKind,
    LoginRefused,
    LoginStart,
    OrderRequest,
    Position,
    Session,
    SessionEnded,
)
from torana.connectors.kite import BROKER
from torana.connectors.registry import Connectors
from torana.events.stream import EventStream
from torana.investors.sessions import Sessions
from torana.kit.database import Database
from torana.kit.money import Paise
from torana.kit.overload import Overload
from torana.market.hours import LiveTime
from torana.orders.progress import progress
from torana.partners.access import Access
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, Mode
from torana.partners.tokens import issue_token
from torana.portal import account, store
from torana.portal.account import read_account
from torana.portal.confirm import confirm
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import ForeignLogin, come_back
from torana.portal.open_visit import open_visit
from torana.portal.pages import show
from torana.portal.proofs import LOGIN_COOKIE, csrf_of
from torana.portal.shares import Shares
from torana.portal.views import Basket, HandOver, Review, Status
from torana.transactions import look_up
from torana.transactions.create import create
from torana.transactions.models import Status as Standing
from torana.transactions.schemas import read_create

QUIET = replace(
    BROKER.capabilities,
    broker="quiet",
    name="Quiet",
    login=LoginKind.REDIRECT_COOKIE,
    execution_modes=(ExecutionMode.REDIRECT_BASKET,),
    basket_limit=2,
)
ORDER = b'{"intent":"TRANSACTION","orderConfig":{"type":"SECURITIES","securities":[%s]}}'
TCS = b'{"ticker":"TCS","quantity":3,"type":"BUY"}'


class QuietConnector:
    """Only what the portal asks of a connector."""

    capabilities: Capabilities = QUIET
    execution_mode = ExecutionMode.REDIRECT_BASKET

    def login(self, state: str) -> LoginStart:
        return LoginStart("https://quiet.invalid/login")

    def echoed_state(self, callback: Mapping[str, str]) -> str | None:
        return None

    async def finish_login(self, callback: Mapping[str, str], now: datetime) -> Login:
        if "user" not in callback:
            raise LoginRefused("cancelled")
        return Login(callback["user"], "Asha", "token", now + timedelta(hours=8), None)

    async def quotes(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[str, Paise]:
        return {"TCS": 320000}

    async def funds(self, session: Session) -> Paise:
        return 1_00_000_00

    async def holdings(self, session: Session) -> Sequence[Holding]:
        return []

    async def positions(self, session: Session) -> Sequence[Position]:
        return []

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        return BrowserForm("https://quiet.invalid/basket", {"tags": " ".join(order.tag for order in orders)})


class Door:
    """One gateway at the quiet broker, one guest."""

    def __init__(self, lobby: Lobby, gateway: Gateway, connector: QuietConnector) -> None:
        self.lobby = lobby
        self.gateway = gateway
        self.connector = connector

    async def enter(self, *lines: bytes) -> Guest:
        now = self.lobby.clock.now()
        wanted = read_create(ORDER % b",".join(lines or (TCS,)))
        made = await create(self.lobby.database, Access(self.gateway, None), wanted, now, None)
        form = {
            "gateway": self.gateway.name,
            "authToken": issue_token(self.gateway, None, now),
            "transactionId": made.transaction_id,
            "flow": "f" * 32,
        }
        opened = await open_visit(self.lobby, form, "https://kiran.example")
        return await self.again(opened.home.rsplit("/", 1)[1], opened.cookie)

    async def again(self, visit_id: str, cookie: str) -> Guest:
        found = await store.find(self.lobby.database, self.gateway.gateway_id, visit_id)
        assert found is not None
        return Guest(self.gateway, *found, cookie)

    async def same(self, guest: Guest) -> Guest:
        return await self.again(guest.visit.visit_id, guest.cookie)

    async def handed_over(self, guest: Guest) -> Mapping[str, str]:
        """The cookies that a browser has once it is on its way to the broker."""
        shown = await show(self.lobby, guest, {})
        assert shown.errand is not None
        return {shown.errand.cookie_name: str(shown.errand.ticket)}


@pytest.fixture
async def door(database: Database, clock: HandClock) -> Door:
    connector = QuietConnector()
    typed: Connector = connector  # type: ignore[assignment]  # the portal asks for no more than it has
    lobby = Lobby(
        database=database,
        clock=clock,
        gateways=Gateways(database, clock, CIPHER),
        sessions=Sessions(database, CIPHER, clock),
        stream=EventStream(database.url),
        connectors=Connectors({("test", "quiet"): typed}),
        market_times={Mode.TEST: LiveTime(clock), Mode.LIVE: LiveTime(clock)},
        public_url="https://torana.test",
        overload=Overload(),
    )
    lobby.connectors.available = lambda mode: [QUIET]  # type: ignore[method-assign]  # the registry knows its own only
    return Door(lobby, await make_gateway(database, clock), connector)


async def test_the_cookie_alone_ties_the_login_to_its_transaction(door: Door) -> None:
    guest = await door.enter()
    cookies = await door.handed_over(guest)

    back = await come_back(door.lobby, "quiet", {"user": "AB1234"}, cookies)

    assert list(cookies) == [LOGIN_COOKIE]
    assert back.path == guest.home
    transaction = await look_up.find(door.lobby.database, door.gateway.gateway_id, guest.visit.transaction_id)
    assert transaction is not None
    assert transaction.status is Standing.USED


@pytest.mark.parametrize("cookies", [{}, {LOGIN_COOKIE: ""}, {LOGIN_COOKIE: "g.000000000000000000000000.l" + "0" * 32}])
async def test_without_its_cookie_a_login_is_refused(door: Door, cookies: dict[str, str]) -> None:
    """S01."""
    await door.handed_over(await door.enter())

    with pytest.raises(ForeignLogin):
        await come_back(door.lobby, "quiet", {"user": "AB1234"}, cookies)


async def test_a_cookie_works_once(door: Door) -> None:
    """S01, S03."""
    cookies = await door.handed_over(await door.enter())
    await come_back(door.lobby, "quiet", {"user": "AB1234"}, cookies)

    with pytest.raises(ForeignLogin):
        await come_back(door.lobby, "quiet", {"user": "AB1234"}, cookies)


async def test_a_cookie_of_another_browser_is_refused(door: Door) -> None:
    """S01: with a visit's cookie gone, its old login cookie is worth nothing."""
    guest = await door.enter()
    old = await door.handed_over(guest)
    await door.handed_over(replace(await door.same(guest), cookie="another"))

    with pytest.raises(ForeignLogin):
        await come_back(door.lobby, "quiet", {"user": "AB1234"}, old)


async def test_a_page_that_is_loaded_again_keeps_its_ticket(door: Door) -> None:
    guest = await door.enter()

    first = await door.handed_over(guest)
    second = await door.handed_over(await door.same(guest))

    assert first == second


async def test_a_login_that_was_refused_leaves_the_way_open(door: Door) -> None:
    guest = await door.enter()

    back = await come_back(door.lobby, "quiet", {}, await door.handed_over(guest))
    shown = await show(door.lobby, await door.same(guest), {})

    assert back.path == f"{guest.home}?note=refused"
    assert isinstance(shown.view, HandOver)


@pytest.mark.parametrize(("user", "logins"), [("AB1234", 2), ("somebody else", 1)])
async def test_a_basket_comes_back_to_the_callback_and_is_looked_for_at_once(
    door: Door, user: str, logins: int
) -> None:
    """S01: without our state, a login of another account proves nothing and is not taken."""
    guest = await door.enter()
    await come_back(door.lobby, "quiet", {"user": "AB1234"}, await door.handed_over(guest))
    review = (await show(door.lobby, await door.same(guest), {"part": "review"})).view
    assert isinstance(review, Review)
    form = {"review": review.hash, "csrf": csrf_of(guest.cookie)}
    typed: Connector = door.connector  # type: ignore[assignment]  # as above
    await confirm(door.lobby, await door.same(guest), typed, form)

    basket = await show(door.lobby, await door.same(guest), {})
    assert isinstance(basket.view, Basket)
    assert basket.errand is not None
    back = await come_back(door.lobby, "quiet", {"user": user}, {basket.errand.cookie_name: str(basket.errand.ticket)})
    after = await show(door.lobby, await door.same(guest), {})
    batch = await progress(door.lobby.database, door.gateway.gateway_id, guest.visit.transaction_id)

    assert basket.form_hosts == ("https://quiet.invalid",)
    assert back.path == guest.home
    assert isinstance(after.view, Status)
    assert after.view.title == "Checking with Quiet"
    assert batch is not None
    assert batch.returned_at == door.lobby.clock.now()
    assert dict(basket.view.fields)["tags"] == batch.orders[0].tag
    sessions = await door.lobby.database.value(
        "select count(*) from broker_sessions where gateway_id = $1", door.gateway.gateway_id
    )
    assert sessions == logins


async def test_more_orders_than_a_basket_holds_are_refused_before_the_login(door: Door) -> None:
    """3000."""
    guest = await door.enter(TCS, TCS, TCS)

    shown = await show(door.lobby, guest, {})

    assert getattr(shown.view, "title", "") == "Your broker cannot do this"
    transaction = await look_up.find(door.lobby.database, door.gateway.gateway_id, guest.visit.transaction_id)
    assert transaction is not None
    assert transaction.error_code == 3000


async def test_what_hangs_is_left_out_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "PATIENCE", 0.05)

    class Hanging(QuietConnector):
        async def funds(self, session: Session) -> Paise:
            await asyncio.Event().wait()
            return 0

    hanging: Connector = Hanging()  # type: ignore[assignment]  # as above
    told = await read_account(
        hanging, Session("AB1234", "token"), [Instrument("NSE", "TCS", "INE467B01029")], with_shares=True
    )

    assert told.prices == {"TCS": 320000}
    assert told.funds is None
    assert told.shares == {"INE467B01029": Shares()}


async def test_a_login_that_is_over_is_told_whoever_noticed_it() -> None:
    class Over(QuietConnector):
        async def holdings(self, session: Session) -> Sequence[Holding]:
            raise SessionEnded("login again")

    over: Connector = Over()  # type: ignore[assignment]  # as above

    with pytest.raises(SessionEnded):
        await read_account(over, Session("AB1234", "token"), [], with_shares=True)
