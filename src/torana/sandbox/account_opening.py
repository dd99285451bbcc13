"""The page on which somebody opens an account at a simulated broker, by the form of docs/account-opening.md. It tells
whoever sent them how far the account is: signed, in the address to which it sends the browser back, and from server to
server.

No broker publishes such a form: this page checks what that document asks for, and knows nothing else of the sender.
"""

import re
from functools import partial
from urllib.parse import urlencode, urlsplit

import aiohttp
import structlog

from torana.sandbox import pages, web
from torana.sandbox.call import Call
from torana.sandbox.dialect import Route
from torana.sandbox.faults import Operation
from torana.sandbox.openings import Opened, Opening
from torana.sandbox.web import Response

_SECONDS = 10.0
_ASKED = {
    "leadId": re.compile(r"[0-9a-f]{24}"),
    "name": re.compile(r".{2,100}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "contact": re.compile(r"\+91[6-9][0-9]{9}"),
    "pinCode": re.compile(r"[1-9][0-9]{5}"),
    "returnUrl": re.compile(r"https?://\S+"),
    "statusUrl": re.compile(r"https?://\S+"),
}
log = structlog.get_logger(__name__)


def routes(name: str) -> tuple[Route, ...]:
    """The page of a broker that people know by this name."""

    async def show(call: Call) -> Response:
        fields = await call.request.form()
        if wrong := [field for field, pattern in _ASKED.items() if not pattern.fullmatch(fields.get(field, ""))]:
            text = f"What came cannot be used: {', '.join(wrong)}."
            return pages.render("message.html", title=f"{name}: no account can be opened", text=text)
        opening = call.world.openings.take({field: fields[field] for field in _ASKED})
        return pages.render("open_account.html", broker=name, opening=opening.fields, action=call.request.path)

    def alone(call: Call) -> Response:
        text = "An app sends people here to open an account. Nobody sent you."
        return pages.render("message.html", title=name, text=text)

    async def act(call: Call) -> Response:
        opening = call.world.openings.find(call.path["lead"])
        if opening is None:
            return pages.render("message.html", title=name, text="Nobody was sent here with this request.")
        back, action = opening.fields["returnUrl"], (await call.request.form()).get("action", "")
        if action not in set(Opened):
            return web.redirect(back, 303)
        signed = await tell(opening, Opened(action))
        return web.redirect(f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(signed)}", 303)

    of_page = partial(Route, operation=Operation.OPENING, session=False, page=True)
    return (
        of_page("GET", "/", handler=alone),
        of_page("POST", "/", handler=show),
        of_page("POST", "/{lead}", handler=act),
    )


async def tell(opening: Opening, status: Opened) -> dict[str, str]:
    """Send the status from server to server, once; what was sent."""
    signed = opening.signed(status)
    opening.told.append(status)
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.post(opening.fields["statusUrl"], data=signed, allow_redirects=False) as answer,
        ):
            log.debug("sandbox.opening_told", status=answer.status)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.debug("sandbox.opening_not_told", error=type(error).__name__)
    return signed
