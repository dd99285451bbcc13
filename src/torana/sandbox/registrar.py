"""The simulated registrar of mutual funds, at `/mfcentral`: tokens, one-time codes, statements.

It answers as public integrations of MFCentral's CAS API 2.2 quote its paths and fields, and is strict about what they
say of requests. The envelope of signature and encryption is left out; the codes of its refusals, and the answer while a
statement is being made, are invented: no public document tells them.
"""

import base64
import re
import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hmac import compare_digest
from typing import Any, TypeVar

import msgspec

from torana.kit.clock import IST
from torana.sandbox import web
from torana.sandbox.exchange import Exchange
from torana.sandbox.registrar_books import Ending, Folios, day_of, ending_of
from torana.sandbox.web import JSON, Request, Response, Router

T = TypeVar("T")
PREFIX = "/mfcentral"
CLIENT_ID = "sandbox-mfcentral"
CLIENT_SECRET = "sandbox-mfcentral-secret"
USERNAME = "sandbox-mfcentral-user"
PASSWORD = "sandbox-mfcentral-password"
RIGHT_CODE = "123456"
CODE_LIVES = timedelta(minutes=3)
MOST_TRIES = 5
_KEPT = 5000
"""Of requests for a statement, and of tokens: the oldest give way."""
_PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]", re.ASCII)
_MOBILE = re.compile(r"\+91[6-9][0-9]{9}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+", re.ASCII)


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _Summary(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    client_ref_no: str
    pan: str
    pekrn: str
    mobile: str
    email: str


class _Detail(_Summary, rename="camel", forbid_unknown_fields=True):
    from_date: str
    to_date: str


class _Consent(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    req_id: int
    otp_ref: str
    user_subject_reference: str
    client_ref_no: str
    entered_otp: str


class _Document(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    req_id: int
    client_ref_no: str


@dataclass(slots=True)
class _Asked:
    """One request for a statement."""

    pan: str
    client_ref_no: str
    otp_ref: str
    sent_at: datetime
    since: date | None
    until: date | None
    tries: int = 0
    consented_at: datetime | None = None
    asked_for: int = 0
    """How often the statement was asked for since."""


@dataclass(slots=True)
class Registrar:
    """Everything that it remembers. `exchange` tells the time."""

    exchange: Exchange
    asked: OrderedDict[int, _Asked] = field(default_factory=OrderedDict)
    tokens: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))
    codes_sent: int = 0
    _router: Router[Any] = field(init=False)

    def __post_init__(self) -> None:
        self._router = Router[Any]()
        base = "/api/client/V1"
        self._router.add("POST", "/oauth/token", self._token)
        self._router.add("POST", f"{base}/submitcassummaryrequest", self._summary)
        self._router.add("POST", f"{base}/submitcasdetailrequest", self._detail)
        self._router.add("POST", f"{base}/investorconsent", self._consent)
        self._router.add("POST", f"{base}/getcasdocument", self._document)

    def forget(self) -> None:
        self.asked.clear()
        self.tokens.clear()

    async def answer(self, request: Request, path: str) -> Response:
        found = self._router.match(request.method, path)
        if found is None:
            return _error(405 if self._router.knows(path) else 404, "error", "No such service")
        handler, _ = found
        try:
            if path != "/oauth/token":
                self._authorised(request)
            answer: Response = await handler(request)
            return answer
        except _Refused as refused:
            return _error(refused.status, refused.code, refused.message)

    async def _token(self, request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if scheme != "Basic" or not compare_digest(given.encode(), expected.encode()):
            raise _Refused(401, "unauthorized", "Bad client credentials")
        form = await request.form()
        if form != {"grant_type": "password", "username": USERNAME, "password": PASSWORD}:
            raise _Refused(401, "unauthorized", "Bad credentials")
        token = secrets.token_hex(16)
        self.tokens.append(token)
        return web.json({"access_token": token, "token_type": "bearer", "expires_in": 2591999, "scope": "read"})

    def _authorised(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens or request.headers.get("clientid") != CLIENT_ID:
            raise _Refused(401, "unauthorized", "Invalid token or client Id")

    async def _summary(self, request: Request) -> Response:
        return self._ask(await _read(request, _Summary), None, None)

    async def _detail(self, request: Request) -> Response:
        body = await _read(request, _Detail)
        try:
            since, until = day_of(body.from_date), day_of(body.to_date)
        except ValueError:
            raise _Refused(400, "error", "fromDate and toDate must be dd-MMM-yyyy") from None
        if not since <= until <= self.exchange.now().astimezone(IST).date():
            raise _Refused(400, "error", "fromDate must not be after toDate, nor toDate in the future")
        return self._ask(body, since, until)

    def _ask(self, body: _Summary, since: date | None, until: date | None) -> Response:
        if not _PAN.fullmatch(body.pan):
            raise _Refused(400, "error", "PAN is not valid")
        if bool(body.mobile) == bool(body.email):
            raise _Refused(400, "error", "Pass exactly one of mobile or email")
        if body.mobile and not _MOBILE.fullmatch(body.mobile):
            raise _Refused(400, "error", "mobile must have the country code")
        if body.email and not _EMAIL.fullmatch(body.email):
            raise _Refused(400, "error", "email is not valid")
        known = {one.client_ref_no for one in self.asked.values()}
        if not body.client_ref_no or len(body.client_ref_no) > 35 or body.client_ref_no in known:
            raise _Refused(400, "error", "clientRefNo must be new, of at most 35 characters")
        ending = ending_of(body.pan)
        if ending is Ending.UNKNOWN:
            raise _Refused(400, "INVESTOR_NOT_FOUND", "No folio found for the given details")
        if ending is Ending.NO_CODE:
            raise _Refused(503, "error", "Service unavailable")
        if ending is Ending.TOO_FAST:
            raise _Refused(429, "error", "Too many requests")
        number, reference = 3_000_000 + self.codes_sent, secrets.token_hex(16)
        self.asked[number] = _Asked(body.pan, body.client_ref_no, reference, self.exchange.now(), since, until)
        self.codes_sent += 1
        if len(self.asked) > _KEPT:
            self.asked.popitem(last=False)
        answer = {"reqId": number, "otpRef": reference, "userSubjectReference": "", "clientRefNo": body.client_ref_no}
        return web.json(answer)

    async def _consent(self, request: Request) -> Response:
        body = await _read(request, _Consent)
        asked = self._known(body.req_id, body.client_ref_no)
        if not compare_digest(asked.otp_ref.encode(), body.otp_ref.encode()):
            raise _Refused(400, "error", "otpRef does not belong to reqId")
        if asked.consented_at is not None:
            raise _Refused(400, "CONSENT_EXISTS", "Consent was given already")
        if not re.fullmatch(r"[0-9]{6}", body.entered_otp, re.ASCII):
            raise _Refused(422, "error", "Invalid Input or Request Format")
        if asked.tries >= MOST_TRIES:
            raise _Refused(400, "OTP_LOCKED", "OTP attempts exceeded")
        if self.exchange.now() >= asked.sent_at + CODE_LIVES:
            raise _Refused(400, "OTP_EXPIRED", "OTP has expired")
        if not compare_digest(body.entered_otp, RIGHT_CODE):
            asked.tries += 1
            raise _Refused(400, "OTP_INVALID", "Invalid OTP")
        asked.consented_at = self.exchange.now()
        if ending_of(asked.pan) is Ending.CONSENT_UNANSWERED:
            raise _Refused(504, "error", "Gateway timeout")
        return web.json({"reqId": body.req_id, "status": "SUCCESS", "clientRefNo": body.client_ref_no})

    async def _document(self, request: Request) -> Response:
        body = await _read(request, _Document)
        asked = self._known(body.req_id, body.client_ref_no)
        if asked.consented_at is None:
            raise _Refused(400, "error", "Consent is missing")
        asked.asked_for += 1
        ending = ending_of(asked.pan)
        if ending is Ending.DOWN or (ending is Ending.DOWN_AT_FIRST and asked.asked_for <= 3):
            raise _Refused(503, "error", "Service unavailable")
        if ending is Ending.REFUSED:
            raise _Refused(400, "error", "The statement cannot be given")
        takes = timedelta(seconds=40 if ending is Ending.SLOW else 1)
        if self.exchange.now() < asked.consented_at + takes:
            return web.json({"reqId": body.req_id, "status": "IN_PROGRESS"}, 202)
        folios = Folios(asked.pan, ending, self.exchange.now().astimezone(IST).date())
        return web.json(_statement(body.req_id, asked, folios))

    def _known(self, number: int, client_ref_no: str) -> _Asked:
        asked = self.asked.get(number)
        if asked is None or asked.client_ref_no != client_ref_no:
            raise _Refused(400, "error", "reqId is not known")
        return asked


def _statement(number: int, asked: _Asked, folios: Folios) -> Mapping[str, Any]:
    common = {"reqId": number, "pan": asked.pan, "pekrn": "", "errorMessage": ""}
    if folios.none:
        return {**common, "data": [], "errorMessage": "No folio with a balance"}
    if asked.since is None or asked.until is None:
        return {**common, "data": [{"summary": folios.houses(), "schemes": folios.schemes()}]}
    rows = {"dtSummary": folios.detailed(), "dtTransaction": folios.transactions(asked.since, asked.until)}
    return {**common, "data": [rows]}


async def _read(request: Request, kind: type[T]) -> T:
    if request.content_type != JSON:
        raise _Refused(422, "error", "Invalid Input or Request Format")
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.DecodeError:
        raise _Refused(422, "error", "Invalid Input or Request Format") from None


def _error(status: int, code: str, message: str) -> Response:
    return web.json({"code": code, "message": message}, status)
