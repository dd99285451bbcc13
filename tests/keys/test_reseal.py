"""Sealing anew: everything that is sealed, broken off anywhere, while others write."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from tests.support.clock import HandClock
from tests.support.partner import CIPHER as OLD
from tests.support.partner import KEYS, log_in, make_gateway
from torana.flows.registry import EVENT_TYPES
from torana.investors.sessions import Sessions
from torana.keys import store
from torana.keys.rotate import reseal, status
from torana.keys.sealed import SEALED, SealedColumn
from torana.kit.cipher import Cipher, new_key
from torana.kit.database import Database
from torana.partners.change import rotate
from torana.partners.gateways import Gateways
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

    assert {row["name"] for row in rows} == HASHES | {f"{one.table}.{one.column}" for one in SEALED}


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

    for column in SEALED:
        await reseal(database, BOTH, column, batch=1)

    session = await Sessions(database, NEW, clock).by_id(gateway.gateway_id, session_id)
    sealed = await database.value("select secret from endpoints where endpoint_id = $1", endpoint.endpoint_id)
    assert await Gateways(database, clock, NEW).by_name(gateway.name) == before
    assert session is not None
    assert session.secrets == {"token": "token-of-AB1234"}
    assert signing_secrets(NEW, gateway.gateway_id, endpoint.endpoint_id, sealed, clock.now()) == [secret]
    assert not any("1" in counts.by_key for counts in await status(database))


async def _sealed(database: Database, column: SealedColumn) -> int:
    (counts,) = [one for one in await status(database) if one.column == column]
    return sum(counts.by_key.values())


async def test_broken_off_in_the_middle_it_goes_on_with_what_is_left(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await make_gateway(database, clock)
    column = SEALED[0]
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
    third_then = {key: count for one in await status(database) for key, count in one.by_key.items() if key == "third"}

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

    await reseal(database, BOTH, SEALED[-1])

    assert await database.value("select body from idempotency_keys where gateway_id = $1", gateway.gateway_id) == body
