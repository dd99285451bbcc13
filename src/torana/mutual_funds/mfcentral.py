"""MFCentral, the common registrar of CAMS and KFintech, over HTTP.

Paths and field names are those of its API for consolidated account statements (CAS), version 2.2, as public
integrations quote them. The signed and encrypted envelope around the bodies (AES-CBC, JWS) is not spoken here: it comes
with a contract, and so do keys. Without it this client reaches the simulated registrar only.
"""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.hosts import origin
from torana.kit.clock import IST, Clock
from torana.kit.http import Answer, Request, TransportFailure
from torana.kit.money import Paise, nearest_paise
from torana.kit.outbound import BrokerClient
from torana.mutual_funds.models import AccountStatement, Applicant, FundEntry, FundHolding, Wanted
from torana.mutual_funds.registrar import NotReady, Refusal, RegistrarAway, RegistrarRefused
from torana.one_time_codes.models import Channel

T = TypeVar("T")
_SECONDS = 10.0
_FIRST_DAY = date(1990, 1, 1)
"""Before the first folio of any fund house."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REFUSALS = {401: Refusal.CREDENTIALS, 422: Refusal.FORMAT, 429: Refusal.TOO_FAST}
_BY_CODE = {
    "OTP_INVALID": Refusal.WRONG_CODE,
    "OTP_EXPIRED": Refusal.CODE_OVER,
    "OTP_LOCKED": Refusal.CODE_OVER,
    "CONSENT_EXISTS": Refusal.GIVEN_BEFORE,
    "INVESTOR_NOT_FOUND": Refusal.NOT_KNOWN,
}
"""Codes of a 400."""


class Keys(msgspec.Struct, frozen=True):
    """What MFCentral gave the operator. Its repr shows no value."""

    url: str
    client_id: str
    client_secret: str
    username: str
    password: str

    def __repr__(self) -> str:
        return "Keys()"

    def at(self, url: str) -> "Keys":
        """The same at another address."""
        return msgspec.structs.replace(self, url=url)


SIMULATED_KEYS = Keys(
    "", "sandbox-mfcentral", "sandbox-mfcentral-secret", "sandbox-mfcentral-user", "sandbox-mfcentral-password"
)
"""What the simulated registrar gives every operator; docs/sandbox.md says them too."""


class _Token(msgspec.Struct):
    access_token: str


class _Accepted(msgspec.Struct, rename="camel"):
    req_id: int
    otp_ref: str


class _Reference(msgspec.Struct, rename="camel", frozen=True):
    """What is kept between the calls, sealed."""

    req_id: int
    otp_ref: str
    client_ref_no: str
    detailed: bool


class _Fault(msgspec.Struct, rename="camel"):
    code: str = ""
    message: str = ""


class _Progress(msgspec.Struct, rename="camel"):
    status: str


class _Scheme(msgspec.Struct, rename="camel"):
    """A row of `schemes` (summary) or of `dtSummary` (detailed)."""

    folio: str
    scheme_name: str
    closing_balance: Decimal
    isin: str = ""
    scheme_code: str = ""
    scheme: str = ""
    nav: Decimal | None = None
    nav_date: str = ""
    last_nav_date: str = ""
    current_mkt_value: Decimal | None = None
    market_value: Decimal | None = None
    cost_value: Decimal | None = None


class _Trx(msgspec.Struct, rename="camel"):
    folio: str
    scheme: str
    trxn_date: str
    trxn_desc: str
    trxn_units: Decimal
    purchase_price: Decimal | None = None
    trxn_amount: Decimal | None = None


class _Part(msgspec.Struct, rename="camel"):
    schemes: list[_Scheme] | None = None
    dt_summary: list[_Scheme] | None = None
    dt_transaction: list[_Trx] | None = None


class _Document(msgspec.Struct, rename="camel"):
    data: list[_Part]
    error_message: str = ""


class MfCentral:
    """One operator's access. The token of the operator lives in memory and is fetched again when it is refused."""

    name = "MFCentral"

    def __init__(self, keys: Keys, clock: Clock, *, mode: str) -> None:
        self._keys = keys
        self._clock = clock
        self._client = BrokerClient("mfcentral", [origin(keys.url)], mode=mode)
        self._token: str | None = None

    async def send_code(self, applicant: Applicant, wanted: Wanted, our_reference: str) -> str:
        to, phone = applicant.to, applicant.to.channel is Channel.PHONE
        body: dict[str, object] = {
            "clientRefNo": our_reference,
            "pan": applicant.pan,
            "pekrn": "",
            "mobile": to.address if phone else "",
            "email": "" if phone else to.address,
        }
        path = "submitcassummaryrequest"
        if wanted.detailed:
            path = "submitcasdetailrequest"
            today = self._clock.now().astimezone(IST).date()
            body["fromDate"] = _day(min(wanted.from_date or _FIRST_DAY, today))
            body["toDate"] = _day(today)
        accepted = self._read(await self._call(path, body), _Accepted)
        known = _Reference(accepted.req_id, accepted.otp_ref, our_reference, wanted.detailed)
        return msgspec.json.encode(known).decode()

    async def give_consent(self, reference: str, code: str) -> None:
        known = msgspec.json.decode(reference, type=_Reference)
        body = {
            "reqId": known.req_id,
            "otpRef": known.otp_ref,
            "userSubjectReference": "",
            "clientRefNo": known.client_ref_no,
            "enteredOtp": code,
        }
        await self._call("investorconsent", body)

    async def statement(self, reference: str) -> AccountStatement | NotReady:
        known = msgspec.json.decode(reference, type=_Reference)
        answer = await self._call("getcasdocument", {"reqId": known.req_id, "clientRefNo": known.client_ref_no})
        if answer.status == 202:
            self._read(answer, _Progress)
            return NotReady()
        document = self._read(answer, _Document)
        try:
            holdings = tuple(one for part in document.data for one in _holdings(part, detailed=known.detailed))
        except (ValueError, ArithmeticError):
            raise RegistrarAway("its statement cannot be read") from None
        if document.error_message and holdings:
            raise RegistrarAway("its statement says that it is not whole")
        return AccountStatement(holdings, known.detailed, self._clock.now())

    async def close(self) -> None:
        await self._client.close()

    async def _call(self, path: str, body: Mapping[str, object]) -> Answer:
        """A POST with the operator's token; the answer of a success."""
        answer = await self._send(path, body, self._token or await self._new_token())
        if answer.status == 401:  # it says so before it does anything
            answer = await self._send(path, body, await self._new_token())
        if answer.status in (200, 202):
            return answer
        raise _refused(answer)

    async def _send(self, path: str, body: Mapping[str, object], token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "ClientId": self._keys.client_id}
        url = f"{self._keys.url}/api/client/V1/{path}"
        return await self._ask(Request("POST", url, headers, json=msgspec.json.encode(body)))

    async def _new_token(self) -> str:
        keys = self._keys
        basic = base64.b64encode(f"{keys.client_id}:{keys.client_secret}".encode()).decode()
        form = {"grant_type": "password", "username": keys.username, "password": keys.password}
        headers = {"Authorization": f"Basic {basic}"}
        answer = await self._ask(Request("POST", f"{keys.url}/oauth/token", headers, form=form))
        if answer.status != 200:
            raise _refused(answer)
        self._token = self._read(answer, _Token).access_token
        return self._token

    async def _ask(self, request: Request) -> Answer:
        try:
            return await self._client.send(request, seconds=_SECONDS)
        except TransportFailure as failure:
            raise RegistrarAway(failure.reason) from None
        except TimeoutError:
            raise RegistrarAway("it did not answer in time") from None

    @staticmethod
    def _read(answer: Answer, kind: type[T]) -> T:
        try:
            return decode(answer.body, kind)
        except Unreadable:
            raise RegistrarAway("its answer cannot be read") from None


def _refused(answer: Answer) -> RegistrarRefused | RegistrarAway:
    """What an answer that is no success says."""
    try:
        fault = decode(answer.body, _Fault)
    except Unreadable:
        fault = _Fault()
    if answer.status == 400:
        return RegistrarRefused(_BY_CODE.get(fault.code, Refusal.INVALID), fault.message)
    if answer.status in _REFUSALS:
        return RegistrarRefused(_REFUSALS[answer.status], fault.message)
    return RegistrarAway(f"it answers {answer.status}")


def _holdings(part: _Part, *, detailed: bool) -> list[FundHolding]:
    """Raises `ValueError` where a part is missing that such a document has."""
    rows = part.dt_summary if detailed else part.schemes
    if rows is None or (detailed and part.dt_transaction is None):
        raise ValueError("a part of the statement is missing")
    known = {(row.folio, row.scheme or row.scheme_code) for row in rows}
    entries: dict[tuple[str, str], list[FundEntry]] = {}
    for trx in part.dt_transaction or ():
        if (trx.folio, trx.scheme) not in known:
            raise ValueError("a transaction of a scheme that is not there")
        entries.setdefault((trx.folio, trx.scheme), []).append(_entry(trx))
    return [_holding(row, tuple(entries.get((row.folio, row.scheme or row.scheme_code), ()))) for row in rows]


def _holding(row: _Scheme, entries: tuple[FundEntry, ...]) -> FundHolding:
    value = row.market_value if row.current_mkt_value is None else row.current_mkt_value
    on = row.nav_date or row.last_nav_date
    return FundHolding(
        folio=row.folio,
        fund=row.scheme_name,
        scheme=row.scheme or row.scheme_code,
        isin=row.isin or None,
        units=row.closing_balance,
        nav=row.nav,
        nav_date=_date(on) if on else None,
        cost=_paise(row.cost_value),
        value=_paise(value),
        entries=entries,
    )


def _entry(trx: _Trx) -> FundEntry:
    return FundEntry(_date(trx.trxn_date), trx.trxn_desc, trx.trxn_units, trx.purchase_price, _paise(trx.trxn_amount))


def _paise(amount: Decimal | None) -> Paise | None:
    return None if amount is None else nearest_paise(amount)


def _date(text: str) -> date:
    """`01-Jan-2026`, the month in any letter case, whatever the language of this machine. Raises `ValueError`."""
    day, month, year = text.split("-")
    return datetime(int(year), _MONTHS.index(month.capitalize()) + 1, int(day)).date()  # noqa: DTZ001  # a day


def _day(on: date) -> str:
    return f"{on.day:02d}-{_MONTHS[on.month - 1]}-{on.year}"
