"""The publisher login, and the way by password that the official client takes. Both bring the token itself."""

import secrets

from torana.sandbox.angelbroking.errors import app_of, body_of, line, refuse
from torana.sandbox.call import Call
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.world import App

BROKER = "angelbroking"


def _sent_by(call: Call) -> App:
    app = call.app(call.request.query.get("api_key", ""))
    if app is None:
        raise line("AG8004", 400).refused()
    return app


def _back(back: Back) -> Pairs:
    proof = [("auth_token", back.proof), ("feed_token", secrets.token_hex(8))] if back.proof else []
    return [*proof, *back.sent]


LOGIN = Login(
    broker=BROKER, name="Angel One", until="midnight", ends=daily("00:00"), user_id_form="A000000",
    app_of=_sent_by, back=_back, hands_over_token=True,
    sent=lambda call: [pair for pair in call.request.query_pairs if pair[0] == "state"],
    typed=(
        Typed("pin", "PIN (any)", "Enter a PIN; any will do.", value="1234", hidden=True),
        Typed("totp", "TOTP (any six digits)", "Enter a TOTP of six digits.", SIX_DIGITS, "000000"),
    ),
)  # fmt: skip


async def log_in_by_password(call: Call) -> object:
    """The way of the official client, which investors' own programs use."""
    body = await body_of(call)
    user, totp = body.get("clientcode"), str(body.get("totp"))
    if not isinstance(user, str) or not user or not body.get("password") or len(totp) != 6 or not totp.isdigit():
        raise refuse("AB1000")
    account = call.exchange.accounts.find(BROKER, user) or LOGIN.account(call, user)
    return _tokens(LOGIN.start(call, account, app_of(call))) | {"state": body.get("state")}


async def renew(call: Call) -> object:
    """The refresh token is the token before, spelled backwards: it is good while that one is."""
    before = call.sessions.find(str((await body_of(call)).get("refreshToken"))[::-1])
    if before is None or before.app != app_of(call).key or not before.live(call.exchange.now()):
        raise refuse("AB8050")
    return _tokens(LOGIN.start(call, before.account, app_of(call)))


def _tokens(token: str) -> dict[str, object]:
    return {"jwtToken": token, "refreshToken": token[::-1], "feedToken": secrets.token_hex(8)}


async def log_out(call: Call) -> object:
    if (await body_of(call)).get("clientcode") != call.account.user_id:
        raise refuse("AB2000")
    call.session.ended = True
    return ""
