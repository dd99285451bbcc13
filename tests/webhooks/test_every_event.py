"""Every type of event leaves as a webhook, and one that cannot be rendered fails like any other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from tests.orders.making import batch_of, order
from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.servers import raw_server
from tests.webhooks.world import INVESTOR, World, bodies
from torana.baskets.action_schemas import action_event
from torana.baskets.models import ActionEnd, ActionKind, PendingAction, WhyNot
from torana.baskets.store.actions import Standing
from torana.cli.demo_partner.proof import check_webhook
from torana.connections.models import Connection
from torana.events.log import record
from torana.flows.registry import EVENT_TYPES
from torana.investors.models import EndedBy, Scope
from torana.leads.models import Lead, LeadStatus
from torana.leads.schemas import lead_event
from torana.orders.models import Halt
from torana.orders.schemas import BATCH_EVENTS, batch_event, cancellation, halt_body
from torana.orders.states import CancelStatus, HaltedBy, OrderState
from torana.transactions.details import event_of
from torana.transactions.models import Transaction
from torana.transactions.store import find as find_transaction
from torana.webhooks.deliver import GAPS
from torana.webhooks.models import DeliveryState

OF_NO_TRANSACTION = {
    "connection.ended", "connection.restored", "consent.withdrawn", "orders.halted", "orders.resumed",
    "pending_action.raised", "pending_action.updated", "pending_action.ended",
}  # fmt: skip


@pytest.fixture
def clock() -> HandClock:
    """Signatures are checked against the receiver's real clock."""
    return HandClock(datetime.now(UTC))


def data_of_each(transaction: Transaction, now: datetime) -> dict[str, Any]:
    """What the log keeps of one event of every type, as those write it to whom it belongs."""
    bought = batch_of(order(OrderState.COMPLETE))
    halt = Halt(transaction.gateway_id, "", HaltedBy.OPERATOR, "an audit", now)
    login = Connection(INVESTOR, ANY_BROKER, now, now + timedelta(hours=8), None, None)
    lead = Lead(
        transaction.gateway_id, transaction.transaction_id, "1" * 24, LeadStatus.SUBMITTED, ANY_BROKER,
        False, b"", None, False, now, now, now, now,
    )  # fmt: skip
    action = PendingAction(
        gateway_id=transaction.gateway_id, action_id="3" * 24, investor_id=INVESTOR, iscid="2" * 24, scid="LAMP_1",
        kind=ActionKind.REBALANCE, version=2, created_at=now,
    )  # fmt: skip
    standing = Standing("Night light", 2, True, ANY_BROKER, {})
    withdrawn = {"consent_id": "cns_1", "scopes": [Scope.SECURITIES], "withdrawn_at": "2026-11-18T05:12:30.000Z"}
    return {
        **dict.fromkeys((event.name for event in BATCH_EVENTS), batch_event(bought)),
        "cancellation.completed": event_of(transaction, **cancellation(bought, CancelStatus.CANCELLED)),
        "funds.fetched": event_of(transaction, result={"funds": 123450, "read_at": "2026-11-18T05:12:30Z"}),
        "holdings.authorised": event_of(transaction, result={"status": True}),
        "holdings.imported": event_of(transaction, version="v2", mutual_funds=False),
        "consent.withdrawn": {"investor_id": INVESTOR, "withdrawn_by": "investor", **withdrawn},
        "lead.updated": lead_event(transaction, lead),
        "mf_holdings.imported": event_of(transaction, config={}),
        "mf_holdings.failed": event_of(transaction, error={"value": True, "code": 1, "message": "why"}),
        "connection.restored": login,
        "connection.ended": Connection(INVESTOR, ANY_BROKER, now, now, now, EndedBy.BROKER),
        "pending_action.raised": action_event(action, standing),
        "pending_action.updated": action_event(structs.replace(action, why_not=WhyNot.NO_LOGIN), standing),
        "pending_action.ended": action_event(structs.replace(action, ended_at=now, ended_by=ActionEnd.DONE), standing),
        "instalment_plan.updated": event_of(transaction, result={"action": "end", "iscid": "2" * 24, "scid": "LAMP_1"}),
        "orders.halted": halt_body(halt),
        "orders.resumed": halt_body(halt),
    }


async def happened(world: World, kind: str, transaction_id: str | None, data: object) -> None:
    async with world.database.transaction() as connection:
        await record(
            connection, gateway_id=world.gateway.gateway_id, transaction_id=transaction_id, type=kind, data=data,
            now=world.clock.now(), notify_partner=True,
        )  # fmt: skip


async def test_an_event_of_every_type_proves_itself_to_its_receiver(world: World, clock: HandClock) -> None:
    """W11."""
    transaction = await find_transaction(world.database, world.gateway.gateway_id, await world.transaction())
    assert transaction is not None
    each = data_of_each(transaction, clock.now())
    async with raw_server() as server:
        _, secret = await world.endpoint(server)
        for kind, data in each.items():
            await happened(world, kind, None if kind in OF_NO_TRANSACTION else transaction.transaction_id, data)
        await world.runner.drain()

    told = {body["event"]: (exchange, body) for exchange, body in zip(server.exchanges, bodies(server), strict=True)}
    keys = {"api_secret": world.gateway.api_secret, "signing_secret": secret}
    assert told.keys() == each.keys() == EVENT_TYPES.keys()
    assert [
        kind
        for kind, (exchange, body) in told.items()
        if not check_webhook(exchange.body, exchange.headers, body, **keys).passed
    ] == []


async def test_an_event_that_cannot_be_rendered_fails_at_every_attempt_and_ends(world: World, clock: HandClock) -> None:
    """Its partner sees why, it is not claimed for ever, and the endpoint, which was never asked, has not failed."""
    async with raw_server() as server:
        await world.endpoint(server)
        await happened(world, "batch.completed", None, {"unlike": "a batch"})
        await world.runner.drain()
        first = await world.delivery()
        failing_since = await world.database.value("select failing_since from endpoints")
        while (due := await world.due_at()) is not None:
            clock.advance((due - clock.now()).total_seconds())
            await world.runner.drain()

    last = await world.delivery()
    assert [(a.number, a.status_code, a.error) for a in first.attempts] == [
        (1, None, "its body could not be made (KeyError)")
    ]
    assert (first.state, failing_since) == (DeliveryState.PENDING, None)
    assert (last.state, len(last.attempts)) == (DeliveryState.EXHAUSTED, len(GAPS) + 1)
    assert server.requests == 0
    assert len(await world.events("delivery.exhausted")) == 1
