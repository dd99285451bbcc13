"""The partner's API for an import without our pages: ask for the registrar's code, give it back.

Both paths of the interface name no gateway. The transaction does; its secret has to come with the request.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request, Response, Router, post
from litestar.openapi.spec import Operation, RequestBody

from torana.api.documented import json_content
from torana.api.request_ids import about
from torana.kit.database import Connection, Database
from torana.kit.errors import AccessDenied, ApiError
from torana.mutual_funds.imports import FundImports, NoRegistrar
from torana.mutual_funds.models import Applicant, FundImport
from torana.mutual_funds.registrar import Refusal, RegistrarAway, RegistrarRefused
from torana.mutual_funds.schemas import INTENT, MOST_BYTES, OtpBody, applicant_of, read_otp_body
from torana.one_time_codes.models import DIGITS, MOST_ATTEMPTS, MOST_SENDINGS, RESEND_AFTER, Sending, Verdict
from torana.partners import idempotency
from torana.partners.access import SECRET_HEADER, Access, authenticate
from torana.partners.api_services import ApiServices, given
from torana.transactions import life_cycle, store
from torana.transactions.intents import Intents
from torana.transactions.models import Status, Transaction

AnyRequest = Request[Any, Any, Any]
_WAIT = {"retry-after": f"{RESEND_AFTER.total_seconds():.0f}"}
CONSENT_BY_PARTNER: dict[str, Any] = {"way": "api", "language": None, "text": []}
"""The partner has asked the person; the code that they give back is their word to the registrar."""


@dataclass(frozen=True, kw_only=True)
class FundServices(ApiServices):
    """What the handlers of this folder work with."""

    fund_imports: FundImports
    intents: Intents[Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One OTP call of a partner who may make it."""

    access: Access
    transaction: Transaction
    body: OtpBody
    applicant: Applicant
    found: FundImport | None


async def get_otp(request: AnyRequest, services: FundServices) -> Response[bytes]:
    """Ask the registrar to send a one-time code to the investor's phone or e-mail address. At most five in a
    transaction, one every 30 seconds."""
    asked, now = await _asked(request, services)

    async def send() -> None:
        _refuse_if_over(asked, now)
        await _begin(services.database, asked.transaction, now)
        wanted = services.intents.of(asked.transaction).config_of(asked.transaction).wanted
        try:
            sending = await services.fund_imports.send(
                asked.access.gateway, asked.transaction, asked.applicant, wanted, CONSENT_BY_PARTNER
            )
        except (RegistrarRefused, RegistrarAway, NoRegistrar) as error:
            raise _registrars(error) from None
        if sending is not Sending.SENT:
            raise _not_sent(sending)

    async def answer(_: Connection) -> dict[str, Any]:
        return {"transactionId": asked.transaction.transaction_id, "channel": asked.applicant.to.channel.value}

    return await _once(request, services, asked, now, send, answer)


async def verify_otp(request: AnyRequest, services: FundServices) -> Response[bytes]:
    """Send the code that the investor entered. 200 means that the registrar accepted it; the holdings come by webhook.
    Five wrong codes end the transaction."""
    asked, now = await _asked(request, services)

    async def check() -> None:
        _refuse_if_over(asked, now)
        _refuse_if_another(services, asked)
        otp = asked.body.otp
        if not (isinstance(otp, str | int) and not isinstance(otp, bool)):
            raise ApiError(f"otp must be the {DIGITS} digits that the registrar sent")
        try:
            verdict = await services.fund_imports.check(asked.access.gateway, asked.transaction, str(otp))
        except (RegistrarRefused, RegistrarAway, NoRegistrar) as error:
            raise _registrars(error) from None
        if verdict is not Verdict.RIGHT:
            raise _not_right(verdict)

    async def answer(_: Connection) -> dict[str, Any]:
        return {"transactionId": asked.transaction.transaction_id, "status": "PROCESSING"}

    return await _once(request, services, asked, now, check, answer)


async def _once(
    request: AnyRequest, services: FundServices, asked: _Asked, now: datetime, before: Any, answer: Any
) -> Response[bytes]:
    return await idempotency.once(
        request,
        services.database,
        services.cipher,
        answer,
        gateway_id=asked.access.gateway.gateway_id,
        same=(asked.access.investor_id, asked.transaction.transaction_id, asked.applicant, asked.body.otp),
        now=now,
        before=before,
    )


async def _asked(request: AnyRequest, services: FundServices) -> tuple[_Asked, datetime]:
    """Who calls, and about which import. Raises `ApiError`."""
    services.overload.check()
    idempotency.read_key(request.headers)
    now = services.clock.now()
    if not request.headers.get(SECRET_HEADER):
        raise AccessDenied(
            f"invalid gateway: the header {SECRET_HEADER} must carry the API secret of the transaction's gateway",
            anchor="invalid-gateway",
            errors=("invalid gateway",),
        )
    body = read_otp_body(await request.body())
    access, transaction = await _transaction(request, services, body.transaction_id, now)
    about(transaction.transaction_id)
    if transaction.intent != INTENT:
        raise ApiError(
            f"InvalidIntent: this transaction is not an {INTENT}", errors=("InvalidIntent",), anchor="mf-otp"
        )
    found = await services.fund_imports.find(transaction)
    return _Asked(access, transaction, body, applicant_of(body), found), now


async def _transaction(
    request: AnyRequest, services: FundServices, transaction_id: str, now: datetime
) -> tuple[Access, Transaction]:
    """A gateway's own transaction, for a token that may see it: everything else is not there."""
    for gateway_id in await store.gateways_of(services.database, transaction_id):
        gateway = await services.gateways.by_id(gateway_id)
        if gateway is None:
            continue
        try:
            access = await authenticate(services.gateways, gateway.name, request.headers, now)
        except AccessDenied as denied:
            if denied.anchor != "invalid-gateway":
                raise
            continue
        transaction = await store.find(services.database, gateway_id, transaction_id)
        whose = None if transaction is None else transaction.investor_id or transaction.asked_investor_id
        if transaction is not None and access.investor_id in (None, whose):
            return access, transaction
    raise ApiError(
        "TransactionIdNotFound: no gateway with this API secret, or not this investor, has this transaction",
        errors=("TransactionIdNotFound",),
        anchor="mf-otp",
    )


async def _begin(database: Database, transaction: Transaction, now: datetime) -> None:
    """The transaction is in use, as it is once its pages were opened; the event tells of the first time."""
    if transaction.status is not Status.INITIALIZED:
        return
    async with database.transaction() as connection:
        await life_cycle.use(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            investor_id=transaction.asked_investor_id,
            session_id=None,
            broker=None,
            now=now,
        )


def _refuse_if_over(asked: _Asked, now: datetime) -> None:
    """Raises `ApiError`: five codes were wrong, or its time is over, or it was confirmed."""
    if asked.found is not None and asked.found.codes_tried >= MOST_ATTEMPTS and asked.found.verified_at is None:
        raise _too_many()
    transaction = asked.transaction
    if transaction.confirmed_at is not None or transaction.finished_at is not None or transaction.expired(now):
        raise _over()


def _refuse_if_another(services: FundServices, asked: _Asked) -> None:
    """Raises `ApiError`: the code went another way, or to somebody else."""
    if asked.found is None or not asked.found.waits_for_code:
        raise _not_right(Verdict.NOT_SENT)
    if asked.found.channel is not asked.applicant.to.channel:
        raise ApiError(
            f"OTPMethodMismatch: the OTP was sent by {asked.found.channel.value}: verify it with that",
            errors=("OTPMethodMismatch",),
            anchor="mf-otp",
        )
    if services.fund_imports.applicant(asked.found) != asked.applicant:
        raise ApiError("pan, phone and email must be the same as when the OTP was sent", anchor="mf-otp")


def _over() -> ApiError:
    return ApiError(
        "TransactionIdExpired: its time is over, or it was verified before. Create a new transaction",
        error_type="AccessDenied",
        errors=("TransactionIdExpired",),
        anchor="mf-otp",
    )


def _too_many() -> ApiError:
    return ApiError(
        f"wrong_attempts_exceeded: {MOST_ATTEMPTS} codes were wrong, which ended the transaction. Create a new one",
        error_type="AccessDenied",
        errors=("wrong_attempts_exceeded",),
        anchor="mf-otp",
    )


def _not_sent(sending: Sending) -> ApiError:
    match sending:
        case Sending.LOCKED:
            return _too_many()
        case Sending.VERIFIED:
            return _over()
        case Sending.TOO_MANY:
            why = f"a transaction has {MOST_SENDINGS} codes: create a new one"
        case _:
            why = f"there is one in {RESEND_AFTER.total_seconds():.0f} s"
    return ApiError(
        f"No code was sent: {why}",
        status=429,
        error_type="MFCException",
        errors=("Too Many Requests",),
        anchor="mf-registrar",
        headers=_WAIT if sending is Sending.TOO_SOON else None,
    )


def _not_right(verdict: Verdict) -> ApiError:
    match verdict:
        case Verdict.WRONG | Verdict.EXPIRED:
            why = "is wrong" if verdict is Verdict.WRONG else "has expired: ask for a new one"
            return ApiError(
                f"Incorrect OTP: the code {why}",
                status=406,
                error_type="AccessDenied",
                errors=("Incorrect OTP",),
                anchor="mf-otp",
            )
        case Verdict.LOCKED:
            return _too_many()
        case Verdict.SPENT:
            return _over()
        case Verdict.NOT_SENT:
            return ApiError("No OTP was sent for this transaction: call getOtp first", anchor="mf-otp")
        case _:
            return ApiError(f"otp must be the {DIGITS} digits that the registrar sent")


_REFUSED = {
    Refusal.CREDENTIALS: (401, "Invalid token or client Id"),
    Refusal.FORMAT: (422, "Invalid Input or Request Format"),
    Refusal.TOO_FAST: (429, "Too Many Requests"),
}


def _registrars(error: RegistrarRefused | RegistrarAway | NoRegistrar) -> ApiError:
    """What the registrar says no to, or that it does not answer."""
    if isinstance(error, NoRegistrar):
        return ApiError(
            "The operator has set up no registrar of mutual funds for this gateway",
            anchor="not-supported",
            errors=("NotSupported",),
        )
    if isinstance(error, RegistrarAway):
        return ApiError(
            "Internal Error: the registrar of the funds does not answer. Nothing was counted, and a code that came "
            "before stays good: try again in a minute",
            status=500,
            error_type="InternalError",
            errors=("Internal Error",),
            anchor="mf-registrar",
        )
    status, name = _REFUSED.get(error.refusal, (400, ""))
    known = {Refusal.NOT_KNOWN: "No folio has this PAN with this phone number or e-mail address"}
    said = name or known.get(error.refusal) or error.text or "The registrar does not take this"
    return ApiError(
        said,
        status=status,
        error_type="MFCException",
        errors=(said,),
        anchor="mf-registrar",
        headers=_WAIT if error.refusal is Refusal.TOO_FAST else None,
    )


@dataclass
class _OtpOperation(Operation):
    """The body of both calls: it is read by ourselves, once the caller has proven who they are."""

    def __post_init__(self) -> None:
        example = {"transactionId": f"TRX_{'0' * 32}", "pan": "ABCDE1234F", "phone": "+919876543210"}
        schema = {
            "type": "object",
            "required": ["transactionId", "pan"],
            "properties": {
                "transactionId": {"type": "string", "description": f"Of a {INTENT}."},
                "pan": {"type": "string", "description": "Any letter case."},
                "phone": {"type": "string", "description": "+91 and 10 digits. Either this or email."},
                "email": {"type": "string"},
                "otp": {"type": "string", "description": "verifyOtp: six digits."},
            },
        }
        self.request_body = RequestBody(
            required=True, content=json_content(schema, getOtp=example, verifyOtp={**example, "otp": "123456"})
        )


def mutual_funds_router(services: ApiServices, fund_imports: FundImports, intents: Intents[Any]) -> Router:
    """The routes; `intents` know what the transaction asks the registrar for."""
    how: dict[str, Any] = {
        "status_code": 200,
        "request_max_body_size": MOST_BYTES,
        "operation_class": _OtpOperation,
    }
    asking = post("/gateway/mf/getOtp", summary="Send a registrar's OTP", **how)
    verifying = post("/gateway/mf/verifyOtp", summary="Verify a registrar's OTP", **how)
    more = FundServices(**vars(services), fund_imports=fund_imports, intents=intents)
    return Router(
        "/",
        route_handlers=[asking(get_otp), verifying(verify_otp)],
        dependencies=given(more),
        tags=["Mutual funds"],
    )
