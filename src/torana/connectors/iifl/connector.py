"""IIFL Capital, by its Markets' APIs. Source: its documentation and samples."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from msgspec import field

from torana.connectors.codifi import wire
from torana.connectors.codifi.connector import Codifi, CodifiLogin, CodifiOrders, CodifiPortfolio
from torana.connectors.codifi.mapping import BrokerApi, dialect
from torana.connectors.contract import (
    Instrument,
    LoginRefused,
    MarketOrders,
    OrderRules,
    Prices,
    Reason,
    Session,
    Setup,
    TagRule,
)
from torana.connectors.declaration import request_of
from torana.connectors.error_table import Purpose
from torana.connectors.readings import Identifier
from torana.connectors.row_reader import PriceRow
from torana.kit.errors import ConfigurationError

API = BrokerApi(
    key="iifl",
    exchanges={"NSE": "NSEEQ", "BSE": "BSEEQ"},
    leg=request_of("iifl", "order"),
    app_field="appkey",
    user_field="clientId",
    token_path="/v1/getusersession",
    place_path="/v1/orders",
    cancel=lambda order_id: ("DELETE", f"/v1/orders/{quote(order_id, safe='')}", None),
    book_path="/v1/orders",
    holdings_path="/v1/holdings",
    positions_path="/v1/positions",
    funds_path="/v1/limits",
    lists=wire.Rows | list[Any],  # bare in its documentation
)
DIALECT = dialect(
    session_codes=frozenset({"EC044", "EC055", "EC075"}),
    rejections={
        **dict.fromkeys(("EC905", "EC928", "EC931", "EC943", "EC956", "EC977", "EC978", "EC995"), Reason.INVALID_ORDER),
        **dict.fromkeys(("EC004", "EC014", "EC703", "EC704", "EC705"), Reason.NOT_PERMITTED),
    },
)
PAISE = "paise"
_UNITS = {PAISE: Decimal("0.01"), "rupees": Decimal(1)}


class _Iifl(Codifi):
    api, dialect = API, DIALECT

    def __init__(self, setup: Setup) -> None:
        """Raises `ConfigurationError` unless the operator said what amounts are counted in: the samples of the
        documentation read like paise, clients of the live API read rupees."""
        if (said := setup.keys["amounts"]) not in _UNITS:
            raise ConfigurationError(f"TORANA_BROKER_IIFL_AMOUNTS: {' or '.join(_UNITS)}, not {said!r}")
        super().__init__(setup, _UNITS[said])


class _Person(msgspec.Struct, frozen=True, rename="camel"):
    """The id may be masked."""

    client_id: Identifier


class IiflLogin(_Iifl, CodifiLogin):
    page_query: ClassVar = {"v": "1"}

    async def whose(self, token: wire.Token, said: str) -> str:
        """The answer does not name the client; the profile does, masked."""
        session = Session(said, {"token": token.user_session})
        told = await self.call(session, "GET", "/v1/profile", wire.One[_Person], Purpose.LOGIN)
        if not fits(told.data.client_id, said):
            raise LoginRefused("this is the login of another client")
        return said


class IiflLogout(_Iifl):
    async def end(self, session: Session) -> None:
        await self.call(session, "POST", "/v1/profile/logout", wire.One[wire.Done])


class IiflOrders(_Iifl, CodifiOrders):
    rules: ClassVar = OrderRules(
        tag=TagRule(max_length=50),
        market=MarketOrders.AS_LIMIT,  # in what `marketProtectionPercent` is counted is not documented
        book_kept_until="16:00",  # a guess: nothing is documented
    )


class IiflPortfolio(_Iifl, CodifiPortfolio):
    pass


class _LastPrice(PriceRow, frozen=True, kw_only=True):
    exchange: str
    code: int | str = field(name="instrumentId")
    price: Decimal = field(name="ltp")


class IiflQuotes(_Iifl):
    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Prices:
        asked = {(one.exchange, one.code): one for one in instruments}
        wanted = [{"exchange": self.api.exchanges[exchange], "instrumentId": code} for exchange, code in asked]
        told = await self.post(session, "/v1/marketdata/marketquotes", wire.Rows, wanted)
        return self.priced(asked, told, _LastPrice, self.reader.price)


def fits(masked: str, client: str) -> bool:
    """Whether this can be the id behind a mask (`3******4`), which is as long as what it hides."""
    return len(masked) == len(client) and all(shown in ("*", one) for shown, one in zip(masked, client, strict=True))
