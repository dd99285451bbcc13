"""The orders that a partner asks to be cancelled: the body, how it is read, and what the API reference says of it."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from torana.flows.ordering.reference import ORDER_BATCHES
from torana.kit.errors import ApiError, NotFound
from torana.kit.letter_case import upper
from torana.orders.states import CancelStatus
from torana.transactions.reading import Faults, keep_unknown

CANCEL_TITLE = "Cancel an order"
CANCEL_AMO_TITLE = "Cancel after-market orders"
SHOW_TITLE = "The investor's orders"
_HEX24 = re.compile(r"[0-9a-f]{24}")
_KEYS = frozenset({"batchId", "iscid", "ticker", "exchange", "notes"})


class CancelConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which orders: those of a security in a batch, or (`symbol` None) all of the batch. With an `iscid` in the place
    of the batch, those of the order on this investment that came last."""

    batch_id: str = ""
    iscid: str | None = None
    symbol: str | None = None
    exchange: str | None = None


_Id = Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]


class _Order(msgspec.Struct, rename="camel", kw_only=True):
    """Which order of a batch."""

    ticker: Annotated[str | None, Meta(description="Symbol of the order; letter case does not matter.")] = None
    exchange: Annotated[str | None, Meta(description="NSE or BSE, where the batch has the symbol on both.")] = None


class CancelBody(_Order, rename="camel", kw_only=True):
    batch_id: Annotated[_Id, Meta(description="As the orders' result and webhooks name it.")]


class CancelAmoBody(_Order, rename="camel", kw_only=True):
    """Without a `batchId` the `iscid` is needed."""

    batch_id: Annotated[_Id | None, Meta(description="As the orders' result names it.")] = None
    iscid: Annotated[
        _Id | None, Meta(description="The investment in a basket whose last order is meant, in the place of batchId.")
    ] = None


_BATCH = "65f0c0ffee65f0c0ffee65f1"
CANCEL_EXAMPLES = {"cancel_an_order": {"intent": "CANCEL_ORDER", "orderConfig": {"batchId": _BATCH, "ticker": "INFY"}}}
CANCEL_AMO_EXAMPLES = {
    "cancel_after_market_orders": {"intent": "CANCEL_AMO", "orderConfig": {"batchId": _BATCH}},
    "cancel_after_market_orders_of_a_basket": {"intent": "CANCEL_AMO", "orderConfig": {"iscid": _BATCH}},
}
CANCEL_RESULT = {
    "cancelled": {
        "type": ["boolean", "null"],
        "description": "CANCEL_ORDER, CANCEL_AMO: whether all of it was cancelled with nothing filled. Null once the "
        "orders are not kept any more.",
    },
    "cancelStatus": {
        "enum": [*CancelStatus, None],
        "description": (
            "CANCEL_ORDER, CANCEL_AMO: what became of the orders. FILLED: they were filled first. REFUSED: the "
            "broker did not cancel, statusMessage says why. Torana's own extension."
        ),
    },
    "orderBatches": ORDER_BATCHES,
}


def read_cancel(given: Any, faults: Faults, extra: dict[str, Any], *, whole_batch: bool) -> CancelConfig:
    """What an `orderConfig` names; with `whole_batch` it may leave out the security. Raises `ApiError`."""
    if not isinstance(given, dict):
        raise ApiError(f'orderConfig is missing: {{"batchId": "{_BATCH}", "ticker": "INFY"}}')
    keep_unknown(extra, "orderConfig", given, _KEYS)
    batch_id, iscid, symbol, exchange = (given.get(key) for key in ("batchId", "iscid", "ticker", "exchange"))
    by_investment = whole_batch and batch_id is None and iscid is not None
    if by_investment and not (isinstance(iscid, str) and _HEX24.fullmatch(iscid)):
        faults.append("orderConfig.iscid must be that of an investment, 24 hexadecimal digits")
    if not by_investment and not (isinstance(batch_id, str) and _HEX24.fullmatch(batch_id)):
        faults.append("orderConfig.batchId must be the batchId of the orders, 24 hexadecimal digits")
    if symbol is None and not whole_batch:
        faults.append("orderConfig.ticker is missing: the symbol of the order")
    if not (symbol is None or (isinstance(symbol, str) and 0 < len(symbol) <= 50)):
        faults.append("orderConfig.ticker must be a symbol")
    if exchange is not None and not (isinstance(exchange, str) and upper(exchange) in ("NSE", "BSE")):
        faults.append("orderConfig.exchange must be NSE or BSE")
    faults.raise_if_any()
    named = symbol and upper(symbol), exchange and upper(exchange)
    return CancelConfig("", iscid, *named) if by_investment else CancelConfig(str(batch_id), None, *named)


def not_found(config: CancelConfig, batch: bool) -> NotFound:
    """What this investor does not have; `batch`: that they have."""
    what = f"order of {config.symbol} in this batch" if batch else "batch"
    return NotFound(f"OrderNotFound: this investor has no such {what}", errors=("OrderNotFound",))
