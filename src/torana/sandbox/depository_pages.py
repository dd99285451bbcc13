"""Pages on which a client releases shares: one of the broker's own that an app opens by its link, and CDSL's own, to
which a form of the broker leads."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from torana.sandbox import pages, web
from torana.sandbox.call import Call
from torana.sandbox.depository import WRONG_SECRET, Authorisation, Step, type_secret
from torana.sandbox.dialect import Route, routes
from torana.sandbox.faults import Operation
from torana.sandbox.refusals import Refusal, Refused
from torana.sandbox.web import Response

CDSL_VERSION = "1.1"
"""Of the form that leads to CDSL's page."""


def page(
    wanted: Authorisation,
    broker: str,
    go: tuple[str, str],
    leave: tuple[str, str],
    *,
    action: str = "",
    otp: bool = True,
) -> Response:
    """The page of one step. `go` and `leave`: value and label of its buttons; `action`: where its form goes, empty for
    the page itself."""
    value = "" if otp else WRONG_SECRET
    return pages.render(
        "authorise.html", wanted=wanted, broker=broker, action=action, value=value, strict=otp, go=go, leave=leave
    )


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """The page at `…/{key}/{id}`: one TPIN. It ends at `…/finish?status=…`, and nothing leads back to the app."""

    broker: str
    """As people know it."""
    gone: Refusal

    def routes(self, path: str) -> tuple[Route, ...]:
        place = f"{path}/{{key}}/{{id}}"
        return routes(
            place,
            ("GET", "", Operation.AUTHORISE, self.show),
            ("POST", "", Operation.AUTHORISE, self.submit),
            ("GET", "/finish", Operation.AUTHORISE, self.finished),
            session=False,
            page=True,
        )

    def show(self, call: Call) -> Response:
        go, leave = ("authorise", "Authorise"), ("cancel", "Cancel")
        return page(self._wanted(call), self.broker, go, leave, otp=False)

    async def submit(self, call: Call) -> Response:
        wanted, form = self._wanted(call), await call.request.form()
        agreed = form.get("action") == "authorise"
        if not agreed or type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
            wanted.step = Step.REFUSED
        status = "success" if wanted.step is Step.DONE else "error"
        return web.redirect(f"{call.request.path}/finish?status={status}", 303)

    def finished(self, call: Call) -> Response:
        agreed = call.request.query.get("status") == "success"
        text = "You can close this window." if agreed else "Nothing was authorised. You can close this window."
        return pages.render("message.html", title="Holdings authorised" if agreed else "Not authorised", text=text)

    def _wanted(self, call: Call) -> Authorisation:
        """Raises `Refused` when it is over or another app's."""
        wanted = call.world.depository.find(call.path["id"])
        if wanted is None or wanted.over or wanted.app != call.path["key"]:
            raise self.gone.refused()
        return wanted


def hand_out(call: Call, quantities: Mapping[str, int] | None, *, digits: int, depository_id: str) -> dict[str, str]:
    """Begin a release on CDSL's page, under a number of so many digits: the fields of the form that leads there."""
    key = number(digits)
    form = {"DPId": depository_id, "Version": CDSL_VERSION, "TransDtls": secrets.token_urlsafe(48)}
    call.world.depository.open(call.account, quantities, key=key, form=form)
    return {**form, "ReqId": key}


def number(digits: int) -> str:
    """Of a release, as brokers count theirs."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def hidden_fields(fields: Mapping[str, str], close: str) -> str:
    """Of a form, as brokers write them into their answers; `close` ends each."""
    return "".join(
        f'<input type= "hidden" name= "{name}" value= "{escape(value)}" {close}' for name, value in fields.items()
    )


def cdsl_routes(path: str, broker: str, unknown: Refusal) -> tuple[Route, ...]:
    """CDSL's page for this broker's clients."""

    async def shown(call: Call) -> Response:
        return await at_cdsl(call, broker, unknown.refused())

    return routes("", ("POST", path, Operation.AUTHORISE, shown), session=False, page=True)


async def at_cdsl(call: Call, broker: str, unknown: Refused) -> Response:
    """A form brings the request by its `ReqId`, with its fields as they were handed out. The page leads back to the
    broker, not to the app, which asks.

    Raises `unknown` for a request that nobody began.
    """
    form = await call.request.form()
    wanted = call.world.depository.find(form.get("ReqId") or call.request.query.get("ReqId", ""))
    if wanted is None or (form.get("ReqId") and any(form.get(name) != value for name, value in wanted.form.items())):
        raise unknown
    if form.get("action") == "cancel":
        wanted.step = Step.REFUSED
    elif "action" in form:
        type_secret(call.exchange, wanted, form)
    if wanted.over:
        told = "The shares are released for today." if wanted.step is Step.DONE else "Nothing was released."
        return pages.render("message.html", title="CDSL", text=f"{told} You can close this page.")
    return page(wanted, broker, ("authorise", "Authorise"), ("cancel", "Cancel"), action=f"?ReqId={wanted.key}")
