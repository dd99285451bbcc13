"""Sealing anew: everything that is sealed, broken off anywhere, while others write."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from tests.support.clock import HandClock
from tests.support.partner import CIPHER as OLD
from tests.support.partner import KEYS, log_in, make_gateway
from torana.flows.registry import EVENT_TYPES
from torana.investors.sessions import Sessions
from torana.keys import store
from torana.keys.rotate import remark, reseal, status
from torana.keys.sealed import SealedColumn, marked_columns, sealed_columns
from torana.kit.cipher import Cipher, new_key
from torana.kit.database import Database
from torana.leads.models import Details
from torana.leads.progress import Leads, transactions_of
from torana.partners.change import rotate
from torana.partners.gateways import Gateways
from torana.retention.person import erase_transactions
from torana.transactions.store import find as find_transaction
from torana.webhooks import endpoints
from torana.webhooks.signing import signing_secrets

NEW_KEY = new_key("next")
BOTH, NEW = Cipher(f"{NEW_KEY},{KEYS}"), Cipher(NEW_KEY)
HASHES = {
    "visits.flow_hash",
    "visits.cookie_hash",
    "visits.login_hash",
    "visits.review_hash",
    "batches.confirmed_hash",
    "transactions.fingerprint",
    "idempotency_keys.fingerprint",
    "broker_sessions.browser_hash",
    "leads.phone_mark",
    "one_time_codes.address_mark",
    "one_time_code_counts.address_mark",
}


@pytest.fixture
async def database(own_database_url: str) -> AsyncIterator[Database]:
    """Of its own: what other tests left sealed, or damaged, is counted too."""
    database = Database(own_database_url, size=5)
    await database.open()
    yield database
    await database.close()


async def test_every_column_of_bytes_is_a_hash_or_is_sealed_anew(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "select table_name || '.' || column_name as name from information_schema.columns "
            "where table_schema = 'public' and data_type = 'bytea'"
        )

    assert {row["name"] for row in rows} == HASHES | {f"{one.table}.{one.column}" for one in sealed_columns()}


async def test_everything_opens_with_the_new_key_alone(database: Database, clock: HandClock) -> None:
    """T07."""
    gateway = await make_gateway(database, clock)
    _, session_id = await log_in(database, gateway, clock.now())
    await rotate(database, OLD, gateway.name, secret=True, api_secret=True, overlap=timedelta(hours=1), now=clock.now())
    async with database.transaction() as connection:
        endpoint, secret = await endpoints.create(
            connection, OLD, gateway_id=gateway.gateway_id, url="https://hooks.example.in", event_types=None,
            known_types=EVENT_TYPES, now=clock.now(),
        )  # fmt: skip
    before = await Gateways(database, clock, OLD).by_name(gateway.name)

    for column in sealed_columns():
        await reseal(database, BOTH, column, batch=1)

    session = await Sessions(database, NEW, clock).by_id(gateway.gateway_id, session_id)
    sealed = await database.value("select secret from endpoints where endpoint_id = $1", endpoint.endpoint_id)
    assert await Gateways(database, clock, NEW).by_name(gateway.name) == before
    assert session is not None
    assert session.secrets == {"token": "token-of-AB1234"}
    assert signing_secrets(NEW, gateway.gateway_id, endpoint.endpoint_id, sealed, clock.now()) == [secret]
    assert not any("1" in counts.by_key for counts in await status(database, BOTH))


async def _sealed(database: Database, column: SealedColumn) -> int:
    (counts,) = [one for one in await status(database, BOTH) if one.column == column]
    return sum(counts.by_key.values())


async def test_broken_off_in_the_middle_it_goes_on_with_what_is_left(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await make_gateway(database, clock)
    column = sealed_columns()[0]
    with_old = await _sealed(database, column)
    put, done = store.replace, 0

    async def killed(*given: object) -> bool:
        nonlocal done
        if done == 2:
            raise KeyboardInterrupt
        done += 1
        return await put(*given)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(store, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        await reseal(database, Cipher(f"{new_key('third')},{NEW_KEY},{KEYS}"), column)
    monkeypatch.undo()
    counted = await status(database, BOTH)
    third_then = {key: count for one in counted for key, count in one.by_key.items() if key == "third"}

    assert third_then == {"third": 2}
    assert await _sealed(database, column) == with_old


async def test_a_value_that_somebody_writes_meanwhile_is_left_as_they_wrote_it(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await make_gateway(database, clock)
    column = SealedColumn("gateways", "secret", ("gateway_id",))
    put = store.replace

    async def late(database: Database, column: SealedColumn, found: store.Value, sealed: bytes) -> bool:
        if found.key == (gateway.gateway_id,):
            written = BOTH.seal("written-meanwhile", bound_to=column.place(found.key))
            await database.execute("update gateways set secret = $1 where gateway_id = $2", written, *found.key)
        return await put(database, column, found, sealed)

    monkeypatch.setattr(store, "replace", late)
    done = await reseal(database, BOTH, column)

    kept = await Gateways(database, clock, BOTH).by_name(gateway.name)
    assert done.changed == 1
    assert kept is not None
    assert kept.secret == "written-meanwhile"


async def test_an_answer_that_is_kept_unsealed_stays_as_it_is(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    body = msgspec.json.encode({"success": True})
    await database.execute(
        "insert into idempotency_keys (gateway_id, key, fingerprint, locked_at, created_at, status_code, body) "
        "values ($1, 'order-7', 'x', $2, $2, 200, $3)",
        gateway.gateway_id, clock.now(), body,
    )  # fmt: skip

    await reseal(database, BOTH, SealedColumn("idempotency_keys", "body", ("gateway_id", "key")))

    assert await database.value("select body from idempotency_keys where gateway_id = $1", gateway.gateway_id) == body


(PHONES,) = marked_columns()
PHONE = "+919876543210"


async def _lead(
    database: Database,
    cipher: Cipher,
    clock: HandClock,
    gateway_id: str,
    phone: str = PHONE,
    *,
    by_partner: bool = False,
) -> str:
    """Somebody who gave this phone number, or whose app knew it; the transaction of their lead."""
    transaction_id = f"TRX_{uuid4().hex}"
    await database.execute(
        "insert into transactions (gateway_id, transaction_id, intent, status, created_at, expires_at, finished_at) "
        "values ($1, $2, 'ACCOUNT_OPENING', 'COMPLETED', $3, $3, $3)",
        gateway_id, transaction_id, clock.now(),
    )  # fmt: skip
    leads = Leads(database, cipher, clock)
    if by_partner:
        await leads.begin(gateway_id, transaction_id, Details(phone=phone))
        return transaction_id
    lead = await leads.begin(gateway_id, transaction_id)
    transaction = await find_transaction(database, gateway_id, transaction_id)
    assert transaction is not None
    assert await leads.phone_given(transaction, lead, phone)
    return transaction_id


async def _marks(database: Database, cipher: Cipher) -> tuple[dict[str, int], int]:
    (counts,) = [one for one in await status(database, cipher) if one.column == PHONES.column]
    return dict(counts.by_key), counts.lost


async def test_a_person_is_found_by_their_phone_when_the_old_key_is_gone(database: Database, clock: HandClock) -> None:
    """Their lead can still be exported and erased."""
    gateway_id = (await make_gateway(database, clock)).gateway_id
    theirs = await _lead(database, OLD, clock, gateway_id)
    await _lead(database, BOTH, clock, gateway_id, "+919876543211")
    before = await _marks(database, BOTH)

    for column in sealed_columns():
        await reseal(database, BOTH, column)
    done = await remark(database, BOTH, PHONES, batch=1)
    again = await remark(database, BOTH, PHONES)

    leads = Leads(database, NEW, clock)
    assert before == ({"1": 1, "next": 1}, 0)
    assert (done.resealed, done.changed, done.closed, again.resealed) == (1, 0, 0, 0)
    assert await _marks(database, NEW) == ({"next": 2}, 0)
    assert await transactions_of(database, NEW, gateway_id, PHONE) == [theirs]
    lead = await leads.of_transaction(gateway_id, theirs)
    assert lead is not None
    assert leads.details(lead).phone == PHONE
    await erase_transactions(database, gateway_id, [theirs], clock.now())
    assert await transactions_of(database, NEW, gateway_id, PHONE) == []
    assert await _marks(database, NEW) == ({"next": 1}, 0)


async def test_a_number_that_the_app_knew_is_found_as_one_that_was_typed(database: Database, clock: HandClock) -> None:
    """Given somebody who opened the pop-up and left, then the number with which it was filled in leads to them, with
    whatever key."""
    gateway_id = (await make_gateway(database, clock)).gateway_id
    theirs = await _lead(database, OLD, clock, gateway_id, by_partner=True)

    before = await _marks(database, BOTH)
    for column in sealed_columns():
        await reseal(database, BOTH, column)
    await remark(database, BOTH, PHONES)

    assert before == ({"1": 1}, 0)
    assert await transactions_of(database, NEW, gateway_id, PHONE) == [theirs]
    assert await _marks(database, NEW) == ({"next": 1}, 0)


async def test_a_number_that_was_kept_without_a_mark_gets_one(database: Database, clock: HandClock) -> None:
    gateway_id = (await make_gateway(database, clock)).gateway_id
    await _lead(database, OLD, clock, gateway_id, by_partner=True)
    await database.execute("update leads set phone_mark = null")

    lost = await _marks(database, OLD)
    done = await remark(database, OLD, PHONES)

    assert (lost, done.resealed) == (({}, 1), 1)
    assert len(await transactions_of(database, OLD, gateway_id, PHONE)) == 1


async def test_a_mark_that_no_key_has_made_is_counted_and_made_anew(database: Database, clock: HandClock) -> None:
    """The details were sealed anew before marks were, and the old key is gone already."""
    gateway_id = (await make_gateway(database, clock)).gateway_id
    await _lead(database, OLD, clock, gateway_id)
    for column in sealed_columns():
        await reseal(database, BOTH, column)

    lost = await _marks(database, NEW)
    await remark(database, NEW, PHONES)

    assert lost == ({}, 1)
    assert await _marks(database, NEW) == ({"next": 1}, 0)
    assert len(await transactions_of(database, NEW, gateway_id, PHONE)) == 1


async def test_a_mark_waits_for_the_key_that_its_number_is_sealed_with(database: Database, clock: HandClock) -> None:
    gateway_id = (await make_gateway(database, clock)).gateway_id
    await _lead(database, OLD, clock, gateway_id)

    done = await remark(database, NEW, PHONES)

    assert (done.resealed, done.closed) == (0, 1)
    assert await _marks(database, NEW) == ({"1": 1}, 0)
