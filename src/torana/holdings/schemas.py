"""The wire forms of holdings: versions 1 and 2 of the interface, a consent.

The list of securities is written once, when it is read from the broker; what is around it, at every answer.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from torana.api.answers import encode, iso
from torana.holdings.models import NOT_TRADED, Held, Kept, Traded
from torana.investors.models import Consent
from torana.kit.money import Paise, short_rupees
from torana.market.listing import Listing, Refused
from torana.market.models import Security


class Version(StrEnum):
    """The shapes of the interface."""

    V1 = "v1"
    V2 = "v2"


NO_FUNDS: Mapping[str, Any] = {
    "holdings": None,
    "unavailable": {
        "code": "NOT_READ",
        "message": "The broker was not asked for mutual funds: this says nothing about whether there are any.",
    },
}
"""This version reads mutual funds from no broker, although they were asked for."""


def securities(held: Sequence[Held], listing: Listing) -> dict[Version, bytes]:
    """The JSON of the list of securities, by version. `listing` says what each is called today."""
    v1: list[dict[str, Any]] = []
    v2: list[dict[str, Any]] = []
    for one in held:
        listed = _Listed.of(one, listing)
        v1.append(_security_v1(one, listed))
        v2.append(_security(one, listed))
    return {Version.V1: encode(v1), Version.V2: encode(v2)}


class _Listed(msgspec.Struct, frozen=True):
    """A security as it is listed today on each exchange; None where it is not."""

    nse: Security | None
    bse: Security | None
    bse_code: int | None

    @classmethod
    def of(cls, held: Held, listing: Listing) -> "_Listed":
        nse, bse = _listed(held, "NSE", listing), _listed(held, "BSE", listing)
        if bse is not None:
            return cls(nse, bse, bse.exchange_token)
        return cls(nse, None, None if nse is None else nse.bse_code)


def _listed(held: Held, exchange: str, listing: Listing) -> Security | None:
    if held.isin is None:
        return None
    if (found := listing.by_isin(held.isin, exchange)) is not None:
        return found
    named = listing.resolve(held.symbol, exchange)  # bonds and the like are found by their symbol alone
    security = named.security if isinstance(named, Refused) else named
    fits = security is not None and (security.exchange, security.isin) == (exchange, held.isin)
    return security if fits else None


def _security(held: Held, listed: _Listed) -> dict[str, Any]:
    first = listed.nse or listed.bse
    return {
        "holdings": {"quantity": held.quantity, "averagePrice": _price(held.average_price)},
        "positions": {"nse": _trades(held.nse), "bse": _trades(held.bse)},
        "transactableQuantity": 0 if listed.nse is None else transactable(held),
        "smallcaseQuantity": 0,
        "collateralQuantity": held.collateral_quantity,
        "t1Quantity": held.t1_quantity,
        "otherProductQuantity": held.other_quantity,
        "nseTicker": None if listed.nse is None else listed.nse.symbol,
        "bseTicker": None if listed.bse_code is None else str(listed.bse_code),
        "isin": held.isin,
        "name": held.symbol if first is None else first.name,
        "isSuspendedOrDelistedOnNSE": listed.nse is None and "NSE" in held.exchanges,
        "isSuspendedOrDelistedOnBSE": listed.bse_code is None and "BSE" in held.exchanges,
        "isComplete": held.certain,
    }


def _security_v1(held: Held, listed: _Listed) -> dict[str, Any]:
    """One number for everything that is owned now."""
    first = listed.nse or listed.bse
    exchange = "NSE" if listed.nse is not None else "BSE" if listed.bse is not None else min(held.exchanges)
    bought = next((one for one in (held.nse, held.bse) if one.quantity > 0), held.nse)
    return {
        "name": held.symbol if first is None else first.name,
        "exchange": exchange,
        "ticker": held.symbol if first is None else first.symbol,
        "isin": held.isin,
        "averagePrice": _price(held.average_price if held.owned else bought.average_price),
        "shares": held.owned + held.nse.quantity + held.bse.quantity,
    }


def transactable(held: Held) -> int:
    """What can be sold on the NSE: what is free, with the day's trades there, and without what was sold on the other
    exchange. What was bought on the BSE today can be sold there only."""
    return max(held.quantity + held.nse.quantity + min(held.bse.quantity, 0), 0)


_NO_TRADES = {"quantity": 0, "averagePrice": 0}


def _trades(traded: Traded) -> dict[str, Any]:
    if traded is NOT_TRADED:  # nearly all of them
        return _NO_TRADES
    return {"quantity": traded.quantity, "averagePrice": _price(traded.average_price)}


def _price(price: Paise | None) -> Decimal | None:
    return None if price is None else short_rupees(price)


def holdings(kept: Kept, version: Version, *, mutual_funds: bool) -> dict[str, Any]:
    """Everything around the list, and the list. Baskets do not exist in this version, so nobody holds one."""
    listed = msgspec.Raw(kept.securities)
    shape: dict[str, Any] = {"securities": listed, "smallcases": {"public": [], "private": {"investments": []}}}
    if version is Version.V1:
        stats = {"currentValue": 0, "totalReturns": 0}
        shape = {"securities": {"holdings": listed}, "smallcases": {"public": [], "private": {"stats": stats}}}
    if mutual_funds:
        shape["mutualFunds"] = NO_FUNDS
    return shape | {
        "updating": kept.updating,
        "loginNeeded": not kept.logged_in,
        "lastUpdate": iso(kept.stored_at),
        "snapshotDate": iso(kept.taken_at),
    }


def consent(found: Consent) -> dict[str, Any]:
    """An entry of the ledger."""
    return {
        "id": found.consent_id,
        "scopes": found.scopes,
        "text": found.notice,
        "language": found.language,
        "transactionId": found.transaction_id,
        "givenAt": iso(found.given_at),
        "validUntil": iso(found.valid_until),
        "withdrawnAt": None if found.withdrawn_at is None else iso(found.withdrawn_at),
        "withdrawnBy": found.withdrawn_by,
    }
