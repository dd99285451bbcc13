"""HDFC Sky, by the Sky Open API. Source: its documentation and samples.

Beside the app and the token most calls name the client. The order book comes in two halves.
"""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from torana.connectors import contract
from torana.connectors.error_table import Purpose
from torana.connectors.hdfc.connector import HdfcLogin, HdfcQuotes
from torana.connectors.hdfcsky import mapping, wire
from torana.connectors.readings import Envelope
from torana.connectors.transport import Part
from torana.kit.money import Paise

T = TypeVar("T")


class _Sky(Part):
    dialect = mapping.DIALECT

    async def of_client(self, session: contract.Session, path: str, kind: type[Envelope[T]], **query: str) -> T:
        named = (("client_id", session.broker_user_id), *query.items())
        return await self.get(session, f"/oapi/v1/{path}", kind, named)


class SkyLogin(_Sky, HdfcLogin):
    async def person(self, session: contract.Session) -> tuple[str, bool | None]:
        told = await self.of_client(session, "user/trading_info", Envelope[wire.Person])
        return told.name, mapping.edis_needed(told)


class SkyOrders(_Sky):
    rules: ClassVar[contract.OrderRules] = contract.OrderRules(
        tag=contract.TagRule(max_length=15),  # the field is a number; how large it may be is not documented
        market=contract.MarketOrders.AS_LIMIT,  # it documents no protection of its own
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order, session.broker_user_id), Envelope[wire.OrderId]
        return contract.Placed((await self.post(session, "/oapi/v1/orders", kind, body, Purpose.ORDER)).oms_order_id)

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        """What is pending first: an order that ends between the two reads is then in both, and its end counts."""
        rows = list[Any]()
        for half in ("pending", "completed"):
            rows += (await self.of_client(session, "orders", Envelope[wire.Orders], type=half)).orders
        both = self.book_rows(rows, wire.Order, mapping.broker_order, known)
        return list({one.broker_order_id: one for one in both}.values())

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path, kind = f"/oapi/v1/orders/{quote(order.broker_order_id, safe='')}", Envelope[wire.OrderId]
        query = (("client_id", session.broker_user_id), ("execution_type", mapping.EXECUTIONS[order.variety]))
        dialect = mapping.OF_CANCELLATIONS
        await self.call(session, "DELETE", path, kind, Purpose.CHANGE, query=query, dialect=dialect)


class SkyPortfolio(_Sky):
    rules: ClassVar = contract.PortfolioRules(edis=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        rows = await self.of_client(session, "holdings", Envelope[wire.Holdings])
        return self.rows(rows.holdings, wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        rows = await self.of_client(session, "positions", Envelope[list[Any]], type="live")
        return self.rows(rows, wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash(await self.of_client(session, "funds/view", Envelope[wire.Funds], type="all"))


class SkyQuotes(_Sky, HdfcQuotes):
    pass
