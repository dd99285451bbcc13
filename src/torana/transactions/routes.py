"""The partner's API around transactions."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.params import Parameter

from torana.api.answers import JSON, success
from torana.api.request_ids import about
from torana.kit.database import Database
from torana.kit.errors import NotFound
from torana.partners import idempotency
from torana.partners.access import Access, authenticate
from torana.partners.api_services import ApiServices, given
from torana.transactions.create import check, create
from torana.transactions.details import details
from torana.transactions.intents import Intents
from torana.transactions.life_cycle import expire_now
from torana.transactions.models import Transaction
from torana.transactions.reference import create_operation, details_operation
from torana.transactions.schemas import MOST_BYTES, read_create
from torana.transactions.store import find

_TRANSACTION_ID = re.compile(r"TRX_[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class TransactionServices(ApiServices):
    """What the handlers of this folder work with: the intents that this program knows, too."""

    intents: Intents[Any]


async def create_transaction(
    request: Request[Any, Any, Any], name: str, services: TransactionServices
) -> Response[bytes]:
    """Create a transaction for the investor whom the token names, to be triggered within minutes. Letter case does not
    matter, and keys that we do not know are kept.

    The same order sent twice is two transactions, unless both requests carry the same Idempotency-Key. Without a key,
    the same order within a minute also raises the event `transaction.repeated`."""
    services.overload.check()
    database, intents, now = services.database, services.intents, services.clock.now()
    access = await authenticate(services.gateways, name, request.headers, now)
    wanted = read_create(intents, await request.body())
    intent = intents.registered(wanted.intent, wanted.kind)
    check(intent, access)
    await intent.check_subject(database, services.connectors, access, wanted.config, now)
    lock = await idempotency.begin_request(
        request, database, access.gateway.gateway_id, now, access.investor_id, wanted
    )
    if isinstance(lock, idempotency.KeptAnswer):
        return idempotency.replayed(lock)
    created = await create(database, intents, access, wanted, now, lock, cipher=services.cipher)
    about(created.transaction_id)
    return Response(created.body, media_type=JSON)


async def transaction_details(
    request: Request[Any, Any, Any],
    name: str,
    services: TransactionServices,
    transaction_id: Annotated[str, Parameter(query="transactionId", description="As create returned it.")],
) -> Response[bytes]:
    """The state of a transaction, and its result once there is one. A guest token sees every transaction of the
    gateway, a connected token its own."""
    database, now = services.database, services.clock.now()
    access = await authenticate(services.gateways, name, request.headers, now)
    transaction = await _visible(database, access, transaction_id)
    about(transaction_id)
    if transaction.expired(now):
        async with database.transaction() as connection:
            await expire_now(
                connection, gateway_id=transaction.gateway_id, transaction_id=transaction.transaction_id, now=now
            )
        transaction = await _visible(database, access, transaction_id)
    intent = services.intents.of(transaction)
    return success(await details(database, services.cipher, access.gateway, intent, transaction, now))


async def _visible(database: Database, access: Access, transaction_id: str) -> Transaction:
    """The transaction if this caller may see it. What they may not see is not there."""
    if _TRANSACTION_ID.fullmatch(transaction_id) is not None:
        transaction = await find(database, access.gateway.gateway_id, transaction_id)
        if transaction is not None and (
            access.investor_id is None
            or access.investor_id == (transaction.investor_id or transaction.asked_investor_id)
        ):
            return transaction
    raise NotFound(
        "TransactionIdNotFound: this gateway, or this investor, has no transaction with this id",
        errors=("TransactionIdNotFound",),
    )


def transactions_router(services: ApiServices, intents: Intents[Any]) -> Router:
    """The routes; what they say of bodies and results in the API reference is the intents' own."""
    creating = post(
        "/gateway/{name:str}/transaction",
        status_code=200,
        request_max_body_size=MOST_BYTES,
        summary="Create a transaction",
        operation_class=create_operation(intents),
    )
    looking_up = get(
        "/v1/{name:str}/engine/transactiondetails",
        summary="Look up a transaction",
        operation_class=details_operation(intents),
    )
    return Router(
        "/",
        route_handlers=[creating(create_transaction), looking_up(transaction_details)],
        dependencies=given(TransactionServices(**vars(services), intents=intents)),
        tags=["Transactions"],
    )
