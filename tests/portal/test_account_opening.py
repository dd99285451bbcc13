"""Opening an account at a broker, form by form: code, details, broker, hand-over, and the broker's word on it."""

import hmac
import json
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.portal.installation import ORIGIN, Answer, Browser, Installation
from tests.portal.installation import Flow as Asked
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.connectors.contract import OpeningStatus
from torana.connectors.registry import BROKERS
from torana.investors import consents
from torana.investors.accounts import recognise
from torana.investors.models import Scope
from torana.leads.models import Lead
from torana.leads.progress import Leads, transactions_of
from torana.leads.schemas import LEAD_UPDATED, lead_event
from torana.one_time_codes.models import MOST_SENDINGS
from torana.partners.models import Gateway, Mode
from torana.partners.tokens import issue_token
from torana.retention.person import erase_transactions
from torana.retention.reap import reap
from torana.settings import Retention

PHONE = "98765 43210"
OTHER_OPENING = next(key for key, one in BROKERS.items() if one.account_opening is not None and key != ANY_BROKER)
PAGE = Path(__file__).parents[2] / "docs/account-opening.md"
KNOWN = {"name": "Asha Rao", "email": "asha@example.in", "contact": "+91 98765-43210", "pinCode": "560001"}


class Applicant:
    """Somebody without an account, their browser, and the page of the app that sends them."""

    def __init__(self, installation: Installation, browser: Browser) -> None:
        self.installation = installation
        self.browser = browser
        token = issue_token(installation.gateway, None, installation.services.clock.now())
        self.asked = Asked(f"TRX_{secrets.token_hex(16)}", token)

    async def begin(self, details: object = None, **more: Any) -> tuple[Answer, dict[str, Any]]:
        """`signup` in the app's page; the first page of the pop-up, and what the page was told."""
        wanted = {"intent": "ACCOUNT_OPENING", "userDetails": details, **more}
        status, told = await self.installation.ask("create", self.asked, wanted=wanted)
        assert status == 200, told
        return await self.installation.open(self.browser, self.asked), told

    async def send(self, page: Answer, step: str, **typed: str) -> Answer:
        """The form of a page that is named so."""
        form = next(form for form in page.page.forms if ("step", step) in form.fields)
        fields = dict(form.fields) | typed
        return await self.browser.post(urljoin(page.url, form.action), fields, origin=self.browser.base)

    async def proven(self, details: object = None) -> Answer:
        """The page after the code: a test gateway shows it."""
        first, _ = await self.begin(details)
        asked = await self.send(first, "phone", phone=PHONE)
        return await self.send(asked, "code", code=code_on(asked))

    async def choosing(self) -> Answer:
        return await self.send(await self.proven(KNOWN), "details")

    async def handed_over(self) -> Answer:
        """The page that posts to the broker."""
        agree = await self.send(await self.choosing(), "broker", broker=ANY_BROKER)
        return await self.send(agree, "agree")

    async def at_broker(self, crossing: Answer) -> Answer:
        """The broker's page, which the form of ours leads to."""
        (form,) = [form for form in crossing.page.forms if form.action.startswith(self.installation.sandbox_url)]
        await self.browser.post(f"{crossing.url}/left", {"csrf": self._csrf(crossing)}, origin=self.browser.base)
        return await self.browser.post(form.action, dict(form.fields))

    async def lead(self) -> Lead:
        services = self.installation.services
        leads = Leads(services.database, services.cipher, services.clock)
        found = await leads.of_transaction(self.installation.gateway.gateway_id, self.asked.transaction_id)
        assert found is not None
        return found

    async def result(self) -> tuple[str | None, str | None]:
        """What the promise resolves with."""
        state = await self.installation.settled(self.asked, seconds=5)
        assert state["error"] is None, state
        return state["result"]["leadId"], state["result"]["status"]

    @staticmethod
    def _csrf(page: Answer) -> str:
        found = re.search(r'data-csrf="([0-9a-f]+)"', page.text)
        assert found is not None
        return found[1]


def code_on(page: Answer) -> str:
    found = re.search(r"Your OTP is ([0-9]{6})", page.words)
    assert found is not None, page.heading
    return found[1]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def applicant(installation: Installation, browser: Browser) -> Applicant:
    return Applicant(installation, browser)


@pytest.mark.parametrize(
    ("pressed", "heading", "status"),
    [
        ("SUBMITTED", f"{ANY_NAME} has your request", "SUBMITTED"),
        ("PROCESSING", f"{ANY_NAME} is checking your request", "PROCESSING"),
        ("COMPLETED", f"Your {ANY_NAME} account is open", "COMPLETED"),
    ],
)
async def test_an_applicant_goes_all_the_way(
    applicant: Applicant, installation: Installation, pressed: str, heading: str, status: str
) -> None:
    """Given an app that knows its user, when they prove their number, agree, and finish at the broker, then the pages
    follow each other, the broker gets what was typed, and the promise says what the broker said."""
    first, told = await applicant.begin(KNOWN)
    asked = await applicant.send(first, "phone", phone=PHONE)
    details = await applicant.send(asked, "code", code=code_on(asked))
    choice = await applicant.send(details, "details")
    agree = await applicant.send(choice, "broker", broker=ANY_BROKER)
    crossing = await applicant.send(agree, "agree")
    at_broker = await applicant.at_broker(crossing)
    back = await applicant.browser.press(at_broker, (await applicant.lead()).lead_id, action=pressed)

    assert "warnings" not in told
    assert [page.heading for page in (first, asked, details, choice)] == [
        "Your mobile number",
        "Enter the OTP",
        "About you",
        "Where do you want to open your account?",
    ]
    assert 'value="Asha Rao"' in details.text
    assert agree.heading == f"Open an account at {ANY_NAME}"
    assert all(value in agree.words for value in ("Asha Rao", "+91 98765 43210", "asha@example.in", "560001"))
    assert all(value in at_broker.words for value in ("Asha Rao", "+919876543210", "asha@example.in", "560001"))
    assert back.heading == heading
    lead = await applicant.lead()
    assert await applicant.result() == (lead.lead_id, status)
    transaction = await installation.transaction(applicant.asked)
    assert (transaction.status.value, lead.status.value, lead.handing_over) == ("COMPLETED", status, False)


async def test_the_yes_to_a_broker_stands_in_the_ledger_and_names_nobody(
    applicant: Applicant, installation: Installation
) -> None:
    """What was shared with whom, in the words that were shown, without the values: those stay sealed with the lead."""
    database, gateway_id = installation.services.database, installation.gateway.gateway_id
    agree = await applicant.send(await applicant.choosing(), "broker", broker=ANY_BROKER)
    before = await consents.of_transaction(database, gateway_id, applicant.asked.transaction_id)
    await applicant.send(agree, "agree")
    (given,) = await consents.of_transaction(database, gateway_id, applicant.asked.transaction_id)

    assert before == []
    assert (given.investor_id, given.scopes, given.language) == ("", [Scope.ACCOUNT_OPENING], "en")
    assert given.notice.split("\n")[0] == agree.heading
    assert all(line.strip("[]") in agree.words for line in given.notice.split("\n"))
    assert not any(value in given.notice for value in ("Asha", "98765", "asha@", "560001"))
    assert given.withdrawn_at is None


async def test_whoever_stops_on_the_way_has_a_status_and_no_lead_id(
    installation: Installation, browser: Browser
) -> None:
    """However the flow ends, the promise resolves: with the status that was reached."""
    reached: list[tuple[str | None, str | None]] = []
    for steps in range(5):
        applicant = Applicant(installation, browser)
        page, _ = await applicant.begin(KNOWN)
        phone = f"98765432{steps:02}"
        if steps > 0:
            page = await applicant.send(page, "phone", phone=phone)
        if steps > 1:
            page = await applicant.send(page, "code", code=code_on(page))
        if steps > 2:
            page = await applicant.send(page, "details")
        if steps > 3:
            page = await applicant.send(page, "broker", broker=ANY_BROKER)
        await installation.ask("close", applicant.asked, sure=True)
        reached.append(await applicant.result())

    assert reached == [
        (None, "INITIALIZED"),
        (None, "VERIFICATION"),
        (None, "DETAILS_REGISTER"),
        (None, "BROKER_REGISTER"),
        (None, "BROKER_REGISTER"),
    ]


async def test_time_that_runs_out_resolves_the_promise_too(applicant: Applicant, installation: Installation) -> None:
    page, _ = await applicant.begin()
    installation.advance(31 * 60)

    late = await applicant.browser.get(page.url)

    assert late.heading == "This request has expired"
    assert await applicant.result() == (None, "INITIALIZED")


async def test_a_wrong_code_has_five_tries(applicant: Applicant, installation: Installation) -> None:
    """Given a code, when five wrong ones are typed, then nothing is taken any more, the right one neither, and no
    other code is sent."""
    first, _ = await applicant.begin()
    asked = await applicant.send(first, "phone", phone=PHONE)
    right = code_on(asked)

    malformed = await applicant.send(asked, "code", code="12345")
    tries = [await applicant.send(asked, "code", code=another(right)) for _ in range(5)]
    late = await applicant.send(asked, "code", code=right)
    installation.advance(60)
    more = await applicant.send(asked, "resend")

    assert (malformed.status, "The OTP has six digits." in malformed.words) == (422, True)
    assert "You have 4 more attempts." in tries[0].words
    assert "You have one more attempt." in tries[3].words
    assert [page.heading for page in (tries[4], late)] == ["Too many incorrect OTPs"] * 2
    assert "No more OTPs can be sent" in more.words
    assert (await applicant.lead()).verified_at is None


async def test_another_code_takes_the_place_of_the_first_after_a_pause(
    applicant: Applicant, installation: Installation
) -> None:
    first, _ = await applicant.begin()
    asked = await applicant.send(first, "phone", phone=PHONE)
    old = code_on(asked)

    too_soon = await applicant.send(asked, "resend")
    installation.advance(31)
    sent = await applicant.send(asked, "resend")
    new = code_on(sent)
    installation.advance(301)
    expired = await applicant.send(asked, "code", code=new)
    installation.advance(31)
    newest = code_on(await applicant.send(asked, "resend"))
    stale = await applicant.send(asked, "code", code=old) if old != newest else None
    right = await applicant.send(asked, "code", code=newest)

    assert "You can resend it in" in too_soon.words
    assert "This OTP has expired." in expired.words
    assert stale is None or "Incorrect OTP." in stale.words
    assert right.heading == "About you"


async def test_the_last_code_is_reached_again_after_another_number(
    applicant: Applicant, installation: Installation
) -> None:
    """Given all codes of a request, when the applicant turns to another number and back to theirs, then the code that
    they have is still taken; another number gets none."""
    first, _ = await applicant.begin()
    asked = await applicant.send(first, "phone", phone=PHONE)
    for _ in range(MOST_SENDINGS - 1):
        installation.advance(31)
        asked = await applicant.send(asked, "resend")

    typing = await applicant.send(asked, "number")
    other = await applicant.send(typing, "phone", phone="9000000000")
    back = await applicant.send(other, "phone", phone=PHONE)
    proven = await applicant.send(back, "code", code=code_on(asked))

    assert [page.heading for page in (typing, other, back)] == ["Your mobile number"] * 2 + ["Enter the OTP"]
    assert proven.heading == "About you"


async def test_a_number_that_was_proven_proves_no_other(applicant: Applicant) -> None:
    """Given a proven number, when the form for another number is sent from an old page, then nothing changes."""
    first, _ = await applicant.begin()
    asked = await applicant.send(first, "phone", phone=PHONE)
    await applicant.send(asked, "code", code=code_on(asked))

    again = await applicant.send(first, "phone", phone="9000000000")

    assert again.heading == "About you"
    assert (await applicant.lead()).status.value == "DETAILS_REGISTER"


async def test_what_is_typed_is_judged(applicant: Applicant) -> None:
    first, _ = await applicant.begin()
    landline = await applicant.send(first, "phone", phone="044 2222 3333")
    asked = await applicant.send(landline, "phone", phone=PHONE)
    empty = await applicant.send(asked, "code", code=code_on(asked))

    wrong = await applicant.send(empty, "details", name="A", email="asha@", pin_code="012345")
    good = await applicant.send(wrong, "details", name="Asha Rao", email="asha@example.in", pin_code="560 001")

    assert "Enter a 10-digit Indian mobile number" in landline.words
    assert wrong.status == 422
    assert wrong.text.count('aria-invalid="true"') == 3
    assert 'value="asha@"' in wrong.text
    assert good.heading == "Where do you want to open your account?"


async def test_what_a_partner_knows_wrongly_is_dropped_and_said(applicant: Applicant) -> None:
    given = {"name": 7, "email": "nobody", "contact": "9876543210", "pinCode": "12", "age": 30}

    first, told = await applicant.begin(given)

    assert sorted(told["warnings"]) == [
        "userDetails.email is left out: it is not an e-mail address.",
        "userDetails.name is left out: it is not a text.",
        "userDetails.pinCode is left out: it is not a PIN code of India.",
    ]
    assert 'value="9876543210"' in first.text
    for odd in ("text", 3, ["a"], {"name": {"first": "Asha"}}):
        page, _ = await Applicant(applicant.installation, applicant.browser).begin(odd)
        assert page.heading == "Your mobile number"


async def test_going_back_from_the_broker_without_its_word_leaves_a_choice(applicant: Applicant) -> None:
    """Given an applicant who goes back from the broker without submitting, then the page offers the way there again;
    when they end it, the promise has no lead id, and the lead is still on its way."""
    crossing = await applicant.handed_over()
    at_broker = await applicant.at_broker(crossing)

    back = await applicant.browser.press(at_broker, (await applicant.lead()).lead_id, action="leave")
    over = await applicant.send(back, "over")

    assert back.heading == f"Finish at {ANY_NAME}"
    assert over.heading == "Your request is not finished"
    assert (await applicant.lead()).status.value == "LEAD PENDING BROKER SUBMISSION"
    assert await applicant.result() == (None, "BROKER_REGISTER")


async def test_a_word_that_is_not_the_brokers_changes_nothing(applicant: Applicant, installation: Installation) -> None:
    """Neither in the address that the browser comes back to, nor from server to server."""
    crossing = await applicant.handed_over()
    lead = await applicant.lead()
    forged = {"leadId": lead.lead_id, "status": "COMPLETED", "signature": "0" * 64}

    await applicant.browser.get(f"{crossing.url}/returned?leadId={lead.lead_id}&status=COMPLETED&signature=x")
    word = f"{installation.url}/postback/opening/{ANY_BROKER}/{installation.gateway.name}"
    async with installation.http.post(word, data=forged) as answer:
        refused = answer.status
    async with installation.http.post(word.replace(ANY_BROKER, "nobody"), data=forged) as answer:
        unknown = answer.status

    assert (refused, unknown) == (403, 404)
    assert (await applicant.lead()).status.value == "LEAD PENDING BROKER SUBMISSION"


async def test_a_broker_tells_later_how_it_ended(applicant: Applicant, installation: Installation) -> None:
    """Given a window that was closed at the broker, then the promise settles; what the broker says later only leads on,
    and is an event each."""
    crossing = await applicant.handed_over()
    await applicant.at_broker(crossing)
    lead_id = (await applicant.lead()).lead_id
    installation.advance(5)
    _, closed = await installation.ask("close", applicant.asked)

    for status in ("SUBMITTED", "COMPLETED", "PROCESSING"):
        await installation.tell("POST", f"/sandbox/openings/{lead_id}", {"status": status})

    assert (closed["unsure"], closed["settled"]) == (False, True)
    assert (await applicant.lead()).status.value == "COMPLETED"
    told = await installation.services.database.value(
        "select array_agg(data ->> 'status' order by sequence) from events"
        " where type = 'lead.updated' and transaction_id = $1",
        applicant.asked.transaction_id,
    )
    assert told == [
        "VERIFICATION",
        "DETAILS_REGISTER",
        "BROKER_REGISTER",
        "LEAD SELECTED BROKER",
        "LEAD PENDING BROKER SUBMISSION",
        "SUBMITTED",
        "COMPLETED",
    ]


async def test_a_window_that_the_broker_cuts_off_is_asked_about(
    applicant: Applicant, installation: Installation
) -> None:
    crossing = await applicant.handed_over()
    await applicant.at_broker(crossing)

    _, cut = await installation.ask("close", applicant.asked)
    _, cancelled = await installation.ask("close", applicant.asked, sure=True)

    assert (cut["unsure"], cut["settled"]) == (True, False)
    assert cancelled["settled"]


async def test_a_yes_is_to_the_words_that_were_shown(applicant: Applicant, installation: Installation) -> None:
    """Given two tabs, when another broker or another name is chosen in the second, then the yes of the first hands
    nothing over: the page is shown as it is now."""
    first = await applicant.send(await applicant.choosing(), "broker", broker=ANY_BROKER)
    brokers = await applicant.send(first, "brokers")
    second = await applicant.send(brokers, "broker", broker=OTHER_OPENING)

    other_broker = await applicant.send(first, "agree")
    details = await applicant.send(await applicant.send(second, "brokers"), "change")
    choice = await applicant.send(details, "details", name="Asha V Rao")
    renamed = await applicant.send(choice, "broker", broker=ANY_BROKER)
    other_name = await applicant.send(first, "agree")
    kept = await applicant.lead()
    crossing = await applicant.send(renamed, "agree")

    assert (other_broker.status, other_broker.heading) == (422, second.heading)
    assert second.heading != first.heading
    assert (other_name.status, "Asha V Rao" in other_name.words) == (422, True)
    assert (kept.status.value, kept.handing_over) == ("LEAD SELECTED BROKER", False)
    assert (crossing.status, (await applicant.lead()).handing_over) == (200, True)


async def test_an_applicant_who_never_comes_back_is_not_waited_for_for_ever(
    applicant: Applicant, installation: Installation
) -> None:
    await applicant.handed_over()
    async with installation.worker():
        installation.advance(31 * 60)
        state = await installation.settled(applicant.asked)

    assert (state["result"]["leadId"], state["result"]["status"]) == (None, "BROKER_REGISTER")
    assert not (await applicant.lead()).handing_over


async def test_a_word_of_the_broker_does_not_make_the_wait_longer(
    applicant: Applicant, installation: Installation
) -> None:
    """Given an applicant who is at the broker, when its server tells how far they are before the time is over, then the
    promise settles with that word when the time is over."""
    await applicant.handed_over()
    services = installation.services
    leads = Leads(services.database, services.cipher, services.clock)
    installation.advance(29 * 60)
    lead, transaction = await applicant.lead(), await installation.transaction(applicant.asked)
    await leads.told(transaction, lead, OpeningStatus.PROCESSING)
    async with installation.worker():
        installation.advance(2 * 60)
        state = await installation.settled(applicant.asked)

    assert state["result"]["status"] == "PROCESSING"


async def test_one_number_goes_to_one_broker_in_one_window_at_a_time(
    applicant: Applicant, installation: Installation
) -> None:
    """A sign-up twice at once: the second window changes nothing, and says where to go on."""
    await applicant.handed_over()
    async with installation.browser() as browser:
        other = Applicant(installation, browser)
        installation.advance(31)
        agree = await other.send(await other.choosing(), "broker", broker=ANY_BROKER)
        second = await other.send(agree, "agree")

        assert (second.status, "You have already started" in second.words) == (409, True)
        assert (await other.lead()).status.value == "LEAD SELECTED BROKER"


async def test_asking_twice_with_one_id_makes_one_lead(applicant: Applicant, installation: Installation) -> None:
    await applicant.begin(KNOWN)
    lead = await applicant.lead()
    _, state = await installation.ask("create", applicant.asked, wanted={"intent": "ACCOUNT_OPENING"})
    stranger = Asked(applicant.asked.transaction_id, applicant.asked.token)
    _, foreign = await installation.ask("create", stranger, wanted={"intent": "ACCOUNT_OPENING"})

    assert (state["stage"], (await applicant.lead()).lead_id) == ("reviewing", lead.lead_id)
    assert foreign["error"]["message"] == "transaction_in_process"


async def test_somebody_with_an_account_logs_in_instead(applicant: Applicant) -> None:
    first, _ = await applicant.begin(loginCta=True)
    chooser = await applicant.send(first, "login")
    hand_over = await applicant.browser.submit(chooser, "/broker", broker=ANY_BROKER)
    done = await applicant.browser.log_in(hand_over, "AB1234")

    state = await applicant.installation.settled(applicant.asked)
    result = state["result"]
    assert chooser.heading == "Choose your broker"
    assert done.heading == f"{ANY_NAME} is connected"
    assert (result["leadId"], result["status"], result["broker"]) == (None, "INITIALIZED", ANY_BROKER)
    assert result["smallcaseAuthId"] is not None
    told = await applicant.installation.services.database.value(
        "select array_agg(type order by sequence) from events where transaction_id = $1", applicant.asked.transaction_id
    )
    assert "transaction.turned_to_login" in told


async def test_the_way_to_a_login_is_there_only_where_it_was_asked_for(applicant: Applicant) -> None:
    first, _ = await applicant.begin()

    assert "I already have an account" not in first.words
    forced = await applicant.browser.post(
        f"{first.url}/confirm",
        dict(next(form for form in first.page.forms if ("step", "phone") in form.fields).fields) | {"step": "login"},
        origin=applicant.browser.base,
    )
    assert forced.heading == "Your mobile number"


async def test_brokers_that_open_no_accounts_are_not_offered(applicant: Applicant) -> None:
    choice = await applicant.choosing()

    for key, broker in BROKERS.items():
        assert (f'value="{key}"' in choice.text) is (broker.account_opening is not None)


async def test_nothing_of_a_person_is_readable_in_the_database(
    applicant: Applicant, installation: Installation
) -> None:
    """Sealed at rest; no event, visit or transaction holds it."""
    await applicant.handed_over()

    database = installation.services.database
    for table in ("leads", "one_time_codes", "transactions", "visits", "events"):
        rows = await database.value(f"select string_agg(to_jsonb(t)::text, ' ') from {table} t")
        for secret in ("Asha", "9876543210", "asha@example.in", "560001"):
            assert secret not in (rows or ""), table


async def test_the_page_says_from_where_the_applicant_came(applicant: Applicant) -> None:
    """The signature of the sandbox and ours are made apart: one judges the other."""
    crossing = await applicant.handed_over()
    lead = await applicant.lead()
    proof = hmac.digest(b"sandbox-opening-secret", f"{lead.lead_id}\nSUBMITTED".encode(), "sha256").hex()

    back = await applicant.browser.get(
        f"{crossing.url}/returned?leadId={lead.lead_id}&status=SUBMITTED&signature={proof}"
    )

    assert back.heading == f"{ANY_NAME} has your request"
    assert crossing.headers["content-security-policy"].count(applicant.installation.sandbox_url) == 1
    assert ORIGIN not in crossing.text


async def test_a_partner_looks_its_leads_up_and_no_other_gateways(
    applicant: Applicant, installation: Installation
) -> None:
    """A lead of another gateway, and one of another investor, are not there. The answer and the webhook have the keys
    that the documentation shows."""
    crossing = await applicant.handed_over()
    at_broker = await applicant.at_broker(crossing)
    lead_id = (await applicant.lead()).lead_id
    await applicant.browser.press(at_broker, lead_id, action="SUBMITTED")
    services = installation.services
    stranger = await services.gateways.create(
        name=f"other-{secrets.token_hex(4)}", display_name="Other", mode=Mode.TEST, allowed_origins=[ORIGIN]
    )

    async def look(gateway: Gateway, lead: str, investor_id: str | None = None) -> tuple[int, dict[str, Any]]:
        token = issue_token(gateway, investor_id, services.clock.now())
        headers = {"x-gateway-secret": gateway.api_secret, "x-gateway-authtoken": token}
        url = f"{installation.url}/v1/{gateway.name}/engine/leadStatus"
        async with installation.http.get(url, params={"leadId": lead}, headers=headers) as answer:
            return answer.status, await answer.json()

    status, found = await look(installation.gateway, lead_id)
    async with services.database.transaction() as connection:
        investor_id = await recognise(
            connection,
            gateway_id=installation.gateway.gateway_id,
            broker=ANY_BROKER,
            broker_user_id="AB1234",
            now=services.clock.now(),
        )
    connected, _ = await look(installation.gateway, lead_id, investor_id)
    foreign, refused = await look(stranger, lead_id)
    odd, _ = await look(installation.gateway, "x" * 24)

    assert (status, found["data"]["status"], found["data"]["broker"]) == (200, "SUBMITTED", ANY_BROKER)
    assert (connected, foreign, odd) == (200, 404, 404)
    assert refused["errors"] == ["LeadIdNotFound"]
    answer, webhook = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert found["data"].keys() == answer["data"].keys()
    transaction = await installation.transaction(applicant.asked)
    lead = await applicant.lead()
    wire = LEAD_UPDATED.wire(lead_event(transaction, lead))
    assert wire.keys() | {"event", "eventId", "sequence", "timestamp", "checksum"} == webhook.keys()


async def erase_number(installation: Installation, phone: str) -> tuple[int, list[str]]:
    """`torana lead erase`."""
    services, gateway_id = installation.services, installation.gateway.gateway_id
    theirs = await transactions_of(services.database, services.cipher, gateway_id, phone)
    return await erase_transactions(services.database, gateway_id, theirs, services.clock.now())


async def test_a_person_is_given_what_is_kept_and_taken_out_of_it(
    applicant: Applicant, installation: Installation
) -> None:
    crossing = await applicant.handed_over()
    at_broker = await applicant.at_broker(crossing)
    await applicant.browser.press(at_broker, (await applicant.lead()).lead_id, action="SUBMITTED")
    services, gateway_id = installation.services, installation.gateway.gateway_id
    leads = Leads(services.database, services.cipher, services.clock)

    lead = await applicant.lead()
    details = leads.details(lead)
    transaction = await installation.transaction(applicant.asked)
    erased = await erase_number(installation, "+919876543210")
    late = await leads.told(transaction, lead, OpeningStatus.PROCESSING)

    assert (details.name, details.email, details.pin_code) == ("Asha Rao", "asha@example.in", "560001")
    assert erased == (1, [])
    assert await transactions_of(services.database, services.cipher, gateway_id, "+919876543210") == []
    left = await applicant.lead()
    assert (left.status.value, left.sealed, leads.details(left).name) == ("PROCESSING", b"", "")
    assert late, "the broker's word counts, and brings nobody back"
    assert await services.codes.find(gateway_id, lead.transaction_id) is None


async def test_a_person_is_not_taken_out_of_what_is_at_work(applicant: Applicant, installation: Installation) -> None:
    """Given an applicant who is still in the window, then erasing names their request and leaves it."""
    await applicant.proven(KNOWN)
    services = installation.services
    leads = Leads(services.database, services.cipher, services.clock)

    erased = await erase_number(installation, "+919876543210")

    assert erased == (0, [applicant.asked.transaction_id])
    assert leads.details(await applicant.lead()).name == "Asha Rao"


async def test_leads_and_codes_leave_when_their_age_is_over(applicant: Applicant, installation: Installation) -> None:
    crossing = await applicant.handed_over()
    at_broker = await applicant.at_broker(crossing)
    await applicant.browser.press(at_broker, (await applicant.lead()).lead_id, action="SUBMITTED")
    services = installation.services

    async def left(days: float) -> tuple[int, int, int]:
        await reap(
            services.database, Retention(of_tables={"leads_days": 180}), services.clock.now() + timedelta(days=days)
        )
        tables = ("one_time_codes", "leads", "transactions")
        one, two, three = [await services.database.value(f"select count(*) from {table}") for table in tables]
        return one, two, three

    assert await left(0.9) == (1, 1, 1)
    assert await left(1.1) == (0, 1, 1)
    assert await left(179) == (0, 1, 1)
    assert await left(181) == (0, 0, 0)


async def test_the_broker_and_the_browser_may_come_at_once(applicant: Applicant, installation: Installation) -> None:
    """Given a browser that knows the lead as it was before the broker's server told more, then its end is written all
    the same, and nothing goes back."""
    await applicant.handed_over()
    services = installation.services
    leads = Leads(services.database, services.cipher, services.clock)
    before, transaction = await applicant.lead(), await installation.transaction(applicant.asked)
    assert await leads.told(transaction, before, OpeningStatus.COMPLETED)

    late = await leads.told(transaction, before, OpeningStatus.SUBMITTED)
    over = await leads.over(transaction, before)

    after = await applicant.lead()
    assert (late, over) == (False, True)
    assert (after.status.value, after.handing_over) == ("COMPLETED", False)


async def test_a_broker_whose_address_is_taken_away_leaves_a_page(
    applicant: Applicant, installation: Installation
) -> None:
    crossing = await applicant.handed_over()
    none = next(key for key, broker in BROKERS.items() if broker.account_opening is None)
    await installation.services.database.execute("update leads set broker = $1", none)

    page = await applicant.browser.get(crossing.url)
    over = await applicant.send(page, "over")

    assert page.heading == f"Finish at {BROKERS[none].name}"
    assert over.heading == "Your request is not finished"
