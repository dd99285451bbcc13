"""What a broker tells as one list of rows: declared by each broker, read for all of them here."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from torana.connectors.contract import BrokerOrder, Holding, OrderRules, Position, Rows, Session
from torana.connectors.error_table import or_nothing
from torana.connectors.readings import value_at
from torana.connectors.transport import Part

T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Listing(Generic[W, T]):
    """Where a list is, and what its rows mean."""

    path: str
    """As `Part.call` takes it."""
    answer: type[Any]
    """The list itself, or what has it as its `data`. Where `data` may be null, that is an empty list."""
    row: type[W]
    translate: Callable[..., T]
    within: tuple[str, ...] = ()
    """Under which names the list stands in `data`, one within the other."""
    query: tuple[tuple[str, str], ...] = ()
    body: object = None
    """Of a POST; None is a GET."""
    nothing: str | None = None
    """The code that says, of this list alone, that there is nothing in it (`or_nothing`)."""
    by_edis: bool = False
    """`translate` takes also whether sales need an authorisation at the depository (`Session.edis_needed`)."""


class _Listed(Part):
    async def listed(self, session: Session, listing: Listing[W, T]) -> Sequence[Any]:
        """The rows as they came. Raises `SessionEnded`, `NotSent` or `Unknown`."""
        method = "GET" if listing.body is None else "POST"
        asked = self.call(session, method, listing.path, listing.answer, query=listing.query, body=listing.body)
        told = await (asked if listing.nothing is None else or_nothing(asked, listing.nothing, None))
        data = told if told is None or isinstance(told, list) else told.data
        return value_at(data, list[Any], *listing.within) if listing.within and told is not None else data or ()

    async def rows_of(self, session: Session, listing: Listing[W, T]) -> Rows[T]:
        """Every row that can be read, and what the others were about. Raises likewise."""
        rows, translate = await self.listed(session, listing), listing.translate
        return self.rows(
            rows, listing.row, partial(translate, edis=session.edis_needed) if listing.by_edis else translate
        )


class ListedOrders(_Listed):
    """The order book of a broker that tells it in one list."""

    rules: ClassVar[OrderRules]
    orders_at: ClassVar[Listing[Any, BrokerOrder]]

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        at = self.orders_at
        return self.book_rows(await self.listed(session, at), at.row, at.translate, known, rule=self.rules.tag)


class ListedPortfolio(_Listed):
    """Holdings and the day's trades, each of them one list."""

    holdings_at: ClassVar[Listing[Any, Holding]]
    positions_at: ClassVar[Listing[Any, Position]]

    async def holdings(self, session: Session) -> Rows[Holding]:
        return await self.rows_of(session, self.holdings_at)

    async def positions(self, session: Session) -> Rows[Position]:
        return await self.rows_of(session, self.positions_at)
