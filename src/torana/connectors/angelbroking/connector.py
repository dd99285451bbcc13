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
    AuthorisationRules,
    Beginning,
    Begun,
    BrokerOrder,
    BrowserForm,
    Callback,
    CostRules,
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
    Proposal,
    Redirect,
    Release,
    ReleasedBefore,
    Rows,
    Session,
    Setup,
    TagRule,
    TicketReturn,
    Unknown,
)  # fmt: skip
from torana.connectors.contract.signing import send
from torana.connectors.decoding import decode
from torana.connectors.error_table import Purpose
from torana.connectors.readings import amount, released
from torana.connectors.tags import read_tags
from torana.connectors.transport import Part, UnsignedPostbacks
from torana.kit.http import Request
from torana.kit.money import Paise

T = TypeVar("T")

_MIDNIGHT = DailyEnd("00:00")
_in_decimals = msgspec.json.Encoder(decimal_format="number")


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
        json = None if body is None else _in_decimals.encode(body)
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
        named = {"tag_fields": ("ordertag",), "id_field": "orderid"}
        return self.book_rows(rows, wire.Order, mapping.broker_order, known, **named)

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
        return self.rows(rows, wire.Holding, translate)

    async def positions(self, session: Session) -> Rows[Position]:
        rows = await self._call(session, "order/v1/getPosition", wire.Envelope[list[Any] | None]) or ()
        return self.rows(rows, wire.Position, mapping.position)

    async def funds(self, session: Session) -> Paise:
        """The smaller one of two: whether `net` holds collateral, and `availablecash` what is blocked, is not said."""
        limits = await self._call(session, "user/v1/getRMS", wire.Envelope[wire.Limits])
        return min(amount(limits.net), amount(limits.availablecash))


class AngelAuthorisation(_Angel):
    """A form for the depository's own page, which returns to Angel One's. Source: SmartAPI documentation, eDIS."""

    rules: ClassVar = AuthorisationRules(at_once=1)

    async def begin(self, session: Session, shares: Sequence[Release]) -> Beginning:
        (one,) = shares
        body, kind = {"isin": one.isin, "quantity": str(one.quantity)}, wire.Envelope[wire.Dis]
        try:
            begun = await self._call(session, "edis/v1/verifyDis", kind, Purpose.ORDER, body)
        except Unknown as refusal:
            if refusal.code == mapping.REGISTERED_TODAY:
                return ReleasedBefore(refusal.message)
            raise
        kept = {"request": begun.req_id, "isin": one.isin, "quantity": str(one.quantity)}
        return Begun(BrowserForm(self.url("/eDIS/VerifyDIS/", "cdsl"), mapping.cdsl_form(begun)), kept)

    async def state(self, session: Session, kept: Mapping[str, str]) -> Mapping[str, int]:
        """What the holdings tell, and what came of the last request. How soon the one follows the other is not said."""
        rows = await self._call(session, "portfolio/v1/getHolding", wire.Envelope[list[Any] | None]) or ()
        told = released(self.rows(rows, wire.Holding, mapping.released))
        if kept and told.get(kept["isin"], 0) < int(kept["quantity"]):
            body, kind = {"ReqId": kept["request"]}, wire.Envelope[wire.DisResult]
            result = await self._call(session, "edis/v1/getTranStatus", kind, body=body)
            if mapping.is_authorised(result):
                return {**told, kept["isin"]: int(kept["quantity"])}
        return told


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
        read = self.rows(told, wire.LastPrice, mapping.price).read
        return {asked[key]: price for key, price in read if key in asked}


class AngelCosts(_Angel):
    rules: ClassVar = CostRules(margin_at_once=50)

    async def margin(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        body = {"positions": [mapping.margin_line(order) for order in orders]}
        told = await self._call(session, "margin/v1/batch", wire.Envelope[wire.Margin], body=body)
        return amount(told.total_margin_required)

    async def charges(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        """The summary: the documented rows of the single orders are no JSON."""
        body = {"orders": [mapping.charges_line(order) for order in orders]}
        told = await self._call(session, "brokerage/v1/estimateCharges", wire.Envelope[wire.Charges], body=body)
        return amount(told.summary.total_charges)


class AngelPostbacks(_Angel, UnsignedPostbacks):
    def told(self, body: bytes) -> Postback:
        told = decode(body, wire.Postback)
        return Postback(told.clientcode, told.orderid, read_tags(told.ordertag).ours)
