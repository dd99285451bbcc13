"""OAuth 2.0 as brokers run it: the dialog to which an app sends a browser, and the exchange of its code for a token."""

from collections.abc import Callable
from enum import StrEnum
from hmac import compare_digest

from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.login import Back, Login, Pairs
from torana.sandbox.magic import LoginEnd
from torana.sandbox.order_form import Fault
from torana.sandbox.refusal_table import Table
from torana.sandbox.refusals import Refused
from torana.sandbox.web import FORM
from torana.sandbox.world import App

_ENDS = {LoginEnd.CANCELLED: "access_denied", LoginEnd.FAILED: "server_error"}


class Problem(StrEnum):
    """What is wrong with a request for the dialog (the first two) or for a token."""

    CLIENT = "client"
    """An app that nobody knows, or another address than its own."""
    RESPONSE_TYPE = "response_type"
    NOT_A_FORM = "not_a_form"
    GRANT_TYPE = "grant_type"
    SECRET = "secret"
    """An app that nobody knows, or a wrong secret."""
    ADDRESS = "address"
    CODE = "code"


def _refuse(table: Table, problem: Problem, value: object = None) -> Refused:
    """The broker's refusal, by `oauth` in its table or else as of a field; the value is what was sent."""
    line = table.line("oauth", problem.value)
    return line.refused() if line else table.of_field(problem.value, Fault.INVALID, value)


def app_of(table: Table) -> Callable[[Call], App]:
    """The app that sent the browser to the dialog."""

    def found(call: Call) -> App:
        query = call.request.query
        app = call.app(query.get("client_id", ""))
        if app is None or query.get("redirect_uri") != app.redirect_url:
            raise _refuse(table, Problem.CLIENT)
        if query.get("response_type") != "code":
            raise _refuse(table, Problem.RESPONSE_TYPE, query.get("response_type"))
        return app

    return found


def sent(call: Call) -> Pairs:
    """The state, which goes back as it came."""
    return [(name, value) for name, value in call.request.query.items() if name == "state" and value]


def back(ended: Back) -> Pairs:
    """A code, or an error as the standard names it."""
    end = ("error", _ENDS[ended.end]) if ended.end in _ENDS else ("code", ended.proof)
    return [end, *ended.sent]


async def redeem(call: Call, login: Login, table: Table) -> tuple[Account, str]:
    """The form that exchanges a code: whose it was, and a new access token. Raises `Refused`."""
    if call.request.content_type != FORM:
        raise _refuse(table, Problem.NOT_A_FORM)
    form = await call.request.form()
    if form.get("grant_type") != "authorization_code":
        raise _refuse(table, Problem.GRANT_TYPE, form.get("grant_type"))
    app = call.app(form.get("client_id", ""))
    if app is None or not compare_digest(app.secret.encode(), form.get("client_secret", "").encode()):
        raise _refuse(table, Problem.SECRET)
    if form.get("redirect_uri") != app.redirect_url:
        raise _refuse(table, Problem.ADDRESS)
    return login.redeem(call, app, form.get("code", ""), _refuse(table, Problem.CODE))
