"""An import by API alone: ask for the registrar's code, give it back. The registrar is simulated, over HTTP."""

import asyncio
import hashlib
import hmac
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from tests.mutual_funds.steps import EMAIL, RIGHT, WRONG, fetched, get_otp, made, refusal, verify, webhook
from tests.support.clock import HandClock
from tests.support.gateway import Caller, api_services_of, application, calling
from tests.support.partner import CIPHER, make_gateway
from torana.flows.registry import FLOWS
from torana.kit.database import Database
from torana.mutual_funds.imports import FundImports
from torana.mutual_funds.mfcentral import SIMULATED_KEYS, MfCentral
from torana.mutual_funds.routes import mutual_funds_router
from torana.partners.access import Access
from torana.partners.models import Mode
from torana.sandbox.server import RunningSandbox
from torana.transactions.create import create
from torana.transactions.schemas import read_create


async def test_holdings_come_by_webhook_whose_checksum_goes_over_the_transaction(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """Given an import that no page was opened for, when its code is given back, then the statement comes, and the
    webhook proves itself by `timestamp + transactionId` and names no investor."""
    transaction_id = await made(partner, notes="user 7", responseConfig={"casDetail": "true"})

    asked, verified = await get_otp(partner, transaction_id), await verify(partner, transaction_id)
    between = (await partner.details(transaction_id)).json()["data"]
    await fetched(imports, partner, clock)
    after = (await partner.details(transaction_id)).json()["data"]

    assert (asked.json()["data"]["channel"], verified.json()["data"]["status"]) == ("phone", "PROCESSING")
    assert (between["status"], between["success"]) == ("USED", None)
    assert (after["status"], after["success"]["casSummary"]) == ("COMPLETED", None)
    body = await webhook(imports, partner, transaction_id)
    said = f"{body['timestamp']}{transaction_id}".encode()
    assert body["checksum"] == hmac.new(partner.gateway.api_secret.encode(), said, hashlib.sha256).hexdigest()
    assert "smallcaseAuthId" not in body
    assert (body["transactionId"], body["notes"], body["status"]) == (transaction_id, "user 7", "COMPLETED")
    assert body["casDetail"] == after["success"]["casDetail"]
    assert len(body["casDetail"]["holdings"][0]["transactions"]) == 3


async def test_five_attempts(partner: Caller, clock: HandClock) -> None:
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)

    wrong = [refusal(await verify(partner, transaction_id, WRONG)) for _ in range(5)]
    late = [refusal(await verify(partner, transaction_id, RIGHT)), refusal(await get_otp(partner, transaction_id))]

    assert wrong == [(406, "Incorrect OTP", "AccessDenied")] * 5
    assert late == [(400, "wrong_attempts_exceeded", "AccessDenied")] * 2
    details = (await partner.details(transaction_id)).json()["data"]
    assert (details["status"], details["error"]["code"]) == ("ERRORED", 9006)


async def test_the_channel_must_be_the_one_by_which_the_code_went(partner: Caller) -> None:
    """An e-mail OTP verified by phone, and the other way round: nothing is counted, and the right way still works."""
    by_email, by_phone = await made(partner), await made(partner)
    await get_otp(partner, by_email, EMAIL)
    await get_otp(partner, by_phone)

    assert refusal(await verify(partner, by_email)) == (400, "OTPMethodMismatch", "InputException")
    assert refusal(await verify(partner, by_phone, RIGHT, EMAIL)) == (400, "OTPMethodMismatch", "InputException")
    assert (await verify(partner, by_email, RIGHT, EMAIL)).status_code == 200


async def test_another_person_than_the_one_asked(partner: Caller) -> None:
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)

    other_phone = await verify(partner, transaction_id, RIGHT, {"phone": "+919876543211"})
    other_pan = await verify(partner, transaction_id, RIGHT, body={"pan": "ABCPE1235F"})

    assert [answer.status_code for answer in (other_phone, other_pan)] == [400, 400]
    assert (await verify(partner, transaction_id)).status_code == 200


async def test_a_pan_in_lower_case_and_a_bare_phone_number_are_taken(partner: Caller) -> None:
    transaction_id = await made(partner)

    asked = await get_otp(partner, transaction_id, {"phone": "98765 43210"}, body={"pan": "abcpe1234f"})

    assert asked.status_code == 200
    assert (await verify(partner, transaction_id, body={"pan": "AbcPe1234f"})).status_code == 200


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"pan": "ABCDE"}, "pan must be"),
        ({"pan": None}, "pan must be"),
        ({"phone": None}, "either phone or email"),
        ({"email": "asha@example.in"}, "either phone or email"),
        ({"phone": "12"}, "phone must be"),
        ({"phone": None, "email": "asha"}, "email must be"),
        ({"phone": 9876543210}, "phone must be"),
    ],
)
async def test_what_cannot_be_used_is_named(partner: Caller, body: dict[str, Any], fault: str) -> None:
    transaction_id = await made(partner)

    answer = await get_otp(partner, transaction_id, body=body)

    assert refusal(answer)[0] == 400
    assert fault in answer.json()["errors"][0]


async def test_the_transaction_must_be_there_be_an_import_and_be_fresh(
    partner: Caller, database: Database, clock: HandClock
) -> None:
    stranger = Caller(partner.client, await make_gateway(database, clock), clock)
    connect = (await partner.create({"intent": "CONNECT"})).json()["data"]["transactionId"]
    own, old = await made(partner), await made(partner)

    unknown = await get_otp(partner, f"TRX_{'0' * 32}")
    foreign = await get_otp(stranger, own)
    no_import = await get_otp(partner, connect)
    early = await verify(partner, own)
    clock.advance(301)
    expired = await get_otp(partner, old)

    assert refusal(unknown) == refusal(foreign) == (400, "TransactionIdNotFound", "InputException")
    assert refusal(no_import) == (400, "InvalidIntent", "InputException")
    assert (early.status_code, "getOtp first" in early.json()["errors"][0]) == (400, True)
    assert refusal(expired) == (400, "TransactionIdExpired", "AccessDenied")


async def test_who_calls_must_prove_it(partner: Caller) -> None:
    transaction_id = await made(partner)
    token = partner.headers()["x-gateway-authtoken"]

    without = await get_otp(partner, transaction_id, headers={"x-gateway-authtoken": token})
    unsigned = await get_otp(partner, transaction_id, headers=partner.headers() | {"x-gateway-authtoken": "x"})

    assert (refusal(without), refusal(unsigned)) == (
        (401, "invalid gateway", "AccessDenied"),
        (401, "Invalid JWT", "AccessDenied"),
    )


async def test_an_investor_reaches_no_import_of_another(partner: Caller) -> None:
    mine, other = "65f0c0ffee65f0c0ffee65f0", "0badc0de0badc0de0badc0de"
    transaction_id = await made(partner, mine)

    foreign = await get_otp(partner, transaction_id, headers=partner.headers(other))

    assert refusal(foreign) == (400, "TransactionIdNotFound", "InputException")
    assert (await get_otp(partner, transaction_id, headers=partner.headers(mine))).status_code == 200


@pytest.mark.parametrize(
    ("digits", "told"),
    [
        ("0106", (400, "No folio has this PAN with this phone number or e-mail address", "MFCException")),
        ("0107", (500, "Internal Error", "InternalError")),
        ("0108", (429, "Too Many Requests", "MFCException")),
    ],
)
async def test_what_the_registrar_refuses(partner: Caller, digits: str, told: tuple[int, str, str]) -> None:
    transaction_id = await made(partner)

    assert refusal(await get_otp(partner, transaction_id, body={"pan": f"ABCPE{digits}F"})) == told


async def test_a_registrar_that_does_not_know_the_operator(
    partner: Caller, imports: FundImports, sandbox: RunningSandbox
) -> None:
    keys = msgspec.structs.replace(SIMULATED_KEYS.at(f"{sandbox.url}/mfcentral"), client_secret="wrong")
    registrar = MfCentral(keys, imports.clock, mode=Mode.TEST)
    routes = mutual_funds_router(
        api_services_of(imports.database, imports.clock),
        FundImports(imports.database, CIPHER, imports.clock, {Mode.TEST: registrar}, 30),
        FLOWS,
    )
    async with calling(application(imports.database, imports.clock, more=[routes])) as client:
        answer = await get_otp(Caller(client, partner.gateway, imports.clock), await made(partner))
    await registrar.close()

    assert refusal(answer) == (401, "Invalid token or client Id", "MFCException")


async def test_a_code_is_sent_every_half_minute_and_five_times(
    partner: Caller, clock: HandClock, sandbox: RunningSandbox
) -> None:
    transaction_id = await made(partner)

    first, soon = await get_otp(partner, transaction_id), await get_otp(partner, transaction_id)
    later = []
    for _ in range(5):
        clock.advance(31)
        later.append((await get_otp(partner, transaction_id)).status_code)

    assert (first.status_code, refusal(soon)) == (200, (429, "Too Many Requests", "MFCException"))
    assert soon.headers["retry-after"] == "30"
    assert later == [200] * 4 + [429]
    assert sandbox.world.registrar.codes_sent == 5


async def test_the_days_of_a_statement_are_those_of_india(
    partner: Caller, clock: HandClock, sandbox: RunningSandbox
) -> None:
    """Given one o'clock at night in India, and a first day that is still to come, then the statement is that of the day
    which has begun there."""
    clock.advance(timedelta(hours=14, minutes=30).total_seconds())
    detailed, since = {"casDetail": True}, {"fromDate": "2026-12-01"}
    transaction_id = await made(partner, assetConfig=since, responseConfig=detailed)

    answer = await get_otp(partner, transaction_id)

    (asked,) = sandbox.world.registrar.asked.values()
    assert (answer.status_code, asked.since, asked.until) == (200, date(2026, 11, 19), date(2026, 11, 19))


async def test_of_many_wishes_at_once_one_is_sent(partner: Caller, clock: HandClock, sandbox: RunningSandbox) -> None:
    """Given wishes for another code at the same moment, then one is sent, the others are told to wait, and the one that
    was sent is good."""
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)
    clock.advance(31)

    answers = await asyncio.gather(*(get_otp(partner, transaction_id) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 429, 429, 429]
    assert sandbox.world.registrar.codes_sent == 2
    assert (await verify(partner, transaction_id)).status_code == 200


async def test_waiting_is_advised_where_it_helps(partner: Caller, database: Database, clock: HandClock) -> None:
    """Given all five codes of a transaction, then a sixth is refused without a moment to come back at; the transaction
    was told as used once."""
    transaction_id = await made(partner)
    for _ in range(5):
        last = await get_otp(partner, transaction_id)
        clock.advance(31)

    none_left = await get_otp(partner, transaction_id)
    used = await times_used(database, transaction_id)

    assert (last.status_code, refusal(none_left)[0], used) == (200, 429, 1)
    assert "retry-after" not in none_left.headers
    assert "create a new one" in none_left.json()["message"]


async def test_a_registrar_that_goes_away_takes_no_code_along(
    partner: Caller, clock: HandClock, sandbox: RunningSandbox
) -> None:
    """Given a code that came, when the registrar is away at the next, then the first is good, the pause holds, and
    nothing was counted."""
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)
    clock.advance(31)

    away = await get_otp(partner, transaction_id, body={"pan": "ABCPE0107F"})
    soon = await get_otp(partner, transaction_id)
    for _ in range(3):
        clock.advance(31)
        assert (await get_otp(partner, transaction_id, body={"pan": "ABCPE0107F"})).status_code == 500
    verified = await verify(partner, transaction_id)

    assert refusal(away) == (500, "Internal Error", "InternalError")
    assert (soon.status_code, soon.headers["retry-after"]) == (429, "30")
    assert (verified.status_code, sandbox.world.registrar.codes_sent) == (200, 1)


async def test_an_id_that_two_gateways_have_is_found_by_the_secret(
    partner: Caller, database: Database, clock: HandClock
) -> None:
    """An id is unique within a gateway: a page of another one may have chosen the same."""
    transaction_id = await made(partner)
    others = [await make_gateway(database, clock) for _ in range(2)]
    for other in others:
        wanted = read_create(FLOWS, b'{"intent": "MF_HOLDINGS_IMPORT"}')
        await create(database, FLOWS, Access(other, None), wanted, clock.now(), None, transaction_id, cipher=CIPHER)

    callers = [*(Caller(partner.client, other, clock) for other in reversed(others)), partner]

    assert [(await get_otp(caller, transaction_id)).status_code for caller in callers] == [200, 200, 200]


async def test_one_key_sends_one_code(partner: Caller, sandbox: RunningSandbox) -> None:
    transaction_id = await made(partner)
    headers = partner.headers(idempotency_key="once")

    answers = [await get_otp(partner, transaction_id, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert sandbox.world.registrar.codes_sent == 1


async def test_many_attempts_at_once_are_no_more_than_five(partner: Caller, sandbox: RunningSandbox) -> None:
    transaction_id = await made(partner)
    await get_otp(partner, transaction_id)

    answers = await asyncio.gather(*(verify(partner, transaction_id, WRONG) for _ in range(12)))

    assert sorted(answer.status_code for answer in answers).count(406) == 5
    assert [asked.tries for asked in sandbox.world.registrar.asked.values()] == [5]


async def test_nothing_that_names_the_person_stands_in_the_clear(
    partner: Caller, imports: FundImports, clock: HandClock
) -> None:
    """PAN, phone and folios are sealed wherever they are kept; after the statement came, PAN and phone are gone."""
    given = {"pan": "abcpe1234f", "phone": "9876543210"}
    transaction_id = await made(partner, assetConfig=given)
    await get_otp(partner, transaction_id)
    before = await rows(imports.database, transaction_id)
    await verify(partner, transaction_id)
    await fetched(imports, partner, clock)
    details = (await partner.details(transaction_id)).json()["data"]
    after = await rows(imports.database, transaction_id)

    folio = details["success"]["casSummary"]["holdings"][0]["folio"]
    for text in (before, after):
        assert all(word not in text for word in ("ABCPE", "abcpe", "98765", folio))


async def times_used(database: Database, transaction_id: str) -> int:
    """How often its transaction was told as used."""
    found: int = await database.value(
        "select count(*) from events where transaction_id = $1 and type = 'transaction.used'", transaction_id
    )
    return found


async def rows(database: Database, transaction_id: str) -> str:
    async with database.connection() as connection:
        found = [
            await connection.fetchval(
                f"select string_agg(t::text, ' ') from {table} t where transaction_id = $1", transaction_id
            )
            for table in ("transactions", "fund_imports", "events")
        ]
    assert all(found)
    return " ".join(found)
