"""Several orders in one request, each with a reference of the app's: read together, placed one by one, refused together
if anything in the request is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torana.sandbox.models import Order, Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.refusals import Refused

F = TypeVar("F", bound=OrderForm)


@dataclass(slots=True)
class Leg(Generic[F]):
    """One order: what was read of it, then what became of it."""

    reference: str | None
    instrument: str | None
    form: F | None = None
    problem: Refused | None = None
    order_ids: list[str] = field(default_factory=list)


def read(given: object, names: tuple[str, str], read_order: Callable[[dict[str, object]], F], wrong: Refused) -> Leg[F]:
    """`names`: the fields of the reference and of the instrument; `wrong`: for what is not an object."""
    if not isinstance(given, dict):
        return Leg(None, None, problem=wrong)
    reference, instrument = (value if isinstance(value := given.get(name), str) else None for name in names)
    leg: Leg[F] = Leg(reference, instrument)
    try:
        leg.form = read_order(given)
    except Refused as problem:
        leg.problem = problem
    return leg


def refuse_doubles(legs: Sequence[Leg[F]], refuse: Callable[[str | None], Refused]) -> None:
    """A reference stands once in a request."""
    references = [leg.reference for leg in legs]
    for leg in legs:
        if leg.problem is None and references.count(leg.reference) > 1:
            leg.problem = refuse(leg.reference)


def place_all(legs: Sequence[Leg[F]], submit: Callable[[F], Sequence[Order]]) -> None:
    """Buys before sells."""
    for leg in sorted(legs, key=lambda leg: leg.form is not None and leg.form.side is Side.SELL):
        try:
            leg.order_ids = [order.order_id for order in submit(leg.form)] if leg.form else []
        except Refused as problem:
            leg.problem = problem
