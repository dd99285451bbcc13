"""The platform's logins: that of a third party in the browser, and the session of an app."""

import json
from collections.abc import Mapping
from dataclasses import replace

from torana.sandbox.call import Call
from torana.sandbox.login import PASSWORD, TOTP, Back, Login, Pairs, daily
from torana.sandbox.web import FORM, Response
from torana.sandbox.world import App
from torana.sandbox.xts.errors import TABLE, malformed, success

OWN_CLIENT = "app-owner"
"""The client to whom an app belongs: who logs in without a browser."""


def login(broker: str, name: str) -> Login:
    return Login(
        broker=broker, name=name, until="midnight", ends=daily("00:00"), user_id_form="AA0000",
        app_of=_app_of, back=_back, posts_back=True, typed=(PASSWORD, TOTP),
    )  # fmt: skip


def _app_of(call: Call) -> App:
    """The app, with the address to which this browser goes back."""
    app = call.known_app(call.request.query.get("appKey", ""), TABLE.refused("e-session-0003"))
    to = call.request.query.get("returnURL", "")
    if to != app.redirect_url and not to.startswith((f"{app.redirect_url}/", f"{app.redirect_url}?")):
        raise malformed("returnURL", to)
    return replace(app, redirect_url=to)


def _back(back: Back) -> Pairs:
    client = {} if back.account is None else {"userID": back.account.user_id}
    return [("session", json.dumps({**client, **({"accessToken": back.proof} if back.proof else {})}))]


async def _given(call: Call) -> Mapping[str, object]:
    """The official client sends a form as long as it has no token, everybody else JSON."""
    if call.request.content_type == FORM:
        return await call.request.form()
    return await call.json_object(malformed("body"))


async def start(call: Call, of: Login) -> Response:
    given = await _given(call)
    app = call.proven_app(given.get("appKey"), given.get("secretKey"), TABLE.refused("e-session-0003"))
    if (code := given.get("accessToken")) is None:
        account = of.account(call, OWN_CLIENT)
        token = of.start(call, account, app)
    else:
        account, token = of.redeem(call, app, str(code), TABLE.refused("e-session-0002"))
    enums = {"orderSide": ["BUY", "SELL"], "productType": ["CNC", "MIS", "NRML"], "timeInForce": ["DAY", "IOC"]}
    client = {"userID": account.user_id, "clientCodes": [account.user_id], "isInvestorClient": True}
    result = {"enums": enums, **client, "token": token, "exchangeSegmentArray": [], "isOneTouchUser": False}
    return success("s-user-0001", "Valid User.", result)


def end(call: Call) -> Response:
    call.session.ended = True
    return success("s-user-0001", "User logged out successfully", {})
