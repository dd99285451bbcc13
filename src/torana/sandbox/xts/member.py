"""A simulated broker on the platform, made of its name, where it stands and its app."""

from torana.sandbox import reads
from torana.sandbox.dialect import FORM_ALONE, Dialect, KnownApp, Limit, by_json_code, orders_at_most, routes, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.xts import login, orders, wire
from torana.sandbox.xts.errors import REFUSALS, success

_LIMITS = orders_at_most(10) | {
    one: Limit(one.value, 1) for one in (On.ORDERS, On.TRADES, On.HOLDINGS, On.POSITIONS, On.FUNDS)
}


def made(broker: str, name: str, app: KnownApp) -> Dialect:
    page = login.login(broker, name)
    session, book = "/interactive/user/session", "/interactive/orders"
    return Dialect(
        broker=broker,
        prefixes={
            f"/{broker}/api": (
                *page.routes("/interactive/thirdparty", page=True),
                *routes("", ("POST", session, On.TOKEN, lambda call: login.start(call, page)), session=False,
                        whose=by_json_code("accessToken")),
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
        credentials=token_in("authorization"),
        refusals=REFUSALS,
        success=lambda data: success("s-user-0001", "Success", data),
        placed=orders.placed,
        rejects_later=FORM_ALONE,
        limits=_LIMITS,
    )  # fmt: skip
