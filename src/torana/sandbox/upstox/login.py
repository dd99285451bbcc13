"""Login: the dialog, the exchange of its code for a token, logout.

How the real dialog comes back when the investor cancels is not documented: the simulator answers as OAuth 2.0 does,
with `error`. Nor is how long a code is good. Source: Upstox developer API documentation, authorize, get token, logout.
"""

import secrets

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.magic import LoginEnd
from torana.sandbox.upstox.account import person
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.web import Response
from torana.sandbox.world import App

_ERRORS = {LoginEnd.CANCELLED: "access_denied", LoginEnd.FAILED: "server_error"}


def _app_of(call: Call) -> App:
    query = call.request.query
    app = call.app(query.get("client_id", ""))
    if app is None or query.get("redirect_uri") != app.redirect_url:
        raise refused(Code.CLIENT_OR_REDIRECT_WRONG)
    if query.get("response_type") != "code":
        raise refused(Code.INVALID_INPUT, "response_type", query.get("response_type"))
    return app


def _sent(call: Call) -> Pairs:
    return [(name, value) for name, value in call.request.query.items() if name == "state" and value]


def _back(back: Back) -> Pairs:
    end = ("error", _ERRORS[back.end]) if back.end in _ERRORS else ("code", back.proof)
    return [end, *back.sent]


LOGIN = Login(
    broker="upstox",
    name="Upstox",
    until="03:30 tomorrow",
    ends=daily("03:30"),
    user_id_form="0AAA00",
    app_of=_app_of,
    sent=_sent,
    back=_back,
    typed=(Typed("pin", "PIN (any six digits)", "Enter a PIN of six digits; any will do.", SIX_DIGITS, "000000"),),
    code_seconds=60.0,
    redirect_status=303,
)


async def token(call: Call) -> Response:
    """The answer has no envelope."""
    if not call.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise refused(Code.MALFORMED_INPUT)
    form = await call.request.form()
    if form.get("grant_type") != "authorization_code":
        raise refused(Code.INVALID_INPUT, "grant_type", form.get("grant_type"))
    app = call.app(form.get("client_id", ""))
    if app is None or not secrets.compare_digest(app.secret.encode(), form.get("client_secret", "").encode()):
        raise refused(Code.CLIENT_OR_SECRET_WRONG)
    if form.get("redirect_uri") != app.redirect_url:
        raise refused(Code.REDIRECT_WRONG)
    account, access_token = LOGIN.redeem(call, app, form.get("code", ""), refused(Code.AUTH_CODE_WRONG))
    return web.json(person(account) | {"access_token": access_token, "extended_token": None})


def logout(call: Call) -> object:
    call.session.ended = True
    return True
