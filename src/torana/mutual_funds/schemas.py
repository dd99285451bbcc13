"""The wire forms of what is asked for: by a create, and by the two OTP calls."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.mutual_funds.models import Applicant, Wanted, email_of, pan_of, phone_of
from torana.transactions.reading import Faults, keep_unknown, object_at, refuse_order_config, truth_at

INTENT = "MF_HOLDINGS_IMPORT"
TITLE = "Mutual funds"
MOST_BYTES = 4096
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
    refuse_order_config(given, INTENT, faults)
    asset = object_at(given, "assetConfig", faults)
    response = object_at(given, "responseConfig", faults)
    keep_unknown(extra, "assetConfig", asset, ASSET_KEYS)
    keep_unknown(extra, "responseConfig", response, RESPONSE_KEYS)
    detail = truth_at(response, "responseConfig", "casDetail", faults)
    summary = truth_at(response, "responseConfig", "casSummary", faults)
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
        "fromDate": {**text, "format": "date", "description": "First day of the transactions in casDetail."},
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
