"""Login: the dialog, the exchange of its code for a token, logout.

How the real dialog comes back when the investor cancels is not documented: the simulator answers as OAuth 2.0 does,
with `error`. Source: Upstox developer API documentation, authorize, get token, logout.
"""

import re
import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

from torana.market.calendar import session_end
from torana.sandbox import magic, web
from torana.sandbox.accounts import Account
from torana.sandbox.front import App, Call
from torana.sandbox.magic import LoginEnd
from torana.sandbox.sessions import CodeRefused
from torana.sandbox.upstox import pages
from torana.sandbox.upstox.access import BROKER, TOKENS_END, USER_ID_FORM, session_of
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.upstox.portfolio import person

CODE_SECONDS = 60.0
"""How long the code of a login is good. The real time is not documented."""
LONGEST_NAME = 60

_PIN = re.compile(r"[0-9]{6}")


async def show_dialog(call: Call) -> web.Response:
    return _dialog(_dialog_app(call))


async def use_dialog(call: Call) -> web.Response:
    """The investor pressed a button of the dialog."""
    app = _dialog_app(call)
    form = await call.request.form()
    user = form.get("user_id", "").strip()
    if form.get("action") == "cancel":
        return _back(call, app, error="access_denied")
    if not user or len(user) > LONGEST_NAME:
        return _dialog(app, problem="Enter a user name.")
    if not _PIN.fullmatch(form.get("pin", "")):
        return _dialog(app, problem="Enter a PIN of six digits; any will do.")
    account = call.exchange.accounts.at_login(BROKER, user, USER_ID_FORM)
    special = magic.name_of(user)
    return _end(call, app, account, special.end if special else LoginEnd.SUCCESS)


async def token(call: Call) -> web.Response:
    """The answer has no envelope."""
    if not call.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refused(Code.MALFORMED_INPUT)
    form = await call.request.form()
    if form.get("grant_type") != "authorization_code":
        raise Refused(Code.INVALID_INPUT, "grant_type", form.get("grant_type"))
    app = call.world.apps[BROKER].get(form.get("client_id", ""))
    if app is None or not secrets.compare_digest(app.secret.encode(), form.get("client_secret", "").encode()):
        raise Refused(Code.CLIENT_OR_SECRET_WRONG)
    if form.get("redirect_uri") != app.redirect_url:
        raise Refused(Code.REDIRECT_WRONG)
    now = call.exchange.now()
    try:
        account = call.sessions.redeem(form.get("code", ""), app.key, now)
    except CodeRefused:
        raise Refused(Code.AUTH_CODE_WRONG) from None
    access_token = call.sessions.start(account, app.key, now, session_end(now, TOKENS_END))
    standing = {"poa": False, "is_active": not account.blocked}
    return web.json(person(account) | standing | {"access_token": access_token, "extended_token": None})


async def logout(call: Call) -> web.Response:
    session_of(call).ended = True
    return web.json({"status": "success", "data": True})


def _dialog_app(call: Call) -> App:
    """The app that sent the browser here. Raises `Refused`."""
    query = call.request.query
    app = call.world.apps[BROKER].get(query.get("client_id", ""))
    if app is None or query.get("redirect_uri") != app.redirect_url:
        raise Refused(Code.CLIENT_OR_REDIRECT_WRONG)
    if query.get("response_type") != "code":
        raise Refused(Code.INVALID_INPUT, "response_type", query.get("response_type"))
    return app


def _dialog(app: App, problem: str | None = None) -> web.Response:
    return pages.render("login.html", app=app.key, problem=problem, names=magic.NAMES.values())


def _end(call: Call, app: App, account: Account, end: LoginEnd) -> web.Response:
    now = call.exchange.now()
    match end:
        case LoginEnd.CANCELLED:
            return _back(call, app, error="access_denied")
        case LoginEnd.FAILED:
            return _back(call, app, error="server_error")
        case LoginEnd.NEVER:
            text = "Upstox is taking longer than usual. Please wait."
            return pages.render("message.html", title="One moment", text=text, code=None)
        case LoginEnd.EXPIRED_CODE:
            return _back(call, app, code=call.sessions.issue_code(account, app.key, now, seconds=-1.0))
        case LoginEnd.USED_CODE:
            return _back(
                call, app, code=call.sessions.issue_code(account, app.key, now, seconds=CODE_SECONDS, used=True)
            )
        case LoginEnd.UNKNOWN_CODE:
            return _back(call, app, code=secrets.token_hex(16))
    code = call.sessions.issue_code(account, app.key, now, seconds=CODE_SECONDS)
    if end is LoginEnd.WRONG_STATE:
        return _back(call, app, state=secrets.token_hex(16), code=code)
    if end is LoginEnd.NO_STATE:
        return _back(call, app, state=None, code=code)
    return _back(call, app, code=code)


_SENT = "the value that was sent"


def _back(call: Call, app: App, *, state: str | None = _SENT, **values: str) -> web.Response:
    """Send the browser to the app, with the state it gave unless another one is named."""
    echoed = call.request.query.get("state") if state is _SENT else state
    pairs = list(values.items()) + ([("state", echoed)] if echoed else [])
    parts = urlsplit(app.redirect_url)
    query = "&".join(part for part in (parts.query, urlencode(pairs)) if part)
    return web.redirect(urlunsplit(parts._replace(query=query)), 303)
