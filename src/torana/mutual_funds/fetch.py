"""The due work of an import: fetch the statement that was consented to, until it is there or its time is over."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from structlog.contextvars import bound_contextvars

from torana.events.log import News, change_and_record
from torana.kit.due import Claim, Kind, LostLease, release
from torana.mutual_funds import store
from torana.mutual_funds.imports import TABLE, FundImports, seal_statement
from torana.mutual_funds.models import AccountStatement, FundImport, Outcome
from torana.mutual_funds.registrar import NotReady, Refusal, RegistrarAway, RegistrarRefused
from torana.mutual_funds.result import FAILED, IMPORTED
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway
from torana.transactions import life_cycle
from torana.transactions import store as transactions
from torana.transactions.details import event_of
from torana.transactions.models import Status, Transaction
from torana.transactions.outcomes import HOLDINGS_IMPORT_ERROR

FUND_IMPORTS = Kind(TABLE, ("gateway_id", "transaction_id"), concurrency=32, gateway_places=8)
PATIENCE = timedelta(seconds=20)
"""How long the investor and the promise wait; then the webhook alone brings what comes."""
GIVE_UP = timedelta(hours=24)
"""After the consent."""
_GAPS = (
    (timedelta(seconds=10), 1.0),
    (timedelta(minutes=1), 3.0),
    (timedelta(minutes=10), 15.0),
    (timedelta(hours=1), 60.0),
)
"""Up to this age of the consent the registrar is asked at this gap in seconds."""
_SLOWEST = 600.0
_MAY_PASS = frozenset({Refusal.TOO_FAST, Refusal.CREDENTIALS})
"""Refusals that say nothing of this request."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Run:
    imports: FundImports
    claim: Claim
    gateway: Gateway
    found: FundImport
    transaction: Transaction


async def fetch(imports: FundImports, gateways: Gateways, claim: Claim) -> None:
    """The due handler. Raises `LostLease`."""
    gateway_id, transaction_id = claim.key
    gateway = await gateways.by_id(gateway_id)
    found = await store.find(imports.database, gateway_id, transaction_id)
    transaction = await transactions.find(imports.database, gateway_id, transaction_id)
    if gateway is None or found is None or transaction is None:
        raise LookupError(f"{TABLE} {claim.key} lacks its gateway or its transaction")
    with bound_contextvars(transaction_id=transaction_id):
        await _pass(_Run(imports, claim, gateway, found, transaction))


async def _pass(run: _Run) -> None:
    reference = run.imports.reference(run.found)
    if reference is None:
        await _fail(run, "there is nothing to ask for")
        return
    try:
        told = await run.imports.registrar(run.gateway).statement(reference)
    except RegistrarRefused as refused:
        if refused.refusal not in _MAY_PASS:
            await _fail(run, f"the registrar refuses it: {refused.refusal.value}")
            return
        log.warning("mutual_funds.refused", refusal=refused.refusal.value)
    except RegistrarAway as away:
        log.warning("mutual_funds.away", why=away.why)
    else:
        if not isinstance(told, NotReady):
            await _keep(run, told)
            return
    await _later(run)


async def _keep(run: _Run, statement: AccountStatement) -> None:
    """The statement, its events and the end of the transaction, in one commit."""
    at = _at(run)
    sealed = seal_statement(run.imports.cipher, **at, statement=statement)
    news = News(IMPORTED.name, event_of(run.transaction, config=run.transaction.config), notify_partner=True)
    await _end(run, Outcome.FETCHED, sealed, life_cycle.settling(Status.COMPLETED, None), news)
    log.info("mutual_funds.imported", holdings=len(statement.holdings))


async def _fail(run: _Run, why: str) -> None:
    error = HOLDINGS_IMPORT_ERROR
    said = {"value": True, "code": error.code, "message": error.name}
    news = News(FAILED.name, event_of(run.transaction, error=said), notify_partner=True)
    await _end(run, Outcome.FAILED, b"", life_cycle.settling(Status.ERRORED, error), news)
    log.warning("mutual_funds.failed", why=why)


async def _end(run: _Run, outcome: Outcome, statement: bytes, move: life_cycle.Move, news: News) -> None:
    at, now = _at(run), run.imports.clock.now()
    async with run.imports.database.transaction() as connection:
        ours = await store.end_claimed(connection, run.claim, outcome=outcome.value, statement=statement, now=now)
        if not ours:
            raise LostLease(f"{TABLE} {run.claim.key}")
        await transactions.forget_personal(connection, **at)
        await change_and_record(
            connection,
            move.update,
            [move.news, news],
            gateway_id=run.transaction.gateway_id,
            transaction_id=run.transaction.transaction_id,
            now=now,
        )


async def _later(run: _Run) -> None:
    """Not yet: say so to who waits, and come back."""
    now = run.imports.clock.now()
    age = now - (run.found.verified_at or now)
    if age >= GIVE_UP:
        await _fail(run, "nothing came in time")
        return
    if age >= PATIENCE and run.transaction.settled_at is None:
        async with run.imports.database.transaction() as connection:
            await life_cycle.make(connection, life_cycle.settling(Status.PROCESSING, None), **_at(run), now=now)
    await release(run.imports.database, run.claim, now + timedelta(seconds=gap(age)))


def gap(age: timedelta) -> float:
    """Seconds until the registrar is asked again, by the age of the consent."""
    return next((seconds for until, seconds in _GAPS if age < until), _SLOWEST)


def _at(run: _Run) -> dict[str, str]:
    return run.claim.named_key
