"""Orders that a client's own browser brings: the review page, placing, what became of each order.

A dialect reads the app's form and opens a visit with its lines; `login_basket` and `token_basket` lead the browser on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torana.market.models import Security
from torana.sandbox import pages
from torana.sandbox.models import Order, OrderRefused, Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.refusals import Refused
from torana.sandbox.securities import in_demat, listed
from torana.sandbox.visits import Line, Visit
from torana.sandbox.web import Response

if TYPE_CHECKING:
    from torana.sandbox.call import Call


def place(call: "Call", visit: Visit, submit: Callable[[OrderForm], Sequence[Order]]) -> None:
    """Place every line; a refusal is kept with its line and stops no other."""
    visit.placed = True
    for line in visit.lines:
        try:
            line.order_ids = [order.order_id for order in submit(line.form)]
        except OrderRefused as refusal:
            line.refusal = call.dialect.refusals.of_reason(refusal).text
        except Refused as refusal:
            line.refusal = refusal.text


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """How one broker's review page speaks, and what its form sends."""

    title: str
    intro: str
    """`{client}` and `{app}` stand for the client's id and the app's key."""
    button: tuple[str, str]
    """Value and label of the button that places."""
    quantity: str = "quantity"
    """The field of a quantity; `{}` stands for the number of the line."""
    tpin: bool = False
    """The TPIN is asked for on this page."""
    heading: str = "Review orders"
    products: Mapping[str, str] = field(default_factory=dict)
    """What the broker's words for a product mean to people."""


def review_page(
    call: "Call", visit: Visit, words: ReviewWords, problem: str | None = None, *, action: str = ""
) -> Response:
    """`action`: where the form goes; empty: to the page itself."""
    exchange = call.exchange
    rows, total = [], {Side.BUY: 0, Side.SELL: 0}
    for number, line in enumerate(visit.lines):
        form = line.form
        total[form.side] += form.quantity * (form.price or exchange.last_price(_security(form)))
        shown: dict[str, object] = {"product": words.products.get(form.product, form.product)}
        shown |= {"editable": line.editable, "field": words.quantity.format(number)}
        rows.append(_row(line) | shown)
    return pages.render(
        "review.html",
        words=words,
        intro=words.intro.format(client=visit.client.user_id, app=visit.app),
        action=action,
        lines=rows,
        problem=problem,
        released=visit.released,
        lacking=symbols(visit.to_release()),
        buys=total[Side.BUY],
        sells=total[Side.SELL],
        cash=exchange.available_cash(visit.client),
    )


def result_page(visit: Visit, title: str, *, done: str | None = None, onward: str | None = None) -> Response:
    """What became of the orders, with a form (`done`: its address) or a link that leads on."""
    lines = [_row(line) | {"order_id": ", ".join(line.order_ids), "message": line.refusal} for line in visit.lines]
    return pages.render("result.html", title=title, lines=lines, done=done, onward=onward)


def symbols(isins: Mapping[str, int]) -> list[str]:
    """The shares that still have to be released, as people know them."""
    return [in_demat(isin).symbol for isin in isins]


def _security(form: OrderForm) -> Security:
    return listed(form.exchange)[form.symbol]


def _row(line: Line) -> dict[str, object]:
    form, security = line.form, _security(line.form)
    return {
        "side": form.side.capitalize(),
        "symbol": security.symbol,
        "name": security.name,
        "exchange": security.exchange,
        "quantity": form.quantity,
        "order_type": form.order_type,
        "product": form.product,
        "amo": form.amo,
        "price": form.price,
    }
