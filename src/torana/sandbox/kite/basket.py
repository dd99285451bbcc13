"""Orders that the client's own browser brings: the offsite basket, and the authorisation of holdings.

Source: Kite Connect v3 documentation, offsite order execution; holdings authorisation. What the app gets back from a
closed basket is not documented: the simulator sends `status=cancelled`. The return carries no order ids.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

import msgspec

from torana.sandbox import magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.front import App, Call
from torana.sandbox.kite import login
from torana.sandbox.kite.errors import InputError, KiteError, of_refusal, success
from torana.sandbox.kite.order_form import read_ticket, read_variety, read_whole
from torana.sandbox.models import OrderRefused, Side, Ticket
from torana.sandbox.prices import listed
from torana.sandbox.web import Response

LARGEST_BASKET = 10


@dataclass(slots=True)
class Line:
    ticket: Ticket
    readonly: bool


@dataclass(slots=True)
class Basket:
    """Orders that wait for their client."""

    app: App
    params: list[tuple[str, str]]
    lines: list[Line]
    account: Account | None = None
    executed: bool = False


@dataclass(slots=True)
class Authorisation:
    """Holdings that wait to be released at the depository. `quantities` by symbol; None: all."""

    app_key: str
    account: Account
    quantities: dict[str, int] | None
    done: bool = False


@dataclass(slots=True)
class Counter:
    """What browsers are in the middle of, by the id in their address."""

    baskets: dict[str, Basket] = field(default_factory=dict)
    authorisations: dict[str, Authorisation] = field(default_factory=dict)

    async def open(self, call: Call) -> Response:
        """POST /connect/basket: take the orders, then show the login."""
        form = await call.request.form()
        app = call.world.apps.get(call.dialect.broker, {}).get(form.get("api_key", ""))
        if app is None:
            return login.unknown_app()
        try:
            lines = read_lines(form.get("data", ""), app.key)
        except KiteError as error:
            return pages.render("message.html", status=400, title="This basket cannot be used", text=error.message)
        params = parse_qsl(form.get("redirect_params", ""), keep_blank_values=True)
        basket_id = secrets.token_urlsafe(16)
        self.baskets[basket_id] = Basket(app, params, lines)
        return web.redirect(f"/kite/web/connect/basket/{basket_id}", 303)

    async def show(self, call: Call) -> Response:
        """GET /connect/basket/{id}: the login, then the review."""
        basket = self.baskets.get(call.path["id"])
        if basket is None or basket.executed:
            return _gone()
        return _review_page(call, basket) if basket.account else _login_page(basket)

    async def act(self, call: Call) -> Response:
        """POST /connect/basket/{id}: log in, execute or cancel."""
        basket = self.baskets.get(call.path["id"])
        if basket is None or basket.executed:
            return _gone()
        form = await call.request.form()
        match form.get("action"):
            case "cancel":
                basket.executed = True
                return login.back(basket.app, basket.params, status="cancelled")
            case "execute" if basket.account is not None:
                return self._execute(call, basket, basket.account, form)
            case _:
                account = login.typed_account(call, form)
                if isinstance(account, str):
                    return _login_page(basket, problem=account, user_name=form.get("user_id", ""))
                basket.account = account
                return web.redirect(call.request.path, 303)

    def _execute(self, call: Call, basket: Basket, account: Account, form: Mapping[str, str]) -> Response:
        tickets = []
        for at, line in enumerate(basket.lines):
            try:
                quantity = line.ticket.quantity if line.readonly else read_whole(form, f"quantity_{at}")
            except KiteError:
                quantity = None
            if not quantity:
                return _review_page(call, basket, problem=f"Enter a quantity for {line.ticket.symbol}.")
            tickets.append(replace(line.ticket, quantity=quantity))
        if form.get("tpin"):
            call.exchange.authorise(account, _sold(tickets))
        elif lacking := _unauthorised(account, tickets):
            return _review_page(call, basket, problem=f"Authorise {', '.join(lacking)} with your TPIN first.")
        basket.executed = True
        refusals = []
        for ticket in tickets:
            try:
                call.exchange.submit(account, ticket)
            except OrderRefused as refusal:
                refusals.append(f"{ticket.side} {ticket.quantity} {ticket.symbol}: {of_refusal(refusal).message}")
        token = login.request_token(call, account, basket.app)
        onward = login.back(basket.app, basket.params, status="success", request_token=token)
        if not refusals:
            return onward
        return pages.render("basket_refused.html", refusals=refusals, onward=dict(onward.headers)["location"])

    async def request_authorisation(self, call: Call, account: Account, app_key: str) -> Response:
        """POST /portfolio/holdings/authorise: repeated `isin` and `quantity`, or nothing for all holdings."""
        pairs = await call.request.form_pairs()
        isins = [value for name, value in pairs if name == "isin"]
        amounts = [value for name, value in pairs if name == "quantity"]
        if len(isins) != len(amounts):
            raise InputError("`isin` and `quantity` do not match.")
        symbols = {security.isin: symbol for symbol, security in listed().items()}
        quantities: dict[str, int] = {}
        for isin, amount in zip(isins, amounts, strict=True):
            if isin not in symbols or not amount.isdecimal():
                raise InputError("Invalid `isin` or `quantity`.")
            quantities[symbols[isin]] = int(amount)
        request_id = secrets.token_urlsafe(24)
        self.authorisations[request_id] = Authorisation(app_key, account, quantities or None)
        return success({"request_id": request_id})

    async def show_authorisation(self, call: Call) -> Response:
        """GET /connect/portfolio/authorise/holdings/{api_key}/{id}"""
        wanted = self._authorisation(call)
        if wanted is None:
            return _gone()
        rows = [
            (symbol, wanted.quantities[symbol] if wanted.quantities else held.quantity)
            for symbol, held in wanted.account.holdings.items()
            if wanted.quantities is None or symbol in wanted.quantities
        ]
        return pages.render("authorise.html", rows=rows, user=wanted.account.user_id)

    async def authorise(self, call: Call) -> Response:
        """The TPIN form."""
        wanted = self._authorisation(call)
        if wanted is None:
            return _gone()
        form = await call.request.form()
        agreed = form.get("action") == "authorise" and bool(form.get("tpin"))
        if agreed:
            call.exchange.authorise(wanted.account, wanted.quantities)
        wanted.done = True
        finish = f"{call.request.path}/finish?status={'success' if agreed else 'error'}"
        return web.redirect(finish, 303)

    async def finished(self, call: Call) -> Response:
        """GET …/finish?status=…"""
        agreed = call.request.query.get("status") == "success"
        return pages.render(
            "message.html",
            title="Holdings authorised" if agreed else "Not authorised",
            text="You can close this window." if agreed else "Nothing was authorised. You can close this window.",
        )

    def _authorisation(self, call: Call) -> Authorisation | None:
        wanted = self.authorisations.get(call.path["id"])
        return None if wanted is None or wanted.done or wanted.app_key != call.path["key"] else wanted


def read_lines(data: str, app_key: str) -> list[Line]:
    """The orders of a basket: a JSON array of one to ten. Raises `KiteError`."""
    try:
        given = msgspec.json.decode(data, type=list[dict[str, str | int | float | bool | None]])
    except msgspec.MsgspecError:
        raise InputError("The basket is not a JSON array of orders.") from None
    if not 1 <= len(given) <= LARGEST_BASKET:
        raise InputError(f"A basket holds one to {LARGEST_BASKET} orders.")
    return [_line(order, app_key) for order in given]


def _line(order: Mapping[str, str | int | float | bool | None], app_key: str) -> Line:
    if isinstance(order.get("quantity"), bool) or not isinstance(order.get("quantity"), int):
        raise InputError("Invalid `quantity`.")
    plain = {name: str(value) for name, value in order.items() if value is not None and not isinstance(value, bool)}
    variety = read_variety(plain.get("variety", "regular"))
    ticket = read_ticket({"product": "CNC"} | plain, variety, app_key, protected=False)
    if ticket.symbol not in listed():
        raise InputError(f"{ticket.symbol} does not exist on NSE.")
    return Line(ticket, readonly=order.get("readonly") is True)


def _sold(tickets: list[Ticket]) -> dict[str, int]:
    sold: dict[str, int] = {}
    for ticket in tickets:
        if ticket.side is Side.SELL:
            sold[ticket.symbol] = sold.get(ticket.symbol, 0) + ticket.quantity
    return sold


def _unauthorised(account: Account, tickets: list[Ticket]) -> list[str]:
    return [symbol for symbol, quantity in _sold(tickets).items() if account.unauthorised(symbol, quantity)]


def _review_page(call: Call, basket: Basket, *, problem: str | None = None) -> Response:
    account = basket.account
    tickets = [line.ticket for line in basket.lines]
    return pages.render(
        "basket_review.html",
        app=basket.app.key,
        user=account.user_id if account else "",
        lines=basket.lines,
        prices={ticket.symbol: call.exchange.last_price(ticket.symbol) for ticket in tickets},
        cash=call.exchange.available_cash(account) if account else 0,
        unauthorised=_unauthorised(account, tickets) if account else [],
        problem=problem,
    )


def _login_page(basket: Basket, *, problem: str | None = None, user_name: str = "") -> Response:
    return pages.render(
        "kite_login.html",
        app=basket.app.key,
        problem=problem,
        user_name=user_name,
        basket=len(basket.lines),
        names=magic.NAMES.values(),
    )


def _gone() -> Response:
    return pages.render("message.html", status=410, title="Nothing here any more", text="Start again from the app.")
