"""Shares that are released at the depository: calls of API v2, and CDSL's page."""

import binascii
from base64 import b64decode
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from torana.kit.clock import IST
from torana.sandbox import depository_pages
from torana.sandbox.call import Call
from torana.sandbox.dialect import routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.fyers.errors import TABLE
from torana.sandbox.fyers.wire import EXCHANGES, ticker
from torana.sandbox.order_form import objects
from torana.sandbox.securities import by_isin

_CDSL = "/fyers/cdsl/eDIS/VerifyDIS"


async def _index(call: Call) -> dict[str, object]:
    """A page with the form that the browser takes to CDSL. Each record names its share twice."""
    wrong = TABLE.refused("50", "Please provide a valid input for recordLst")
    records = objects((await call.json_object(wrong)).get("recordLst"), wrong)
    quantities = dict[str, int]()
    for one in records:
        isin, shares, symbol = (one.get(name) for name in ("isin_code", "qty", "symbol"))
        named = isinstance(shares, str) and shares.isascii() and shares.isdecimal() and int(shares) > 0
        if not named or isin not in call.account.holdings or symbol not in _tickers(str(isin)):
            raise wrong
        quantities[str(isin)] = int(str(shares))
    handed_out = depository_pages.hand_out(call, quantities, digits=12, depository_id="89400")
    fields = depository_pages.hidden_fields(handed_out, "/>")
    form = f'<form name= "frmDIS" method = "post" action= "{call.world.url}{_CDSL}" >{fields}'
    return {"data": f'<table><tr><td>{form}<input type= "submit" value="Submit"></form></td></tr></table>'}


def _tickers(isin: str) -> set[str]:
    return {ticker(one) for exchange in EXCHANGES if (one := by_isin(isin, exchange)) is not None}


def _details(call: Call) -> dict[str, object]:
    """What was released on any day: whoever releases share by share has done so the day before as well."""
    today = call.exchange.now().astimezone(IST).date()
    yesterday, numbers = today - timedelta(days=1), count(1)
    rows = list[dict[str, object]]()
    for isin, held in call.account.holdings.items():
        if call.account.needs_edis and held.quantity:
            rows.append(_row(call, isin, held.quantity, yesterday, next(numbers)))
        rows += [_row(call, isin, one.shares, today, next(numbers)) for one in held.released]
    return {"data": rows}


def _row(call: Call, isin: str, shares: int, day: date, number: int) -> dict[str, object]:
    written = f"{day:%d/%m/%Y}"
    return {
        "clientId": call.account.user_id, "isin": isin, "qty": float(shares), "qtyUtlize": 0.0,
        "entryDate": f"{written} 09:31:04", "startDate": written, "endDate": written, "noOfDays": 1, "source": "W",
        "status": "SUCCESS", "reason": "eDIS Transaction done successfully", "internalTxnId": f"{number:06d}",
        "dpTxnId": f"{day:%d%m%Y}{number:08d}", "errCode": "NA", "errorCount": "0",
        "transactionId": f"{day:%y%m%d}{number:06d}",
    }  # fmt: skip


async def _inquiry(call: Call) -> dict[str, object]:
    """By the id of a transaction, in base64."""
    wrong = TABLE.refused("50", "Please provide a valid input for transactionId")
    given = (await call.json_object(wrong)).get("transactionId")
    try:
        wanted = b64decode(str(given), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise wrong from None
    rows = _details(call)["data"]
    if not isinstance(rows, list) or wanted not in {row["transactionId"] for row in rows}:
        raise wrong
    return {"data": {"FAILED_CNT": 0, "SUCEESS_CNT": 1}}


ROUTES = routes(
    "/api/v2",
    ("GET", "/tpin", On.AUTHORISE, lambda call: {"data": ""}),
    ("GET", "/details", On.AUTHORISE, _details),
    ("POST", "/index", On.AUTHORISE, _index),
    ("POST", "/inquiry", On.AUTHORISE, _inquiry),
)
AT_CDSL = depository_pages.cdsl_routes("/eDIS/VerifyDIS", "Fyers", replace(TABLE.codes["50"], text="Bad request"))
