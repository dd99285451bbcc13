"""A simulated broker on the platform, made of its name, where it stands and its app."""

from torana.sandbox import reads
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.models import Reason
from torana.sandbox.web import Request
from torana.sandbox.xts import login, orders, wire
from torana.sandbox.xts.errors import AT_ONCE, REFUSALS, success

_LIMITS = dict.fromkeys((On.PLACE, On.MODIFY, On.CANCEL), Limit("orders", 10)) | {
    one: Limit(one.value, 1) for one in (On.ORDERS, On.TRADES, On.HOLDINGS, On.POSITIONS, On.FUNDS)
}


def _credentials(request: Request) -> Credentials | None:
    """The token as it is, without a word before it."""
    token = request.headers.get("authorization", "")
    return Credentials(token) if token else None


def made(broker: str, name: str, app: KnownApp) -> Dialect:
    page = login.login(broker, name)
    session, book = "/interactive/user/session", "/interactive/orders"
    return Dialect(
        broker=broker,
        prefixes={
            f"/{broker}/api": (
                *page.routes("/interactive/thirdparty", page=True),
                *routes("", ("POST", session, On.TOKEN, lambda call: login.start(call, page)), session=False,
                        whose=login.whose),
                *routes(
                    "",
                    ("DELETE", session, On.LOGOUT, login.end),
                    ("GET", "/interactive/user/profile", On.PROFILE, orders.person),
                    ("GET", "/interactive/user/balance", On.FUNDS, orders.balance),
                    ("POST", book, On.PLACE, orders.place),
                    ("PUT", book, On.MODIFY, orders.modify),
                    ("DELETE", book, On.CANCEL, orders.cancel),
                    ("GET", book, On.ORDERS, orders.listed("e-orders-0005", "Success order book", orders.book)),
                    ("GET", f"{book}/trades", On.TRADES,
                     orders.listed("e-tradeBook-0005", "Success trade book", reads.trades(wire.TRADE))),
                    ("GET", "/interactive/portfolio/holdings", On.HOLDINGS, orders.holdings),
                    ("GET", "/interactive/portfolio/positions", On.POSITIONS, orders.positions),
                ),
            )
        },
        apps=(app,),
        credentials=_credentials,
        refusals=REFUSALS,
        success=lambda data: success("s-user-0001", "Success", data),
        placed=orders.placed,
        rejects_later=frozenset(Reason) - AT_ONCE,
        limits=_LIMITS,
    )  # fmt: skip
