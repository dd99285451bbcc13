"""One event to one endpoint: an attempt, its record, and when to try again.

At least once and in no promised order. `webhook-id` is the event's id: a receiver that remembers it sees each event
once, also after a crash of ours between their answer and our commit.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog
from msgspec import structs

from torana.events.log import record
from torana.events.types import EventTypes
from torana.kit import faultpoints
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import Claim, Kind, LostLease
from torana.kit.http import Answer, TransportFailure
from torana.kit.metrics import DELIVERY
from torana.kit.public_client import PublicClient
from torana.partners.gateways import Gateways
from torana.webhooks import store
from torana.webhooks.endpoints import disable
from torana.webhooks.models import DeliveryState, Event, Waiting
from torana.webhooks.schemas import webhook_body
from torana.webhooks.signing import signature_headers, signing_secrets

PER_ENDPOINT = 4
"""Attempts to one endpoint at a time in one process: a slow receiver must not hold up the others."""
DELIVERIES = Kind(
    "deliveries",
    ("gateway_id", "delivery_id"),
    concurrency=256,
    lane="endpoint_id",
    per_lane=PER_ENDPOINT,
    gateway_places=128,
    columns=store.WAITING_COLUMNS,
    joins=store.WAITING_JOINS,
)

_MINUTE, _HOUR = 60.0, 3600.0
GAPS = (
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Seconds from one attempt to the next; the first is made at once. Each is stretched by up to a tenth."""
LONGEST_RETRY_AFTER = 24 * _HOUR
FAILING_FOR = timedelta(days=5)
"""How long an endpoint may know nothing but failure before it is disabled: longer than all attempts of one delivery."""

_NOT_RENDERED = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What reading an event's data raises that is not as its folder renders it. What cannot be opened is not among them: it
is tried again until its key is back."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an attempt ended: `answer` or `error`. Not `asked`: it failed here, and says nothing of the endpoint."""

    started_at: datetime
    milliseconds: int
    answer: Answer | None
    error: str | None
    asked: bool = True

    @property
    def delivered(self) -> bool:
        return self.answer is not None and 200 <= self.answer.status < 300

    @property
    def gone(self) -> bool:
        return self.answer is not None and self.answer.status == 410

    @property
    def excerpt(self) -> str | None:
        # PostgreSQL takes every character but NUL.
        return None if self.answer is None else self.answer.body.decode(errors="replace").replace("\0", "\ufffd")


async def deliver(
    database: Database,
    clock: Clock,
    gateways: Gateways,
    cipher: Cipher,
    public: PublicClient,
    types: EventTypes,
    claim: Claim,
) -> None:
    """The handler of `DELIVERIES`; `types` render the bodies. No connection to the database is held while the request
    is on its way. An event that cannot be rendered is an attempt that failed, and no fault of the endpoint's."""
    gateway_id, delivery_id = claim.key
    waiting = store.waiting(claim.row)
    if waiting.state is not DeliveryState.PENDING or waiting.disabled_at is not None:
        await store.drop(database, gateway_id, delivery_id, claim.token)
        return
    now = clock.now()
    secret = await _api_secret(gateways, claim, now)
    try:
        body = await _body(database, cipher, types, gateway_id, waiting.event, secret, now)
    except _NOT_RENDERED as error:
        event = waiting.event
        log.exception("webhooks.not_rendered", gateway_id=gateway_id, event_id=event.event_id, type=event.type)
        reason = f"its body could not be made ({type(error).__name__})"
        await _settle(database, clock, claim, waiting, _Outcome(now, 0, None, reason, asked=False))
        return
    keys = signing_secrets(cipher, gateway_id, waiting.endpoint_id, waiting.sealed_secrets, now)
    signed = signature_headers(keys, waiting.event.event_id, body, now)
    await faultpoints.reach("webhooks.deliver.before_post")
    claim.check()
    outcome = await _post(public, clock, waiting.url, body, {"content-type": "application/json", **signed})
    await faultpoints.reach("webhooks.deliver.after_answer")
    await _settle(database, clock, claim, waiting, outcome)


async def _api_secret(gateways: Gateways, claim: Claim, now: datetime) -> str:
    """The one that makes the checksum of this attempt."""
    gateway = await gateways.by_id(claim.gateway_id)
    if gateway is None:
        raise LookupError(f"the gateway {claim.gateway_id} of a delivery is not there")
    # The partner may know either secret while both work: attempts take turns, the previous one first.
    known = gateway.api_secrets(now)
    return known[claim.attempts % len(known)]


async def _body(
    database: Database, cipher: Cipher, types: EventTypes, gateway_id: str, event: Event, secret: str, now: datetime
) -> bytes:
    """With what the event does not keep itself."""
    load = types[event.type].load
    if load is not None:
        event = structs.replace(event, data=await load(database, cipher, gateway_id, event.data, now))
    return webhook_body(types, event, secret)


async def _post(public: PublicClient, clock: Clock, url: str, body: bytes, headers: Mapping[str, str]) -> _Outcome:
    started_at, began = clock.now(), time.monotonic()
    answer, error = None, None
    try:
        answer = await public.post(url, body, headers)
    except TransportFailure as failure:
        error = failure.reason
    took = time.monotonic() - began
    outcome = _Outcome(started_at, round(took * 1000), answer, error)
    result = "delivered" if outcome.delivered else "refused" if answer else "failed"
    DELIVERY.labels(result).observe(took)
    return outcome


async def _settle(database: Database, clock: Clock, claim: Claim, waiting: Waiting, outcome: _Outcome) -> None:
    """Write down what came of the attempt, in one transaction with what follows from it, if anything does."""
    gateway_id, delivery_id = claim.key
    now = clock.now()
    gap = None if outcome.delivered else 0.0 if outcome.gone else next_gap(claim.attempts, outcome.answer, now)
    if outcome.delivered:
        state = DeliveryState.DELIVERED
    elif gap is not None:
        state = DeliveryState.PENDING  # with `gone`, disabling drops it with the others
    else:
        state = DeliveryState.EXHAUSTED
    reason = _reason_to_disable(outcome, waiting.failing_since, now)
    followed = reason is not None or state is DeliveryState.EXHAUSTED
    async with database.transaction() if followed else database.connection() as connection:
        if reason is not None:
            failing_since = await store.lock_endpoint(connection, gateway_id, waiting.endpoint_id)
            reason = _reason_to_disable(outcome, failing_since, now)
        ours = await store.finish_attempt(
            connection,
            gateway_id,
            delivery_id,
            claim.token,
            state=state,
            due_at=None if gap is None else now + timedelta(seconds=gap),
            started_at=outcome.started_at,
            milliseconds=outcome.milliseconds,
            status_code=None if outcome.answer is None else outcome.answer.status,
            error=outcome.error,
            response=outcome.excerpt,
            asked=outcome.asked,
            now=now,
        )
        if not ours:
            raise LostLease(f"deliveries {claim.key}")
        if reason is not None:
            await disable(connection, gateway_id, waiting.endpoint_id, reason, now)
        if state is DeliveryState.EXHAUSTED:
            await record(
                connection,
                gateway_id=gateway_id,
                transaction_id=None,
                type="delivery.exhausted",
                data={
                    "delivery_id": delivery_id,
                    "endpoint_id": waiting.endpoint_id,
                    "event_id": waiting.event.event_id,
                    "transaction_id": waiting.event.transaction_id,
                },
                now=now,
            )
    log.info(
        "webhooks.attempt",
        gateway_id=gateway_id,
        delivery_id=delivery_id,
        endpoint_id=waiting.endpoint_id,
        event_id=waiting.event.event_id,
        status=None if outcome.answer is None else outcome.answer.status,
        error=outcome.error,
        ms=outcome.milliseconds,
        state=state,
    )


def _reason_to_disable(outcome: _Outcome, failing_since: datetime | None, now: datetime) -> str | None:
    """Why nothing more is to be sent to an endpoint that has been failing since then, None if there is no reason."""
    if not outcome.asked:
        return None
    if outcome.gone:
        return "it answered 410 Gone"
    if not outcome.delivered and failing_since is not None and now - failing_since >= FAILING_FOR:
        return f"every attempt failed for {FAILING_FOR.days} days"
    return None


def next_gap(attempts: int, answer: Answer | None, now: datetime) -> float | None:
    """Seconds until the next attempt after `attempts` failed ones, None when that was the last.

    A `Retry-After` of 429 or 503 makes it later, up to a day; it never makes it sooner.
    """
    if attempts > len(GAPS):
        return None
    gap = GAPS[attempts - 1] * random.uniform(1.0, 1.1)  # noqa: S311  # spreads load, guards nothing
    if answer is not None and answer.status in (429, 503):
        gap = max(gap, min(_retry_after(answer.headers.get("retry-after", ""), now), LONGEST_RETRY_AFTER))
    return gap


def _retry_after(value: str, now: datetime) -> float:
    """Seconds; 0 for a value that is neither a number of seconds nor a date."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
