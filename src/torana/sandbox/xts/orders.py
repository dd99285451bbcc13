"""Orders and what a client has: how requests are read and answered."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.order_table import OrderTable
from torana.sandbox.securities import by_token
from torana.sandbox.web import Response
from torana.sandbox.xts import wire
from torana.sandbox.xts.errors import TABLE, malformed, success

ORDER = OrderTable(TABLE.of_field, """
    exchange    exchangeSegment        one of NSECM=NSE BSECM=BSE, not NSEFO NSECD BSEFO BSECD MCXFO
    -           exchangeInstrumentID   whole from 1
    product     productType            one of CNC, not MIS NRML
    order_type  orderType              one of LIMIT MARKET, not STOPLIMIT STOPMARKET
    side        orderSide              one of BUY SELL
    validity    timeInForce            one of DAY IOC, not GTC GTD EOS
    disclosed   disclosedQuantity      whole from 0
    quantity    orderQuantity          whole from 1
    price       limitPrice             price
    -           stopPrice              number from 0
    tag         orderUniqueIdentifier  text upto 20, else null
    -           apiOrderSource         text, else null
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    -           modifiedProductType        one of CNC, not MIS NRML
    order_type  modifiedOrderType          one of LIMIT MARKET, not STOPLIMIT STOPMARKET
    quantity    modifiedOrderQuantity      whole from 1
    -           modifiedDisclosedQuantity  whole from 0
    price       modifiedLimitPrice         price
    -           modifiedStopPrice          number from 0
    -           modifiedTimeInForce        one of DAY IOC, not GTC GTD EOS
""")  # fmt: skip


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
    if call.request.query.get("dayOrNet") not in ("DayWise", "NetWise"):
        raise malformed("dayOrNet")
    rows = reads.some(reads.positions(wire.POSITION, 2), TABLE.codes["e-portfolio-0005"])(call)
    return success("s-portfolio-0005", "Get Net Position successfully!", {"positionList": rows})


def balance(call: Call) -> Response:
    limits = {"RMSSubLimits": reads.funds(wire.FUNDS)(call), "AccountID": call.account.user_id}
    segments: list[Mapping[str, object]] = [
        {"limitHeader": "ALL|ALL|ALL", "limitObject": limits},
        {"limitHeader": "MCXFO|ALL|ALL", "limitObject": {"RMSSubLimits": dict.fromkeys(wire.LIMITS, "0")}},
    ]
    return success("s-user-0001", "Success", {"BalanceList": segments})


def person(call: Call) -> Response:
    return success("s-user-0001", "Success", wire.PERSON(call.account))
