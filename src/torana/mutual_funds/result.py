"""What an import tells: the keys of its success, and its webhooks."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from torana.api.answers import iso
from torana.events.types import EventType
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.money import short_rupees, shortest
from torana.mutual_funds import store
from torana.mutual_funds.imports import statement_of
from torana.mutual_funds.models import AccountStatement, FundHolding
from torana.mutual_funds.schemas import ImportConfig
from torana.transactions.details import wire_of

_AVERAGE_PLACES = Decimal("0.0001")


def blocks(config: ImportConfig, statement: AccountStatement | None, *, updating: bool) -> dict[str, Any]:
    """The keys of its success: the same in promise, look-up and webhook. A block that was not asked for, has not come,
    or is not kept any more is null: never an empty list for what nobody told."""
    summary = detail = None
    if statement is not None and config.cas_summary:
        summary = _block(statement, [_holding(one) for one in statement.holdings])
    if statement is not None and config.cas_detail:
        rows = [_holding(one) | {"transactions": _entries(one)} for one in statement.holdings]
        detail = _block(statement, rows)
    return {
        "casSummary": summary,
        "casDetail": detail,
        "updating": updating,
        "snapshotDate": None if statement is None else iso(statement.read_at),
    }


def _block(statement: AccountStatement, rows: list[dict[str, Any]]) -> dict[str, Any]:
    values = [one.value for one in statement.holdings]
    pnls = [_pnl(one) for one in statement.holdings]
    value = sum(one for one in values if one is not None) if None not in values else None
    pnl = sum(one for one in pnls if one is not None) if None not in pnls else None
    return {
        "holdings": rows,
        "stats": {
            "currentValue": None if value is None else short_rupees(value),
            "totalReturns": None if pnl is None else short_rupees(pnl),
        },
    }


def _holding(one: FundHolding) -> dict[str, Any]:
    pnl = _pnl(one)
    average = None
    if one.cost is not None and one.units > 0:
        average = shortest((Decimal(one.cost) / 100 / one.units).quantize(_AVERAGE_PLACES))
    return {
        "folio": one.folio,
        "fund": one.fund,
        "tradingsymbol": one.isin,
        "isin": one.isin,
        "quantity": shortest(one.units),
        "averagePrice": average,
        "lastPrice": None if one.nav is None else shortest(one.nav),
        "lastPriceDate": None if one.nav_date is None else one.nav_date.isoformat(),
        "pnl": None if pnl is None else short_rupees(pnl),
        "xirr": None,
    }


def _pnl(one: FundHolding) -> int | None:
    return None if one.value is None or one.cost is None else one.value - one.cost


def _entries(one: FundHolding) -> list[dict[str, Any]]:
    return [
        {
            "date": entry.on.isoformat(),
            "description": entry.description,
            "quantity": shortest(entry.units),
            "price": None if entry.price is None else shortest(entry.price),
            "amount": None if entry.amount is None else short_rupees(entry.amount),
        }
        for entry in one.entries
    ]


_HOLDING_EXAMPLE = {
    "folio": "599366447236",
    "fund": "Sample Flexi Cap Fund - Direct Plan - Growth",
    "tradingsymbol": "INF000A01SA1",
    "isin": "INF000A01SA1",
    "quantity": 16.521,
    "averagePrice": 302.6301,
    "lastPrice": 321.7826,
    "lastPriceDate": "2026-11-17",
    "pnl": 316.42,
    "xirr": None,
}
RESULT_EXAMPLE = {
    "casSummary": {"holdings": [_HOLDING_EXAMPLE], "stats": {"currentValue": 5316.17, "totalReturns": 316.42}},
    "casDetail": None,
    "updating": False,
    "snapshotDate": "2026-11-18T05:12:30.000Z",
}
_BLOCK_SCHEMA = {"type": ["object", "null"], "required": ["holdings", "stats"]}
RESULT_SCHEMA = {
    "casSummary": {
        **_BLOCK_SCHEMA,
        "description": (
            "MF_HOLDINGS_IMPORT: holdings by folio and scheme; null if not asked for, not there yet, or no longer kept."
        ),
    },
    "casDetail": {**_BLOCK_SCHEMA, "description": "MF_HOLDINGS_IMPORT: the same with transactions."},
    "updating": {
        "type": "boolean",
        "description": (
            "MF_HOLDINGS_IMPORT: whether the registrar is still preparing it; the data then comes by webhook."
        ),
    },
    "snapshotDate": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "MF_HOLDINGS_IMPORT: when the registrar reported it.",
    },
}


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a webhook: it names no investor, since the registrar knows none by our ids."""
    config = msgspec.convert(data["config"], ImportConfig)
    body = {key: value for key, value in wire_of(data).items() if key != "smallcaseAuthId"}
    return body | {"status": "COMPLETED", **blocks(config, data.get("statement"), updating=False)}


def _wire_failed(data: Mapping[str, Any]) -> dict[str, Any]:
    body = {key: value for key, value in wire_of(data).items() if key != "smallcaseAuthId"}
    return body | {"status": "ERRORED", "error": data["error"]}


async def _load(
    database: Database, cipher: Cipher, gateway_id: str, data: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """The statement stands sealed with the import, once: an event carries none, and after its deletion neither does a
    replay."""
    found = await store.find(database, gateway_id, data["transaction_id"])
    return {**data, "statement": statement_of(cipher, found)}


IMPORTED = EventType("mf_holdings.imported", _wire, load=_load)
FAILED = EventType("mf_holdings.failed", _wire_failed)


async def told(
    database: Database, cipher: Cipher, gateway_id: str, transaction_id: str, config: ImportConfig, *, updating: bool
) -> dict[str, Any]:
    """What the import tells now. `updating`: it is not over."""
    found = await store.find(database, gateway_id, transaction_id)
    return blocks(config, statement_of(cipher, found), updating=updating)
