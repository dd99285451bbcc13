"""What an investment asks of its investor: when it begins, when it is over, and who is told."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from tests.baskets.test_investments import ISCID, OTHER, Told, invested
from tests.baskets.test_outcomes import ALL, BEGUN, PART, after_end, of
from tests.baskets.writing import written
from tests.orders.making import NOW
from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import api_services_of
from tests.support.partner import log_in
from torana.baskets import store
from torana.baskets.actions import AT_ONCE, Done, ask_holders, change, new_action
from torana.baskets.investments import Kind, Outcome, archived, write
from torana.baskets.models import ActionKind, Frequency, Investment
from torana.baskets.store.actions import HOLDERS, Standing
from torana.kit.database import Database
from torana.kit.due import Claim, claim
from torana.kit.runner import Runner
from torana.retention.person import erase, export
from torana.retention.reap import reap
from torana.settings import Retention

HELD = after_end(BEGUN, of(Kind.BUY, ALL)).investment
SOLD = msgspec.structs.replace(HELD, exited_at=NOW, positions=())
TO_REPAIR = after_end(BEGUN, of(Kind.BUY, PART)).investment
NEW_SHARES = [{"ticker": "ITC", "weight": 1}]


def standing(*open_: ActionKind, version: int = 2, for_sale: bool = True) -> Standing:
    """A basket at this version, and what is open: an instalment since now, a rebalance to version 3."""
    actions = {kind: new_action(HELD, kind, NOW, version=3 if kind is ActionKind.REBALANCE else None) for kind in open_}
    return Standing("Night light", version, for_sale, ANY_BROKER, actions)


def missing(beside: Standing) -> Standing:
    """Shares of what is held are missing."""
    return msgspec.structs.replace(beside, missing=frozenset(one.isin for one in HELD.held))


@pytest.mark.parametrize(
    ("investment", "beside", "done", "ended", "raised"),
    [
        (HELD, standing(), Done(), [], []),
        (HELD, standing(version=3), Done(), [], ["REBALANCE 3"]),
        (HELD, standing(version=3, for_sale=False), Done(), [], []),
        (HELD, standing(ActionKind.REBALANCE, version=3), Done(), [], []),
        (HELD, standing(ActionKind.REBALANCE, version=4), Done(), ["REBALANCE replaced"], ["REBALANCE 4"]),
        (HELD, standing(ActionKind.REBALANCE, version=3, for_sale=False), Done(), ["REBALANCE basket_withdrawn"], []),
        (HELD, standing(ActionKind.REBALANCE), Done(), ["REBALANCE done"], []),
        (TO_REPAIR, standing(), Done(), [], ["REPAIR batch"]),
        (TO_REPAIR, standing(for_sale=False), Done(), [], ["REPAIR batch"]),
        (TO_REPAIR, standing(ActionKind.REPAIR), Done(), [], []),
        (HELD, standing(ActionKind.REPAIR), Done(), ["REPAIR done"], []),
        (HELD, standing(ActionKind.REPAIR), Done(left_out=True), ["REPAIR left_out"], []),
        (HELD, standing(ActionKind.SIP), Done(), [], []),
        (HELD, standing(ActionKind.SIP), Done(instalment=NOW), ["SIP done"], []),
        (HELD, standing(ActionKind.SIP), Done(instalment=NOW - timedelta(days=7)), [], []),
        (HELD, standing(ActionKind.SIP, for_sale=False), Done(), ["SIP basket_withdrawn"], []),
        (SOLD, standing(*ActionKind, version=3), Done(left_out=True),
         ["RECONCILE exited", "REPAIR exited", "REBALANCE exited", "SIP exited"], []),
        (HELD, missing(standing()), Done(), [], ["RECONCILE None"]),
        (HELD, missing(standing(ActionKind.RECONCILE)), Done(reconciled=True), [], []),
        (HELD, standing(ActionKind.RECONCILE), Done(reconciled=True), ["RECONCILE done"], []),
        (HELD, standing(ActionKind.RECONCILE), Done(), ["RECONCILE shares_found"], []),
        (HELD, missing(standing(for_sale=False)), Done(), [], ["RECONCILE None"]),
        (SOLD, missing(standing(ActionKind.RECONCILE)), Done(reconciled=True), ["RECONCILE done"], []),
        (BEGUN, standing(version=3), Done(), [], []),
    ],
)  # fmt: skip
def test_what_an_investment_asks_for(
    investment: Investment, beside: Standing, done: Done, ended: list[str], raised: list[str]
) -> None:
    """Held are the shares of version 2; `BEGUN` waits for its first order."""
    found = change(investment, beside, done, NOW)

    assert [f"{action.kind} {why}" for action, why in found.ended] == ended
    assert [f"{action.kind} {action.version or action.batch_id}" for action in found.raised] == raised


async def worked(database: Database, seller: Told, clock: HandClock) -> int:
    """What is due of baskets is done; of how many of this gateway."""
    ours: list[str] = []

    async def ask(claimed: Claim) -> None:
        ours.extend(claimed.key[1:] if claimed.gateway_id == seller.gateway.gateway_id else ())
        await ask_holders(database, clock, claimed)

    await Runner(database, clock, {HOLDERS: ask}).drain()
    return len(ours)


async def events(database: Database, seller: Told) -> list[tuple[str, str]]:
    """What partners were told, oldest first: the event and why an action is over."""
    rows = """
        select type, coalesce(data->>'ended_by', data->>'kind') as what from events
        where gateway_id = $1 and type like 'pending_action.%' order by created_at, event_id
    """
    async with database.connection() as connection:
        return [
            (row["type"].partition(".")[2], row["what"])
            for row in await connection.fetch(rows, seller.gateway.gateway_id)
        ]


async def test_a_new_version_asks_every_holder_of_the_old_once(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """More of them than are asked in one database transaction; whoever holds nothing is not asked."""
    for number in range(AT_ONCE + 1):
        await invested(database, seller, f"{number:024x}")
    await invested(database, seller, OTHER, positions=(), exited_at=clock.now())
    quiet = await worked(database, seller, clock)

    await seller.publish(written("LAMP_1", constituents=NEW_SHARES))
    asked = await worked(database, seller, clock)
    again = await worked(database, seller, clock)

    (first, *rest) = (await seller.ask("user/pendingActions"))["pendingActions"]
    assert (quiet, asked, again, len(rest)) == (0, 1, 0, AT_ONCE)
    assert {key: first[key] for key in ("action", "iscid", "scid", "name", "version", "endedAt", "orderPending")} == {
        "action": "REBALANCE", "iscid": f"{0:024x}", "scid": "LAMP_1", "name": "Night light", "version": 2,
        "endedAt": None, "orderPending": False,
    }  # fmt: skip
    assert first["orderConfig"] == {"type": "REBALANCE", "iscid": f"{0:024x}"}
    assert await events(database, seller) == [("raised", "REBALANCE")] * (AT_ONCE + 1)


async def test_texts_ask_nobody_and_a_withdrawal_takes_the_question_back(
    database: Database, seller: Told, clock: HandClock
) -> None:
    await invested(database, seller)
    changed = {"constituents": NEW_SHARES}
    await seller.publish(written("LAMP_1", **changed))
    await worked(database, seller, clock)
    await seller.publish(written("LAMP_1", **changed, name="Other words"))
    for_words = await worked(database, seller, clock)
    clock.advance(1)

    await seller.publish(written("LAMP_1", **changed, active=False))
    await worked(database, seller, clock)
    withdrawn = await seller.ask("user/pendingActions", iscid=ISCID)
    clock.advance(1)
    await seller.publish(written("LAMP_1", **changed))
    await worked(database, seller, clock)

    assert (for_words, withdrawn) == (0, {"pendingActions": []})
    assert len((await seller.ask("user/pendingActions", iscid=ISCID))["pendingActions"]) == 1
    assert await events(database, seller) == [
        ("raised", "REBALANCE"),
        ("ended", "basket_withdrawn"),
        ("raised", "REBALANCE"),
    ]


async def test_a_version_that_comes_while_holders_are_asked_is_not_lost(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """Whoever was asking for the version before gives the basket back, and the newer one is still to be asked for."""
    await invested(database, seller)
    await seller.publish(written("LAMP_1", constituents=NEW_SHARES))

    async def overtaken(claimed: Claim) -> None:
        await seller.publish(written("LAMP_1", constituents=[{"ticker": "NTPC", "weight": 1}]))
        await ask_holders(database, clock, claimed)

    runner = Runner(database, clock, {HOLDERS: overtaken})
    for claimed in await claim(database, HOLDERS, seller.gateway.gateway_id, clock.now(), 1):
        await runner._handle(claimed, overtaken)

    assert await worked(database, seller, clock) == 1
    (one,) = (await seller.ask("user/pendingActions"))["pendingActions"]
    assert one["version"] == 3


async def test_what_was_left_unfilled_asks_for_a_repair_until_it_is_left_out(
    database: Database, seller: Told, clock: HandClock
) -> None:
    await invested(database, seller)
    at = seller.gateway.gateway_id, ISCID

    async def becomes(**different: Any) -> None:
        clock.advance(1)
        async with database.transaction() as connection:
            investment = await store.lock_investment(connection, *at)
            assert investment is not None
            found = archived(investment, clock.now()) if not different else Outcome(
                msgspec.structs.replace(investment, **different))  # fmt: skip
            await write(connection, found, clock.now())

    await becomes(repairs=("c" * 24,))
    await becomes(open_batch_id="d" * 24)
    (asked,) = (await seller.ask("user/pendingActions"))["pendingActions"]
    other, _ = await log_in(database, seller.gateway, clock.now(), user="RV1")
    theirs = await seller.ask("user/pendingActions", investor_id=other)
    await becomes()

    assert (asked["action"], asked["batchId"], asked["orderPending"]) == ("REPAIR", "c" * 24, True)
    assert theirs == {"pendingActions": []}
    assert await seller.ask("user/pendingActions") == {"pendingActions": []}
    assert await events(database, seller) == [("raised", "REPAIR"), ("ended", "left_out")]


async def test_a_due_instalment_is_an_action_of_its_investment(
    database: Database, seller: Told, clock: HandClock
) -> None:
    await invested(database, seller)
    async with database.transaction() as connection:
        investment = await store.lock_investment(connection, seller.gateway.gateway_id, ISCID)
        assert investment is not None
        due = new_action(
            investment, ActionKind.SIP, clock.now(), amount=2000_50, frequency=Frequency.MONTHLY, day=date(2026, 11, 15)
        )
        await store.insert_action(connection, due)

    (found,) = (await seller.ask("user/investments"))["investments"]
    (listed,) = (await seller.ask("user/pendingActions"))["pendingActions"]

    assert found["actions"]["sip"] == {
        "iscid": ISCID, "scid": "LAMP_1", "name": "Night light", "source": "GATEWAY", "frequency": "1m",
        "amount": 2000.5, "scheduledDate": "2026-11-16T03:45:00.000Z",
    }  # fmt: skip
    assert found["investment"]["recommendedAction"] == "SIP"
    assert listed["orderConfig"] == {"type": "SIP", "iscid": ISCID, "amount": 2000.5}
    assert listed["until"] is None


async def test_a_guest_and_an_action_of_a_person_who_is_gone(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """The export has it, the erasure takes it; what is over leaves at its age, what is open does not."""
    await invested(database, seller)
    await invested(database, seller, OTHER)
    await seller.publish(written("LAMP_1", constituents=NEW_SHARES))
    await worked(database, seller, clock)
    await database.execute(
        "update pending_actions set ended_at = created_at, ended_by = 'done' where gateway_id = $1 and iscid = $2",
        seller.gateway.gateway_id,
        OTHER,
    )
    at = seller.gateway.gateway_id, seller.investor_id

    told = await export(database, api_services_of(database, clock).cipher, *at)
    await reap(database, Retention(), clock.now() + timedelta(days=366))
    left = await database.value("select array_agg(iscid) from pending_actions where gateway_id = $1", at[0])
    await erase(database, *at, clock.now())

    assert len(told["pendingActions"]) == 2
    assert left == [ISCID]
    assert await database.value("select count(*) from pending_actions where gateway_id = $1", at[0]) == 0
    guest = await seller.client.get(
        f"/v1/{seller.gateway.name}/engine/user/pendingActions", headers=seller.headers(None)
    )
    assert (guest.status_code, guest.json()["errors"]) == (400, ["InvalidIntent"])
