"""Starting the SDK, rightly and wrongly."""

import pytest

from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def rejection(buyer: PartnerPage, code: str) -> tuple[str, int | None, str]:
    """What the promise of this JavaScript rejects with."""
    error = await buyer.page.evaluate(
        f"() => ({code}).then(() => null, (e) => [e.message, e.code, e.description, e instanceof Error])"
    )
    assert error is not None, "it did not reject"
    assert error.pop() is True
    return tuple(error)


async def fresh(buyer: PartnerPage, options: str) -> None:
    """A page whose first `new scDK` is this one."""
    await buyer.page.goto(f"{buyer.partner.url}/elsewhere")
    await buyer.page.add_script_tag(url=f"{buyer.gateway.url}/scdk/2.0.0/scdk.js")
    await buyer.page.evaluate(f"() => {{ window.gw = new scDK({options}) }}")


async def test_a_later_new_gives_the_first_instance(buyer: PartnerPage) -> None:
    await buyer.visit()

    assert await buyer.page.evaluate("() => new scDK({gateway: 'other', smallcaseAuthToken: 'x'}) === gw")
    assert await buyer.page.evaluate("() => new window.scDK({}) === gw && gw instanceof scDK")


async def test_script_and_module_on_one_page_are_one_sdk(buyer: PartnerPage) -> None:
    await buyer.visit()

    same = await buyer.page.evaluate(
        "async url => { const m = await import(url); return m.default === window.scDK && m.scDK === m.default }",
        f"{buyer.gateway.url}/scdk/2.0.0/scdk.mjs",
    )

    assert same


async def test_set_up_tells_what_the_gateway_offers(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()

    session = await buyer.page.evaluate("gw.init({smallcaseAuthToken: 'another'})")

    assert session == {"connected": False, "broker": None, "brokers": [{"key": "alpha", "name": "Alpha"}]}
    assert gateway.calls[-1] == ("session", {"gateway": "demo", "authToken": "another", "language": ""})


async def test_a_new_token_is_used_from_then_on(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    await buyer.page.evaluate("gw.init({smallcaseAuthToken: 'another'})")

    await buyer.buy()

    assert gateway.opened[0]["authToken"] == "another"


@pytest.mark.parametrize("name", ["invalid_gateway", "invalid_jwt", "invalid_user_data"])
async def test_what_the_gateway_refuses_is_told_before_any_window_opens(
    name: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.refusal = (401, name)
    await fresh(buyer, f"{{gateway: 'demo', smallcaseAuthToken: '{TOKEN}'}}")

    assert await rejection(buyer, f"gw.init({{smallcaseAuthToken: '{TOKEN}'}})") == (name, None, "why")
    assert await rejection(buyer, f"gw.triggerTransaction({{transactionId: '{TRX}'}})") == (name, None, "why")

    assert len(buyer.page.context.pages) == 1


async def test_a_good_token_ends_a_refusal(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.refusal = (401, "invalid_jwt")
    await buyer.visit()
    await eventually(lambda: "session" in gateway.paths())
    gateway.refusal = None

    await buyer.page.evaluate("gw.init({smallcaseAuthToken: 'good'})")
    await buyer.buy()
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{gateway: 'demo', smallcaseAuthToken: null}", ("invalid_user_data", None)),
        ("{gateway: 'demo', smallcaseAuthToken: ''}", ("invalid_user_data", None)),
        ("{gateway: 'demo', smallcaseAuthToken: 5}", ("invalid_user_data", None)),
        ("{gateway: 'demo'}", ("init_sdk", 3004)),
        ("{smallcaseAuthToken: 'x'}", ("invalid_gateway", None)),
        ("{gateway: 7, smallcaseAuthToken: 'x'}", ("invalid_gateway", None)),
        ("{}", ("invalid_gateway", None)),
        ("undefined", ("invalid_gateway", None)),
        ("null", ("invalid_gateway", None)),
        ("{gateway: 'demo', smallcaseAuthToken: 'x', config: {host: 'no address'}}", ("init_sdk", 3004)),
    ],
)
async def test_a_set_up_that_cannot_work_is_told_by_name(
    options: str, expected: tuple[str, int | None], buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await fresh(buyer, options)

    name, code, _ = await rejection(buyer, f"gw.triggerTransaction({{transactionId: '{TRX}'}})")

    assert (name, code) == expected
    assert gateway.calls == []
    assert len(buyer.page.context.pages) == 1


async def test_a_guest_without_a_token_is_told_what_to_do(buyer: PartnerPage) -> None:
    await buyer.visit()

    name, _, description = await rejection(buyer, "gw.init({smallcaseAuthToken: null})")

    assert name == "invalid_user_data"
    assert '{"guest": true}' in description


async def test_a_first_set_up_without_a_token_does_not_spoil_the_page(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await fresh(buyer, "{gateway: 'demo', smallcaseAuthToken: null}")

    same = await buyer.page.evaluate("() => new scDK({gateway: 'demo', smallcaseAuthToken: 'now'}) === gw")
    await buyer.page.evaluate(f"() => {{ gw.triggerTransaction({{transactionId: '{TRX}'}}) }}")
    await eventually(lambda: gateway.opened)

    assert same
    assert gateway.opened[0]["authToken"] == "now"


@pytest.mark.parametrize(
    "argument", ["", "{}", "null", "{transactionId: 5}", "{transactionId: ''}", "{transactionId: 'x'}"]
)
async def test_a_trigger_without_an_id_is_refused_by_name(
    argument: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit()

    name, code, _ = await rejection(buyer, f"gw.triggerTransaction({argument})")

    assert (name, code) == ("invalid_transactionId", 3002)
    assert gateway.opened == []


async def test_a_bundled_sdk_is_told_where_the_gateway_is(buyer: PartnerPage, gateway: FakeGateway) -> None:
    source = (await (await buyer.page.request.get(f"{gateway.url}/scdk/2.0.0/scdk.js")).body()).decode()
    await buyer.page.goto(f"{buyer.partner.url}/elsewhere")
    await buyer.page.add_script_tag(content=source)

    await buyer.page.evaluate("() => { window.gw = new scDK({gateway: 'demo', smallcaseAuthToken: 'x'}) }")
    name, code, description = await rejection(buyer, f"gw.triggerTransaction({{transactionId: '{TRX}'}})")
    await buyer.page.evaluate(
        "host => { new scDK({gateway: 'demo', smallcaseAuthToken: 'x', config: {host}}) }", gateway.url + "/"
    )
    session = await buyer.page.evaluate("gw.init({smallcaseAuthToken: 'y'})")

    assert (name, code) == ("init_sdk", 3004)
    assert "config.host" in description
    assert session["brokers"]


async def test_the_instance_shows_no_token(buyer: PartnerPage) -> None:
    await buyer.visit()

    assert await buyer.page.evaluate("() => JSON.stringify(gw) + Object.getOwnPropertyNames(gw)") == "{}"


async def test_another_user_without_a_reload_acts_with_their_own_token(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit()

    await buyer.page.evaluate("() => { new scDK({gateway: 'demo', smallcaseAuthToken: 'second'}) }")
    await buyer.buy()

    assert gateway.opened[0]["authToken"] == "second"


async def test_after_a_log_out_nothing_opens_with_the_token_of_before(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()

    await buyer.page.evaluate("() => { new scDK({gateway: 'demo', smallcaseAuthToken: null}) }")

    name, _, _ = await rejection(buyer, f"gw.triggerTransaction({{transactionId: '{TRX}'}})")
    assert name == "invalid_user_data"
    assert gateway.opened == []


KEEPING = ["", "undefined", "null", "{}", "{userData: undefined}", "{userData: {}}", "{userData: {name: 'Asha'}}"]


async def test_an_init_without_a_token_keeps_the_good_one_and_asks_again(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit()

    for form in KEEPING:
        gateway.calls.clear()
        session = await buyer.page.evaluate(f"gw.init({form})")
        assert session["connected"] is False, form
        assert gateway.calls == [("session", {"gateway": "demo", "authToken": TOKEN, "language": ""})], form
    await buyer.buy()

    assert gateway.opened[0]["authToken"] == TOKEN


THROWS = "{toString() { throw new RangeError('mine') }}"
ODD = [
    ("gw.triggerTransaction(Symbol())", "invalid_transactionId"),
    (f"gw.triggerTransaction({{transactionId: {THROWS}}})", "invalid_transactionId"),
    ("gw.triggerTransaction({get transactionId() { throw new RangeError('mine') }})", "mine"),
    ("gw.triggerMfTransaction([])", "invalid_transactionId"),
    (f"gw.signup({{name: {THROWS}}})", "mine"),
    ("again({redirect: true, returnUrl: 'http://'})", "init_sdk"),
]


async def test_nothing_that_gives_a_promise_throws_in_the_click(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """Given arguments that no page should send, when it sends them, then the promise says so, and later ones work."""
    await buyer.visit(
        start="""window.again = (config) => new scDK({gateway: "demo", smallcaseAuthToken: "x", config})
            .triggerTransaction({transactionId, brokers: [Symbol(), "alpha"]});"""
    )

    for code, expected in ODD:
        assert (await rejection(buyer, code))[0] == expected, code
    await buyer.page.evaluate(
        "() => { history.replaceState = () => { throw new DOMException('no', 'SecurityError') } }"
    )
    await buyer.page.evaluate("history.pushState(null, '', location.href + '&torana_transaction=TRX_stranger')")
    assert (await rejection(buyer, "gw.resume()"))[0] == "transaction_in_process"

    await buyer.page.evaluate("() => { again({}) }")
    await eventually(lambda: gateway.opened)
    assert gateway.opened[0]["brokers"] == "alpha"


async def test_a_page_that_loads_the_sdk_by_another_name_opens_the_public_address_even_at_once(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """M16, when the click comes before the first call was answered: logins come back to the public address."""
    gateway.address, gateway.session_delay = gateway.url, 30

    await buyer.visit(host=gateway.url.replace("127.0.0.1", "localhost"))
    await buyer.buy()

    assert gateway.hosts == [gateway.url.removeprefix("http://")]


POLLUTED = """
const names = `extend host redirect returnUrl config settled hide window stage version headers once capture get set
  modal brokers error warnings address placed isAway isResumed isReached transactionId pending delegatesFocus
  slotAssignment toJSON language words say`;
for (const name of names.split(/\\s+/)) {
  Object.prototype[name] = function polluted() { return "polluted" };
}
"""


async def test_what_a_script_of_the_page_gave_to_every_object_changes_nothing(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Given a page on which an old script gave every object more members, when the investor buys, then the form and
    the calls carry what they should, the bar has its two buttons, and the promise settles once."""
    await buyer.page.add_init_script(POLLUTED)
    clean = "for (const name in {}) delete Object.prototype[name];"
    reads = "document.title = 'seen ' + shadows.length;"
    await buyer.page.goto(buyer.partner.page(start=reads))
    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    await eventually(lambda: gateway.opened)
    await gateway.resolve(TRX, broker="alpha")
    await eventually(lambda: gateway.paths().count("watch") >= 2)
    await buyer.page.wait_for_function("outcomes.length === 1")
    kept = await buyer.page.evaluate("sessionStorage.getItem('torana.flows')")
    await buyer.page.evaluate("() => { gw.openSmallplug({ params: { q: 'lamp' } }).catch(() => {}) }")
    await eventually(lambda: "create" in gateway.paths())

    form = set(gateway.opened[0])
    bodies = [body for path, body in gateway.calls if path == "watch"]
    await buyer.page.evaluate(f"() => {{ {clean} }}")

    assert form == {
        "gateway",
        "authToken",
        "transactionId",
        "flow",
        "brokers",
        "amo",
        "language",
        "returnUrl",
        "origin",
    }
    assert [gateway.opened[0][name] for name in ("brokers", "language", "returnUrl")] == ["", "", ""]
    assert all(set(body) == {"gateway", "authToken", "transactionId", "flow", "since"} for body in bodies)
    created = next(body for path, body in gateway.calls if path == "create")
    assert created["wanted"] == {"intent": "SMALLPLUG", "endpoint": None, "params": {"q": "lamp"}}
    assert kept == "{}"
    assert await buyer.outcome() == {"result": {"transactionId": TRX, "broker": "alpha"}}
    assert len(await buyer.outcomes()) == 1
    assert not (await opening.value).is_closed()
