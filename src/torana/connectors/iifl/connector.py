"""IIFL Capital, by its Markets' APIs. Source: its documentation and samples."""

from decimal import Decimal
from typing import ClassVar
from urllib.parse import quote

from torana.connectors.codifi.connector import CodifiLogin, CodifiOrders, CodifiPortfolio, CodifiQuotes
from torana.connectors.codifi.mapping import House, dialect
from torana.connectors.contract import ExecutionMode, MarketOrders, OrderRules, Reason, TagRule
from torana.kit.http import Request

HOUSE = House(
    key="iifl",
    exchanges={"NSE": "NSEEQ", "BSE": "BSEEQ"},
    delivery="DELIVERY",
    app_field="appkey",
    user_field="clientId",
    token_path="/v1/getusersession",
    book_path="/v1/orders",
    holdings_path="/v1/holdings",
    positions_path="/v1/positions",
    funds_path="/v1/limits",
    text_quantities=True,
    bare_book=True,
)
DIALECT = dialect(
    session_codes=frozenset({"EC044", "EC055", "EC075"}),
    rejections={
        **dict.fromkeys(("EC905", "EC928", "EC931", "EC943", "EC956", "EC977", "EC978", "EC995"), Reason.INVALID_ORDER),
        **dict.fromkeys(("EC004", "EC014", "EC703", "EC704", "EC705"), Reason.NOT_PERMITTED),
    },
)
PAISE = "paise"


class _Iifl:
    house, dialect = HOUSE, DIALECT

    @property
    def unit(self) -> Decimal:
        """The samples of the documentation read like paise, clients of the live API read rupees: the operator says."""
        return Decimal("0.01") if self.setup.keys["amounts"] == PAISE else Decimal(1)  # type: ignore[attr-defined]


class IiflLogin(_Iifl, CodifiLogin):
    page_query: ClassVar = {"v": "1"}


class IiflOrders(_Iifl, CodifiOrders):
    place_path = "/v1/orders"
    rules: ClassVar = OrderRules(
        tag=TagRule(max_length=50),
        market=MarketOrders.AS_LIMIT,  # in what `marketProtectionPercent` is counted is not documented
        book_kept_until="16:00",  # a guess: nothing is documented
        cancel_in=frozenset({ExecutionMode.SERVER_API}),
    )

    def cancellation(self, broker_order_id: str) -> Request:
        return self.request("DELETE", f"/v1/orders/{quote(broker_order_id, safe='')}")


class IiflPortfolio(_Iifl, CodifiPortfolio):
    pass


class IiflQuotes(_Iifl, CodifiQuotes):
    quotes_path = "/v1/marketdata/marketquotes"
