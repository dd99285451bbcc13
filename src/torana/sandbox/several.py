"""Several orders in one request, each with a reference of the app's: read together, placed one by one, refused together
if anything in the request is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torana.sandbox.call import Call
from torana.sandbox.faults import Operation
from torana.sandbox.models import Order, OrderRefused, Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.refusals import Refused


@dataclass(slots=True)
class Leg:
    """One order: what was read of it, then what became of it."""

    reference: str | None
    instrument: str | None
    form: OrderForm | None = None
    problem: Refused | None = None
    order_ids: list[str] = field(default_factory=list)

    def numbered(self) -> list[tuple[str | None, str]]:
        """What was placed, with its reference; the slices of an order are numbered behind it."""
        if len(self.order_ids) == 1:
            return [(self.reference, self.order_ids[0])]
        return [(f"{self.reference}_{at}", one) for at, one in enumerate(self.order_ids, 1)]


def read(
    given: Sequence[object],
    names: tuple[str, str],
    read_order: Callable[[dict[str, object]], OrderForm],
    wrong: Refused,
) -> list[Leg]:
    """`names`: the fields of the reference and of the instrument; `wrong`: for what is not an object."""
    return [_leg(one, names, read_order) if isinstance(one, dict) else Leg(None, None, problem=wrong) for one in given]


def _leg(given: dict[str, object], names: tuple[str, str], read_order: Callable[[dict[str, object]], OrderForm]) -> Leg:
    reference, instrument = (value if isinstance(value := given.get(name), str) else None for name in names)
    leg = Leg(reference, instrument)
    try:
        leg.form = read_order(given)
    except Refused as problem:
        leg.problem = problem
    return leg


def refuse_doubles(legs: Sequence[Leg], refuse: Callable[[str | None], Refused]) -> None:
    """A reference stands once in a request."""
    references = [leg.reference for leg in legs]
    for leg in legs:
        if leg.problem is None and references.count(leg.reference) > 1:
            leg.problem = refuse(leg.reference)


def place(call: Call, legs: Sequence[Leg], submit: Callable[[OrderForm], Sequence[Order]]) -> bool:
    """Buys before sells. False, and nothing is placed, when anything in the request is wrong."""
    if any(leg.problem for leg in legs):
        return False
    for leg in sorted(legs, key=lambda leg: leg.form is not None and leg.form.side is Side.SELL):
        try:
            leg.order_ids = [order.order_id for order in submit(leg.form)] if leg.form else []
        except (Refused, OrderRefused) as refusal:
            leg.problem = call.refused(refusal, Operation.PLACE)
    return True


def cancel(call: Call, orders: Sequence[Order]) -> tuple[list[str], list[tuple[str, Refused]]]:
    """The ids of those that were cancelled, and of those that were not, with why."""
    done, failed = list[str](), list[tuple[str, Refused]]()
    for order in orders:
        try:
            done.append(call.exchange.cancel(call.account, order.order_id).order_id)
        except OrderRefused as refusal:
            failed.append((order.order_id, call.refused(refusal, Operation.CANCEL)))
    return done, failed
