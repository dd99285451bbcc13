"""An import of mutual funds through its pages, without a script: details, code, statement. The registrar is simulated
and reached over HTTP; the digits of a PAN decide how it behaves (docs/sandbox.md)."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.portal.installation import Answer, Browser, Installation
from tests.portal.installation import Flow as Asked
from torana.api.answers import encode
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.mutual_funds import store
from torana.mutual_funds.models import FundImport
from torana.pages.texts.languages import LANGUAGES
from torana.transactions.details import details

INTENT = "MF_HOLDINGS_IMPORT"
BOTH = {"responseConfig": {"casSummary": True, "casDetail": True}}
PHONE = "98765 43210"
RIGHT, WRONG = "123456", "111111"


def pan(digits: str = "1234") -> str:
    return f"ABCPE{digits}F"


async def asked_for(installation: Installation, **more: Any) -> Asked:
    return await installation.ask_for({"intent": INTENT, **more})


async def code_page(installation: Installation, browser: Browser, asked: Asked, digits: str = "1234") -> Answer:
    """As far as the page that asks for the code."""
    first = await installation.open(browser, asked)
    return await browser.submit(first, "/confirm", pan=pan(digits), to=PHONE)


def form_with(answer: Answer, field: str) -> dict[str, str]:
    form = next(form for form in answer.page.forms if field in form.blanks or field in dict(form.fields))
    return dict(form.fields)


async def give(browser: Browser, answer: Answer, code: str) -> Answer:
    fields = form_with(answer, "otp") | {"otp": code}
    return await browser.post(
        f"{answer.url.partition('?')[0].removesuffix('/confirm')}/confirm", fields, origin=browser.base
    )


async def resend(browser: Browser, answer: Answer) -> Answer:
    fields = form_with(answer, "resend")
    return await browser.post(f"{answer.url.removesuffix('/confirm')}/confirm", fields, origin=browser.base)


async def kept(installation: Installation, asked: Asked) -> FundImport:
    found = await store.find(installation.services.database, installation.gateway.gateway_id, asked.transaction_id)
    assert found is not None
    return found


async def looked_up(installation: Installation, asked: Asked) -> dict[str, Any]:
    transaction = await installation.transaction(asked)
    services = installation.services
    told = await details(
        services.database,
        services.cipher,
        installation.gateway,
        FLOWS.of(transaction),
        transaction,
        services.clock.now(),
    )
    return dict(told)


async def webhook(installation: Installation, asked: Asked, name: str) -> dict[str, Any]:
    """The body of the webhook of this event, without what names it."""
    services, kind = installation.services, EVENT_TYPES[name]
    async with services.database.connection() as connection:
        data = await connection.fetchval(
            "select data from events where gateway_id = $1 and transaction_id = $2 and type = $3",
            installation.gateway.gateway_id, asked.transaction_id, name,
        )  # fmt: skip
    assert data is not None, f"no event {name}"
    if kind.load is not None:
        gateway_id, now = installation.gateway.gateway_id, services.clock.now()
        data = await kind.load(services.database, services.cipher, gateway_id, data, now)
    return kind.wire(data)


def plain(value: Any) -> Any:
    return msgspec.json.decode(encode(value))


async def test_a_guest_shares_their_funds_and_all_tellings_agree(installation: Installation, browser: Browser) -> None:
    """Given an import of a guest, when they give PAN, phone and the right code, then promise, look-up and webhook carry
    the same holdings and transactions, and nothing that they typed is kept."""
    asked = await asked_for(installation, **BOTH)

    first = await installation.open(browser, asked)
    code = await browser.submit(first, "/confirm", pan=pan().lower(), to=PHONE)
    async with installation.worker():
        waiting = await give(browser, code, RIGHT)
        settled = await installation.settled(asked)
    done = await browser.get(waiting.url)

    assert (first.heading, code.heading, waiting.heading) == (
        "Share your mutual fund holdings", "Enter the OTP", "Fetching your mutual funds",
    )  # fmt: skip
    assert "+91 ••••• •3210" in code.words
    assert "Acme Invest can see your mutual funds" in done.heading
    result = settled["result"]
    assert (result["broker"], result["smallcaseAuthId"], result["updating"]) == (None, None, False)
    assert len(result["casSummary"]["holdings"]) == 4
    summary, detail = result["casSummary"]["holdings"][0], result["casDetail"]["holdings"][0]
    assert {name: detail[name] for name in summary} == summary
    assert len(detail["transactions"]) == 3
    assert round(sum(one["quantity"] for one in detail["transactions"]), 3) == summary["quantity"]
    blocks = ("casSummary", "casDetail", "updating", "snapshotDate")
    looked, hook = await looked_up(installation, asked), await webhook(installation, asked, "mf_holdings.imported")
    assert [plain({name: told[name] for name in blocks}) for told in (looked["success"], hook)] == [
        {name: result[name] for name in blocks}
    ] * 2
    assert (looked["status"], hook["status"], "smallcaseAuthId" in hook) == ("COMPLETED", "COMPLETED", False)
    found = await kept(installation, asked)
    assert (found.applicant, found.reference, found.consent["language"]) == (b"", b"", "en")
    assert any("Acme Invest gets your folios" in sentence for sentence in found.consent["text"])


async def test_what_the_partner_gave_is_only_confirmed(installation: Installation, browser: Browser) -> None:
    """A PAN in lower case is taken; what was given is shown in part, and kept sealed."""
    asked = await asked_for(installation, assetConfig={"pan": "abcpe1234f", "phone": "9876543210", "flow": "wealth"})
    stored = await installation.transaction(asked)

    first = await installation.open(browser, asked)
    code = await browser.submit(first, "/confirm")

    assert "ABC••••••F" in first.words
    assert "+91 ••••• •3210" in first.words
    assert code.heading == "Enter the OTP"
    assert "1234f" not in str(stored.config).lower()
    assert b"ABCPE" not in stored.personal
    assert "Change PAN" not in code.words


async def test_a_yes_to_words_that_are_in_another_language_by_then_is_asked_for_again(
    installation: Installation, browser: Browser
) -> None:
    """Given the details in English, when another tab makes the visit Hindi before the yes, then no code is sent; the
    yes to the Hindi words counts, and these are kept."""
    asked = await asked_for(installation, assetConfig={"pan": "abcpe1234f", "phone": "9876543210", "flow": "wealth"})
    at = installation.services.database, installation.gateway.gateway_id, asked.transaction_id
    first, hindi = await installation.open(browser, asked), LANGUAGES["hi"]

    await browser.submit(first, "/language", language="hi")
    stale = await browser.submit(first, "/confirm")
    sent = await store.find(*at)
    code = await browser.submit(stale, "/confirm")

    assert (stale.heading, sent) == (hindi.mutual_funds.title, None)
    assert code.heading == hindi.mutual_funds.code_title
    consent = (await kept(installation, asked)).consent
    assert consent["language"] == "hi"
    assert hindi.mutual_funds.nothing_traded in consent["text"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"pan": "ABCDE12345", "to": PHONE}, "Enter your PAN"),
        ({"pan": "ABCPE1234F", "to": "12345"}, "Enter a 10-digit mobile number"),
        ({"pan": "ABCPE1234F", "to": ""}, "Enter a 10-digit mobile number"),
        ({"pan": "ABCPE1234F", "to": "nobody", "by": "email"}, "Enter an e-mail address"),
    ],
)
async def test_what_is_wrong_with_the_details_is_said_beside_it(
    installation: Installation, browser: Browser, typed: dict[str, str], problem: str
) -> None:
    asked = await asked_for(installation)
    first = await installation.open(browser, asked)

    fields = form_with(first, "pan") | typed
    wrong = await browser.post(f"{first.url}/confirm", fields, origin=browser.base)

    assert (wrong.status, problem in wrong.words) == (422, True)
    assert typed["to"] in wrong.text
    found = await store.find(installation.services.database, installation.gateway.gateway_id, asked.transaction_id)
    assert found is None


async def test_by_e_mail(installation: Installation, browser: Browser) -> None:
    asked = await asked_for(installation)
    first = await installation.open(browser, asked)
    by_email = await browser.get(f"{first.url}?part=details&by=email")

    code = await browser.submit(by_email, "/confirm", pan=pan(), to="Asha@Example.in")

    assert "a•••@example.in" in code.words


async def test_five_wrong_codes_end_it(installation: Installation, browser: Browser) -> None:
    """Given a code that was sent, when five others are typed, then the right one is not taken any more either."""
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked)

    malformed = await give(browser, page, "12")
    wrong = [await give(browser, page, WRONG) for _ in range(5)]
    late = await give(browser, page, RIGHT)

    assert (malformed.status, "Enter the 6-digit OTP" in malformed.words) == (422, True)
    assert [answer.heading for answer in wrong] == ["Enter the OTP"] * 4 + ["Five incorrect OTPs"]
    assert "1 attempt left" in wrong[3].words
    assert late.heading == "Five incorrect OTPs"
    state = (await installation.ask("watch", asked, since=0))[1]
    assert (state["error"]["message"], state["error"]["code"]) == ("wrong_attempts_exceeded", 9006)
    assert (await kept(installation, asked)).applicant == b""


async def test_a_new_code_comes_after_half_a_minute(installation: Installation, browser: Browser) -> None:
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked)

    soon = await resend(browser, page)
    installation.advance(31)
    later = await resend(browser, page)

    assert (soon.status, "An OTP was sent a moment ago" in soon.words) == (422, True)
    assert (later.status, later.heading) == (200, "Enter the OTP")
    assert (await kept(installation, asked)).sendings == 2


async def test_a_code_expires(installation: Installation, browser: Browser) -> None:
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked)

    installation.advance(181)
    over = await give(browser, page, RIGHT)
    again = await resend(browser, over)
    async with installation.worker():
        await give(browser, again, RIGHT)
        settled = await installation.settled(asked)

    assert "This OTP has expired" in over.words
    assert settled["result"]["casSummary"]["holdings"]


async def test_a_person_without_units_is_told_apart_from_a_registrar_without_answer(
    installation: Installation, browser: Browser
) -> None:
    """Unavailable is never empty (H01)."""
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked, "0101")
    async with installation.worker():
        waiting = await give(browser, page, RIGHT)
        settled = await installation.settled(asked)
    done = await browser.get(waiting.url)

    assert settled["result"]["casSummary"]["holdings"] == []
    assert done.heading == "No mutual funds found"


async def test_a_slow_statement_comes_by_webhook(installation: Installation, browser: Browser) -> None:
    """Given a registrar that takes long, when the investor has waited, then the promise resolves without the data and
    says so, the page lets them go, and the webhook brings it."""
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked, "0103")

    async with installation.worker():
        waiting = await give(browser, page, RIGHT)
        installation.advance(25)
        first = await installation.settled(asked)
        later = await browser.get(waiting.url)
        processing = await looked_up(installation, asked)
        installation.advance(20)
        await finished(installation, asked)
    hook = await webhook(installation, asked, "mf_holdings.imported")

    assert (first["result"]["casSummary"], first["result"]["updating"]) == (None, True)
    assert later.heading == "Your statement is on its way"
    assert processing["status"] == "PROCESSING"
    assert len(hook["casSummary"]["holdings"]) == 4
    assert (await looked_up(installation, asked))["success"]["updating"] is False


async def finished(installation: Installation, asked: Asked) -> None:
    async with asyncio.timeout(30):
        while (await installation.transaction(asked)).finished_at is None:
            await asyncio.sleep(0.05)


async def test_a_registrar_that_is_away_for_a_while_is_asked_again(
    installation: Installation, browser: Browser
) -> None:
    asked = await asked_for(installation, **BOTH)
    page = await code_page(installation, browser, asked, "0105")

    async with installation.worker():
        await give(browser, page, RIGHT)
        for _ in range(4):
            installation.advance(1.5)
            await asyncio.sleep(0)
        await finished(installation, asked)

    assert (await installation.transaction(asked)).status == "COMPLETED"


@pytest.mark.parametrize(("digits", "hours"), [("0104", 25), ("0111", 25), ("0110", 0)])
async def test_what_never_comes_fails_and_is_told(
    installation: Installation, browser: Browser, digits: str, hours: int
) -> None:
    """Given a registrar that does not answer, or not so that it can be read, or says no, then the import fails in the
    end, by an event of its own, and no list is told as empty."""
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked, digits)
    waiting = await give(browser, page, RIGHT)

    installation.advance(hours * 3600)
    async with installation.worker():
        await finished(installation, asked)
    hook = await webhook(installation, asked, "mf_holdings.failed")
    ended = await browser.get(waiting.url)

    assert (hook["status"], hook["error"]["code"]) == ("ERRORED", 2001)
    assert "casSummary" not in hook
    assert ended.heading == "Your mutual funds were not shared"
    assert (await looked_up(installation, asked))["success"] is None


async def test_who_is_in_no_folio_corrects_what_they_typed(installation: Installation, browser: Browser) -> None:
    asked = await asked_for(installation)
    unknown = await code_page(installation, browser, asked, "0106")

    known = await browser.submit(unknown, "/confirm", pan=pan())

    assert (unknown.status, "MFCentral has no folio" in unknown.words) == (422, True)
    assert known.heading == "Enter the OTP"


@pytest.mark.parametrize("digits", ["0107", "0108"])
async def test_a_registrar_that_sends_no_code(installation: Installation, browser: Browser, digits: str) -> None:
    asked = await asked_for(installation)

    away = await code_page(installation, browser, asked, digits)
    again = await browser.get((await installation.open(browser, asked)).url)

    assert away.heading == "MFCentral is not responding"
    assert again.heading == "Share your mutual fund holdings"


async def test_a_consent_whose_answer_was_lost_counts(installation: Installation, browser: Browser) -> None:
    """Given a registrar that took the code and whose answer was lost, when the code is given back again, then it is
    taken, and no attempt was used up."""
    asked = await asked_for(installation)
    page = await code_page(installation, browser, asked, "0109")

    lost = await give(browser, page, RIGHT)
    tries = (await kept(installation, asked)).codes_tried
    async with installation.worker():
        await give(browser, page, RIGHT)
        settled = await installation.settled(asked)

    assert (lost.heading, tries) == ("MFCentral is not responding", 0)
    assert settled["result"]["casSummary"]["holdings"]


async def test_leaving_before_the_code_is_a_cancellation_and_after_it_is_none(
    installation: Installation, browser: Browser
) -> None:
    early, late = await asked_for(installation), await asked_for(installation)

    left = await browser.submit(await code_page(installation, browser, early), "/cancel")
    page = await code_page(installation, browser, late)
    await give(browser, page, RIGHT)
    closing = await installation.ask("close", late, sure=True)
    async with installation.worker():
        settled = await installation.settled(late)

    assert left.heading == "Cancelled"
    assert closing[1]["settled"] is False
    assert settled["result"]["casSummary"]["holdings"]


async def test_many_folios(installation: Installation, browser: Browser) -> None:
    asked = await asked_for(installation, **BOTH)
    page = await code_page(installation, browser, asked, "0102")

    async with installation.worker():
        waiting = await give(browser, page, RIGHT)
        settled = await installation.settled(asked)
    done = await browser.get(waiting.url)

    assert len(settled["result"]["casDetail"]["holdings"]) == 240
    assert "240 schemes worth ₹" in done.words
