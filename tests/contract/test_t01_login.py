"""T01 to T09: the login, over the broker's own pages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.brokers import known
from tests.contract.bench import Bench
from tests.support.browser import Left, Page
from torana.connectors.contract import BrokerError, DailyEnd, LoginRefused, NotSent, SessionEnded, TicketReturn, Unknown
from torana.connectors.registry import BROKERS
from torana.kit.clock import IST


async def test_t01_a_login_brings_the_account_a_token_and_its_end(any_bench: Bench) -> None:
    login = await any_bench.login("asha")

    assert login.broker_user_id == any_bench.account.user_id
    assert all(login.secrets.values())
    ends = any_bench.connector.capabilities.session
    if isinstance(ends, DailyEnd):
        assert f"{login.expires_at.astimezone(IST):%H:%M}" == ends.at
    assert timedelta() < login.expires_at - any_bench.clock.now() <= timedelta(days=1)
    assert any_bench.arrived(known(any_bench.subject.broker).login_asks) == 1


async def test_t01_the_same_person_is_the_same_account_at_every_login(any_bench: Bench) -> None:
    first, second = await any_bench.login("asha"), await any_bench.login("asha")

    assert first.broker_user_id == second.broker_user_id
    assert (await any_bench.login("vikram")).broker_user_id != first.broker_user_id


async def test_t02_our_state_comes_back(any_bench: Bench) -> None:
    _needs_a_state(any_bench)
    callback = await any_bench.callback(state="a state & = ? é")

    assert any_bench.connector.echoed_state(callback) == "a state & = ? é"


async def test_t02_a_lost_or_foreign_state_is_seen(any_bench: Bench) -> None:
    """S01."""
    _needs_a_state(any_bench)
    foreign = await any_bench.callback("wrong-state")
    lost = await any_bench.callback("no-state")

    assert any_bench.connector.echoed_state(foreign) not in (None, "state-1")
    assert any_bench.connector.echoed_state(lost) is None


@pytest.mark.parametrize("user", ["cancel", "error"])
async def test_t03_a_login_that_was_not_finished_is_refused(any_bench: Bench, user: str) -> None:
    ended = await any_bench.login_page(user)
    brought = ended.brought if isinstance(ended, Left) else {}

    with pytest.raises(LoginRefused):
        await any_bench.connector.finish_login(brought, any_bench.clock.now())


async def test_t04_a_used_request_token_is_refused(any_bench: Bench) -> None:
    """S03."""
    _needs_a_code(any_bench)
    callback = await any_bench.callback()
    await any_bench.connector.finish_login(callback, any_bench.clock.now())

    with pytest.raises(LoginRefused):
        await any_bench.connector.finish_login(callback, any_bench.clock.now())


@pytest.mark.parametrize("user", ["expired-code", "used-code", "unknown-code"])
async def test_t04_a_code_that_is_no_good_is_refused(any_bench: Bench, user: str) -> None:
    """S03."""
    callback = await any_bench.callback(user)

    with pytest.raises(LoginRefused):
        await any_bench.connector.finish_login(callback, any_bench.clock.now())


async def test_t04_a_code_that_grew_old_on_the_way_is_refused(any_bench: Bench) -> None:
    """S03."""
    _needs_a_code(any_bench)
    callback = await any_bench.callback()
    any_bench.advance(3600)

    with pytest.raises(LoginRefused):
        await any_bench.connector.finish_login(callback, any_bench.clock.now())


async def test_t05_a_wrong_app_secret_is_refused(any_bench: Bench) -> None:
    """The checksum of a broker that wants one is wrong with it."""
    _needs_a_code(any_bench)
    _needs_an_app_beside_the_code(any_bench)
    keys = BROKERS[any_bench.subject.broker].sandbox_keys[any_bench.subject.mode]
    callback = await any_bench.callback()

    with pytest.raises(LoginRefused):
        await any_bench.built(keys=keys.changed(api_secret="not-the-secret")).finish_login(
            callback, any_bench.clock.now()
        )


async def test_t05_a_code_of_another_app_is_refused(any_bench: Bench) -> None:
    """S01."""
    _needs_an_app_beside_the_code(any_bench)
    keys = BROKERS[any_bench.subject.broker].sandbox_keys[any_bench.subject.mode]
    apps = any_bench.sandbox.world.apps[any_bench.subject.broker]
    apps["another-app"] = replace(apps[keys["api_key"]], key="another-app", secret="another-secret")
    another = any_bench.built(keys=keys.changed(api_key="another-app", api_secret="another-secret"))
    callback = await any_bench.callback()

    with pytest.raises(LoginRefused):
        await another.finish_login(callback, any_bench.clock.now())


async def test_t05_an_unknown_app_gets_no_login_page(any_bench: Bench) -> None:
    keys = BROKERS[any_bench.subject.broker].sandbox_keys[any_bench.subject.mode]

    try:
        url = await any_bench.built(keys=keys.changed(api_key="nobody")).login_url("s", any_bench.way_back("s"))
    except BrokerError as told:
        assert isinstance(told, LoginRefused | NotSent)  # noqa: PT017  # a broker that is asked for the page first
        return
    shown = await any_bench.browser.open(url)

    assert isinstance(shown, Page)
    assert shown.status >= 400 or not shown.forms


def _needs_a_state(any_bench: Bench) -> None:
    if any_bench.connector.capabilities.login is not TicketReturn.STATE:
        pytest.skip(
            "no field of ours goes along to this broker: the path back or the cookie ties the login to its transaction"
        )


def _needs_an_app_beside_the_code(any_bench: Bench) -> None:
    if known(any_bench.subject.broker).code_is_all:
        pytest.skip("the code alone says whose app it was made for: neither key nor secret go with it")


def _needs_a_code(any_bench: Bench) -> None:
    if known(any_bench.subject.broker).hands_over_token:
        pytest.skip("the browser brings the token itself: there is no code, and nothing to prove with a secret")


@pytest.mark.parametrize(("user", "error"), [("token-error", Unknown), ("token-timeout", Unknown)])
async def test_t06_an_exchange_that_fails_is_not_a_refusal(any_bench: Bench, user: str, error: type[Exception]) -> None:
    callback = await any_bench.callback(user)

    with pytest.raises(error):
        await any_bench.impatient.finish_login(callback, any_bench.clock.now())

    assert any_bench.arrived(known(any_bench.subject.broker).login_asks) == 1


async def test_t06_a_broker_that_is_away_is_not_a_refusal(any_bench: Bench) -> None:
    """A09."""
    callback = await any_bench.callback()
    client = any_bench.built(sandbox_url=any_bench.sandbox.url)
    await any_bench.client.close()

    with pytest.raises(NotSent):
        await client.finish_login(callback, any_bench.clock.now())


async def test_t07_a_login_says_whether_sales_need_the_depository(any_bench: Bench) -> None:
    """None where the broker does not say."""
    free, bound = await any_bench.login("asha"), await any_bench.login("needs-edis")

    assert free.edis_needed in (False, None)
    assert bound.edis_needed in (True, None)


async def test_t08_the_browser_comes_back_to_the_registered_address(any_bench: Bench) -> None:
    """Some put a stroke behind it, which is the same address to us."""
    left = await any_bench.login_page()

    assert isinstance(left, Left)
    assert left.url.partition("?")[0].removesuffix("/") == any_bench.way_back("state-1")


async def test_t09_a_login_that_is_ended_is_taken_no_more(any_bench: Bench) -> None:
    """By the app's word; a second word finds it ended."""
    logout = any_bench.connector.parts.logout
    if logout is None:
        pytest.skip("this broker takes no such word")
    session = await any_bench.session()

    await logout.end(session)

    with pytest.raises(SessionEnded):
        await any_bench.connector.orders(session)
    with pytest.raises(SessionEnded):
        await logout.end(session)
