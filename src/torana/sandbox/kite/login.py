"""Kite's login page, and the exchange of its request token for an access token.

Source: Kite Connect v3 documentation, login flow. The parameters of a cancelled login are not documented: the simulator
sends `status=cancelled` without a request token. What the real page asks for in two steps stands in one form here.
"""

import secrets
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import parse_qsl

from torana.sandbox.call import Call
from torana.sandbox.kite import account
from torana.sandbox.kite.errors import input_error, success, token_error
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.magic import LoginEnd
from torana.sandbox.web import Response
from torana.sandbox.world import App

_STATUS = {LoginEnd.SUCCESS: "success", LoginEnd.CANCELLED: "cancelled", LoginEnd.FAILED: "error"}


def known_app(call: Call, key: str) -> App:
    """Raises `Refused`."""
    app = call.app(key)
    if app is None:
        raise input_error("Invalid `api_key`.")
    return app


def _app_of(call: Call) -> App:
    if call.request.query.get("v") != "3":
        raise input_error("Invalid `v`.")
    return known_app(call, call.request.query.get("api_key", ""))


def _sent(call: Call) -> Pairs:
    return parse_qsl(call.request.query.get("redirect_params", ""), keep_blank_values=True)


def _back(back: Back) -> Pairs:
    proof = [("request_token", back.proof)] if back.proof else []
    return [("action", "login"), ("type", "login"), ("status", _STATUS[back.end]), *proof, *back.sent]


LOGIN = Login(
    broker="kite",
    name="Zerodha",
    until="06:00 tomorrow",
    ends=daily("06:00"),
    user_id_form="AA0000",
    app_of=_app_of,
    sent=_sent,
    back=_back,
    typed=(
        Typed("password", "Password (any)", "Enter a password; any will do.", value="simulated", hidden=True),
        Typed(
            "totp", "External TOTP (any six digits)", "Enter a code of six digits; any will do.", SIX_DIGITS, "000000"
        ),
    ),
    code_seconds=180.0,
)


async def exchange_token(call: Call) -> Response:
    """POST /session/token"""
    form = await call.request.form()
    app = call.app(form.get("api_key", ""))
    if app is None:
        raise token_error("Invalid `api_key`.")
    code = form.get("request_token", "")
    proof = sha256(f"{app.key}{code}{app.secret}".encode()).hexdigest()
    if not compare_digest(proof.encode(), form.get("checksum", "").encode()):
        raise token_error("Invalid `checksum`.")
    client, token = LOGIN.redeem(call, app, code, token_error("Token is invalid or has expired."))
    return success(account.session(client, app.key, token, secrets.token_hex(16), call.exchange.now()))


async def log_out(call: Call) -> Response:
    """DELETE /session/token?api_key=…&access_token=…"""
    query = call.request.query
    session = call.sessions.find(query.get("access_token", ""))
    if session is None or session.app != query.get("api_key") or not session.live(call.exchange.now()):
        raise token_error("Incorrect `api_key` or `access_token`.")
    session.ended = True
    return success(True)
