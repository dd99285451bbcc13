"""Zerodha, by Kite Connect v3. Source: Kite Connect v3 documentation, checked against the official Python client."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

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
from torana.connectors.kite import mapping, wire
from torana.connectors.readings import amount
from torana.connectors.setup import Setup
from torana.connectors.tags import may_be_ours, read_tags
from torana.kit.http import Request
from torana.kit.money import Paise
from torana.market.calendar import session_end

T = TypeVar("T")

CAPABILITIES = Capabilities(
    broker="kite",
    name="Zerodha",
    monogram="Z",
    hue=14,
    login=LoginKind.REDIRECT_STATE,
    execution_modes=(ExecutionMode.SERVER_API, ExecutionMode.REDIRECT_BASKET),
    order_types=frozenset({OrderType.MARKET, OrderType.LIMIT}),
    amo=True,
    tag=TagRule(max_length=20),
    lookup_by_tag=False,
    orders_per_second=10,
    session_ends_at="06:00",
    book_kept_until="06:00",  # the book is the day's, and ends with the token of the day at the latest
    edis=True,
    postback=PostbackKind.CHECKSUM,
    quotes=True,
    basket_limit=10,
    largest_order=100_000,
    sells_pledged=True,
    holdings_tell_released=True,
    too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_CLIENT,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "basket": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.OFFICIAL_DOCS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_CLIENT,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.UNOFFICIAL_SOURCE,
    },
)

_API_VERSION = "3"
_in_decimals = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class KiteConnector:
    """See `contract.Connector` for what every method promises."""

    setup: Setup = field(repr=False)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def execution_mode(self) -> ExecutionMode:
        return self.setup.execution_mode

    def login(self, state: str) -> LoginStart:
        query = urlencode(
            {"v": _API_VERSION, "api_key": self.setup.keys.api_key, "redirect_params": urlencode({"state": state})}
        )
        return LoginStart(f"{self.setup.hosts['web']}/connect/login?{query}")

    def echoed_state(self, callback: Mapping[str, str]) -> str | None:
        return callback.get("state")

    async def finish_login(self, callback: Mapping[str, str], now: datetime) -> Login:
        request_token = callback.get("request_token")
        status = callback.get("status", "")
        # A basket comes back with a token like a login does, and its status for "closed unexecuted" is undocumented:
        # the order book tells what was done.
        in_doubt = self.execution_mode is ExecutionMode.SERVER_API and status != "success"
        if not request_token or in_doubt:
            raise LoginRefused("the login at Zerodha was not finished", code=status[:40] or None)
        keys = self.setup.keys
        token = await self._ask(
            Request(
                "POST",
                f"{self.setup.hosts['api']}/session/token",
                {"X-Kite-Version": _API_VERSION},
                form={
                    "api_key": keys.api_key,
                    "request_token": request_token,
                    "checksum": sha256(f"{keys.api_key}{request_token}{keys.api_secret}".encode()).hexdigest(),
                },
            ),
            wire.Envelope[wire.Token],
            Purpose.LOGIN,
        )
        return Login(
            broker_user_id=token.user_id,
            user_name=token.user_name,
            token=token.access_token,
            expires_at=session_end(now, CAPABILITIES.session_ends_at),
            edis_needed=mapping.edis_needed(token.meta),
        )

    async def profile(self, session: Session) -> Profile:
        user = await self._get(session, "/user/profile", wire.Envelope[wire.User])
        return Profile(user.user_id, user.user_name, mapping.edis_needed(user.meta))

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        path = f"/orders/{order.variety.value}"
        request = self._request("POST", path, session, form=mapping.order_form(order))
        placed = await self._ask(request, wire.Envelope[wire.OrderId], Purpose.ORDER)
        return Placed(placed.order_id)

    async def orders(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        rows = await self._get(session, "/orders", wire.Envelope[list[Any]])
        ours = partial(may_be_ours, known=known)
        return read_rows(rows, wire.Order, mapping.broker_order, broker=CAPABILITIES.broker, ours=ours)

    async def orders_by_tag(self, session: Session, tag: str) -> Sequence[BrokerOrder]:
        """Kite has no look-up: this reads the whole book."""
        return [order for order in await self.orders(session) if order.tag == tag]

    async def cancel(self, session: Session, broker_order_id: str, variety: Variety) -> None:
        path = f"/orders/{variety.value}/{quote(broker_order_id, safe='')}"
        await self._ask(self._request("DELETE", path, session), wire.Envelope[wire.OrderId], Purpose.ORDER)

    async def holdings(self, session: Session) -> Sequence[Holding]:
        rows = await self._get(session, "/portfolio/holdings", wire.Envelope[list[wire.Holding]])
        return [mapping.holding(row, session.edis_needed) for row in rows]

    async def positions(self, session: Session) -> Sequence[Position]:
        told = await self._get(session, "/portfolio/positions", wire.Envelope[wire.Positions])
        return [mapping.position(row) for row in told.day]

    async def funds(self, session: Session) -> Paise:
        margins = await self._get(session, "/user/margins", wire.Envelope[wire.Margins])
        return amount(margins.equity.net)

    async def quotes(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[str, Paise]:
        keys = {f"{one.exchange}:{mapping.trading_symbol(one)}": one.symbol for one in instruments}
        query = tuple(("i", key) for key in keys)
        prices = await self._get(session, "/quote/ltp", wire.Envelope[dict[str, Any]], query)
        return {
            symbol: price
            for key, symbol in keys.items()
            if key in prices
            for price in read_rows([prices[key]], wire.LastPrice, mapping.price, broker="kite", ours=lambda _: False)
        }

    def parse_postback(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """The checksum proves who sent it and covers neither status nor quantities."""
        told = decode(body, wire.Postback)
        proof = f"{told.order_id}{told.order_timestamp}{self.setup.keys.api_secret}".encode()
        if not compare_digest(sha256(proof).hexdigest().encode(), told.checksum.encode()):
            raise ValueError("the checksum of this Kite postback is wrong")
        return Postback(told.user_id, told.order_id, read_tags(told.tag, told.tags).ours)

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        """Comes back to the registered redirect URI like a login, with `state`; `return_url` is not used."""
        if not 0 < len(orders) <= (CAPABILITIES.basket_limit or 0):
            raise ValueError(f"a Kite basket holds 1 to {CAPABILITIES.basket_limit} orders, not {len(orders)}")
        fields = {
            "api_key": self.setup.keys.api_key,
            "data": _in_decimals.encode([mapping.basket_line(order) for order in orders]).decode(),
            "redirect_params": urlencode({"state": state}),
        }
        return BrowserForm(f"{self.setup.hosts['web']}/connect/basket", fields)

    def _request(
        self,
        method: str,
        path: str,
        session: Session,
        *,
        query: tuple[tuple[str, str], ...] = (),
        form: Mapping[str, str] | None = None,
    ) -> Request:
        headers = {
            "X-Kite-Version": _API_VERSION,
            "Authorization": f"token {self.setup.keys.api_key}:{session.token}",
        }
        return Request(method, f"{self.setup.hosts['api']}{path}", headers, query=query, form=form)

    async def _get(
        self, session: Session, path: str, kind: type[wire.Envelope[T]], query: tuple[tuple[str, str], ...] = ()
    ) -> T:
        return await self._ask(self._request("GET", path, session, query=query), kind, Purpose.READ)

    async def _ask(self, request: Request, kind: type[wire.Envelope[T]], purpose: Purpose) -> T:
        return (await ask(self.setup.client, request, kind, mapping.DIALECT, purpose)).data
