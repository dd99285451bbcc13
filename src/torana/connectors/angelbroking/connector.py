"""Angel One, by SmartAPI. Source: SmartAPI documentation, checked against the official Python client.

The login brings the token itself in the redirect, unsigned: whoever holds it is asked of Angel One before it is
believed, and the state that came with it is the only proof of whose browser brought it.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from torana.connectors.angelbroking import mapping, wire
from torana.connectors.answers import Purpose, ask
from torana.connectors.contract import (
    BrokerOrder,
    BrowserForm,
    Capabilities,
    Evidence,
    ExecutionMode,
    Holding,
    Instrument,
    Login,
    LoginKind,
    LoginRefused,
    LoginStart,
    OrderRequest,
    OrderType,
    Placed,
    Position,
    Postback,
    PostbackKind,
    Profile,
    Session,
    TagRule,
    Variety,
)
from torana.connectors.decoding import decode, read_rows
from torana.connectors.readings import amount
from torana.connectors.setup import Setup
from torana.connectors.tags import read_tags
from torana.kit.http import Answer, HttpClient, Request
from torana.kit.money import Paise
from torana.market.calendar import session_end

T = TypeVar("T")

CAPABILITIES = Capabilities(
    broker="angelbroking",
    name="Angel One",
    monogram="A",
    hue=222,
    login=LoginKind.REDIRECT_STATE,
    execution_modes=(ExecutionMode.SERVER_API,),
    order_types=frozenset({OrderType.MARKET, OrderType.LIMIT}),
    amo=True,
    tag=TagRule(max_length=19),
    lookup_by_tag=False,
    orders_per_second=9,
    session_ends_at="00:00",
    book_kept_until="16:00",  # a guess: nothing is documented
    edis=True,
    postback=PostbackKind.SECRET_URL,
    quotes=True,
    holdings_tell_released=True,
    too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_CLIENT,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_CLIENT,
        "funds": Evidence.OFFICIAL_CLIENT,
        "quotes": Evidence.OFFICIAL_DOCS,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
)


@dataclass(frozen=True)
class _Usual:
    """The client, with SmartAPI's way of saying "too fast" made the usual one."""

    client: HttpClient

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        return mapping.as_usual(await self.client.send(request, seconds=seconds))


@dataclass(frozen=True)
class AngelConnector:
    """See `contract.Connector` for what every method promises."""

    setup: Setup = field(repr=False)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def execution_mode(self) -> ExecutionMode:
        return self.setup.execution_mode

    def login(self, state: str) -> LoginStart:
        query = urlencode({"api_key": self.setup.keys.api_key, "state": state})
        return LoginStart(f"{self.setup.hosts['web']}/publisher-login?{query}")

    def echoed_state(self, callback: Mapping[str, str]) -> str | None:
        return callback.get("state")

    async def finish_login(self, callback: Mapping[str, str], now: datetime) -> Login:
        """Nothing is exchanged: this asks whose token it is."""
        if not (token := callback.get("auth_token")):
            raise LoginRefused("the login at Angel One was not finished")
        user = await self._get(Session("", token), "user/v1/getProfile", wire.Envelope[wire.User], Purpose.LOGIN)
        ends = session_end(now, CAPABILITIES.session_ends_at)
        return Login(user.clientcode, user.name, token, ends, edis_needed=None)

    async def profile(self, session: Session) -> Profile:
        user = await self._get(session, "user/v1/getProfile", wire.Envelope[wire.User])
        return Profile(user.clientcode, user.name, edis_needed=None)

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        body = mapping.order_body(order)
        placed = await self._post(session, "order/v1/placeOrder", body, wire.Envelope[wire.Placed], Purpose.ORDER)
        return Placed(placed.orderid)

    async def orders(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        """An empty book is `data: null`."""
        rows = await self._get(session, "order/v1/getOrderBook", wire.Envelope[list[Any] | None])
        ours = partial(mapping.is_ours, known=known)
        return read_rows(rows or (), wire.Order, mapping.broker_order, broker=CAPABILITIES.broker, ours=ours)

    async def orders_by_tag(self, session: Session, tag: str) -> Sequence[BrokerOrder]:
        """SmartAPI has no look-up: this reads the whole book."""
        return [order for order in await self.orders(session) if order.tag == tag]

    async def cancel(self, session: Session, broker_order_id: str, variety: Variety) -> None:
        body = {"variety": mapping.VARIETIES[variety], "orderid": broker_order_id}
        await self._post(session, "order/v1/cancelOrder", body, wire.Envelope[wire.Placed], Purpose.ORDER)

    async def holdings(self, session: Session) -> Sequence[Holding]:
        rows = await self._get(session, "portfolio/v1/getHolding", wire.Envelope[list[wire.Holding] | None])
        return [mapping.holding(row, session.edis_needed) for row in rows or ()]

    async def positions(self, session: Session) -> Sequence[Position]:
        rows = await self._get(session, "order/v1/getPosition", wire.Envelope[list[wire.Position] | None])
        return [mapping.position(row) for row in rows or ()]

    async def funds(self, session: Session) -> Paise:
        """The smaller one of two: whether `net` holds collateral, and `availablecash` what is blocked, is not said."""
        limits = await self._get(session, "user/v1/getRMS", wire.Envelope[wire.Limits])
        return min(amount(limits.net), amount(limits.availablecash))

    async def quotes(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[str, Paise]:
        """One exchange for each fifty."""
        tokens = {named[1]: one.symbol for one in instruments if (named := mapping.names(one)) is not None}
        prices: dict[str, Paise] = {}
        wanted = list(tokens)
        for at in range(0, len(wanted), mapping.TOKENS_IN_A_REQUEST):
            some = wanted[at : at + mapping.TOKENS_IN_A_REQUEST]
            body = {"mode": "LTP", "exchangeTokens": {"NSE": some}}
            told = await self._post(session, "market/v1/quote/", body, wire.Envelope[wire.Quotes], Purpose.READ)
            for token, price in read_rows(
                told.fetched, wire.LastPrice, mapping.price, broker=CAPABILITIES.broker, ours=lambda _: False
            ):
                if token in tokens:
                    prices[tokens[token]] = price
        return prices

    def parse_postback(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """SmartAPI signs nothing: the secret in the URL is the only proof."""
        secret = self.setup.keys.postback_secret
        if not secret or not compare_digest(secret.encode(), (url_secret or "").encode("utf-8", "replace")):
            raise ValueError("the secret in the URL of this Angel One postback is wrong")
        told = decode(body, wire.Postback)
        return Postback(told.clientcode, told.orderid, read_tags(told.ordertag).ours)

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        raise NotImplementedError("Angel One has no basket page")

    def _headers(self, session: Session) -> Mapping[str, str]:
        """SmartAPI wants to know the client's machine; orders are checked by the address that they come from."""
        number = f"{uuid.getnode():012x}"
        return {
            "Accept": "application/json",
            "Authorization": f"Bearer {session.token}",
            "X-UserType": "USER",
            "X-SourceID": "WEB",
            "X-ClientLocalIP": "127.0.0.1",
            "X-ClientPublicIP": "127.0.0.1",
            "X-MACAddress": ":".join(number[at : at + 2] for at in range(0, 12, 2)),
            "X-PrivateKey": self.setup.keys.api_key,
        }

    async def _get(
        self, session: Session, path: str, kind: type[wire.Envelope[T]], purpose: Purpose = Purpose.READ
    ) -> T:
        return await self._ask(Request("GET", self._url(path), self._headers(session)), kind, purpose)

    async def _post(
        self, session: Session, path: str, body: object, kind: type[wire.Envelope[T]], purpose: Purpose
    ) -> T:
        request = Request("POST", self._url(path), self._headers(session), json=msgspec.json.encode(body))
        return await self._ask(request, kind, purpose)

    def _url(self, path: str) -> str:
        return f"{self.setup.hosts['api']}/rest/secure/angelbroking/{path}"

    async def _ask(self, request: Request, kind: type[wire.Envelope[T]], purpose: Purpose) -> T:
        return (await ask(_Usual(self.setup.client), request, kind, mapping.DIALECT, purpose)).data
