"""Angel One, by SmartAPI. Source: SmartAPI documentation, checked against the official Python client.

The login brings the token itself in the redirect, unsigned: whoever holds it is asked of Angel One before it is
believed, and the state that came with it is the only proof of whose browser brought it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import structlog

from torana.connectors import contract
from torana.connectors.angelbroking import mapping, wire
from torana.connectors.contract.signing import send
from torana.connectors.error_table import Purpose
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import amount_at, grouped, in_parts, released, value_at
from torana.connectors.transport import Part, UnsignedPostbacks
from torana.kit.http import Request
from torana.kit.money import Paise

_MIDNIGHT = contract.DailyEnd("00:00")
_REST = "/rest/secure/angelbroking"
_HOLDINGS = f"{_REST}/portfolio/v1/getHolding"
_LIST = wire.Envelope[list[Any] | None]
"""An empty list is `data: null`."""

log = structlog.get_logger(__name__)


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
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


class AngelLogin(_Angel):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _MIDNIGHT)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/publisher-login", {"api_key": self.setup.keys["api_key"], "state": ticket})

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        """Nothing is exchanged: this asks whose token it is."""
        token = self.brought(callback, "auth_token")
        session, kind = contract.Session("", {"token": token}), wire.Envelope[wire.User]
        user = (await self.call(session, "GET", f"{_REST}/user/v1/getProfile", kind, Purpose.LOGIN)).data
        return contract.Login(user.clientcode, user.name, {"token": token}, _MIDNIGHT.ends_at(now), edis_needed=None)


class AngelLogout(_Angel):
    async def end(self, session: contract.Session) -> None:
        body = {"clientcode": session.broker_user_id}
        await self.post(session, f"{_REST}/user/v1/logout", wire.Envelope[Any], body)


class AngelOrders(_Angel, ListedOrders):
    orders_at = Listing(f"{_REST}/order/v1/getOrderBook", _LIST, wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=19),
        market=contract.MarketOrders.AS_LIMIT,
        market_percent=Decimal("0.5"),  # what Angel One itself allows in the cash market
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order), wire.Envelope[wire.Placed]
        placed = await self.post(session, f"{_REST}/order/v1/placeOrder", kind, body, Purpose.ORDER)
        return contract.Placed(placed.orderid)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        """By the variety that the book showed, for an order may have become an after-market order by itself."""
        variety = order.extra.get("variety") or mapping.VARIETIES[order.variety]
        body = {"variety": variety, "orderid": order.broker_order_id}
        await self.post(session, f"{_REST}/order/v1/cancelOrder", wire.Envelope[wire.Placed], body, Purpose.CHANGE)


class AngelPortfolio(_Angel, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True, tells_released=True)
    holdings_at = Listing(_HOLDINGS, _LIST, wire.Holding, mapping.holding, by_edis=True)
    positions_at = Listing(f"{_REST}/order/v1/getPosition", _LIST, wire.Position, mapping.ROWS.position)

    async def funds(self, session: contract.Session) -> Paise:
        """The smaller one of two: whether `net` holds collateral, and `availablecash` what is blocked, is not said."""
        limits = await self.get(session, f"{_REST}/user/v1/getRMS", wire.Envelope[Any])
        return min(amount_at(limits, "net"), amount_at(limits, "availablecash"))


class AngelAuthorisation(_Angel):
    """A form for the depository's own page, which returns to Angel One's. Source: SmartAPI documentation, eDIS."""

    rules: ClassVar = contract.AuthorisationRules(at_once=1)

    async def begin(self, session: contract.Session, shares: Sequence[contract.Release]) -> contract.Beginning:
        (one,) = shares
        body, kind = {"isin": one.isin, "quantity": str(one.quantity)}, wire.Envelope[wire.Dis]
        try:
            begun = await self.post(session, f"{_REST}/edis/v1/verifyDis", kind, body, Purpose.CHANGE)
        except contract.Unknown as refusal:
            if refusal.code == mapping.REGISTERED_TODAY:
                return contract.ReleasedBefore(refusal.message)
            raise
        # As the depository's page names them.
        fields = {"DPId": begun.dp_id, "ReqId": begun.req_id, "Version": begun.version, "TransDtls": begun.trans_dtls}
        form = contract.BrowserForm(self.url("/eDIS/VerifyDIS/", "cdsl"), fields)
        return contract.Begun(form, {one.isin: f"{begun.req_id}:{one.quantity}"})

    async def state(self, session: contract.Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        """What the holdings tell, and what came of each request that they do not tell of. How soon the one follows the
        other is not said. A request of which nothing is told hides nothing of the holdings; where we ask too fast,
        nothing is told at all, and whoever asks slows down."""
        rows = await self.get(session, _HOLDINGS, _LIST) or ()
        told = released(self.rows(rows, wire.Holding, mapping.released))
        for isin, begun in kept.items():
            request, _, quantity = begun.rpartition(":")
            if request and told.get(isin, 0) < int(quantity) and await self._is_authorised(session, request):
                told[isin] = int(quantity)
        return told

    async def _is_authorised(self, session: contract.Session, request: str) -> bool:
        """As far as it is told. Raises `SessionEnded`, `RateLimited`."""
        body, kind = {"ReqId": request}, wire.Envelope[Any]
        try:
            return mapping.is_authorised(await self.post(session, f"{_REST}/edis/v1/getTranStatus", kind, body))
        except (contract.SessionEnded, contract.RateLimited):
            raise
        except (contract.NotSent, contract.Unknown) as error:
            log.warning("angelbroking.release.not_told", error=error.message[:200], code=error.code)
            return False


class AngelQuotes(_Angel):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """One exchange for each fifty. What has no price stands in `unfetched`, each with a code of its own."""
        asked = {(one.exchange, one.code): one for one in instruments}
        rows = list[Any]()
        for some in in_parts(asked, mapping.TOKENS_IN_A_REQUEST):
            body = {"mode": "LTP", "exchangeTokens": grouped(some)}
            told = await self.post(session, f"{_REST}/market/v1/quote/", wire.Envelope[Any], body)
            rows += value_at(told, list[Any], "fetched")
        return self.priced(asked, rows, wire.LastPrice, mapping.ROWS.price)


class AngelCosts(_Angel):
    rules: ClassVar = contract.CostRules(margin_at_once=50)

    async def margin(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        body = {"positions": [mapping.margin_line(order) for order in orders]}
        told = await self.post(session, f"{_REST}/margin/v1/batch", wire.Envelope[Any], body)
        return amount_at(told, "totalMarginRequired")

    async def charges(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """The summary: the documented rows of the single orders are no JSON."""
        body = {"orders": [mapping.charges_line(order) for order in orders]}
        told = await self.post(session, f"{_REST}/brokerage/v1/estimateCharges", wire.Envelope[Any], body)
        return amount_at(told, "summary", "total_charges")


class AngelPostbacks(_Angel, UnsignedPostbacks):
    row: ClassVar = wire.Postback
