"""Idempotency-Key: one effect and one answer, whatever happens in between."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient, TransportError

from tests.support.clock import HandClock
from tests.support.gateway import Caller, Server, application, calling
from tests.support.partner import KEYS, make_gateway
from torana.flows.registry import FLOWS
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.partners import idempotency
from torana.partners.access import Access
from torana.transactions import routes
from torana.transactions.create import create
from torana.transactions.schemas import read_create

CONNECT = {"intent": "CONNECT"}
ORDER = {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS"}]}}


async def count(database: Database, caller: Caller) -> int:
    made = await database.value("select count(*) from transactions where gateway_id = $1", caller.gateway.gateway_id)
    return int(made)


async def test_the_same_request_again_gets_the_same_answer(database: Database, partner: Caller) -> None:
    """D01."""
    first = await partner.create(ORDER, idempotency_key="k-1")
    again = await partner.create(ORDER, idempotency_key="k-1")

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count(database, partner) == 1


async def test_the_same_request_in_another_spelling_is_the_same(database: Database, partner: Caller) -> None:
    """D01: keys in another order, another token of the same investor."""
    url = f"/gateway/{partner.gateway.name}/transaction"
    first = await partner.client.post(
        url, content=b'{"intent":"CONNECT","notes":"n"}', headers=partner.headers(idempotency_key="k")
    )
    again = await partner.client.post(
        url, content=b'{ "notes": "n", "intent": "connect" }', headers=partner.headers(idempotency_key="k")
    )

    assert first.json() == again.json()


@pytest.mark.parametrize("other", [{**ORDER, "notes": "x"}, CONNECT, {**CONNECT, "colour": "green"}])
async def test_a_key_with_another_body_is_refused(database: Database, partner: Caller, other: dict[str, Any]) -> None:
    """D02."""
    first = await partner.create(ORDER, idempotency_key="k-2")

    answer = await partner.create(other, idempotency_key="k-2")

    assert answer.status_code == 422
    assert "use a new key" in answer.json()["message"]
    assert await count(database, partner) == 1
    assert (await partner.create(ORDER, idempotency_key="k-2")).json() == first.json()


async def test_a_key_of_another_investor_is_refused(partner: Caller) -> None:
    """D02."""
    await partner.create(ORDER, idempotency_key="k")

    assert (await partner.create(ORDER, "65f0c0ffee65f0c0ffee65f0", idempotency_key="k")).status_code == 422


async def test_while_the_first_is_at_work_a_second_waits(
    database: Database, partner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D03."""
    working, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **how: Any) -> Any:
        working.set()
        await go_on.wait()
        return await create(*args, **how)

    monkeypatch.setattr(routes, "create", slow)
    first = asyncio.create_task(partner.create(ORDER, idempotency_key="k-3"))
    await working.wait()

    second = await partner.create(ORDER, idempotency_key="k-3")
    go_on.set()

    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    assert (await first).status_code == 200
    assert await count(database, partner) == 1


async def test_two_hundred_at_once_make_one_transaction(database: Database, partner: Caller) -> None:
    """D04."""
    answers = await asyncio.gather(*(partner.create(ORDER, idempotency_key="k-4") for _ in range(200)))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers if answer.status_code == 200) == 1
    assert await count(database, partner) == 1


async def begun(database: Database, partner: Caller, clock: HandClock) -> idempotency.Lock:
    """What a process leaves behind that died right after it had locked the key of ORDER."""
    wanted = read_create(
        FLOWS, b'{"intent":"TRANSACTION","orderConfig":{"type":"SECURITIES","securities":[{"ticker":"TCS"}]}}'
    )
    lock = await idempotency.begin(
        database,
        gateway_id=partner.gateway.gateway_id,
        key="k-5",
        fingerprint=idempotency.fingerprint(f"/gateway/{partner.gateway.name}/transaction", None, wanted),
        now=clock.now(),
    )
    assert isinstance(lock, idempotency.Lock)
    return lock


async def test_a_key_whose_request_died_is_taken_over_after_a_minute(
    database: Database, partner: Caller, clock: HandClock
) -> None:
    """D05."""
    await begun(database, partner, clock)

    clock.advance(59)
    early = await partner.create(ORDER, idempotency_key="k-5")
    clock.advance(1)
    taken_over = await partner.create(ORDER, idempotency_key="k-5")
    again = await partner.create(ORDER, idempotency_key="k-5")

    assert (early.status_code, taken_over.status_code) == (409, 200)
    assert again.content == taken_over.content
    assert await count(database, partner) == 1


async def test_a_process_that_slept_through_its_lock_changes_nothing(
    database: Database, partner: Caller, clock: HandClock
) -> None:
    """D05: it wakes up after another has taken the key over, and after that one has answered."""
    lock = await begun(database, partner, clock)
    slept_at = clock.now()
    clock.advance(61)
    answered = await partner.create(ORDER, idempotency_key="k-5")
    wanted = read_create(FLOWS, b'{"intent": "CONNECT"}')

    with pytest.raises(ApiError) as refusal:
        await create(database, FLOWS, Access(partner.gateway, None), wanted, slept_at, lock)

    assert refusal.value.status == 409
    assert await count(database, partner) == 1
    assert (await partner.create(ORDER, idempotency_key="k-5")).content == answered.content


async def test_another_body_does_not_take_a_dead_key_over(
    database: Database, partner: Caller, clock: HandClock
) -> None:
    """D05, D02."""
    await begun(database, partner, clock)
    clock.advance(3600)

    assert (await partner.create(CONNECT, idempotency_key="k-5")).status_code == 422


async def test_the_answer_is_kept_in_the_statement_that_has_the_effect(
    database: Database, partner: Caller, clock: HandClock
) -> None:
    """D05: there is no moment at which one of them is there without the other."""
    lock = await begun(database, partner, clock)
    wanted = read_create(FLOWS, b'{"intent": "CONNECT"}')
    made = await create(database, FLOWS, Access(partner.gateway, None), wanted, clock.now(), lock)

    kept = await database.value("select body from idempotency_keys where gateway_id = $1", partner.gateway.gateway_id)

    assert kept == made.body
    writers = await database.value(
        """
        select count(distinct xmin::text) from (
            select xmin from transactions where gateway_id = $1
            union all select xmin from events where gateway_id = $1
            union all select xmin from idempotency_keys where gateway_id = $1
        ) as written
        """,
        partner.gateway.gateway_id,
    )
    assert writers == 1


async def test_two_partners_may_use_the_same_key(database: Database, partner: Caller, stranger: Caller) -> None:
    """D06."""
    ours = await partner.create(ORDER, idempotency_key="order-1")
    theirs = await stranger.create(CONNECT, idempotency_key="order-1")

    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert await count(database, partner) == await count(database, stranger) == 1


async def test_after_a_day_a_key_is_new(database: Database, partner: Caller, clock: HandClock) -> None:
    """D07."""
    first = await partner.create(ORDER, idempotency_key="k-7")
    clock.advance(24 * 3600 - 1)
    same = await partner.create(ORDER, idempotency_key="k-7")
    clock.advance(1)
    other = await partner.create(CONNECT, idempotency_key="k-7")

    assert same.content == first.content
    assert other.status_code == 200
    assert other.content != first.content
    assert "idempotency-replayed" not in other.headers


async def test_a_refused_request_does_not_use_its_key_up(database: Database, partner: Caller) -> None:
    refused = await partner.create({"intent": "TRANSACTION"}, idempotency_key="k")

    mended = await partner.create(ORDER, idempotency_key="k")

    assert (refused.status_code, mended.status_code) == (400, 200)


async def test_a_request_that_is_not_allowed_does_not_use_its_key_up(database: Database, partner: Caller) -> None:
    connected = await partner.create(CONNECT, "65f0c0ffee65f0c0ffee65f0", idempotency_key="k")

    as_guest = await partner.create(CONNECT, idempotency_key="k")

    assert (connected.status_code, as_guest.status_code) == (400, 200)


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
async def test_a_key_is_a_short_plain_text(partner: Caller, key: str) -> None:
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction",
        json=CONNECT,
        headers={**{n: v.encode() for n, v in partner.headers().items()}, "idempotency-key": key.encode()},  # type: ignore[arg-type]  # raw bytes reach the server as they are
    )

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["message"]


async def test_a_key_may_be_255_characters_long(partner: Caller) -> None:
    assert (await partner.create(CONNECT, idempotency_key="x" * 255)).status_code == 200


@pytest.mark.parametrize(
    ("point", "stored"),
    [("transactions.create.before_store", 0), ("transactions.create.after_store", 1)],
)
async def test_a_process_killed_at_work_leaves_one_transaction(
    database: Database, database_url: str, point: str, stored: int
) -> None:
    """D05, with a real kill: what the retry finds is either nothing or everything."""
    clock = HandClock(datetime.now(UTC))
    gateway = await make_gateway(database, clock)
    with Server(database_url, KEYS, TORANA_FAULTPOINTS=f"{point}=kill") as dying:
        async with AsyncClient(base_url=dying.url) as client:
            with pytest.raises(TransportError):
                await Caller(client, gateway, clock).create(ORDER, idempotency_key="k")
        assert await dying.killed()

    async with calling(application(database, clock)) as client:
        partner = Caller(client, gateway, clock)
        assert await count(database, partner) == stored
        clock.advance(180)
        retried = await partner.create(ORDER, idempotency_key="k")

    assert retried.status_code == 200
    assert ("idempotency-replayed" in retried.headers) == bool(stored)
    assert await count(database, partner) == 1
