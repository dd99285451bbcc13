"""The wire forms: what a create and the two OTP calls ask for, and what an import tells."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from torana.api.answers import iso
from torana.events.types import EventType
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.kit.letter_case import lower
from torana.kit.money import short_rupees, shortest
from torana.mutual_funds import store
from torana.mutual_funds.imports import statement_of
from torana.mutual_funds.models import (
    AccountStatement,
    Applicant,
    FundHolding,
    Wanted,
    email_of,
    pan_of,
    phone_of,
)
from torana.transactions.details import wire_of
from torana.transactions.reading import Faults, keep_unknown

INTENT = "MF_HOLDINGS_IMPORT"
TITLE = "Mutual funds"
MOST_BYTES = 4096
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TRUTH = {True: True, False: False, "true": True, "false": False}
_AVERAGE_PLACES = Decimal("0.0001")


class Given(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the partner says of the person, as it was checked. Personal: it is stored sealed."""

    pan: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def applicant(self) -> Applicant | None:
        """Who it is, if there is enough to ask the registrar; by phone where both ways are given."""
        to = phone_of(self.phone) or email_of(self.email)
        return None if self.pan is None or to is None else Applicant(self.pan, to)

    def __repr__(self) -> str:
        return "Given()"


class ImportConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a create asks for. `given` leaves it before it is stored."""

    from_date: date | None = None
    purpose: str | None = None
    """The interface's `flow`; kept as it came."""
    cas_summary: bool = True
    cas_detail: bool = False
    given: Given | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(detailed=self.cas_detail, from_date=self.from_date)


ASSET_KEYS = frozenset({"fromDate", "pan", "phone", "email", "flow"})
RESPONSE_KEYS = frozenset({"casDetail", "casSummary"})


def read_config(given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> ImportConfig:
    """`assetConfig` and `responseConfig` of a create."""
    if given.get("orderConfig") not in (None, {}):
        faults.append(f"orderConfig has no place in a {INTENT}: leave it out")
    asset = _object(given, "assetConfig", faults)
    response = _object(given, "responseConfig", faults)
    keep_unknown(extra, "assetConfig", asset, ASSET_KEYS)
    keep_unknown(extra, "responseConfig", response, RESPONSE_KEYS)
    detail = _truth(response, "casDetail", faults)
    summary = _truth(response, "casSummary", faults)
    purpose = asset.get("flow")
    if purpose is not None and not (isinstance(purpose, str) and len(purpose) <= 40):
        faults.append("assetConfig.flow must be a word, such as wealth")
        purpose = None
    # Nothing asked for is the summary: an import that tells nothing would be none.
    asked = bool(summary) if summary is not None else not detail
    return ImportConfig(
        from_date=_from_date(asset, faults),
        purpose=purpose,
        cas_summary=asked or not detail,
        cas_detail=bool(detail),
        given=_given(asset, faults),
    )


def _object(given: Mapping[str, Any], key: str, faults: Faults) -> Mapping[str, Any]:
    found = given.get(key)
    if found is None or isinstance(found, dict):
        return found or {}
    faults.append(f"{key} must be an object")
    return {}


def _truth(response: Mapping[str, Any], key: str, faults: Faults) -> bool | None:
    found = response.get(key)
    word = lower(found) if isinstance(found, str) else found
    if found is None or (isinstance(word, bool | str) and word in _TRUTH):
        return None if found is None else _TRUTH[word]
    faults.append(f"responseConfig.{key} must be true or false")
    return None


def _from_date(asset: Mapping[str, Any], faults: Faults) -> date | None:
    found = asset.get("fromDate")
    if found is None:
        return None
    if isinstance(found, str) and _DAY.fullmatch(found):
        try:
            return date.fromisoformat(found)
        except ValueError:
            pass
    faults.append("assetConfig.fromDate must be a day, yyyy-mm-dd")
    return None


def _given(asset: Mapping[str, Any], faults: Faults) -> Given | None:
    named = {key: None if asset.get(key) == "" else asset.get(key) for key in ("pan", "phone", "email")}
    if all(value is None for value in named.values()):
        return None
    pan = pan_of(named["pan"])
    phone, email = phone_of(named["phone"]), email_of(named["email"])
    if named["pan"] is not None and pan is None:
        faults.append("assetConfig.pan must be a PAN, such as ABCDE1234F")
    if named["phone"] is not None and phone is None:
        faults.append("assetConfig.phone must be an Indian mobile number of 10 digits")
    if named["email"] is not None and email is None:
        faults.append("assetConfig.email must be an e-mail address")
    return Given(pan, phone.address if phone else None, email.address if email else None)


def config_schema() -> dict[str, Any]:
    """JSON Schema of `assetConfig` and `responseConfig`."""
    words = "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"
    truth = {"type": ["boolean", "string", "null"], "pattern": words}
    text = {"type": ["string", "null"]}
    asset = {
        "fromDate": {**text, "format": "date", "description": "Since when casDetail tells transactions."},
        "pan": {**text, "description": "With phone or email: the investor only confirms. Any letter case."},
        "phone": {**text, "description": "10 digits, with +91 or without."},
        "email": text,
        "flow": {**text, "description": "Such as wealth."},
    }
    response = {
        "casSummary": {**truth, "description": "Holdings. Left out with casDetail: true without it."},
        "casDetail": {**truth, "description": "Holdings with their transactions."},
    }
    return {
        "properties": {
            "assetConfig": {"type": ["object", "null"], "properties": asset},
            "responseConfig": {"type": ["object", "null"], "properties": response},
        }
    }


class OtpBody(msgspec.Struct):
    """Of both OTP calls; what is wrong with a value is told in words of ours."""

    transaction_id: str = msgspec.field(name="transactionId", default="")
    pan: Any = None
    phone: Any = None
    email: Any = None
    otp: Any = None


_otp_decoder = msgspec.json.Decoder(OtpBody)


def read_otp_body(body: bytes) -> OtpBody:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _otp_decoder)
    except InvalidJson as error:
        raise ApiError(
            f'The body must be JSON as {{"transactionId": "TRX_…", "pan": "…", "phone": "+91…"}}: {error}'
        ) from None


def applicant_of(body: OtpBody) -> Applicant:
    """Whom an OTP call is about. Raises `ApiError` (400) that lists everything that is wrong."""
    faults = Faults()
    pan, by_phone, by_email = pan_of(body.pan), body.phone is not None, body.email is not None
    if pan is None:
        faults.append("pan must be a PAN, such as ABCDE1234F")
    if by_phone == by_email:
        faults.append("send either phone or email")
    to = phone_of(body.phone) if by_phone else email_of(body.email)
    if by_phone and to is None:
        faults.append("phone must be an Indian mobile number, such as +919876543210")
    if by_email and not by_phone and to is None:
        faults.append("email must be an e-mail address")
    faults.raise_if_any()
    if pan is None or to is None:
        raise AssertionError("one of the faults was raised")
    return Applicant(pan, to)


# what an import tells


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
        "description": "MF_HOLDINGS_IMPORT: holdings by folio and scheme; null if not asked for, not there yet, or not "
        "kept any more.",
    },
    "casDetail": {**_BLOCK_SCHEMA, "description": "MF_HOLDINGS_IMPORT: the same with transactions."},
    "updating": {
        "type": "boolean",
        "description": "MF_HOLDINGS_IMPORT: whether the registrar is still at work; the webhook brings the data.",
    },
    "snapshotDate": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "MF_HOLDINGS_IMPORT: when the registrar told it.",
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
