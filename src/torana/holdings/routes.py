"""The partner's look at what a connected investor holds, and at what they consented to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from litestar import Request, Response, Router, delete, get
from litestar.datastructures import State
from litestar.params import Parameter

from torana.api.answers import success
from torana.holdings.reference import HoldingsOperation
from torana.holdings.refresh import ask_anew
from torana.holdings.schemas import Version, consent, holdings
from torana.holdings.snapshots import NoHoldings, Snapshots
from torana.holdings.withdraw import withdraw
from torana.investors import consents
from torana.investors.consents import GUESTS, WithdrawnBy
from torana.kit.errors import ApiError, NotFound
from torana.kit.letter_case import upper
from torana.kit.tables import PersonalTable
from torana.partners.access import authenticate
from torana.partners.api_services import ApiServices, given

AnyRequest = Request[None, None, State]
_CONSENTS = "/v1/{name:str}/engine/user/consents"
_NO_HOLDINGS = {
    NoHoldings.UNKNOWN_INVESTOR: "This gateway does not know the investor whom the token names",
    NoHoldings.CONSENT_MISSING: "The investor was not asked yet: a HOLDINGS_IMPORT asks for their consent",
    NoHoldings.CONSENT_WITHDRAWN: "The investor has withdrawn their consent, and their holdings were deleted",
    NoHoldings.CONSENT_EXPIRED: "The investor's consent has ended: a HOLDINGS_IMPORT asks for it again",
    NoHoldings.NOT_IMPORTED: "No holdings are kept of this investor: run a HOLDINGS_IMPORT",
}


@dataclass(frozen=True, kw_only=True)
class HoldingsServices(ApiServices):
    """What the handlers of this folder work with: what is kept of holdings, too."""

    snapshots: Snapshots
    tables: Sequence[PersonalTable]
    """What is kept under consents."""


async def user_holdings(
    request: AnyRequest,
    name: str,
    services: HoldingsServices,
    version: Annotated[str | None, Parameter(description="v1 (as when it is left out) or v2.")] = None,
    mutual_funds: Annotated[
        str | None, Parameter(query="mfHoldings", description="true: say what is known of mutual funds.")
    ] = None,
) -> Response[bytes]:
    """Holdings as the last import or a later reading found them; `snapshotDate` says when. While the investor's login
    at the broker lives and the last reading is older than a minute, a new one is started: `updating` is then true, and
    a later call returns it. With `loginNeeded` a newer reading needs another HOLDINGS_IMPORT.

    `/gateway/{name}/user/holdings` is the older path of the same."""
    wanted, with_funds = _version(version), _flag("mfHoldings", mutual_funds)
    now = services.clock.now()
    gateway_id, investor_id = await _connected(request, name, services)
    kept = await services.snapshots.find(gateway_id, investor_id, wanted, now)
    if isinstance(kept, NoHoldings):
        raise ApiError(_NO_HOLDINGS[kept], status=404, anchor="no-holdings", errors=(kept.value,))
    shape = holdings(kept, wanted, mutual_funds=with_funds)
    if kept.logged_in and not kept.updating:
        shape["updating"] = await ask_anew(services.database, gateway_id, investor_id, kept.taken_at, now)
    return success(shape | {"smallcaseAuthId": investor_id, "broker": kept.broker})


@get(_CONSENTS, summary="Consents of an investor or a guest", tags=["Holdings"])
async def user_consents(
    request: AnyRequest,
    name: str,
    services: HoldingsServices,
    transaction_id: Annotated[
        str | None, Parameter(query="transactionId", description="With a guest's token: what was agreed to in it.")
    ] = None,
) -> Response[bytes]:
    """Everything that the investor agreed to at this gateway, the newest first: the text that they saw, its language,
    when they agreed, until when, and when it was withdrawn. A guest's consents are found by their transaction."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    gateway_id = access.gateway.gateway_id
    if access.investor_id is not None:
        found = await consents.ledger(services.database, gateway_id, access.investor_id)
    elif transaction_id:
        theirs = await consents.of_transaction(services.database, gateway_id, transaction_id)
        found = [one for one in reversed(theirs) if one.investor_id == GUESTS]
    else:
        why = "send the token of a connected investor, or name a guest's transaction: ?transactionId=TRX_…"
        raise ApiError(f"Say whose consents: {why}", errors=(why,))
    return success([consent(one) for one in found])


@delete(_CONSENTS + "/{consent_id:str}", status_code=200, summary="Withdraw a consent", tags=["Holdings"])
async def withdraw_consent(
    request: AnyRequest, name: str, consent_id: str, services: HoldingsServices
) -> Response[bytes]:
    """Withdraw this consent for the investor, with every other consent to the same; with a guest's token, only this
    one. What is kept under it is deleted at once, and `consent.withdrawn` tells the gateway's endpoints. Withdrawing
    again changes nothing."""
    now = services.clock.now()
    access = await authenticate(services.gateways, name, request.headers, now)
    after = await withdraw(
        services.database,
        services.tables,
        access.gateway.gateway_id,
        access.investor_id or GUESTS,
        consent_id,
        by=WithdrawnBy.PARTNER,
        now=now,
    )
    if after is None:
        raise NotFound("This investor, or guest, has no such consent at this gateway", errors=("ConsentNotFound",))
    return success(consent(after))


async def _connected(request: AnyRequest, name: str, services: HoldingsServices) -> tuple[str, str]:
    """The gateway's id and the investor's. Raises `AccessDenied`, and `ApiError` (400) for a guest."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    if access.investor_id is None:
        raise ApiError(
            "Holdings need a connected investor: send their token",
            errors=("InvalidIntent",),
            anchor="connected-only",
        )
    return access.gateway.gateway_id, access.investor_id


def _version(given: str | None) -> Version:
    """Raises `ApiError` (400)."""
    word = upper(given or "v1")
    if word not in ("V1", "V2"):
        raise ApiError("version must be v1 or v2", errors=("version must be v1 or v2",))
    return Version(word.lower())


def _flag(name: str, given: str | None) -> bool:
    """Raises `ApiError` (400)."""
    word = upper(given or "false")
    if word not in ("TRUE", "FALSE"):
        raise ApiError(f"{name} must be true or false")
    return word == "TRUE"


def holdings_router(services: ApiServices, tables: Sequence[PersonalTable]) -> Router:
    """The routes; `tables` are those of all intents, of which a withdrawal deletes."""
    snapshots = Snapshots(services.database, services.cipher)
    looking = get(
        "/v1/{name:str}/engine/user/holdings",
        summary="Holdings of a connected investor",
        tags=["Holdings"],
        operation_class=HoldingsOperation,
    )
    as_before = get("/gateway/{name:str}/user/holdings", include_in_schema=False)
    return Router(
        path="",
        route_handlers=[looking(user_holdings), as_before(user_holdings), user_consents, withdraw_consent],
        dependencies=given(HoldingsServices(**vars(services), snapshots=snapshots, tables=tables)),
    )
