"""Who gets in, and what every page says of itself to the browser."""

import pytest
from yarl import URL

from tests.portal.installation import ORIGIN, Browser, Installation
from tests.portal.steps import TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME
from torana.transactions.models import Status


@pytest.mark.parametrize(
    ("field", "value", "status", "code"),
    [
        ("gateway", "nobody", 404, "invalid_gateway"),
        ("authToken", "", 401, "invalid_user_data"),
        ("authToken", "e30.e30.x", 401, "invalid_jwt"),
        ("transactionId", "TRX_" + "0" * 32, 404, "invalid_transactionId"),
        ("transactionId", "<script>", 404, "invalid_transactionId"),
        ("flow", "short", 400, "invalid_flow"),
        ("returnUrl", "https://evil.test/", 403, "invalid_gateway"),
    ],
)
async def test_a_form_that_cannot_be_used_gets_a_page_that_says_so(
    installation: Installation, browser: Browser, field: str, value: str, status: int, code: str
) -> None:
    flow = await installation.create(TCS)

    page = await browser.post("/portal/open", installation.fields(flow, **{field: value}), origin=ORIGIN)

    assert page.status == status
    assert code in page.words
    assert "set-cookie" not in page.headers
    assert (await installation.transaction(flow)).event_count == 1


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
async def test_a_page_of_another_origin_opens_nothing(
    installation: Installation, browser: Browser, origin: str
) -> None:
    """F05. What the form claims does not count where the browser says otherwise."""
    flow = await installation.create(TCS)

    page = await browser.post("/portal/open", installation.fields(flow), origin=origin)

    assert page.status == 403
    assert page.heading == "This page may not open Torana"
    assert ("Referrer-Policy" in page.words) == (origin == "null")


async def test_a_subdomain_opens_where_a_wildcard_is_on_the_list(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)

    page = await browser.post("/portal/open", installation.fields(flow), origin="https://beta.acme.test")

    assert page.heading == "Choose your broker"


async def test_a_transaction_of_one_investor_is_not_there_for_another(
    installation: Installation, browser: Browser
) -> None:
    asha = await connected(installation, browser, user="asha", logged_in=False)
    ravi = await connected(installation, browser, user="ravi", logged_in=False)
    flow = await installation.create(TCS, investor_id=asha)
    flow.token = (await installation.create(TCS, investor_id=ravi)).token

    page = await installation.open(browser, flow)

    assert page.status == 404
    assert "invalid_transactionId" in page.words


async def test_a_guests_transaction_opened_by_a_connected_investor_asks_for_his_account(
    installation: Installation, browser: Browser
) -> None:
    asha = await connected(installation, browser, user="asha", logged_in=False)
    flow = await installation.create(TCS)
    flow.token = (await installation.create(TCS, investor_id=asha)).token

    mismatch = await browser.log_in(await installation.open(browser, flow), "ravi")

    assert mismatch.heading == f"That is a different {ANY_NAME} account"


async def test_the_same_flow_meets_the_truth_and_another_flow_does_not_get_in(
    installation: Installation, browser: Browser
) -> None:
    """3003."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    again = await installation.open(browser, flow)
    other = await installation.open(browser, flow, flow="f" * 32)

    assert again.path == review.path
    assert again.heading == "Review your order"
    assert other.status == 409
    assert "transaction_in_process · 3003" in other.words


async def test_a_used_transaction_is_over_for_another_flow(installation: Installation, browser: Browser) -> None:
    """3001."""
    flow = await installation.create()
    await browser.log_in(await to_hand_over(installation, browser, flow), "asha")

    other = await installation.open(browser, flow, flow="f" * 32)
    same = await installation.open(browser, flow)

    assert other.status == 410
    assert "transaction_expired · 3001" in other.words
    assert same.heading == f"{ANY_NAME} is connected"


async def test_an_expired_transaction_opens_nothing(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    installation.advance(16 * 60)

    page = await installation.open(browser, flow)

    assert page.status in (401, 410)
    fresh = await installation.create(TCS)
    flow.token = fresh.token
    assert "transaction_expired · 3001" in (await installation.open(browser, flow)).words


async def test_a_visit_belongs_to_the_browser_that_opened_it(installation: Installation, browser: Browser) -> None:
    """D09."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    form = review.form("/confirm")

    async with installation.browser() as thief:
        page = await thief.get(review.path)
        confirmed = await thief.post(form.action, dict(form.fields), origin=thief.base)

    assert page.status == 403
    assert "TCS" not in page.text
    assert confirmed.status == 403
    assert (await installation.transaction(flow)).confirmed_at is None


async def test_a_login_may_come_back_by_a_form(installation: Installation) -> None:
    """Some brokers' pages post what others put in the address; the proof is the same."""
    async with installation.browser() as browser:
        hand_over = await to_hand_over(installation, browser, await installation.create(TCS))
        callback = URL(await browser.callback(hand_over, "asha"))

        waiting = await browser.post(str(callback.with_query(None)), dict(callback.query))
        again = await browser.post(str(callback.with_query(None)), dict(callback.query))

    assert waiting.heading == "Review your order"
    assert again.status == 403


@pytest.mark.parametrize("state", ["wrong", "missing", "foreign"])
async def test_a_login_without_the_right_state_makes_no_session(
    installation: Installation, browser: Browser, state: str
) -> None:
    """S01."""
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    callback = URL(await browser.callback(hand_over, "asha"))
    if state == "foreign":
        async with installation.browser() as other:
            victim = await to_hand_over(installation, other, await installation.create(TCS))
            assert victim.status == 200
            refused = await other.get(str(callback))
    else:
        query = dict(callback.query)
        query["state"] = query["state"][:-1] + "x" if state == "wrong" else ""
        refused = await browser.get(str(callback.with_query(query)))

    assert refused.status == 403
    assert refused.heading == "This login does not belong to this window"
    assert await installation.services.database.value("select count(*) from broker_sessions") == 0
    assert (await installation.transaction(flow)).status is Status.INITIALIZED


async def test_a_state_works_once(installation: Installation, browser: Browser) -> None:
    """S01, S03."""
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    cookies = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}
    callback = await browser.callback(hand_over, "asha")
    await browser.get(callback)
    browser.http.cookie_jar.update_cookies(cookies)

    again = await browser.get(callback)

    assert again.status == 403
    assert await installation.services.database.value("select count(*) from broker_sessions") == 1


@pytest.mark.parametrize("user", ["wrong-state", "no-state"])
async def test_a_broker_that_loses_the_state_is_not_believed(
    installation: Installation, browser: Browser, user: str
) -> None:
    """S01."""
    flow = await installation.create(TCS)

    refused = await browser.log_in(await to_hand_over(installation, browser, flow), user)

    assert refused.status == 403
    assert await installation.services.database.value("select count(*) from broker_sessions") == 0


@pytest.mark.parametrize(("fault", "name"), [("csrf", "no token"), ("origin", "another origin")])
async def test_a_form_that_is_not_ours_changes_nothing(
    installation: Installation, browser: Browser, fault: str, name: str
) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    form = review.form("/confirm")
    fields = dict(form.fields) | ({"csrf": "0" * 64} if fault == "csrf" else {})

    refused = await browser.post(form.action, fields, origin="https://evil.test" if fault == "origin" else browser.base)

    assert refused.status == 403, name
    assert (await installation.transaction(flow)).confirmed_at is None


async def test_every_page_forbids_framing_foreign_content_and_keeping(
    installation: Installation, browser: Browser
) -> None:
    """U12."""
    flow = await installation.create(TCS)
    chooser = await installation.open(browser, flow)
    hand_over = await browser.submit(chooser, "/broker", broker=ANY_BROKER)
    waiting = await browser.log_in(hand_over, "asha")
    pages = [
        chooser,
        hand_over,
        waiting,
        await browser.load(waiting),
        await browser.get("/portal/acme/nothing"),
        await browser.get(f"/portal/callback/{ANY_BROKER}?state=x"),
        await browser.post("/portal/open", {}, origin=ORIGIN),
    ]

    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "cross-origin-opener-policy" not in page.headers
        assert "<script>" not in page.text
        assert " style=" not in page.text
        assert " onclick=" not in page.text


async def test_no_secret_is_in_an_address_or_on_a_page(installation: Installation, browser: Browser) -> None:
    """I10."""
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    waiting = await browser.log_in(hand_over, "asha")
    review = await browser.load(waiting)
    session = await installation.services.sessions.by_id(
        installation.gateway.gateway_id, (await installation.transaction(flow)).session_id or ""
    )
    assert session is not None
    cookies = [cookie.value for cookie in browser.http.cookie_jar]

    for page in (hand_over, waiting, review):
        for secret in (flow.token, flow.flow, session.secrets["token"], installation.gateway.secret):
            assert secret not in page.url
            assert secret not in page.text
        for cookie in cookies:
            assert cookie not in page.url


async def test_the_cookies_are_out_of_reach_for_scripts_and_other_sites(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)

    opened = await browser.post("/portal/open", installation.fields(flow), origin=ORIGIN, follow=False)

    cookie = opened.headers["set-cookie"].lower()
    assert opened.status == 303
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"path={opened.headers['location']}" in cookie


async def test_hostile_text_is_only_text(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    chooser = await installation.open(browser, flow)

    page = await browser.get(f"{chooser.path}?q=%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


async def test_no_broker_left_ends_the_flow(installation: Installation, browser: Browser) -> None:
    """1008."""
    flow = await installation.create(TCS)

    page = await installation.open(browser, flow, brokers="groww,sharekhan")
    state = await installation.settled(flow)

    assert page.heading == "No broker is available here"
    assert (state["error"]["message"], state["error"]["code"]) == ("no_broker", 1008)


async def test_one_broker_is_not_asked_for(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)

    page = await installation.open(browser, flow, brokers=OTHER_BROKER)

    assert page.heading == f"Log in to {OTHER_NAME}"
    assert "Choose another broker" not in page.text


async def test_the_interfaces_name_of_a_brokers_test_mode_is_that_broker(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)

    page = await installation.open(browser, flow, brokers=f"{OTHER_NAME}-leprechaun")

    assert page.heading == f"Log in to {OTHER_NAME}"


async def test_my_broker_is_not_listed(installation: Installation, browser: Browser) -> None:
    """1006."""
    flow = await installation.create(TCS)

    page = await browser.submit(await installation.open(browser, flow), "/cancel")
    state = await installation.settled(flow)

    assert page.heading == "Your broker is not here yet"
    assert (state["error"]["message"], state["error"]["code"]) == ("no_broker", 1006)


HOSTILE = ["\x00", "a\x00b", "\ud7ff", "'; drop table visits; --", "../../etc/passwd", "%00", "ﷺ" * 500, "x" * 5000]


@pytest.mark.parametrize("value", HOSTILE)
async def test_hostile_input_is_refused_and_never_a_fault_of_ours(
    installation: Installation, browser: Browser, value: str
) -> None:
    flow = await installation.create(TCS)
    fields = installation.fields(flow)

    answers = [
        await browser.post("/portal/open", fields | {name: value}, origin=ORIGIN)
        for name in ("gateway", "authToken", "transactionId", "flow", "returnUrl", "brokers", "amo")
    ]
    answers += [
        await browser.get(str(URL(installation.url) / "portal" / "callback" / ANY_BROKER % {"state": value})),
        await browser.get(str(URL(installation.url) / "portal" / installation.gateway.name / value.strip("./"))),
    ]
    told = [
        await installation.ask(call, flow, **{name: value})
        for call in ("session", "watch", "close")
        for name in ("gateway", "authToken", "transactionId", "flow")
        if (call, name) not in (("session", "transactionId"), ("session", "flow"))
    ]

    assert max(answer.status for answer in answers) < 500
    assert max(status for status, _ in told) < 500


async def test_a_body_that_is_too_large_or_no_form_is_refused(installation: Installation, browser: Browser) -> None:
    large = await browser.post("/portal/open", {"gateway": "x" * 100_000}, origin=ORIGIN)

    async with installation.http.post(
        f"{installation.url}/portal/sdk/watch", data=b"[" * 5000, headers={"origin": ORIGIN}
    ) as nested:
        assert nested.status == 400
    assert large.status == 413


async def test_a_page_is_zipped_unless_it_says_what_its_address_says(
    installation: Installation, browser: Browser
) -> None:
    """The length of a zipped page that repeats an address would tell of the secrets beside it."""
    page = await installation.open(browser, await installation.create(TCS))

    searched = await browser.get(f"{page.url}?q=zero")

    assert page.headers["content-encoding"] == "gzip"
    assert 'value="zero"' in searched.text
    assert "content-encoding" not in searched.headers
