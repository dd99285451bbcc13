"""Alice Blue, by the ANT API (A3). Source: its documentation and samples."""

from typing import ClassVar

from torana.connectors.codifi.connector import CodifiLogin, CodifiOrders, CodifiPortfolio
from torana.connectors.codifi.mapping import BrokerApi, codes, dialect
from torana.connectors.contract import MarketOrders, OrderRules, Reason, TagRule
from torana.connectors.declaration import request_of

API = BrokerApi(
    key="aliceblue",
    exchanges={"NSE": "NSE", "BSE": "BSE"},
    leg=request_of("aliceblue", "order"),
    app_field="appcode",
    user_field="userId",
    token_path="/open-api/od/v1/vendor/getUserDetails",
    place_path="/open-api/od/v1/orders/placeorder",
    cancel=lambda order_id: ("POST", "/open-api/od/v1/orders/cancel", {"brokerOrderId": order_id}),  # a path
    book_path="/open-api/od/v1/orders/book",
    holdings_path="/open-api/od/v1/holdings/CNC",
    positions_path="/open-api/od/v1/positions",
    funds_path="/open-api/od/v1/limits/",
)
DIALECT = dialect(
    session_codes=frozenset({"EC087"}),
    rejections={
        **dict.fromkeys(
            codes(
                """
            082 088 089 091 092 807 813 814 815 826 829 830 831 838 966 982
            """
            ),
            Reason.INVALID_ORDER,
        ),
        **dict.fromkeys(("EC090", "EC832", "EC837", "EC852", "EC858"), Reason.INSTRUMENT_NOT_TRADABLE),
        "EC086": Reason.NOT_PERMITTED,
    },
)


class AliceLogin(CodifiLogin):
    api, dialect = API, DIALECT


class AliceOrders(CodifiOrders):
    api, dialect = API, DIALECT
    rules: ClassVar = OrderRules(
        tag=TagRule(max_length=50),
        market=MarketOrders.PROTECTED,
        book_kept_until="16:00",  # a guess: nothing is documented
    )


class AlicePortfolio(CodifiPortfolio):
    api, dialect = API, DIALECT
