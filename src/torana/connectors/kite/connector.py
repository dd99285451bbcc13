"""Zerodha, by Kite Connect v3. Source: Kite Connect v3 documentation, checked against the official Python client."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from torana.connectors.contract import (
    BasketRules,
    BrokerOrder,
    BrowserForm,
    Callback,
    DailyEnd,
    ExecutionMode,
    Holding,
    Instrument,
    Login,
    LoginRefused,
    LoginRules,
    LoginStart,
    MarketOrders,
    OrderRef,
    OrderRequest,
    OrderRules,
    Placed,
    PortfolioRules,
    Position,
    Postback,
    PostbackProof,
    Redirect,
    Session,
    Setup,
    TagRule,
    TicketReturn,
)
from torana.connectors.decoding import decode, read_rows
from torana.connectors.error_table import Purpose, ask
from torana.connectors.kite import mapping, wire
from torana.connectors.readings import amount
from torana.connectors.tags import may_be_ours, read_tags
from torana.kit.http import Request
from torana.kit.money import Paise

T = TypeVar("T")

_API_VERSION = "3"
_SESSION = DailyEnd("06:00")
_in_decimals = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class _Kite:
    """What every part needs. See `torana.connectors.contract` for what each method promises."""

    setup: Setup = field(repr=False)

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
            "Authorization": f"token {self.setup.keys['api_key']}:{session.secrets['token']}",
        }
        return Request(method, f"{self.setup.hosts['api']}{path}", headers, query, form, account=session.broker_user_id)

    async def _get(
        self, session: Session, path: str, kind: type[wire.Envelope[T]], query: tuple[tuple[str, str], ...] = ()
    ) -> T:
        return await self._ask(self._request("GET", path, session, query=query), kind, Purpose.READ)

    async def _ask(self, request: Request, kind: type[wire.Envelope[T]], purpose: Purpose) -> T:
        return (await ask(self.setup.client, request, kind, mapping.DIALECT, purpose)).data


class KiteLogin(_Kite):
    rules: ClassVar = LoginRules(TicketReturn.STATE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        """Kite goes to the redirect URL that is registered with the app, and adds `redirect_params` to it."""
        query = urlencode(
            {
                "v": _API_VERSION,
                "api_key": self.setup.keys["api_key"],
                "redirect_params": urlencode({"state": ticket}),
            }
        )
        return LoginStart(Redirect(f"{self.setup.hosts['web']}/connect/login?{query}"))

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        request_token = callback.get("request_token")
        status = callback.get("status") or ""
        # A basket comes back with a token like a login does, and its status for "closed unexecuted" is undocumented:
        # the order book tells what was done.
        in_doubt = self.setup.execution_mode is ExecutionMode.SERVER_API and status != "success"
        if not request_token or in_doubt:
            raise LoginRefused("the login at Zerodha was not finished", code=status[:40] or None)
        key, secret = self.setup.keys["api_key"], self.setup.keys["api_secret"]
        token = await self._ask(
            Request(
                "POST",
                f"{self.setup.hosts['api']}/session/token",
                {"X-Kite-Version": _API_VERSION},
                form={
                    "api_key": key,
                    "request_token": request_token,
                    "checksum": sha256(f"{key}{request_token}{secret}".encode()).hexdigest(),
                },
            ),
            wire.Envelope[wire.Token],
            Purpose.LOGIN,
        )
        return Login(
            broker_user_id=token.user_id,
            user_name=token.user_name,
            secrets={"token": token.access_token},
            expires_at=_SESSION.ends_at(now),
            edis_needed=mapping.edis_needed(token.meta),
        )


class KiteOrders(_Kite):
    rules: ClassVar = OrderRules(
        tag=TagRule(max_length=20),
        market=MarketOrders.PROTECTED,
        book_kept_until="06:00",  # the book is the day's, and ends with the token of the day at the latest
        largest_order=100_000,
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        path = f"/orders/{order.variety.value}"
        request = self._request("POST", path, session, form=mapping.order_form(order))
        placed = await self._ask(request, wire.Envelope[wire.OrderId], Purpose.ORDER)
        return Placed(placed.order_id)

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        rows = await self._get(session, "/orders", wire.Envelope[list[Any]])
        ours = partial(may_be_ours, known=known)
        return read_rows(rows, wire.Order, mapping.broker_order, broker="kite", ours=ours)

    async def cancel(self, session: Session, order: OrderRef) -> None:
        path = f"/orders/{order.variety.value}/{quote(order.broker_order_id, safe='')}"
        await self._ask(self._request("DELETE", path, session), wire.Envelope[wire.OrderId], Purpose.ORDER)


class KiteBaskets(_Kite):
    """The offsite page of Kite Publisher."""

    rules: ClassVar = BasketRules(limit=10)

    def form(self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, ticket: str) -> BrowserForm:
        """Comes back to the registered redirect URI like a login, with the ticket; `return_url` is not used."""
        if not 0 < len(orders) <= (self.rules.limit or 0):
            raise ValueError(f"a Kite basket holds 1 to {self.rules.limit} orders, not {len(orders)}")
        fields = {
            "api_key": self.setup.keys["api_key"],
            "data": _in_decimals.encode([mapping.basket_line(order) for order in orders]).decode(),
            "redirect_params": urlencode({"state": ticket}),
        }
        return BrowserForm(f"{self.setup.hosts['web']}/connect/basket", fields)


class KitePortfolio(_Kite):
    rules: ClassVar = PortfolioRules(edis=True, sells_pledged=True, tells_released=True)

    async def holdings(self, session: Session) -> Sequence[Holding]:
        rows = await self._get(session, "/portfolio/holdings", wire.Envelope[list[wire.Holding]])
        return [mapping.holding(row, session.edis_needed) for row in rows]

    async def positions(self, session: Session) -> Sequence[Position]:
        told = await self._get(session, "/portfolio/positions", wire.Envelope[wire.Positions])
        return [mapping.position(row) for row in told.day]

    async def funds(self, session: Session) -> Paise:
        margins = await self._get(session, "/user/margins", wire.Envelope[wire.Margins])
        return amount(margins.equity.net)


class KiteQuotes(_Kite):
    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[Instrument, Paise]:
        keys = {f"{one.exchange}:{one.listed_as}": one for one in instruments}
        query = tuple(("i", key) for key in keys)
        prices = await self._get(session, "/quote/ltp", wire.Envelope[dict[str, Any]], query)
        return {
            one: price
            for key, one in keys.items()
            if key in prices
            for price in read_rows([prices[key]], wire.LastPrice, mapping.price, broker="kite", ours=lambda _: False)
        }


class KitePostbacks(_Kite):
    proof: ClassVar = PostbackProof.CHECKSUM

    def read(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """The checksum proves who sent it and covers neither status nor quantities."""
        told = decode(body, wire.Postback)
        proof = f"{told.order_id}{told.order_timestamp}{self.setup.keys['api_secret']}".encode()
        if not compare_digest(sha256(proof).hexdigest().encode(), told.checksum.encode()):
            raise ValueError("the checksum of this Kite postback is wrong")
        return Postback(told.user_id, told.order_id, read_tags(told.tag, told.tags).ours)
