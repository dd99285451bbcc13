"""Axis Direct, by its RAPID APIs. Source: the introduction of its collection, and the clients of others for the paths
and the requests. What the answers hold is a guess: `NOTES.md`.

Every call is a POST whose body travels in an envelope (`envelope.py`), sealed for the broker's key, which a handshake
brings and the vault keeps for all processes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from msgspec import structs

from torana.connectors import contract
from torana.connectors.axis import envelope, mapping, wire
from torana.connectors.contract.signing import forget, handshake, keep, read, send
from torana.connectors.error_table import Purpose
from torana.connectors.hosts import of_same_owner
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import amount_at, value_at
from torana.connectors.tags import PLAIN
from torana.connectors.transport import Part, T
from torana.kit.http import Request
from torana.kit.money import Paise

_BEFORE_MIDNIGHT = contract.DailyEnd("23:59")
_PUBLIC_KEY = "public key"
_TOO_MANY = 429
_ROWS = wire.Reply[list[Any]]
_OF_EQUITY = {"segment": wire.EQUITY}
_IN_ANY_STATE = {**_OF_EQUITY, "omsOrderId": "", "orderStatus": "-1"}
_BOOK = Listing("/trading/orders/get-order-book", _ROWS, wire.Order, mapping.ROWS.order, body=_IN_ANY_STATE)


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
    """The keys of the app, whose login it is, and the envelope. The broker's key is asked for anew behind an answer
    that is in no envelope of this call: it may have been changed."""
    ours = {"x-api-client-id": setup.keys["api_key"], "Authorization": setup.keys["api_secret"]}
    public = yield from read(_PUBLIC_KEY)
    if public is None:
        hello = Request("POST", f"{setup.hosts['auth']}/handshake", ours, account=request.account)
        told = yield from handshake(hello)
        if told.status != 200:
            raise contract.NotSent(f"Axis Direct gave no key for the envelope: HTTP {told.status}")
        public = yield from keep(_PUBLIC_KEY, envelope.public_key(told.body), was=None)
    key = envelope.CallKey()
    headers = {**ours, "x-api-encryption-key": key.header(public.value)}
    if session is not None:
        headers |= {"x-subAccountID": session.broker_user_id, "x-authtoken": session.secrets["token"]}
    answer = yield from send(structs.replace(request, json=key.seal(request.json or b"{}")), headers)
    try:
        plain = key.open(answer)
    except ValueError:
        yield from forget(_PUBLIC_KEY, public)
        raise
    if plain is not None:
        return replace(answer, body=plain)
    if answer.status < 500 and answer.status != _TOO_MANY:
        yield from forget(_PUBLIC_KEY, public)
    if 200 <= answer.status < 300:
        raise ValueError("a success without an envelope")
    return answer


class _Axis(Part):
    dialect = mapping.DIALECT

    async def _of_app(self, path: str, kind: type[wire.Reply[T]], body: Mapping[str, object]) -> T:
        return (await self.call(None, "POST", path, kind, Purpose.LOGIN, body=body, host="auth")).data


class AxisLogin(_Axis):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.RETURN_PATH, _BEFORE_MIDNIGHT)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        wanted = {"type": "LOGIN", "redirectURL": return_url, "metadata": {"name": "Torana"}}
        page = value_at(await self._of_app("/sso/initiate", wire.Reply[Any], wanted), str, "redirectURL")
        if not of_same_owner(page, self.setup.hosts["auth"]):
            raise contract.Unknown("the login of Axis Direct leads to somebody else's page")
        return contract.LoginStart(contract.Redirect(page))

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        sso_id = {"ssoId": self.brought(callback, "ssoId")}
        told = await self._of_app("/sso/authenticate", wire.Reply[wire.Tokens], sso_id)
        accounts = {one.sub_account_id for one in told.metadata.accounts}
        if len(accounts) != 1:
            raise contract.LoginRefused("this login has several accounts there, and nothing says which one trades")
        account, secrets = accounts.pop(), {"token": told.auth_token.token}
        return contract.Login(account, told.metadata.name, secrets, _BEFORE_MIDNIGHT.ends_at(now), edis_needed=None)


class AxisOrders(_Axis, ListedOrders):
    orders_at = _BOOK
    rules = contract.OrderRules(
        tag=PLAIN,  # no length is known: exactly what we send
        market=contract.MarketOrders.AS_LIMIT,  # it documents no protection of its own
        book_kept_until="16:00",
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order), wire.Reply[wire.Placed]
        placed = await self.post(session, "/trading/orders/place-order", kind, body, Purpose.ORDER)
        return contract.Placed(placed.oms_order_id)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        """It repeats the order's row as it stands (what is still open, a serial number), so the book is asked first.
        Raises `Rejected` where the book shows no such order."""
        own = order.broker_order_id
        found = [
            row for row in await self.listed(session, _BOOK) if isinstance(row, dict) and row.get("omsOrderId") == own
        ]
        if not found:
            raise contract.Rejected("the order book does not show this order", reason=contract.Reason.INVALID_ORDER)
        body, kind = mapping.cancel_body(found), wire.Reply[Any]
        await self.post(session, "/trading/orders/cancel-order", kind, body, Purpose.CHANGE)


class AxisPortfolio(_Axis, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True)

    holdings_at = Listing("/trading/portfolio/get-holdings", _ROWS, wire.Holding, mapping.holding, body=_OF_EQUITY)
    positions_at = Listing(
        "/trading/portfolio/get-positions",
        _ROWS,
        wire.Position,
        mapping.ROWS.position,
        body={**_OF_EQUITY, "interop": True, "type": "open"},
    )

    async def funds(self, session: contract.Session) -> Paise:
        told = await self.post(session, "/funds/inquiry/get-limits", wire.Reply[Any], _OF_EQUITY, host="funds")
        return amount_at(told, "availableCash")


class AxisQuotes(_Axis):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        asked = {("", one.code): one for one in instruments}
        wanted = [{"scriptId": code} for _, code in asked]
        rows = await self.post(session, "/feedbroadcast/multi-touch-line", _ROWS, {"securities": wanted})
        return self.priced(asked, rows, wire.Price, mapping.ROWS.price)
