"""What is kept of a person who imported: given to them, erased, deleted by its age."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.mutual_funds.steps import fetched, get_otp, made, verify, webhook
from tests.support.clock import HandClock
from tests.support.gateway import Caller
from tests.support.partner import CIPHER, log_in
from torana.flows.registry import FLOWS
from torana.holdings.store import forget
from torana.holdings.withdraw import withdraw
from torana.investors import consents
from torana.investors.consents import WithdrawnBy
from torana.kit.due import claim
from torana.kit.errors import ConfigurationError
from torana.mutual_funds import store
from torana.mutual_funds.fetch import FUND_IMPORTS, fetch
from torana.mutual_funds.imports import FundImports
from torana.partners.gateways import Gateways
from torana.retention.person import erase_transaction, export, export_transactions
from torana.retention.reap import reap
from torana.settings import Retention

WAITING_FOR_A_LOCK = """
    select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
"""


async def imported(partner: Caller, imports: FundImports, clock: HandClock) -> str:
    transaction_id = await made(partner, notes="Asha", assetConfig={"pan": "ABCPE1234F", "phone": "9876543210"})
    await get_otp(partner, transaction_id)
    await verify(partner, transaction_id)
    await fetched(imports, partner, clock)
    return transaction_id


async def consented(partner: Caller, imports: FundImports, clock: HandClock) -> tuple[str, str]:
    """An investor has given the code, and the registrar makes their statement."""
    investor_id, _ = await log_in(imports.database, partner.gateway, clock.now())
    of_investor: dict[str, Any] = {"headers": partner.headers(investor_id)}
    transaction_id = await made(partner, investor_id)
    await get_otp(partner, transaction_id, **of_investor)
    await verify(partner, transaction_id, **of_investor)
    return investor_id, transaction_id


async def test_it_is_given_to_them_opened(partner: Caller, imports: FundImports, clock: HandClock) -> None:
    """Before the end with PAN and phone, after it with the statement alone."""
    open_id, gateway_id = (
        await made(partner, assetConfig={"pan": "ABCPE1234F", "phone": "9876543210"}),
        partner.gateway.gateway_id,
    )
    await get_otp(partner, open_id)
    done_id = await imported(partner, imports, clock)

    open_one = await export_transactions(imports.database, CIPHER, gateway_id, [open_id])
    done = await export_transactions(imports.database, CIPHER, gateway_id, [done_id])

    (asked,), (open_import,) = open_one["transactions"], open_one["fundImports"]
    assert (asked["given"]["pan"], open_import["applicant"]["to"]["address"]) == ("ABCPE1234F", "+919876543210")
    (asked,), (statement,) = done["transactions"], done["fundImports"]
    assert (asked["given"], statement["applicant"], len(statement["statement"]["holdings"])) == (None, None, 4)
    assert statement["consent"]["way"] == "api"
    assert "reference" not in json.dumps(done)
    with pytest.raises(ConfigurationError, match="keeps nothing"):
        await export_transactions(imports.database, CIPHER, "gw_other", [done_id])


async def test_it_is_erased(partner: Caller, imports: FundImports, clock: HandClock) -> None:
    """Look-up and webhook tell null from then on, and no empty list."""
    gateway_id = partner.gateway.gateway_id
    open_id = await made(partner)
    await get_otp(partner, open_id)
    done_id = await imported(partner, imports, clock)

    await erase_transaction(imports.database, gateway_id, done_id, clock.now())
    with pytest.raises(ConfigurationError, match="not finished"):
        await erase_transaction(imports.database, gateway_id, open_id, clock.now())

    details = (await partner.details(done_id)).json()["data"]
    hook = await webhook(imports, partner, done_id)
    assert (details["status"], details["notes"]) == ("COMPLETED", None)
    for told in (details["success"], hook):
        assert (told["casSummary"], told["snapshotDate"], told["updating"]) == (None, None, False)


async def test_what_a_partner_said_of_a_person_before_any_code_is_theirs_too(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """Given a create with PAN and phone for which no code was ever asked, then the person is given both, and is taken
    out of it once it is over."""
    gateway_id = partner.gateway.gateway_id
    investor_id, _ = await log_in(imports.database, partner.gateway, clock.now())
    transaction_id = await made(partner, investor_id, assetConfig={"pan": "ABCPE1234F", "phone": "9876543210"})

    (theirs,) = (await export(imports.database, CIPHER, gateway_id, investor_id))["transactions"]
    clock.advance(301)
    await partner.details(transaction_id)  # it has expired
    await erase_transaction(imports.database, gateway_id, transaction_id, clock.now())

    assert (theirs["transaction_id"], theirs["given"]["pan"]) == (transaction_id, "ABCPE1234F")
    with pytest.raises(ConfigurationError, match="keeps nothing"):
        await export_transactions(imports.database, CIPHER, gateway_id, [transaction_id])
    with pytest.raises(ConfigurationError, match="keeps nothing"):
        await erase_transaction(imports.database, gateway_id, transaction_id, clock.now())


async def test_a_guests_consent_stands_in_the_ledger_until_they_are_erased(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """The transaction alone names a guest. The partner's own app asked them: there is no text of ours."""
    gateway_id = partner.gateway.gateway_id
    done_id = await imported(partner, imports, clock)

    (given,) = (await export_transactions(imports.database, CIPHER, gateway_id, [done_id]))["consents"]
    await erase_transaction(imports.database, gateway_id, done_id, clock.now())
    (after,) = await consents.of_transaction(imports.database, gateway_id, done_id)

    assert (given["investor_id"], given["scopes"], given["transaction_id"]) == ("", ["fund_statement"], done_id)
    assert (given["notice"], given["language"], given["withdrawn_at"]) == ("", "", None)
    assert (after.withdrawn_by, after.withdrawn_at) == (WithdrawnBy.ERASURE, clock.now())


async def test_what_comes_after_a_withdrawal_is_not_kept(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """H02: the consent is taken back while the registrar makes the statement."""
    gateway_id = partner.gateway.gateway_id
    investor_id, transaction_id = await consented(partner, imports, clock)

    (given,) = await consents.ledger(imports.database, gateway_id, investor_id)
    whose, by = (gateway_id, investor_id, given.consent_id), WithdrawnBy.INVESTOR
    await withdraw(imports.database, FLOWS.tables, *whose, by=by, now=clock.now())
    await fetched(imports, partner, clock)

    found = await store.find(imports.database, gateway_id, transaction_id)
    assert found is not None
    assert (found.outcome, found.statement) == ("fetched", b"")
    assert (await webhook(imports, partner, transaction_id))["casSummary"] is None


async def test_a_statement_waits_for_a_withdrawal_that_is_under_way(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """H02: both write the import. The statement that comes second knows of the withdrawal, or would stay for ever."""
    gateway_id = partner.gateway.gateway_id
    investor_id, transaction_id = await consented(partner, imports, clock)

    clock.advance(2)
    by, now = WithdrawnBy.INVESTOR, clock.now()
    (given,) = await consents.ledger(imports.database, gateway_id, investor_id)
    (claimed,) = await claim(imports.database, FUND_IMPORTS, gateway_id, now, 5)
    async with imports.database.transaction() as connection:
        await consents.withdraw(connection, gateway_id, investor_id, given.consent_id, by=by, now=now)
        await forget(connection, store.FUND_IMPORTS_TABLE, gateway_id, given)
        second = asyncio.create_task(fetch(imports, Gateways(imports.database, clock, CIPHER), claimed))
        while not await imports.database.value(WAITING_FOR_A_LOCK):
            assert not second.done()
            await asyncio.sleep(0.01)
    await second

    found = await store.find(imports.database, gateway_id, transaction_id)
    assert found is not None
    assert (found.outcome, found.statement) == ("fetched", b"")


async def test_a_withdrawal_waits_for_a_statement_that_is_under_way(
    partner: Caller, imports: FundImports, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02, the other way round: what was kept a moment before is deleted."""
    gateway_id = partner.gateway.gateway_id
    investor_id, transaction_id = await consented(partner, imports, clock)
    kept, go_on, end_claimed = asyncio.Event(), asyncio.Event(), store.end_claimed

    async def slow(*given: Any, **more: Any) -> bool:
        ended = await end_claimed(*given, **more)
        kept.set()
        await go_on.wait()
        return ended

    monkeypatch.setattr(store, "end_claimed", slow)
    (given,) = await consents.ledger(imports.database, gateway_id, investor_id)
    whose, by, now = (gateway_id, investor_id, given.consent_id), WithdrawnBy.INVESTOR, clock.now()
    first = asyncio.create_task(fetched(imports, partner, clock))
    await kept.wait()
    second = asyncio.create_task(withdraw(imports.database, FLOWS.tables, *whose, by=by, now=now))
    while not await imports.database.value(WAITING_FOR_A_LOCK):
        assert not second.done()
        await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(first, second)

    found = await store.find(imports.database, gateway_id, transaction_id)
    assert found is not None
    assert (found.outcome, found.statement) == ("fetched", b"")


async def test_it_is_deleted_by_its_age(partner: Caller, imports: FundImports, clock: HandClock) -> None:
    done_id = await imported(partner, imports, clock)
    kept = Retention(of_tables={"fund_imports_days": 10})

    await reap(imports.database, kept, clock.now() + timedelta(days=9))
    before = (await partner.details(done_id)).json()["data"]["success"]["casSummary"]
    await reap(imports.database, kept, clock.now() + timedelta(days=11))
    after = (await partner.details(done_id)).json()["data"]["success"]["casSummary"]

    assert (before is not None, after) == (True, None)


async def test_who_asked_and_never_came_back_is_forgotten_with_the_end(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """Given an import that nobody gave the code for, then PAN and contact leave with its end, and not before."""
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)

    async def kept() -> tuple[bool, bool]:
        await reap(imports.database, Retention(), clock.now())
        found = await store.find(imports.database, partner.gateway.gateway_id, transaction_id)
        assert found is not None
        return bool(found.applicant), bool(found.reference)

    assert await kept() == (True, True)
    clock.advance(301)
    await partner.details(transaction_id)  # it has expired
    assert await kept() == (False, False)


async def test_what_a_create_said_of_a_person_who_never_came_is_forgotten(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    transaction_id = await made(partner, assetConfig={"pan": "ABCPE1234F", "phone": "9876543210"})
    clock.advance(301)
    await partner.details(transaction_id)  # it has expired

    await reap(imports.database, Retention(), clock.now() + timedelta(hours=25))

    kept = await imports.database.value(
        "select personal from transactions where gateway_id = $1 and transaction_id = $2",
        partner.gateway.gateway_id, transaction_id,
    )  # fmt: skip
    assert kept == b""
