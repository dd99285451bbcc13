"""What is kept of a person can be given to them, and the person can be taken out of it."""

import json

import pytest

from tests.faults.stage import Stage, states
from torana.investors import accounts
from torana.kit.cipher import sealed_place
from torana.kit.errors import ConfigurationError
from torana.leads.models import Details
from torana.leads.progress import Leads, transactions_of
from torana.orders.states import OrderState
from torana.retention.person import erase, erase_transactions, export, export_transactions

PHONE = "+919876543210"
OF_NONE = "of no transaction"
"""An event of theirs that belongs to none."""


async def everything(stage: Stage) -> str:
    """The whole database as text."""
    async with stage.services.database.connection() as connection:
        tables = await connection.fetch(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )
        rows = [
            await connection.fetchval(f"select coalesce(string_agg(t::text, ' '), '') from {table['table_name']} t")
            for table in tables
        ]
    return " ".join(rows)


async def traded(stage: Stage) -> tuple[str, str, str]:
    """(investor id, account at the broker, transaction id) of one who bought, whose notes and messages name them."""
    session = await stage.log_in()
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 1))
        await stage.ended(transaction_id)
    account = session.broker_user_id
    for statement in (
        "update transactions set notes = 'for Asha', extra = '{\"name\": \"Asha\"}'",
        "update transactions set result = '{\"funds\": 987654321}'",
        "update events set data = data || '{\"result\": {\"funds\": 987654321}}' where type = 'batch.completed'",
        f"update orders set message = 'client {account} has funds', seen_in = '{account}'",
        f"""update orders set cancel = '{{"state": "REFUSED", "message": "client {account} may not"}}'""",
        f"update attempts set detail = 'account {account}'",
        """
        insert into visits (gateway_id, visit_id, transaction_id, flow_hash, cookie_hash, answers, created_at)
        select gateway_id, 'theirs', transaction_id, '', '', '{"name": "Asha"}', created_at from transactions
        """,
        """
        insert into endpoints (gateway_id, endpoint_id, url, secret, created_at)
        select gateway_id, 'theirs', 'https://partner.example', '', created_at from transactions
        """,
        f"""
        insert into events (gateway_id, event_id, type, data, created_at)
        select gateway_id, '{OF_NONE}', 'connection.ended',
               '{{"investor_id": "{session.investor_id}"}}', created_at
        from transactions
        """,
        """
        insert into deliveries (gateway_id, delivery_id, endpoint_id, event_id, state, created_at)
        select gateway_id, 'of ' || event_id, 'theirs', event_id, 'DELIVERED', created_at from events
        """,
        f"""
        insert into delivery_attempts (gateway_id, delivery_id, number, started_at, milliseconds, response)
        select gateway_id, delivery_id, 9, created_at, 1, 'for {account}' from deliveries
        """,
    ):
        await stage.services.database.execute(statement)
    await told_of_themselves(stage, transaction_id)
    return session.investor_id, account, transaction_id


async def told_of_themselves(stage: Stage, transaction_id: str) -> None:
    """What stands sealed of a person who asked for an account and for their mutual funds."""
    services, gateway_id = stage.services, stage.gateway.gateway_id
    at, now = (gateway_id, transaction_id), services.clock.now()

    def seal(table: str, column: str, value: object) -> bytes:
        place = sealed_place(gateway_id, table, transaction_id, column)
        return services.cipher.seal(json.dumps(value), bound_to=place)

    await Leads(services.database, services.cipher, services.clock).begin(*at, Details(name="Asha", phone=PHONE))
    await services.database.execute(
        """
        insert into one_time_codes (gateway_id, transaction_id, channel, address_mark, sealed, sendings, expires_at,
                                    created_at)
        values ($1, $2, 'phone', 'of the address', 'the address', 1, $3, $3)
        """,
        *at,
        now,
    )
    await services.database.execute(
        """
        insert into fund_imports (gateway_id, transaction_id, channel, applicant, statement, consent, sendings,
                                  asked_at, created_at)
        values ($1, $2, 'phone', $3, $4, '{}', 1, $5, $5)
        """,
        *at,
        seal("fund_imports", "applicant", {"pan": "ABCPE1234F"}),
        seal("fund_imports", "statement", {"holdings": []}),
        now,
    )
    personal = seal("transactions", "personal", {"pan": "ABCPE1234F"})
    await services.database.execute("update transactions set personal = $1", personal)


async def sealed_values(stage: Stage) -> list[str]:
    """Everything of the person that stands sealed, or as a mark, as it looks in the text of the database."""
    columns = {
        "broker_sessions": ("token",),
        "leads": ("sealed", "phone_mark"),
        "one_time_codes": ("sealed", "address_mark"),
        "fund_imports": ("applicant", "statement"),
        "transactions": ("personal",),
    }
    return [
        await stage.services.database.value(f"select encode({column}, 'hex') from {table}")
        for table, names in columns.items()
        for column in names
    ]


async def test_an_export_holds_all_of_a_person_and_no_secret(stage: Stage) -> None:
    investor_id, account, transaction_id = await traded(stage)
    token = bytes(await stage.services.database.value("select token from broker_sessions"))

    exported = await export(stage.services.database, stage.services.cipher, stage.gateway.gateway_id, investor_id)

    assert exported["investor"]["broker_user_id"] == account
    assert [row["transaction_id"] for row in exported["transactions"]] == [transaction_id]
    assert [(row["symbol"], row["state"]) for row in exported["orders"]] == [("TCS", "COMPLETE")]
    assert exported["attempts"]
    assert exported["events"]
    assert exported["brokerSessions"]
    assert [row["details"]["name"] for row in exported["leads"]] == ["Asha"]
    (funds,) = exported["fundImports"]
    assert (exported["transactions"][0]["given"], funds["applicant"], funds["statement"]) == (
        {"pan": "ABCPE1234F"},
        {"pan": "ABCPE1234F"},
        {"holdings": []},
    )
    assert token.hex() not in json.dumps(exported)
    assert "hash" not in json.dumps(exported)


async def test_what_was_agreed_to_before_the_login_is_theirs_and_no_other_guests_is(stage: Stage) -> None:
    """Given a transaction that began without an investor, then its consent is exported with those of who logged in."""
    investor_id, _, transaction_id = await traded(stage)
    await stage.services.database.execute(
        """
        insert into transactions (gateway_id, transaction_id, intent, status, created_at, expires_at)
        select gateway_id, 'TRX_of_another', intent, status, created_at, expires_at from transactions
        """
    )
    await stage.services.database.execute(
        """
        insert into consents (gateway_id, consent_id, investor_id, scopes, notice, language, transaction_id, given_at,
                              valid_until)
        select gateway_id, 'of ' || transaction_id, '', '{account_opening}', '', 'en', transaction_id, created_at,
               created_at
        from transactions
        """
    )

    exported = await export(stage.services.database, stage.services.cipher, stage.gateway.gateway_id, investor_id)

    assert [one["transaction_id"] for one in exported["consents"]] == [transaction_id]


async def test_after_an_erasure_the_orders_stay_and_nothing_leads_to_the_person(stage: Stage) -> None:
    investor_id, account, transaction_id = await traded(stage)
    sealed, before = await sealed_values(stage), await everything(stage)
    assert all(part and part in before for part in (account, *sealed))

    await erase(stage.services.database, stage.gateway.gateway_id, investor_id, stage.services.clock.now())

    left = await everything(stage)
    assert account not in left
    assert "Asha" not in left
    assert "987654321" not in left
    assert not [part for part in sealed if part in left]
    assert states(await stage.batch(transaction_id)) == [OrderState.COMPLETE]
    assert await accounts.find(stage.services.database, stage.gateway.gateway_id, investor_id) is None
    await stage.check()


async def test_a_number_takes_an_applicant_out_of_everything_that_belongs_to_their_leads(stage: Stage) -> None:
    """Given a finished account opening that the app filled in, when its number is erased, then nothing is left of the
    person: no lead, code, visit, note, nor what an endpoint answered."""
    _, account, transaction_id = await traded(stage)
    services, gateway_id = stage.services, stage.gateway.gateway_id
    of_them = "update delivery_attempts set response = 'for Asha' where delivery_id <> 'of ' || $1"
    await services.database.execute(of_them, OF_NONE)
    sealed, before = await sealed_values(stage), await everything(stage)

    theirs = await transactions_of(services.database, services.cipher, gateway_id, PHONE)
    exported = await export_transactions(services.database, services.cipher, gateway_id, theirs)
    erased = await erase_transactions(services.database, gateway_id, theirs, services.clock.now())

    assert "Asha" in before
    assert [(one["transaction_id"], one["details"]["name"]) for one in exported["leads"]] == [(transaction_id, "Asha")]
    assert [one["answers"] for one in exported["visits"]] == [{"name": "Asha"}]
    assert "hash" not in json.dumps(exported)
    assert erased == (1, [])
    left = await everything(stage)
    token, *of_the_person = sealed
    assert "Asha" not in left
    assert not [part for part in of_the_person if part in left]
    assert (account in left, token in left) == (True, True), "what they do at their broker is another matter"
    assert await transactions_of(services.database, services.cipher, gateway_id, PHONE) == []
    told = await services.database.value("select data from events where type = 'investor.erased'")
    assert told == {"transaction_id": transaction_id}


async def test_the_same_account_is_a_new_investor_after_an_erasure(stage: Stage) -> None:
    investor_id, _, _ = await traded(stage)
    await erase(stage.services.database, stage.gateway.gateway_id, investor_id, stage.services.clock.now())

    again = await stage.log_in()

    assert again.investor_id != investor_id


async def test_nobody_is_erased_while_their_orders_are_open(stage: Stage) -> None:
    session = await stage.log_in()
    await stage.buy(session, ("TCS", 1))  # and no worker

    with pytest.raises(ConfigurationError, match="not finished"):
        await erase(stage.services.database, stage.gateway.gateway_id, session.investor_id, stage.services.clock.now())

    assert session.broker_user_id in await everything(stage)


async def test_an_investor_of_another_gateway_is_not_known(stage: Stage) -> None:
    session = await stage.log_in()

    with pytest.raises(ConfigurationError, match="knows no investor"):
        await export(stage.services.database, stage.services.cipher, "gw_other", session.investor_id)
    with pytest.raises(ConfigurationError, match="knows no investor"):
        await erase(stage.services.database, "gw_other", session.investor_id, stage.services.clock.now())
