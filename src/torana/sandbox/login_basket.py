"""A basket that a browser brings before anybody has logged in: login, review, the TPIN on the same page, and back to
the app with the proof of a login and nothing about the orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torana.sandbox import browser_orders, depository, web
from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.call import Call
from torana.sandbox.depository import Step
from torana.sandbox.dialect import Route, routes
from torana.sandbox.faults import Operation
from torana.sandbox.login import USER, Back, Login, Pairs
from torana.sandbox.magic import LoginEnd
from torana.sandbox.refusals import Refusal
from torana.sandbox.visits import Line, Visit
from torana.sandbox.web import Response
from torana.sandbox.world import App


@dataclass(frozen=True, slots=True)
class LoginBasket:
    """The basket of one broker, at `{visit}`. The app's form has its `api_key`, and in `redirect_params` what it wants
    back. A visit is over once its orders were placed or it was cancelled."""

    login: Login
    words: ReviewWords
    address: str
    """Where a visit stands, without its key."""
    app_of: Callable[[Call, str], App]
    """The app of this key. Raises `Refused`."""
    sent: Callable[[str], Pairs]
    """What the app gave along, out of what the visit keeps of it."""
    read_lines: Callable[[Mapping[str, str]], list[Line]]
    """The orders of the app's form. Raises `Refused`."""
    gone: Refusal

    def routes(self, path: str) -> tuple[Route, ...]:
        """The app's form goes to this path, a visit stands below it."""
        return routes(
            path,
            ("POST", "", Operation.BASKET, self.open),
            ("GET", "/{visit}", Operation.BASKET, self.show),
            ("POST", "/{visit}", Operation.BASKET, self.act),
            session=False,
            page=True,
        )

    async def open(self, call: Call) -> Response:
        """POST: take the orders, then show the login."""
        form = await call.request.form()
        app, lines = self.app_of(call, form.get("api_key", "")), self.read_lines(form)
        visit = call.world.visits.open(app.key, form.get("redirect_params", ""))
        visit.lines = lines
        return web.redirect(f"{self.address}/{visit.key}", 303)

    def show(self, call: Call) -> Response:
        """GET: the login, then the review."""
        visit = self._visit(call)
        if visit.account is None:
            app, expected = self.app_of(call, visit.app), call.world.next_user
            return self.login.page(app, orders=len(visit.lines), expected=expected)
        return browser_orders.review_page(call, visit, self.words)

    async def act(self, call: Call) -> Response:
        """POST: log in, place or cancel."""
        visit = self._visit(call)
        app, form = self.app_of(call, visit.app), await call.request.form()
        if form.get("action") == "cancel":
            visit.placed = True
            return self.login.send_back(app, Back(LoginEnd.CANCELLED, self.sent(visit.back)))
        if form.get("action") == self.words.button[0] and visit.account is not None:
            return self._place(call, visit, app, form)
        call.world.next_user = ""
        account = self.login.typed_account(call, form)
        if isinstance(account, str):
            typed = form.get(USER, "")
            return self.login.page(app, problem=account, user_name=typed, orders=len(visit.lines))
        visit.account = account
        return web.redirect(call.request.path, 303)

    def _place(self, call: Call, visit: Visit, app: App, form: Mapping[str, str]) -> Response:
        wrong = visit.edit([form.get(self.words.quantity.format(at)) for at in range(len(visit.lines))])
        if wrong is not None:
            problem = f"Enter a quantity for {wrong.form.symbol}."
            return browser_orders.review_page(call, visit, self.words, problem)
        if lacking := visit.to_release():
            wanted = call.world.depository.open(visit.client, lacking)
            if depository.type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
                problem = f"Authorise {', '.join(browser_orders.symbols(lacking))} with your TPIN first."
                return browser_orders.review_page(call, visit, self.words, problem)
        browser_orders.place(call, visit, lambda one: [call.place_in_browser(visit.client, one.ticket(app.key))])
        proof = self.login.proof(call, visit.client, app)
        back = Back(LoginEnd.SUCCESS, self.sent(visit.back), proof, visit.client)
        if any(line.refusal for line in visit.lines):
            onward = self.login.address(app, back)
            return browser_orders.result_page(visit, "Some orders were refused", onward=onward)
        return self.login.send_back(app, back)

    def _visit(self, call: Call) -> Visit:
        """Raises `Refused` when it is over."""
        visit = call.world.visits.find(call.path["visit"])
        if visit is None or visit.placed:
            raise self.gone.refused()
        return visit
