"""The body of an order on a basket: how it is read, and what the API reference says of it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from torana.baskets.investments import Kind
from torana.flows.ordering.reference import ORDER_BATCHES
from torana.flows.ordering.schemas import LONGEST_NOTES
from torana.kit.errors import ApiError
from torana.kit.money import Paise, paise, rupees
from torana.transactions.reading import Faults, keep_unknown, storable

MOST_AMOUNT: Paise = 10_00_00_000_00
"""Ten crore rupees in one order."""
SCID = r"^[A-Za-z0-9_-]{1,40}$"
ISCID = r"^[0-9a-f]{24}$"
_KEYS = frozenset({"type", "scid", "iscid", "amount", "meta", "notes"})


class BasketConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which basket, or which investment in it. `amount` stands on the page when it opens, paise."""

    scid: str | None = None
    iscid: str | None = None
    amount: Paise | None = None
    meta: dict[str, Any] = {}


_Amount = Annotated[
    Annotated[float, Meta(gt=0, le=MOST_AMOUNT // 100)] | None,
    Meta(
        description=(
            "Rupees, with at most 2 decimals: filled in on the page of BUY, INVESTMORE and SIP when it opens. An "
            "extension of ours."
        ),
    ),
]
_Scid = Annotated[Annotated[str, Meta(pattern=SCID)] | None, Meta(description="The basket.")]


class BuyBody(msgspec.Struct, rename="camel"):
    """A first investment in a basket."""

    type: Literal["BUY"]
    scid: Annotated[str, Meta(pattern=SCID, description="The basket.")]
    amount: _Amount = None
    meta: Annotated[dict[str, Any] | None, Meta(description="Your own data, kept unchanged.")] = None
    notes: Annotated[
        Annotated[str, Meta(max_length=LONGEST_NOTES)] | None, Meta(description="Where older clients send it.")
    ] = None


class InvestmentBody(msgspec.Struct, rename="camel"):
    """An order on an investment: by `iscid`, or by `scid` where the investor has one investment in that basket."""

    type: Literal["INVESTMORE", "SIP", "MANAGE", "PARTIALEXIT", "EXIT", "REBALANCE", "FIX", "REPAIR"]
    iscid: Annotated[
        Annotated[str, Meta(pattern=ISCID)] | None,
        Meta(description="The investment, as the result of its first BUY names it."),
    ] = None
    scid: _Scid = None
    amount: _Amount = None
    meta: Annotated[dict[str, Any] | None, Meta(description="Your own data, kept unchanged.")] = None
    notes: Annotated[
        Annotated[str, Meta(max_length=LONGEST_NOTES)] | None, Meta(description="Where older clients send it.")
    ] = None


RESULT = {
    "orderBatches": ORDER_BATCHES,
    "scid": {"type": ["string", "null"], "description": "Orders on a basket: the basket."},
    "iscid": {"type": ["string", "null"], "description": "Orders on a basket: the investment that they change."},
}


def read_basket_config(given: Mapping[str, Any], kind: Kind, extra: dict[str, Any], faults: Faults) -> BasketConfig:
    """What an `orderConfig` of this kind asks for; adds to `faults`."""
    keep_unknown(extra, "orderConfig", given, _KEYS)
    meta = given.get("meta")
    if meta is not None and not isinstance(meta, dict):
        faults.append("orderConfig.meta must be an object")
        meta = None
    scid, iscid = investment_ids(given, faults)
    if kind is Kind.BUY and given.get("iscid") is not None:
        faults.append("orderConfig.iscid has no place in a BUY: INVESTMORE adds to an investment")
    if kind is Kind.BUY and given.get("scid") is None:
        faults.append("orderConfig.scid is missing: the basket to be bought")
    if kind is not Kind.BUY and given.get("scid") is None and given.get("iscid") is None:
        faults.append("orderConfig.iscid is missing: the investment, as the result of its BUY named it")
    return BasketConfig(scid, iscid, _amount(given.get("amount")), storable(meta or {}))


def amount_in(given: str) -> Paise:
    """What the investor typed, paise. Raises `ValueError` for what is no amount of money that can be ordered."""
    amount = paise(given.replace(",", "").replace("₹", "").strip())
    if not 0 < amount <= MOST_AMOUNT:
        raise ValueError("no amount that can be ordered")
    return amount


def as_typed(amount: Paise) -> str:
    """The same as it stands in a field: `5000`, `1374.50`."""
    return f"{rupees(amount):f}".removesuffix(".00")


def investment_ids(given: Mapping[str, Any], faults: Faults) -> tuple[str | None, str | None]:
    """The `scid` and the `iscid` of a body, as far as they are there; adds to `faults`."""
    return _id(given, "scid", SCID, faults), _id(given, "iscid", ISCID, faults)


def _id(given: Mapping[str, Any], key: str, form: str, faults: Faults) -> str | None:
    found = given.get(key)
    if found is None:
        return None
    if isinstance(found, str) and re.fullmatch(form, found):
        return found
    faults.append(f"orderConfig.{key} is not one: it matches {form}")
    return None


AMOUNT_TEXT = f"orderConfig.amount must be rupees above 0, at most {rupees(MOST_AMOUNT)}, with at most 2 decimals"


def amount_at(given: object) -> Paise | None:
    """The amount of a body, None where it is left out. Raises `ValueError` for what is none."""
    if given is None:
        return None
    if not isinstance(given, int | Decimal) or isinstance(given, bool):
        raise ValueError("no number")
    return amount_in(str(given))


def _amount(given: object) -> Paise | None:
    """Raises `ApiError` (400)."""
    try:
        return amount_at(given)
    except ValueError:
        raise ApiError(AMOUNT_TEXT, errors=("AmountInvalid",)) from None


TITLES = {
    Kind.BUY: "Buy a basket",
    Kind.INVESTMORE: "Add to an investment in a basket",
    Kind.SIP: "Place an instalment of a basket",
    Kind.MANAGE: "Edit the shares of an investment",
    Kind.PARTIALEXIT: "Sell part of an investment",
    Kind.EXIT: "Sell an investment in a basket",
    Kind.REBALANCE: "Rebalance an investment",
    Kind.FIX: "Repair an investment",
}
_ISCID = "65f0c0ffee65f0c0ffee65f2"


def example(kind: Kind, **more: Any) -> dict[str, dict[str, Any]]:
    """The body of a create, by the name of the example."""
    config = {"type": kind.value, **({} if kind is Kind.BUY else {"iscid": _ISCID}), **more}
    return {f"basket_{kind.lower()}": {"intent": "TRANSACTION", "orderConfig": config}}
