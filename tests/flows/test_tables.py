"""An intent brings a table of its own: its folder says what the table keeps, and nothing else has to know of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Router, get

from tests.support.clock import HandClock
from tests.support.partner import CIPHER as OLD
from tests.support.partner import KEYS, make_gateway
from torana.app import create_app
from torana.flows.connect import Connect
from torana.flows.context import FlowServices
from torana.flows.registry import FLOWS
from torana.holdings.withdraw import withdraw
from torana.investors import consents
from torana.investors.consents import GUESTS, WithdrawnBy
from torana.investors.models import Scope
from torana.keys.rotate import remark, reseal, status
from torana.keys.sealed import marked_columns, sealed_columns
from torana.kit.cipher import Cipher, new_key, sealed_place
from torana.kit.database import Database
from torana.kit.due import Claim, Kind
from torana.kit.public_client import PublicClient
from torana.kit.runner import Handler
from torana.kit.tables import Age, Mark, PersonalTable, Sealed
from torana.partners.api_services import ApiServices
from torana.partners.models import Gateway
from torana.retention.person import erase_transactions, export_transactions
from torana.retention.reap import reap, reapers
from torana.services import build_services
from torana.settings import Retention, Settings
from torana.worker import handlers, order_services

NEW_KEY = new_key("next")
BOTH, NEW = Cipher(f"{NEW_KEY},{KEYS}"), Cipher(NEW_KEY)


def marks_of(cipher: Cipher, gateway_id: str, text: str) -> tuple[bytes, ...]:
    return cipher.marks(json.loads(text)["mail"], bound_to=f"{gateway_id}|wishes")


WISHES = PersonalTable(
    name="wishes",
    exported_as="wishes",
    sealed=(Sealed("said", shown_as="said"), Sealed("aside")),
    mark=Mark("mail_mark", "said", marks_of),
    hidden=("browser_hash",),
    scopes=frozenset({Scope.FUND_STATEMENT}),
    forgotten=("said",),
    ages=(Age("wishes", 10, setting="wishes"), Age("what was said aside", 1, forget=("aside",))),
)


class Wish(Connect):
    """One line of the registry."""

    intent = "WISH"
    tables = (WISHES,)

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        @get("/wishes", sync_to_thread=False)
        def wishes() -> str:
            return "none"

        return (Router("", route_handlers=[wishes]),)

    def work(self, services: FlowServices) -> Mapping[Kind, Handler]:
        async def grant(claim: Claim) -> None:
            raise AssertionError

        return {Kind("wishes", ("gateway_id", "transaction_id")): grant}


@pytest.fixture
async def database(own_database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setitem(FLOWS._by_name, ("WISH", None), Wish())
    database = Database(own_database_url, size=5)
    await database.open()
    await database.execute(
        """
        create table wishes (
            gateway_id text, transaction_id text, said bytea not null, aside bytea not null,
            mail_mark bytea, browser_hash bytea, created_at timestamptz not null,
            primary key (gateway_id, transaction_id),
            foreign key (gateway_id, transaction_id) references transactions
        )
        """
    )
    yield database
    await database.close()


class Wished:
    """Somebody who wished for something in a transaction that is over."""

    def __init__(self, database: Database, gateway: Gateway, clock: HandClock, transaction_id: str) -> None:
        self.database, self.gateway, self.clock, self.transaction_id = database, gateway, clock, transaction_id

    async def row(self) -> dict[str, Any] | None:
        async with self.database.connection() as connection:
            found = await connection.fetchrow("select * from wishes where transaction_id = $1", self.transaction_id)
        return None if found is None else dict(found)


async def wished(database: Database, clock: HandClock, transaction_id: str = "TRX_1") -> Wished:
    gateway = await make_gateway(database, clock)
    at = (gateway.gateway_id, transaction_id)
    said = json.dumps({"mail": "asha@example.in"})

    def seal(column: str, text: str) -> bytes:
        return OLD.seal(text, bound_to=sealed_place(gateway.gateway_id, "wishes", transaction_id, column))

    await database.execute(
        "insert into transactions (gateway_id, transaction_id, intent, status, created_at, expires_at, finished_at) "
        "values ($1, $2, 'WISH', 'COMPLETED', $3, $3, $3)",
        *at, clock.now(),
    )  # fmt: skip
    await database.execute(
        'insert into wishes (gateway_id, transaction_id, said, aside, mail_mark, browser_hash, created_at) '
        "values ($1, $2, $3, $4, $5, 'hash', $6)",
        *at, seal("said", said), seal("aside", "more"), marks_of(OLD, gateway.gateway_id, said)[0], clock.now(),
    )  # fmt: skip
    return Wished(database, gateway, clock, transaction_id)


async def test_it_is_given_to_the_person_opened_and_without_what_they_cannot_use(
    database: Database, clock: HandClock
) -> None:
    one = await wished(database, clock)

    told = await export_transactions(database, OLD, one.gateway.gateway_id, [one.transaction_id])

    (row,) = told["wishes"]
    assert row["said"] == {"mail": "asha@example.in"}
    assert not row.keys() & {"aside", "mail_mark", "browser_hash"}


async def test_it_leaves_with_its_person(database: Database, clock: HandClock) -> None:
    one = await wished(database, clock)

    erased = await erase_transactions(database, one.gateway.gateway_id, [one.transaction_id], clock.now())

    assert (erased, await one.row()) == ((1, []), None)


async def test_it_leaves_at_its_age_and_with_its_transaction(database: Database, clock: HandClock) -> None:
    """Given its ages of one day and ten, then each takes what it declares, and the transaction takes the rest."""
    early, whole = await wished(database, clock), await wished(database, clock, "TRX_2")

    async def after(days: float, **set_to: int) -> None:
        await reap(database, Retention(of_tables=set_to), clock.now() + timedelta(days=days))

    await after(1.5)
    row = await early.row()
    assert row is not None
    assert (row["aside"], bool(row["said"])) == (b"", True)
    await after(9)
    assert await early.row() is not None
    await after(10.5)
    assert await early.row() is None

    whole = await wished(database, clock, "TRX_3")
    await after(91, wishes_days=1000)
    assert await whole.row() is None, "the transaction has left, which placed nothing"
    assert {"wishes", "what was said aside"} <= {reaper.name for reaper in reapers()}


async def test_it_is_sealed_anew_and_found_by_the_new_key(database: Database, clock: HandClock) -> None:
    one = await wished(database, clock)
    (marks,) = [column for column in marked_columns() if column.column.table == "wishes"]

    for column in sealed_columns():
        await reseal(database, BOTH, column)
    await remark(database, BOTH, marks)

    row = await one.row()
    assert row is not None
    place = sealed_place(one.gateway.gateway_id, "wishes", one.transaction_id, "said")
    assert json.loads(NEW.open(row["said"], bound_to=place)) == {"mail": "asha@example.in"}
    assert row["mail_mark"] == marks_of(NEW, one.gateway.gateway_id, json.dumps({"mail": "asha@example.in"}))[0]
    assert not any("1" in counts.by_key for counts in await status(database, BOTH))


async def test_it_goes_with_the_consent_under_which_it_is_kept(database: Database, clock: HandClock) -> None:
    one = await wished(database, clock)
    async with database.transaction() as connection:
        given = await consents.give(
            connection,
            gateway_id=one.gateway.gateway_id,
            investor_id=GUESTS,
            scopes={Scope.FUND_STATEMENT},
            notice="Wish?",
            language="en",
            transaction_id=one.transaction_id,
            now=clock.now(),
        )

    await withdraw(
        database,
        FLOWS.tables,
        one.gateway.gateway_id,
        GUESTS,
        given.consent_id,
        by=WithdrawnBy.PARTNER,
        now=clock.now(),
    )

    row = await one.row()
    assert row is not None
    assert (row["said"], bool(row["aside"])) == (b"", True)


async def test_serve_has_its_routes_and_workers_do_what_is_due(database: Database, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=database.url)
    services = build_services(settings)

    done = handlers(services, order_services(services), PublicClient(()))

    assert "/wishes" in {route.path for route in create_app(settings).routes}
    assert "wishes" in {kind.table for kind in done}
