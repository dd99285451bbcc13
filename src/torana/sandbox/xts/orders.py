"""Orders and what a client has: how requests are read and answered."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.securities import by_token
from torana.sandbox.web import Response
from torana.sandbox.xts import wire
from torana.sandbox.xts.errors import TABLE, TABLES, malformed, success

ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")


def taken(order: Order) -> Response:
    told = {"AppOrderID": int(order.order_id), "OrderUniqueIdentifier": order.tag or "", "ClientID": order.account_id}
    return success("s-orders-0001", "Request sent", told)


def placed(order_id: str | None) -> Response:
    """None: success without an id."""
    return success("s-orders-0001", "Request sent", {} if order_id is None else {"AppOrderID": int(order_id)})


async def place(call: Call) -> Response:
    form = ORDER.form(
        await call.json_object(malformed("body")),
        lambda read: by_token(str(read["exchangeInstrumentID"]), read["exchangeSegment"]),
        malformed("exchangeInstrumentID"),
    )
    if form.order_type == "LIMIT" and not form.price:
        raise malformed("limitPrice", 0)
    return taken(call.place(call.account, form.ticket(call.session.app)))


async def modify(call: Call) -> Response:
    given = await call.json_object(malformed("body"))
    change = replace(CHANGE.change(given), order_id=str(given.get("appOrderID")))
    return taken(call.modify(change))


def cancel(call: Call) -> Response:
    return taken(call.exchange.cancel(call.account, call.request.query.get("appOrderID", "")))


def listed(code: str, text: str, read: Callable[[Call], list[reads.Row]]) -> Callable[[Call], Response]:
    """A list, which is refused where it has no rows."""
    rows = reads.some(read, TABLE.codes[code])
    return lambda call: success("s-orders-0001", text, rows(call))


def book(call: Call) -> list[reads.Row]:
    """The day's orders; with `appOrderID` the history of one."""
    named = call.request.query.get("appOrderID")
    if named is not None:
        return reads.history(call, call.find(call.account, named), wire.ORDER, wire.WORDS)
    return reads.book(wire.ORDER, wire.WORDS)(call)


def holdings(call: Call) -> Response:
    """By ISIN: one row for a security, wherever it lies."""
    found = reads.holdings(wire.HOLDING, by_exchange=False)
    rows = {str(row["ISIN"]): row for row in reads.some(found, TABLE.codes["e-holdings-0005"])(call)}
    told = {"ClientId": call.account.user_id, "RMSHoldings": {"Holdings": rows}, "CollateralHoldings": {}}
    return success("s-portfolio-0001", "Success holdings", told)


def positions(call: Call) -> Response:
    TABLES.request("positions").read(call.request.query)
    rows = reads.some(reads.positions(wire.POSITION, 2), TABLE.codes["e-portfolio-0005"])(call)
    return success("s-portfolio-0005", "Get Net Position successfully!", {"positionList": rows})


def balance(call: Call) -> Response:
    limits = {"RMSSubLimits": reads.funds(wire.FUNDS)(call), "AccountID": call.account.user_id}
    segments: list[Mapping[str, object]] = [
        {"limitHeader": "ALL|ALL|ALL", "limitObject": limits},
        {"limitHeader": "MCXFO|ALL|ALL", "limitObject": {"RMSSubLimits": dict.fromkeys(wire.FUNDS.cells, "0")}},
    ]
    return success("s-user-0001", "Success", {"BalanceList": segments})


def person(call: Call) -> Response:
    return success("s-user-0001", "Success", wire.PERSON(call.account))
