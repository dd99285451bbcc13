"""In which language the pages of a visit are: the partner's choice, or else the browser's, and then the investor's."""

import pytest
from yarl import URL

from tests.portal.installation import ORIGIN, Answer, Browser, Installation
from tests.portal.steps import TCS
from tests.support.brokers import ANY_BROKER
from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import ENGLISH, LANGUAGES

HINDI = LANGUAGES["hi"]


def _is(page: Answer, texts: Texts) -> bool:
    """Whether the page says so everywhere that a browser looks."""
    marked = f'<html lang="{texts.language}">' in page.text and page.headers["content-language"] == texts.language
    return marked and page.headers["vary"].split(", ")[0] == "accept-language"


@pytest.mark.parametrize(
    ("wanted", "accepted", "texts"),
    [
        ("", "", ENGLISH),
        ("", "hi-IN,hi;q=0.9,en;q=0.8", HINDI),
        ("hi", "en-IN", HINDI),
        ("HI-in", "", HINDI),
        ("en", "hi", ENGLISH),
        ("ta", "hi", HINDI),
        ("ta", "ta", ENGLISH),
    ],
)
async def test_the_partner_chooses_or_else_the_browser(
    installation: Installation, browser: Browser, wanted: str, accepted: str, texts: Texts
) -> None:
    """Given what the page's `config.language` says and what the browser likes, then pages and the SDK's own words are
    in one language that is there; for one that is not there the developer is warned, in English."""
    flow = await installation.create(TCS)
    browser.http.headers["accept-language"] = installation.http.headers["accept-language"] = accepted

    _, session = await installation.ask("session", flow, language=wanted)
    page = await installation.open(browser, flow, language=wanted)

    assert page.heading == texts.chooser.title
    assert _is(page, texts)
    assert (await installation.visit(flow)).language == texts.language
    assert session.get("words", {}).get(ENGLISH.sdk.cancel) == (HINDI.sdk.cancel if texts is HINDI else None)
    assert ["ta" in one and "en, hi" in one for one in session.get("warnings", [])] == [True] * (wanted == "ta")


async def test_a_visit_keeps_its_language_until_the_investor_chooses_another(
    installation: Installation, browser: Browser
) -> None:
    """Given a visit in Hindi in an English browser, then its later pages and its refusals are Hindi; when the investor
    chooses English in the foot, then the page that they were on comes again in English, and so do all others; a form of
    another page changes nothing."""
    flow = await installation.create(TCS)
    page = await installation.open(browser, flow, language="hi")
    search = await browser.get(f"{page.path}?q=zerodah")
    unproven = await browser.post(f"{page.path}/broker", {"broker": ANY_BROKER, "csrf": "x"}, origin=browser.base)

    browser.http.headers["referer"] = search.url
    other = await browser.submit(search, "/language", language="en")
    browser.http.headers["referer"] = "http://["
    lost = await browser.submit(other, "/language", language="hi")
    await browser.submit(lost, "/language", language="en")
    del browser.http.headers["referer"]
    again = await installation.open(browser, flow, language="hi")
    nonsense = await browser.submit(again, "/language", language="xx")
    fields = dict(again.form("/language").fields) | {"language": "hi"}
    forged = [
        await browser.post(f"{page.path}/language", fields | more, origin=origin)
        for more, origin in (({}, ORIGIN), ({}, "http://["), ({"csrf": "x"}, browser.base))
    ]

    assert _is(search, HINDI)
    assert HINDI.chooser.search in search.text
    assert (unproven.status, unproven.heading, _is(unproven, HINDI)) == (403, HINDI.refused.unproven_title, True)
    assert (URL(other.url).path, URL(other.url).query_string) == (page.path, "q=zerodah")
    assert _is(other, ENGLISH)
    assert (lost.status, lost.path, _is(lost, HINDI)) == (200, page.path, True)
    assert ENGLISH.chooser.search in other.text
    assert [_is(page, ENGLISH) for page in (again, nonsense)] == [True, True]
    assert [one.status for one in forged] == [403, 403, 403]
    assert (await installation.visit(flow)).language == "en"


async def test_what_does_not_open_says_so_in_the_partners_language_and_tells_developers_in_english(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)

    unknown = await installation.open(browser, flow, language="hi", transactionId="TRX_" + "0" * 32)
    foreign = await browser.post("/portal/open", installation.fields(flow, language="hi"), origin="https://evil.test")

    assert (unknown.heading, _is(unknown, HINDI)) == (HINDI.end.unknown_title, True)
    assert (foreign.heading, _is(foreign, HINDI)) == (HINDI.refused.forbidden_title, True)
    assert "https://evil.test is not on the list of allowed origins of this gateway: add it." in foreign.words


async def test_the_ledger_keeps_the_hindi_words_that_were_shown(installation: Installation, browser: Browser) -> None:
    """Given a consent that is asked for in Hindi, when the visit is English by the time of the yes, then it
    is asked for again; once it is given, the ledger has the words shown and their language."""
    flow = await installation.ask_for({"intent": "HOLDINGS_IMPORT", "version": "v2"})
    chooser = await installation.open(browser, flow, language="hi")
    asking = await browser.log_in(await browser.submit(chooser, "/broker", broker=ANY_BROKER), "asha")

    english = await browser.submit(asking, "/language", language="en")
    stale = await browser.submit(asking, "/confirm")
    hindi = await browser.submit(stale, "/language", language="hi")
    await browser.submit(hindi, "/confirm")

    async with installation.services.database.connection() as connection:
        row = await connection.fetchrow("select notice, language from consents")
    assert asking.heading == hindi.heading == HINDI.holdings.consent_title(app="Acme Invest")
    assert stale.status == 422
    assert stale.heading == english.heading == ENGLISH.holdings.consent_title(app="Acme Invest")
    assert row is not None
    assert row["language"] == "hi"
    for label in (
        HINDI.holdings.what_label,
        HINDI.holdings.who_label,
        HINDI.holdings.until_label,
        HINDI.holdings.agree,
    ):
        assert label in row["notice"]
        assert label in hindi.words
