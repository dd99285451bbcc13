"""Angel One, by SmartAPI. Source: SmartAPI documentation, checked against the official Python client.

The login brings the token itself in the redirect, unsigned: whoever holds it is asked of Angel One before it is
believed, and the state that came with it is the only proof of whose browser brought it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

import msgspec

from torana.connectors.angelbroking import mapping, wire
from torana.connectors.contract import (
    BrokerOrder,
    Callback,
    DailyEnd,
    ExecutionMode,
    Flow,
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
    Rows,
    Session,
    Setup,
    TagRule,
    TicketReturn,
    url_proves,
)  # fmt: skip
from torana.connectors.contract.signing import send
from torana.connectors.decoding import decode, read_all_rows, read_rows
from torana.connectors.error_table import Purpose
from torana.connectors.readings import amount
from torana.connectors.tags import may_be_ours, read_tags
from torana.connectors.transport import Part
from torana.kit.http import Request
from torana.kit.money import Paise

T = TypeVar("T")

_MIDNIGHT = DailyEnd("00:00")


def sign(setup: Setup, request: Request, session: Session | None) -> Flow:
    """SmartAPI wants to know the client's machine, and checks orders by the address that they come from."""
    keys, address = setup.keys, setup.public_address(request.account) or setup.keys["public_ip"]
    headers = {
        "Accept": "application/json",
        "X-UserType": "USER",
        "X-SourceID": "WEB",
        "X-ClientLocalIP": keys["local_ip"] or address,
        "X-ClientPublicIP": address,
        "X-MACAddress": keys["mac_address"],
        "X-PrivateKey": keys["api_key"],
    }
    if session is not None:
        headers["Authorization"] = f"Bearer {session.secrets['token']}"
    return (yield from send(request, headers))


class _Angel(Part):
    dialect = mapping.DIALECT

    async def _call(
        self,
        session: Session,
        path: str,
        kind: type[wire.Envelope[T]],
        purpose: Purpose = Purpose.READ,
        body: object = None,
    ) -> T:
        """A GET without a body, a POST with one."""
        json = None if body is None else msgspec.json.encode(body)
        url = self.url(f"/rest/secure/angelbroking/{path}")
        request = Request("GET" if json is None else "POST", url, json=json)
        return (await self.ask(request, kind, session, purpose)).data


class AngelLogin(_Angel):
    rules: ClassVar = LoginRules(TicketReturn.STATE, _MIDNIGHT)

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        query = urlencode({"api_key": self.setup.keys["api_key"], "state": ticket})
        return LoginStart(Redirect(self.url(f"/publisher-login?{query}", "web")))

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        """Nothing is exchanged: this asks whose token it is."""
        if not (token := callback.get("auth_token")):
            raise LoginRefused("the login at Angel One was not finished")
        kind = wire.Envelope[wire.User]
        user = await self._call(Session("", {"token": token}), "user/v1/getProfile", kind, Purpose.LOGIN)
        return Login(user.clientcode, user.name, {"token": token}, _MIDNIGHT.ends_at(now), edis_needed=None)


class AngelLogout(_Angel):
    async def end(self, session: Session) -> None:
        body = {"clientcode": session.broker_user_id}
        await self._call(session, "user/v1/logout", wire.Envelope[Any], body=body)


class AngelOrders(_Angel):
    rules: ClassVar = OrderRules(
        tag=TagRule(max_length=19),
        market=MarketOrders.AS_LIMIT,
        market_percent=Decimal("0.5"),  # what Angel One itself allows in the cash market
        book_kept_until="16:00",  # a guess: nothing is documented
        cancel_in=frozenset({ExecutionMode.SERVER_API}),
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        body, kind = mapping.order_body(order), wire.Envelope[wire.Placed]
        placed = await self._call(session, "order/v1/placeOrder", kind, Purpose.ORDER, body)
        return Placed(placed.orderid, mapping.extra(uniqueorderid=placed.uniqueorderid))

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        """An empty book is `data: null`."""
        kind = wire.Envelope[list[Any] | None]
        rows = await self._call(session, "order/v1/getOrderBook", kind) or ()
        ours = partial(may_be_ours, known=known, tag_fields=("ordertag",), id_field="orderid")
        return read_rows(rows, wire.Order, mapping.broker_order, broker="angelbroking", ours=ours)

    async def cancel(self, session: Session, order: OrderRef) -> None:
        """By the variety that the book showed, for an order may have become an after-market order by itself."""
        variety = order.extra.get("variety") or mapping.VARIETIES[order.variety]
        body = {"variety": variety, "orderid": order.broker_order_id}
        await self._call(session, "order/v1/cancelOrder", wire.Envelope[wire.Placed], Purpose.ORDER, body)


class AngelPortfolio(_Angel):
    rules: ClassVar = PortfolioRules(edis=True, tells_released=True)

    async def holdings(self, session: Session) -> Rows[Holding]:
        rows = await self._call(session, "portfolio/v1/getHolding", wire.Envelope[list[Any] | None]) or ()
        translate = partial(mapping.holding, edis_needed=session.edis_needed)
        return read_all_rows(rows, wire.Holding, translate, broker="angelbroking")

    async def positions(self, session: Session) -> Rows[Position]:
        rows = await self._call(session, "order/v1/getPosition", wire.Envelope[list[Any] | None]) or ()
        return read_all_rows(rows, wire.Position, mapping.position, broker="angelbroking")

    async def funds(self, session: Session) -> Paise:
        """The smaller one of two: whether `net` holds collateral, and `availablecash` what is blocked, is not said."""
        limits = await self._call(session, "user/v1/getRMS", wire.Envelope[wire.Limits])
        return min(amount(limits.net), amount(limits.availablecash))


class AngelQuotes(_Angel):
    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[Instrument, Paise]:
        """One exchange for each fifty."""
        asked = {(one.exchange, one.code): one for one in instruments}
        keys, told, kind = list(asked), [], wire.Envelope[wire.Quotes]
        for at in range(0, len(keys), mapping.TOKENS_IN_A_REQUEST):
            tokens: dict[str, list[str]] = {}
            for exchange, token in keys[at : at + mapping.TOKENS_IN_A_REQUEST]:
                tokens.setdefault(exchange, []).append(token)
            body = {"mode": "LTP", "exchangeTokens": tokens}
            told += (await self._call(session, "market/v1/quote/", kind, body=body)).fetched
        read = read_all_rows(told, wire.LastPrice, mapping.price, broker="angelbroking").read
        return {asked[key]: price for key, price in read if key in asked}


class AngelPostbacks(_Angel):
    proof: ClassVar = PostbackProof.SECRET_URL

    def read(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """SmartAPI signs nothing: the secret in the URL is the only proof."""
        if not url_proves(url_secret, self.setup.keys["postback_secret"]):
            raise ValueError("the secret in the URL of this Angel One postback is wrong")
        told = decode(body, wire.Postback)
        return Postback(told.clientcode, told.orderid, read_tags(told.ordertag).ours)
