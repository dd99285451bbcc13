"""Orders that a browser brings together with an access token: review, the depository's own pages where shares have to
be released, a result page, and back to the address that the app gave. One order can be cancelled in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from torana.sandbox import browser_orders, depository, depository_pages, pages, web
from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.call import Call, Place
from torana.sandbox.depository import Step
from torana.sandbox.dialect import Route, by_form_token, by_visit, routes
from torana.sandbox.faults import Operation
from torana.sandbox.models import Order, OrderRefused
from torana.sandbox.order_form import OrderForm
from torana.sandbox.refusals import Refusal
from torana.sandbox.visits import Line, Visit
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.web import Response

_TOKEN = "access_token"
"""The field of the app's forms with the access token."""


@dataclass(frozen=True, slots=True)
class TokenBasket:
    """The visits of one broker, at `{visit}`; its forms go to `{visit}/confirm`, `/authorise` and `/done`."""

    broker: str
    """As people know it."""
    words: ReviewWords
    vocabulary: Vocabulary
    read_lines: Callable[[Mapping[str, str]], list[Line]]
    """The orders of the app's form. Raises `Refused`."""
    read_order_id: Callable[[Mapping[str, str]], str]
    """The order that the app's form is to cancel. Raises `Refused`."""
    submit: Callable[[Call, OrderForm, Place], Sequence[Order]]
    check: Callable[[Call], None]
    """Raises `Refused` when the service sleeps."""
    gone: Refusal
    final: Refusal
    """Of an order that cannot be cancelled any more."""
    wrong_address: Refusal
    wrong_quantity: Refusal

    def routes(self, path: str) -> tuple[Route, ...]:
        """Below this path."""
        return routes(
            path,
            ("POST", "/order/place", Operation.BASKET, self.open_place),
            ("POST", "/order/cancel", Operation.BASKET, self.open_cancel),
            session=False,
            page=True,
            whose=by_form_token(_TOKEN),
        ) + routes(
            f"{path}/{{visit}}",
            ("GET", "", Operation.BASKET, self.show),
            ("POST", "/confirm", Operation.BASKET, self.confirm),
            ("POST", "/authorise", Operation.AUTHORISE, self.authorise),
            ("POST", "/done", Operation.BASKET, self.done),
            session=False,
            page=True,
            whose=by_visit,
        )

    async def open_place(self, call: Call) -> Response:
        """POST: the app's form with orders."""
        visit, form = await self._open(call)
        visit.lines = self.read_lines(form)
        return self.to_page(visit)

    async def open_cancel(self, call: Call) -> Response:
        """POST: the app's form with one order to cancel."""
        visit, form = await self._open(call)
        visit.cancels = self.read_order_id(form)
        if call.exchange.find(visit.client, visit.cancels).final:
            raise self.final.refused()
        return self.to_page(visit)

    async def _open(self, call: Call) -> tuple[Visit, dict[str, str]]:
        """A visit for the form that the app sent, and the form: `access_token`, and `redirect_url` where it ends."""
        form = await call.request.form()
        session = call.logged_in(form.get(_TOKEN, ""))
        self.check(call)
        parts = urlsplit(form.get("redirect_url", ""))
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise self.wrong_address.refused()
        visit = call.world.visits.open(session.app, form["redirect_url"])
        visit.session, visit.account = session, session.account
        return visit, form

    def to_page(self, visit: Visit) -> Response:
        """Relative: every form of a visit is two segments below the place of all visits."""
        return web.redirect(f"../{visit.key}", 303)

    def show(self, call: Call) -> Response:
        """The page of the visit, as it stands."""
        visit = self._visit(call)
        if visit.cancels is not None:
            return self._cancel_page(call, visit, visit.cancels)
        if visit.placed:
            sent, all_lines = sum(1 for line in visit.lines if line.order_ids), len(visit.lines)
            title = "Orders sent" if sent == all_lines else f"{sent} of {all_lines} orders sent"
            return browser_orders.result_page(visit, title, done=f"{visit.key}/done")
        if visit.authorisation is not None:
            go, leave = ("verify", "Verify"), ("back", "Back to review")
            action = f"{visit.key}/authorise"
            return depository_pages.page(visit.authorisation, self.broker, go, leave, action=action)
        return browser_orders.review_page(call, visit, self.words, action=f"{visit.key}/confirm")

    async def confirm(self, call: Call) -> Response:
        """A button of the review page, or of the question whether to cancel."""
        visit = self._visit(call)
        pairs = await call.request.form_pairs()
        if visit.placed:
            return self.to_page(visit)
        if dict(pairs).get("action") in ("cancel", "no") or visit.session is None:
            return web.redirect(visit.back, 303)
        call.login = call.still_live(visit.session)
        self.check(call)
        if visit.cancels is not None:
            self._cancel(call, visit, visit.cancels)
            return self.to_page(visit)
        self._edit(visit, [value for name, value in pairs if name == self.words.quantity])
        if lacking := visit.to_release():
            visit.authorisation = call.world.depository.open(visit.client, lacking)
            return self.to_page(visit)
        browser_orders.place(call, visit, lambda form: self.submit(call, form, call.place_in_browser))
        return self.to_page(visit)

    async def authorise(self, call: Call) -> Response:
        """TPIN, then the one-time password of the depository; then back to the review."""
        visit = self._visit(call)
        form = await call.request.form()
        if visit.authorisation is None:
            return self.to_page(visit)
        visit.released = form.get("action") != "back" and (
            depository.type_secret(call.exchange, visit.authorisation, form) is Step.DONE
        )
        if visit.released or form.get("action") == "back":
            visit.authorisation = None
        return self.to_page(visit)

    def done(self, call: Call) -> Response:
        return web.redirect(self._visit(call).back, 303)

    def _visit(self, call: Call) -> Visit:
        visit = call.world.visits.find(call.path["visit"])
        if visit is None:
            raise self.gone.refused()
        return visit

    def _edit(self, visit: Visit, quantities: list[str]) -> None:
        """What the client made of the quantities. Raises `Refused`."""
        if not visit.lines[0].editable:
            return
        if len(quantities) != len(visit.lines) or visit.edit(quantities) is not None:
            raise self.wrong_quantity.refused()

    def _cancel(self, call: Call, visit: Visit, order_id: str) -> None:
        visit.placed = True
        try:
            call.exchange.cancel(visit.client, order_id)
        except OrderRefused as refusal:
            visit.message = call.refused(refusal, Operation.CANCEL).text

    def _cancel_page(self, call: Call, visit: Visit, order_id: str) -> Response:
        order = call.exchange.find(visit.client, order_id)
        return pages.render(
            "cancel_order.html", base=visit.key, order_id=order.order_id, name=order.security.name,
            side=order.side.capitalize(), quantity=order.quantity, word=self.vocabulary.word_of(order),
            finished=visit.placed, message=visit.message,
        )  # fmt: skip
