"""The login of every simulated broker: a page, a user name that decides how it ends, the way back to the app.

A dialect says what its page asks for, which app sent the browser, and which pairs lead back. What the browser carries
is a one-time code that the app exchanges, or the access token itself (`hands_over_token`).
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from torana.market import calendar
from torana.sandbox import magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dialect import Route, routes
from torana.sandbox.faults import Operation
from torana.sandbox.magic import LoginEnd
from torana.sandbox.refusals import Refusal, Refused
from torana.sandbox.sessions import CodeRefused
from torana.sandbox.visits import Visit
from torana.sandbox.web import Response
from torana.sandbox.world import App

Pairs: TypeAlias = list[tuple[str, str]]

LONGEST_NAME = 60
USER = "user_id"
"""The field of the page with the user name."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Something that the page asks for beside the user name."""

    name: str
    label: str
    problem: str
    """What the page says when it is not right."""
    pattern: str = ".+"
    value: str = ""
    """What stands in the field from the start."""
    hidden: bool = False
    """Not to be read over a shoulder."""


SIX_DIGITS = "[0-9]{6}"
PASSWORD = Typed("password", "Password (any)", "Enter a password; any will do.", value="secret", hidden=True)
PIN = Typed("pin", "PIN (any)", "Enter a PIN; any will do.", value="123456", hidden=True)
TOTP = Typed("totp", "TOTP (any six digits)", "Enter a TOTP of six digits.", SIX_DIGITS, "000000")
OTP = Typed("otp", "OTP (any six digits)", "Enter an OTP of six digits.", SIX_DIGITS, "000000")


@dataclass(frozen=True, slots=True)
class Back:
    """How a login ended, for the dialect to put into pairs.

    `end` is SUCCESS, CANCELLED or FAILED. `proof` is the code or the token, empty unless it succeeded. `sent` is what
    the app gave along and wants back, spoilt if the user name asks for it.
    """

    end: LoginEnd
    sent: Pairs
    proof: str = ""
    account: Account | None = None


def app_in_query(
    name: str, unknown: Refusal, address: str | None = None, elsewhere: Refusal | None = None
) -> Callable[[Call], App]:
    """The app whose key stands in this field of the address of the page. `address`: the field that has to repeat where
    the app is registered to be, refused as `elsewhere`."""

    def found(call: Call) -> App:
        app = call.known_app(call.request.query.get(name, ""), unknown.refused())
        if address is not None and call.request.query.get(address) != app.redirect_url:
            raise (elsewhere or unknown).refused()
        return app

    return found


def visit_in_query(call: Call, gone: Refused, *names: str) -> Visit:
    """The login that an app began, whose key stands in one of these fields of the address. Raises `gone`."""
    query = call.request.query
    found = call.world.visits.find(next((query[name] for name in names if query.get(name)), ""))
    if found is None:
        raise gone
    return found


def code_as(name: str) -> Callable[[Back], Pairs]:
    """The proof under this name, if the login brought one, then what the app sent along."""
    return lambda back: [*([(name, back.proof)] if back.proof else []), *back.sent]


def daily(wall_time: str) -> Callable[[datetime], datetime]:
    """Sessions that end at this wall time in India (`HH:MM`), whenever they began."""
    return lambda now: calendar.session_end(now, wall_time)


@dataclass(frozen=True, slots=True)
class Login:
    """The login of one broker."""

    broker: str
    name: str
    """As people know it."""
    until: str
    """When a session ends, in words: `06:00 tomorrow`."""
    ends: Callable[[datetime], datetime]
    """When a session that begins now ends."""
    user_id_form: str
    """The shape of client ids: `A` for a letter, `0` for a digit."""
    app_of: Callable[[Call], App]
    """The app that sent the browser. Raises `Refused`."""
    back: Callable[[Back], Pairs]
    """What is added to the app's address."""
    sent: Callable[[Call], Pairs] = lambda call: []
    """What the app gave along."""
    typed: tuple[Typed, ...] = ()
    code_seconds: float = 60.0
    """How long a code is good."""
    hands_over_token: bool = False
    redirect_status: int = 302
    posts_back: bool = False
    """The browser goes back by a form (POST) that somebody sends on, not by a redirect."""

    def routes(self, path: str, *, page: bool = False) -> tuple[Route, ...]:
        """`page`: refusals are shown as pages."""
        shown, sent = ("GET", path, Operation.LOGIN, self.show), ("POST", path, Operation.LOGIN, self.submit)
        return routes("", shown, sent, session=False, page=page)

    async def show(self, call: Call) -> Response:
        """GET: the page."""
        return self.page(self.app_of(call), expected=call.world.next_user)

    async def submit(self, call: Call) -> Response:
        """POST: sends the browser back to the app, unless something is wrong with what was typed."""
        app, sent = self.app_of(call), self.sent(call)
        form = await call.request.form()
        call.world.next_user = ""
        if form.get("action") == "cancel":
            return self.send_back(app, Back(LoginEnd.CANCELLED, sent))
        account = self.typed_account(call, form)
        if isinstance(account, str):
            return self.page(app, problem=account, user_name=form.get(USER, ""))
        match end_of(account):
            case LoginEnd.NEVER:
                return pages.render(
                    "message.html", title="Still working", text="This simulated login never comes back."
                )
            case LoginEnd.CANCELLED | LoginEnd.FAILED as end:
                return self.send_back(app, Back(end, sent))
            case LoginEnd.WRONG_STATE:
                sent = [(name, f"{value[::-1]}x") for name, value in sent]
            case LoginEnd.NO_STATE:
                sent = []
            case _:
                pass
        return self.send_back(app, Back(LoginEnd.SUCCESS, sent, self.proof(call, account, app), account))

    def typed_account(self, call: Call, form: Mapping[str, str]) -> Account | str:
        """The client whose name was typed, or what is wrong with the form."""
        name = form.get(USER, "").strip()
        if not name or len(name) > LONGEST_NAME:
            return "Enter a user name."
        for wanted in self.typed:
            if not re.fullmatch(wanted.pattern, form.get(wanted.name, "")):
                return wanted.problem
        return self.account(call, name)

    def account(self, call: Call, name: str) -> Account:
        """The client of this name, made if there is none yet."""
        account = call.exchange.accounts.at_login(self.broker, name, self.user_id_form)
        if self.hands_over_token:
            _move_token_faults(account)
        return account

    def proof(self, call: Call, account: Account, app: App) -> str:
        """The code or the token that the browser carries, spoilt if the user name asks for it."""
        end, now = end_of(account), call.exchange.now()
        if end is LoginEnd.UNKNOWN_CODE:
            return secrets.token_hex(16)
        if not self.hands_over_token:
            seconds = -1.0 if end is LoginEnd.EXPIRED_CODE else self.code_seconds
            return call.sessions.issue_code(account, app.key, now, seconds=seconds, used=end is LoginEnd.USED_CODE)
        token = self.start(call, account, app)
        if (session := call.sessions.find(token)) and end is LoginEnd.EXPIRED_CODE:
            session.ends_at = now
        elif session and end is LoginEnd.USED_CODE:
            session.ended = True
        return token

    def redeem(self, call: Call, app: App, code: str, refused: Refused) -> tuple[Account, str]:
        """Use a code: whose it was, and a new access token. Raises `refused` for a code that is not good."""
        try:
            account = call.sessions.redeem(code, app.key, call.exchange.now())
        except CodeRefused:
            raise refused from None
        return account, self.start(call, account, app)

    def start(self, call: Call, account: Account, app: App) -> str:
        """A new access token; an earlier one of the same client and app ends."""
        now = call.exchange.now()
        return call.sessions.start(account, app.key, now, self.ends(now))

    def send_back(self, app: App, back: Back) -> Response:
        if self.posts_back:
            return pages.render("post_back.html", login=self, to=app.redirect_url, pairs=self.back(back))
        return web.redirect(self.address(app, back), self.redirect_status)

    def address(self, app: App, back: Back) -> str:
        """Where the browser goes from here: the app's registered address, and how the login ended."""
        joint = "&" if urlsplit(app.redirect_url).query else "?"
        return f"{app.redirect_url}{joint}{urlencode(self.back(back))}"

    def page(
        self, app: App, *, problem: str | None = None, user_name: str = "", orders: int = 0, expected: str = ""
    ) -> Response:
        """The page; `orders`: how many the browser brings along for review. `expected`: who is to log in: the page has
        their name typed in, and whatever else it asks for."""
        return pages.render(
            "login.html",
            login=self,
            app=app.key,
            problem=problem,
            user_name=user_name or expected,
            expected=expected,
            orders=orders,
            names=magic.NAMES.values(),
        )


def end_of(account: Account) -> LoginEnd:
    """How the client's user name wants logins to end."""
    special = magic.name_of(account.user_name)
    return special.end if special else LoginEnd.SUCCESS


def _move_token_faults(account: Account) -> None:
    """What goes wrong with the exchange of a code elsewhere goes wrong with the first question about a token here."""
    for fault in account.faults:
        if fault.operation == Operation.TOKEN:
            fault.operation = Operation.PROFILE.value
