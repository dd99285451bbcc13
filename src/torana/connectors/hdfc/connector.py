"""HDFC Securities, by the InvestRight Open API. Source: its documentation and samples.

Every call names the app in its query and the client's token, without a scheme, in its head. The login brings a token
and no state of ours: only the cookie ties it to its transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from msgspec import structs

from torana.connectors import contract
from torana.connectors.contract.signing import send
from torana.connectors.decoding import Unreadable
from torana.connectors.error_table import Purpose
from torana.connectors.hdfc import mapping, wire
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import Envelope, OrderId, amount_at, in_parts
from torana.connectors.transport import Part
from torana.kit.http import Request
from torana.kit.money import Paise

AGENT = "Mozilla/5.0 (compatible; Torana)"
"""Required with every call; some say that it has to look like a browser's."""
TOKEN_NAMES = ("request_token", "requestToken", "request-token", "code")
"""The parameter of the callback is not documented; these are seen in other clients."""

log = structlog.get_logger(__name__)


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
    token = {} if session is None else {"Authorization": session.secrets["token"]}
    named = structs.replace(request, query=(("api_key", setup.keys["api_key"]), *request.query))
    return (yield from send(named, {"User-Agent": AGENT, **token}))


class _Hdfc(Part):
    dialect = mapping.DIALECT


class HdfcLogin(_Hdfc):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, contract.ToldEnd())

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/oapi/v1/login", {"api_key": self.setup.keys["api_key"]}, "api")

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        query = (("request_token", self.brought(callback, *TOKEN_NAMES)),)
        body, kind = {"apiSecret": self.setup.keys["api_secret"]}, wire.Token
        told = await self.call(None, "POST", "/oapi/v1/access-token", kind, Purpose.LOGIN, query=query, body=body)
        token = told.access_token
        try:
            claims = wire.claims(token)
        except Unreadable:
            raise contract.Unknown("the token does not say whose login it is") from None
        user_name, edis_needed = await self._person(contract.Session(claims.sub, {"token": token}))
        ends = datetime.fromtimestamp(claims.exp, UTC)
        return contract.Login(claims.sub, user_name, {"token": token}, ends, edis_needed)

    async def _person(self, session: contract.Session) -> tuple[str, bool | None]:
        """Nothing, where the profile is not told. Whose login it is the token says, so that it stands without."""
        try:
            return await self.person(session)
        except contract.BrokerError as error:
            log.warning("connectors.hdfc.no_profile", broker=self.setup.broker, error=type(error).__name__)
            return "", None

    async def person(self, session: contract.Session) -> tuple[str, bool | None]:
        """Name, and whether sales need the depository first. The documentation calls this POST and shows a GET."""
        told = await self.get(session, "/oapi/v3/user/profile", Envelope[list[wire.Person]])
        return (told[0].user_name, mapping.edis_needed(told[0].depository_details)) if told else ("", None)


class HdfcOrders(_Hdfc, ListedOrders):
    orders_at = Listing("/oapi/v1/orders", Envelope[list[Any]], wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=20, echo=contract.TagEcho.PREFIXED),
        market=contract.MarketOrders.AS_LIMIT,  # it documents no protection of its own
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order), Envelope[OrderId]
        placed = await self.post(session, "/oapi/v1/orders/regular", kind, body, Purpose.ORDER)
        return contract.Placed(placed.order_id)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path = f"/oapi/v1/orders/regular/{quote(order.broker_order_id, safe='')}"
        dialect = mapping.OF_CANCELLATIONS
        await self.call(session, "DELETE", path, Envelope[OrderId], Purpose.CHANGE, dialect=dialect)


class HdfcPortfolio(_Hdfc, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True, tells_pledged=False)
    holdings_at = Listing("/oapi/v1/portfolio/holdings", Envelope[list[Any]], wire.Holding, mapping.holding)
    positions_at = Listing(
        "/oapi/v1/portfolio/cumulative-positions", Envelope[Any], wire.Position, mapping.ROWS.position, ("net",)
    )

    async def funds(self, session: contract.Session) -> Paise:
        """The limit for deliveries. Whether the worth of pledged shares is in it is not documented."""
        margins = await self.get(session, "/oapi/v1/user/margins", Envelope[Any])
        return amount_at(margins, "equity", "totalAvailableLimitDetails", "cash")


class HdfcQuotes(_Hdfc):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        named = {key: one for one in instruments if (key := mapping.asked(one)) is not None}
        told = list[Any]()
        for some in in_parts(named, mapping.PRICES_IN_A_REQUEST):
            body = {"data": [{"exchange": exchange, "token": token} for exchange, token in some]}
            told += (await self.call(session, "PUT", "/oapi/v1/fetch-ltp", wire.Prices, body=body)).data
        return self.priced(named, told, wire.Price, mapping.ROWS.price)
