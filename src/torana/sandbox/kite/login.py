"""Kite's login page, and the exchange of its request token for an access token.

Source: Kite Connect v3 documentation, login flow. The parameters of a cancelled login are not documented: the simulator
sends `status=cancelled` without a request token. What the real page asks for in two steps stands in one form here.
"""

import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode, urlsplit

from torana.market import calendar
from torana.sandbox import magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.front import App, Call
from torana.sandbox.kite import portfolio
from torana.sandbox.kite.errors import TokenError, success
from torana.sandbox.magic import LoginEnd
from torana.sandbox.sessions import CodeRefused
from torana.sandbox.web import Response

USER_ID_FORM = "AA0000"
REQUEST_TOKEN_SECONDS = 180.0
SESSIONS_END_AT = "06:00"
"""Wall time in India at which every access token of the day ends."""

_CODE = re.compile(r"[0-9]{6}")


async def page(call: Call) -> Response:
    """GET /connect/login?v=3&api_key=…[&redirect_params=…]"""
    return _login_page(call)


async def submit(call: Call) -> Response:
    """The login form. Sends the browser back to the app, unless something is wrong with what was typed."""
    app = _app(call)
    if app is None:
        return unknown_app()
    form = await call.request.form()
    params = parse_qsl(call.request.query.get("redirect_params", ""), keep_blank_values=True)
    if form.get("action") == "cancel":
        return back(app, params, status="cancelled")
    account = typed_account(call, form)
    if isinstance(account, str):
        return _login_page(call, problem=account, user_name=form.get("user_id", ""))
    special = magic.name_of(account.user_name)
    match special.end if special else LoginEnd.SUCCESS:
        case LoginEnd.NEVER:
            return pages.render("message.html", title="Still working", text="This simulated login never comes back.")
        case LoginEnd.CANCELLED:
            return back(app, params, status="cancelled")
        case LoginEnd.FAILED:
            return back(app, params, status="error")
        case LoginEnd.WRONG_STATE:
            params = [(name, f"{value[::-1]}x") for name, value in params]
        case LoginEnd.NO_STATE:
            params = []
        case _:
            pass
    return back(app, params, status="success", request_token=request_token(call, account, app))


def typed_account(call: Call, form: dict[str, str]) -> Account | str:
    """The client whose name was typed, or what is wrong with the form."""
    name = form.get("user_id", "").strip()
    if not name or len(name) > 60:
        return "Enter a user name."
    if not form.get("password"):
        return "Enter a password; any will do."
    if not _CODE.fullmatch(form.get("totp", "")):
        return "Enter a code of six digits; any will do."
    return call.exchange.accounts.at_login(call.dialect.broker, name, USER_ID_FORM)


def request_token(call: Call, account: Account, app: App) -> str:
    """A one-time token for the app, spoilt if the client's name asks for it."""
    special = magic.name_of(account.user_name)
    end = special.end if special else LoginEnd.SUCCESS
    if end is LoginEnd.UNKNOWN_CODE:
        return secrets.token_hex(16)
    seconds = -1.0 if end is LoginEnd.EXPIRED_CODE else REQUEST_TOKEN_SECONDS
    return call.sessions.issue_code(
        account, app.key, call.exchange.now(), seconds=seconds, used=end is LoginEnd.USED_CODE
    )


def back(app: App, params: Sequence[tuple[str, str]], *, status: str, request_token: str | None = None) -> Response:
    """Send the browser to the app's registered address."""
    answer = [("action", "login"), ("type", "login"), ("status", status)]
    if request_token is not None:
        answer.append(("request_token", request_token))
    joint = "&" if urlsplit(app.redirect_url).query else "?"
    return web.redirect(f"{app.redirect_url}{joint}{urlencode([*answer, *params])}")


def unknown_app() -> Response:
    return pages.render("message.html", status=400, title="Unknown app", text="Invalid `api_key`.")


async def exchange_token(call: Call) -> Response:
    """POST /session/token"""
    form = await call.request.form()
    app = call.world.apps.get(call.dialect.broker, {}).get(form.get("api_key", ""))
    if app is None:
        raise TokenError("Invalid `api_key`.")
    token = form.get("request_token", "")
    proof = sha256(f"{app.key}{token}{app.secret}".encode()).hexdigest()
    if not compare_digest(proof.encode(), form.get("checksum", "").encode()):
        raise TokenError("Invalid `checksum`.")
    now = call.exchange.now()
    try:
        account = call.sessions.redeem(token, app.key, now)
    except CodeRefused:
        raise TokenError("Token is invalid or has expired.") from None
    access_token = call.sessions.start(account, app.key, now, calendar.session_end(now, SESSIONS_END_AT))
    return success(portfolio.session_wire(account, app.key, access_token, secrets.token_hex(16), now))


async def log_out(call: Call) -> Response:
    """DELETE /session/token?api_key=…&access_token=…"""
    query = call.request.query
    session = call.sessions.find(query.get("access_token", ""))
    if session is None or session.app != query.get("api_key") or not session.live(call.exchange.now()):
        raise TokenError
    session.ended = True
    return success(True)


def _app(call: Call) -> App | None:
    return call.world.apps.get(call.dialect.broker, {}).get(call.request.query.get("api_key", ""))


def _login_page(call: Call, *, problem: str | None = None, user_name: str = "") -> Response:
    app = _app(call)
    if app is None or call.request.query.get("v") != "3":
        return unknown_app()
    return pages.render(
        "kite_login.html",
        app=app.key,
        problem=problem,
        user_name=user_name,
        basket=None,
        names=magic.NAMES.values(),
    )
