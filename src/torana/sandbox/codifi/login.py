"""The platform's login: a page that is opened with the key of the app, a code and the client's id in the redirect, and
a checksum over client, code and secret that makes a session of them. No state goes along or comes back.

How a login that was cancelled comes back is not documented: without a code, the simulator chose.
"""

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest

from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.login import PASSWORD, Back, Login, Pairs, daily
from torana.sandbox.order_form import decoded
from torana.sandbox.refusals import Refused
from torana.sandbox.sessions import Code


def login(
    broker: str, name: str, user_id_form: str, app_field: str, user_field: str, unknown_app: Callable[[], Refused]
) -> Login:  # fmt: skip
    def back(ended: Back) -> Pairs:
        if not ended.proof or ended.account is None:
            return []
        return [("authCode", ended.proof), (user_field, ended.account.user_id)]

    return Login(
        broker=broker, name=name, until="midnight", ends=daily("00:00"), user_id_form=user_id_form,
        app_of=lambda call: call.known_app(call.request.query.get(app_field, ""), unknown_app()),
        back=back, typed=(PASSWORD,),
    )  # fmt: skip


async def whose(call: Call) -> Account | None:
    """The client of the code that the checksum is over."""
    return call.sessions.owner_of(await _code(call) or "")


async def redeem(call: Call, of: Login, wrong: Refused) -> tuple[Account, str]:
    """Whose code it was, and a new access token. Raises `wrong`."""
    code = await _code(call)
    app = call.app(call.sessions.app_of(code)) if code else None
    if code is None or app is None:
        raise wrong
    return of.redeem(call, app, code, wrong)


async def _code(call: Call) -> str | None:
    """The code behind the checksum, good or not."""
    try:
        body = decoded(await call.request.body())
    except ValueError:
        return None
    told = body.get("checkSum") if isinstance(body, dict) else None

    def fits(text: str, code: Code) -> bool:
        app = call.app(code.app)
        proof = sha256(f"{code.account.user_id}{text}{app.secret if app else ''}".encode()).hexdigest()
        return app is not None and compare_digest(proof.encode(), str(told).encode())

    return call.sessions.code_where(fits)
