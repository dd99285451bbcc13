"""Releasing shares at the depository: what the app asks of SmartAPI, and CDSL's page in the investor's browser."""

import secrets

from torana.sandbox import pages
from torana.sandbox.angelbroking.errors import body_of, line, refuse
from torana.sandbox.call import Call
from torana.sandbox.depository import Step, type_secret
from torana.sandbox.order_form import Reader
from torana.sandbox.prices import listed
from torana.sandbox.web import Response


async def verify_dis(call: Call) -> object:
    """Begins an authorisation; it is the browser that takes it to CDSL."""
    read = Reader(await body_of(call), lambda field, fault, value: refuse("AG2001"))
    isin, quantity = read.text("isin"), read.whole("quantity", least=1)
    symbol = next((held for held in call.account.holdings if listed()[held].isin == isin), None)
    if symbol is None:
        raise refuse("AG2001")
    key = f"{secrets.randbelow(10**16):016d}"
    details = {"ReqId": key, "ReturnURL": None, "DPId": None, "BOID": None, "TransDtls": None, "version": "1.1"}
    if call.account.holding(symbol).authorised >= quantity:
        raise line("AG1000").refused(value=details)
    call.world.depository.open(call.account, {symbol: quantity}, key=key)
    demat = {"DPId": "33200", "BOID": "1203320000000000", "TransDtls": secrets.token_urlsafe(48)}
    return details | demat | {"ReturnURL": f"{call.world.url}/angelbroking/cdsl/returned"}


async def tran_status(call: Call) -> object:
    wanted = call.world.depository.find(str((await body_of(call)).get("ReqId")))
    if wanted is None or wanted.account is not call.account:
        raise refuse("AG2001")
    status = "1" if wanted.step is Step.DONE else "0"
    row = {"TxnReqId": wanted.key, "TxnId": wanted.key, "Status": status, "Errorcode": ""}
    ids = {"ReqId": wanted.key, "ReqType": "D", "ResId": wanted.key, "ResStatus": "0", "ResError": "", "Remarks": ""}
    return {"TransResDtls": {**ids, "RecordResDtls": [row]}}


async def verify_at_cdsl(call: Call) -> Response:
    """CDSL's page. It goes back to Angel One and not to the app: the app asks."""
    form = await call.request.form()
    wanted = call.world.depository.find(form.get("ReqId") or call.request.query.get("ReqId", ""))
    if wanted is None:
        raise line("AG2001", 400).refused()
    if form.get("action") == "cancel":
        wanted.step = Step.REFUSED
    elif "action" in form:
        type_secret(call.exchange, wanted, form)
    if wanted.over:
        told = "The shares are released for today." if wanted.step is Step.DONE else "Nothing was released."
        return pages.render("message.html", title="CDSL", text=f"{told} You can close this page.")
    return pages.render(
        "authorise.html", wanted=wanted, broker="Angel One", action=f"?ReqId={wanted.key}", value="", strict=True,
        go=("authorise", "Authorise"), leave=("cancel", "Cancel"),
    )  # fmt: skip
