"""No statement of the hot path takes longer the more is stored.

The whole walk of transactions is made over HTTP, with every statement noted; then the same database is filled with a
history, and PostgreSQL is asked what it would do for each of them. A statement that is added later is noted too.
"""

import ast
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from tests.bench.fill import fill
from tests.kit.jobs import eventually
from tests.portal import installation as portal
from tests.portal.installation import Browser, Flow, Installation, installed
from tests.portal.steps import INFY, TCS, connected, to_review
from tests.scale.plans import growing, indexes_of, plan_for_any, plannable, plans, through_growth
from tests.scale.recorder import SOURCE, Recorder, listen_in
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.servers import Exchange, raw_server
from torana.api.refusals import error_handlers
from torana.api.request_ids import RequestIds
from torana.app import api_services
from torana.connections import store as connections
from torana.connections.routes import connections_router
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.holdings.routes import holdings_router
from torana.investors.models import EndedBy
from torana.investors.store import end_session
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.kit.sql import Statement
from torana.orders.compare import compare
from torana.orders.invariants import violations
from torana.orders.routes import orders_router
from torana.orders.store import change_login, in_attention, lock_order
from torana.partners.tokens import issue_token
from torana.portal.routes import portal_router
from torana.portal.store import mark_apart
from torana.services import Services, flow_services
from torana.transactions.routes import transactions_router
from torana.webhooks.routes import webhooks_router
from torana.webhooks.store import drop

HISTORY = 20_000

NOT_HOT = {
    "retention": "deletes by age every ten minutes, and what an operator asks for about one investor",
    "market": "no gateway's tables: read whole when they have changed, written once a day",
    "keys": "the operator's, who has every sealed value read once",
}
"""Folders whose statements are not of the hot path."""
NOT_WALKED = {
    "torana.partners.store.set_allowed_origins": "the operator's, on a table of configuration",
    "torana.partners.store.lock_gateway": "the operator's, on a table of configuration",
    "torana.partners.store.save_gateway": "the operator's, on a table of configuration",
    "torana.partners.store.gateway_ids": "a table of configuration, once at a worker's start and in commands",
    "torana.partners.store.all_gateways": "the operator's, on a table of configuration",
    "torana.portal.store.keep_login": "one visit by its key, at brokers that keep something",
    "torana.portal.store.set_language": "one visit by its key, when the investor chooses another language",
    "torana.portal.store.mark_apart": "one visit by its key, when the partner's page lost sight of the window",
    "torana.portal.store.within": "the visits within one of the module, by their index",
    "torana.baskets.store.published.find": "one basket by its key",
    "torana.baskets.store.published.read": "one basket by its key",
    "torana.baskets.store.published.all_baskets": "a partner's own catalogue, read whole to be filtered and sorted",
    "torana.baskets.store.published.lock": "one basket by its key, when it is published",
    "torana.baskets.store.published.save": "one basket by its key, when it is published",
    "torana.baskets.store.published.add_version": "one row, when a basket is published",
    "torana.baskets.store.published.versions": "one basket's, kept for a minute",
    "torana.baskets.store.published.put_news": "one row by its key, when a partner supplies it",
    "torana.baskets.store.published.remove_news": "some rows by their keys, when a partner asks",
    "torana.baskets.store.published.news": "one page of a gateway's, by the index of its newest",
    "torana.baskets.store.published.names": "some baskets by their keys",
    "torana.baskets.store.investments.lock_investment": "one investment by its key",
    "torana.baskets.store.investments.investment_of": "one investment by its key",
    "torana.baskets.store.investments.read_investment": "one investment by its key",
    "torana.baskets.store.investments.investments_of": "those of one investor, by their index",
    "torana.baskets.store.investments.version_for_sale": "one basket by its key",
    "torana.baskets.store.investments.begin_batch": "one investment by its key",
    "torana.baskets.store.investments.insert_investment": "one row",
    "torana.baskets.store.investments.save_investment": "one investment by its key",
    "torana.baskets.store.investments.mark_batches": "some batches by their keys",
    "torana.baskets.store.actions.standing": "one basket and one investor by their keys, one investment's open actions",
    "torana.baskets.store.actions.end": "one action by its key",
    "torana.baskets.store.actions.insert": "one row",
    "torana.baskets.store.actions.find_open": "one action by its key",
    "torana.baskets.store.actions.lock_open": "one action by its key",
    "torana.baskets.store.actions.take_up": "one action by its key",
    "torana.baskets.store.actions.note": "one action by its key",
    "torana.baskets.store.actions.ordered_since": "one investment's batches, by their index",
    "torana.baskets.store.actions.lock_holders": "some of a basket's holders, by their index, after it was published",
    "torana.baskets.store.actions.pending": "the actions of one investor, by their index",
    "torana.baskets.store.plans.find_plan": "one plan by its key",
    "torana.baskets.store.plans.lock_plan": "one plan by its key",
    "torana.baskets.store.plans.save_plan": "one plan by its key",
    "torana.baskets.store.trades.add_trades": "some rows by their key, at the end of a batch",
    "torana.baskets.store.trades.trades_of": "those of one investment, by their key",
    "torana.baskets.store.trades.trades_within": "those of one investment, by their key",
    "torana.baskets.store.missing.lock_investments": "those of one investor, by their index, as investments_held",
    "torana.baskets.store.missing.beside": "the batches and investments of one investor, by their indexes",
    "torana.baskets.store.missing.missing_of": "the rows of one investor, by their key",
    "torana.baskets.store.missing.save_missing": "the rows of one investor, by their key",
    "torana.baskets.store.missing.drop_unclaimed": "the rows of one investor, by their key",
    "torana.baskets.store.missing.add_adjustments": "some rows, when shares left an investment",
    "torana.baskets.store.missing.adjustments_of": "those of one investment, by their index",
    "torana.baskets.store.isin_changes.lock_isin_change": "one row by its key",
    "torana.baskets.store.isin_changes.lock_isin_changes": "some rows by their key, when a partner supplies them",
    "torana.baskets.store.isin_changes.isin_changes": "the few that a partner supplied, with whom they are about",
    "torana.baskets.store.isin_changes.put_isin_changes": "some rows by their key, when a partner supplies them",
    "torana.baskets.store.isin_changes.remove_isin_changes": "some rows by their key, when a partner asks",
    "torana.baskets.store.isin_changes.isins_traded": "one row a security, from one to the next by the index of trades",
    "torana.baskets.store.isin_changes.held_of": "whoever bought one security, by the index of trades",
    "torana.baskets.store.isin_changes.lock_holders_of": "whoever bought one security, by the index of trades",
    "torana.baskets.store.dividends.dividends_of": "those of some securities, by their key, when they are supplied",
    "torana.baskets.store.dividends.dividends_supplied": "those of one gateway, a page of them, by their key",
    "torana.baskets.store.dividends.put_dividends": "some rows by their key, when a partner supplies them",
    "torana.baskets.store.dividends.count_supply": "one row by its key, when a partner supplies them",
    "torana.baskets.store.dividends.remove_dividends": "some rows by their key, when a partner asks",
    "torana.baskets.store.overview.overviews": "the investments of one investor, by their index",
    "torana.baskets.store.overview.mark": "the investments of one investor, by their index",
    "torana.baskets.store.overview.marked_overviews": "the investments of one investor, by their index",
    "torana.flows.store.wish_login": "one visit by its key, in the module of baskets",
    "torana.flows.store.drop_answer": "one visit by its key, in the module of baskets",
    "torana.flows.store.keep_answers": "one visit by its key, in flows of several pages",
    "torana.orders.store.decide.cancel_planned": "one batch by its key, as lock_orders reads it",
    "torana.orders.store.decide.end_by_hand": "one order by its key, by the operator",
    "torana.investors.store.hold_consent": "one consent by its key",
    "torana.investors.store.end_consent": "one consent by its key",
    "torana.investors.store.consents_of_transaction": "the operator's, by the index of the transactions",
    "torana.leads.store.of_transaction": "one lead by its key",
    "torana.leads.store.find": "one lead by its unique id",
    "torana.leads.store.investor_of": "one lead by its unique id",
    "torana.leads.store.insert": "one lead by its key",
    "torana.leads.store.save": "one lead by its key",
    "torana.leads.store.transactions_by_phone": "the operator's, by the index of the phone numbers",
    "torana.mutual_funds.store.find": "one import by its key",
    "torana.mutual_funds.store.begin_sending": "one import by its key",
    "torana.mutual_funds.store.note_sent": "one import by its key",
    "torana.mutual_funds.store.count_try": "one import by its key",
    "torana.mutual_funds.store.give_try_back": "one import by its key",
    "torana.mutual_funds.store.note_verified": "one import by its key",
    "torana.mutual_funds.store.end_unverified": "one import by its key",
    "torana.mutual_funds.store.end_claimed": "one import by its key",
    "torana.mutual_funds.store.note_away": "one import by its key",
    "torana.mutual_funds.store.note_refused": "one import by its key",
    "torana.transactions.store.forget_personal": "one transaction by its key",
    "torana.transactions.store.insert_within": "one row, as insert",
    "torana.transactions.store.has_orders_in_front": "those that expire yet, by the partial index of what is due",
    "torana.transactions.store.gateways_of": "the gateways, each asked by the transaction's key",
    "torana.one_time_codes.store.find": "one code by its key",
    "torana.one_time_codes.store.keep": "one code by its key",
    "torana.one_time_codes.store.count_for_address": "one address by its key",
    "torana.one_time_codes.store.count_for_gateway": "one gateway by its key",
    "torana.one_time_codes.store.last_sent": "one address by its key",
    "torana.one_time_codes.store.note_not_sent": "one code by its key",
    "torana.one_time_codes.store.count_attempt": "one code by its key",
    "torana.one_time_codes.store.note_verified": "one code by its key",
    "torana.orders.store.cancel.ask": "one batch and some orders by their keys",
    "torana.orders.store.cancel.batch_of_investor": "one batch by its key",
    "torana.orders.store.cancel.hold": "one batch by its key",
    "torana.orders.store.cancel.last_of_investment": "one investment's batches, by their index",
    "torana.orders.store.hints.hint_of_investment": "one investment's batches, by their index",
    "torana.orders.store.cancel.lock_batch": "one batch by its key",
    "torana.orders.store.cancel.open_cancellations": "those of one batch that wait, by their partial index",
    "torana.orders.store.cancel.settle": "one transaction by its key, as the moves of the walk",
    "torana.orders.store.cancel.none_waits": "one batch by its key",
    "torana.orders.store.cancel.wait": "one cancellation by its key",
    "torana.orders.store.halts.halts_of": "a table of configuration",
    "torana.orders.store.halts.all_halts": "the operator's, on a table of configuration",
    "torana.orders.store.halts.insert_halt": "a table of configuration",
    "torana.orders.store.halts.standing_halt": "a table of configuration",
    "torana.orders.store.halts.delete_halt": "a table of configuration",
    "torana.orders.store.halts.wake_held": "once at the end of a halt, by the partial index of what it held",
    "torana.orders.store.halts.halt_of": "a table of configuration",
    "torana.investors.store.live_sessions": "at a logout, the live logins of one investor by their index",
    "torana.orders.store.read.recent": "the newest batches of one investor by their index, for their own page",
    "torana.orders.store.hints.wake_open": "once at a worker's start, by the partial index of what is due",
}
"""Functions of a `store.py` that the walk does not reach, and by what they read. Their statements are planned, too."""


def _whole_application(services: Services) -> Any:
    """As `create_app` makes it, with the parts of this services."""
    api = api_services(services, Overload(), PublicClient(("127.0.0.0/8",)))
    return RequestIds(
        Litestar(
            [
                transactions_router(api, FLOWS),
                orders_router(api),
                holdings_router(api, FLOWS.tables),
                connections_router(api),
                webhooks_router(api, EVENT_TYPES),
                portal_router(flow_services(services, Overload()), 0),
            ],
            exception_handlers=dict(error_handlers("http://gateway.example/docs/errors")),
            openapi_config=None,
            logging_config=None,
        )
    )


@pytest.fixture
async def place(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Installation, Recorder]]:
    recorder = listen_in(monkeypatch)
    monkeypatch.setattr(portal, "_application", _whole_application)
    async with installed(fresh_database_url, tmp_path, settle_window=0.5) as installation:
        yield installation, recorder


async def test_no_statement_of_a_transactions_walk_takes_longer_the_more_is_stored(
    place: tuple[Installation, Recorder], module_database_url: str
) -> None:
    installation, recorder = place
    await _walk(installation)
    of_walk = frozenset(recorder.statements)
    early, late = await through_growth(module_database_url, [sql for sql in of_walk if plannable(sql)])
    assert early, "this test would not see a plan that outlived the emptiness it was made for"
    assert not late, "\n\n".join(late)
    await _doctor(installation)
    recorded = {sql: args for sql, args in recorder.statements.items() if plannable(sql)}
    unwalked = set(_functions_of_stores()) - recorder.senders - NOT_WALKED.keys()
    assert not sorted(unwalked), "the walk does not reach these: let it, or say why not"
    assert len(recorded) > 60

    await fill(
        installation.services.database.url, installation.gateway.gateway_id, HISTORY, installation.services.clock.now()
    )

    found = []
    assert await _found_in(installation, _UNBOUNDED), "this test would not see a claim that reads all"
    async with installation.services.database.connection() as connection:
        indexes = await indexes_of(connection)
        for sql, args in recorded.items():
            for way, plan in zip(("any", "these"), await plans(connection, sql, args), strict=True):
                if sql in of_walk or way == "these":  # the doctor plans for the moment it runs at, see `violations`
                    found += [f"for {way} arguments {why}: {' '.join(sql.split())}" for why in growing(plan, indexes)]
        await connection.execute("set enable_seqscan = off")  # of what the walk fills, and of all else: by an index
        for name, statement in _statements_of_stores():
            if statement.text not in recorded:
                plan = await plan_for_any(connection, statement.text, len(statement.names))
                found += [f"{name} {why}" for why in growing(plan, indexes)]
    assert not found, "\n\n".join(found)


_UNBOUNDED = "select delivery_id from deliveries where delivered_at <= $1 limit $2"
"""A look for which there is no index."""


async def _found_in(place: Installation, sql: str) -> list[str]:
    async with place.services.database.connection() as connection:
        indexes = await indexes_of(connection)
        generic, _ = await plans(connection, sql, [place.services.clock.now(), 1])
        return list(growing(generic, indexes))


def _stores() -> Iterator[tuple[str, Path]]:
    """Every `store.py`, and every file of a folder `store/`."""
    for path in sorted([*SOURCE.glob("*/store.py"), *SOURCE.glob("*/store/*.py")]):
        place = path.relative_to(SOURCE).with_suffix("").parts
        if place[0] not in NOT_HOT:
            yield ".".join(("torana", *place)), path


def _functions_of_stores() -> Iterator[str]:
    """Every function that sends SQL."""
    for module, path in _stores():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}"


def _statements_of_stores() -> Iterator[tuple[str, Statement]]:
    """Every statement that stands by its name."""
    for module, _ in _stores():
        for name, value in vars(import_module(module)).items():
            if isinstance(value, Statement):
                yield f"{module}.{name}", value


async def _walk(place: Installation) -> None:
    """Transactions in every way that they can go."""
    async with raw_server(_taking) as receiver, place.browser() as browser:
        backend = Backend(place)
        await backend.endpoints(receiver.url)
        async with place.worker():
            investor_id = await connected(place, browser, logged_in=True)
            await _by_api(place, browser, backend, investor_id)
            await _by_basket(place, browser)
            await _holdings(place, browser, backend, investor_id)
            await _absent(place, again=True)
            await _absent(place, again=False)
            await _left_alone(place, browser)
        await backend.read(investor_id)
    await _rare(place)


class Backend:
    """The partner's backend, by HTTP."""

    def __init__(self, place: Installation) -> None:
        self._place = place
        self._made: list[str] = []

    async def call(self, method: str, path: str, *, investor_id: str | None = None, **more: Any) -> Any:
        gateway, now = self._place.gateway, self._place.services.clock.now()
        headers = more.pop("headers", {}) | {
            "x-gateway-secret": gateway.api_secret,
            "x-gateway-authtoken": issue_token(gateway, investor_id, now),
        }
        url = f"{self._place.url}{path.format(name=gateway.name)}"
        async with self._place.http.request(method, url, headers=headers, **more) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body["data"]

    async def endpoints(self, url: str) -> None:
        """One that takes everything, one that is gone, one that was deleted."""
        path = "/v1/{name}/webhooks/endpoints"
        taking, gone, deleted = [
            (await self.call("POST", path, json={"url": f"{url}/{name}"}, headers={"idempotency-key": name}))["id"]
            for name in ("in", "gone", "deleted")
        ]
        await self.call("DELETE", f"{path}/{deleted}")
        await self.call("POST", f"{path}/{taking}/rotate")
        await self.call("GET", path)
        self.taking, self.gone = taking, gone

    async def create(self, *lines: dict[str, Any], investor_id: str | None = None, **how: Any) -> Flow:
        body = {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": list(lines)}}
        path = "/gateway/{name}/transaction"
        made = await self.call("POST", path, investor_id=investor_id, json=body, **how)
        self._made.append(made["transactionId"])
        return Flow(
            made["transactionId"], issue_token(self._place.gateway, investor_id, self._place.services.clock.now())
        )

    async def read(self, investor_id: str) -> None:
        """Everything that can be read, and sent again, of what happened."""
        path = "/v1/{name}"
        first = self._made[0]
        for query in ("", f"?transactionId={first}", f"?endpointId={self.taking}"):
            assert await self.call("GET", f"{path}/webhooks/deliveries{query}")
        await self.call("GET", f"{path}/engine/transactiondetails?transactionId={first}")
        assert (await self.call("GET", f"{path}/engine/orders/sst?transactionId={first}"))["orders"]
        await self.call("GET", f"{path}/engine/orders/sst", investor_id=investor_id)
        await self.call("GET", f"{path}/engine/user/connection", investor_id=investor_id)
        since = (self._place.services.clock.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
        await self.call("POST", f"{path}/webhooks/endpoints/{self.gone}/enable")
        await self.call("POST", f"{path}/webhooks/endpoints/{self.taking}/replay?since={since}")


async def _by_api(place: Installation, browser: Browser, backend: Backend, investor_id: str) -> None:
    """An investor who is known, orders by the broker's API; created twice under one key, and once more without."""
    key = {"headers": {"idempotency-key": "once"}}
    flow = await backend.create(TCS, INFY, investor_id=investor_id, **key)
    assert (await backend.create(TCS, INFY, investor_id=investor_id, **key)).transaction_id == flow.transaction_id
    for _ in range(2):
        await backend.create(TCS, investor_id=investor_id)
    review = await place.open(browser, flow)
    review = await browser.load(review) if review.page.main_link else review
    assert review.heading == "Review your 2 orders"
    await browser.get(f"{review.url.partition('?')[0]}/prices")
    status = await browser.submit(review, "/confirm")
    assert (await place.settled(flow))["result"]
    await browser.get(status.path)
    await place.open(browser, flow)


async def _holdings(place: Installation, browser: Browser, backend: Backend, investor_id: str) -> None:
    """Imported under a consent, looked at, read anew, withdrawn."""
    user = "/v1/{name}/engine/user"
    flow = await place.ask_for({"intent": "HOLDINGS_IMPORT"}, investor_id)
    asking = await place.open(browser, flow)
    await browser.load(await browser.submit(asking, "/confirm"))
    assert (await place.settled(flow))["result"]["success"]
    place.advance(90)
    assert (await backend.call("GET", f"{user}/holdings", investor_id=investor_id))["updating"]
    assert await backend.call("GET", f"{user}/holdings?version=v2", investor_id=investor_id)

    async def read_anew() -> bool:
        return not (await backend.call("GET", f"{user}/holdings", investor_id=investor_id))["updating"]

    await eventually(read_anew)
    (consent,) = await backend.call("GET", f"{user}/consents", investor_id=investor_id)
    await backend.call("DELETE", f"{user}/consents/{consent['id']}", investor_id=investor_id)


async def _by_basket(place: Installation, browser: Browser) -> None:
    """Orders by a basket in the broker's own page."""
    flow = await place.create(TCS)
    basket = await browser.submit(await to_review(place, browser, flow, broker=OTHER_BROKER), "/confirm")
    home = basket.text.partition('data-home="')[2].partition('"')[0]
    csrf = basket.text.partition('data-csrf="')[2].partition('"')[0]
    await browser.post(f"{home}/left", {"csrf": csrf})
    form = basket.leaving
    sent = await browser.press(await browser.post(form.action, dict(form.fields)), "/confirm", action="place")
    await browser.press(sent, "/done")
    assert await place.settled(flow)


async def _absent(place: Installation, *, again: bool) -> None:
    """An order that never reached the broker: placed again, or left."""
    async with place.browser() as browser:
        flow = await place.create(TCS)
        review = await to_review(place, browser, flow)
        await place.tell(
            "POST",
            "/sandbox/faults",
            {"broker": ANY_BROKER, "operation": "place", "kind": "status", "status": 503, "placed": False},
        )
        status = await browser.submit(review, "/confirm")

        async def asked() -> bool:
            return (await browser.get(status.path)).heading == "We need your answer"

        await eventually(asked)
        page = await browser.get(status.path)
        await browser.submit(page, "/again", decision="again" if again else "leave")
        assert await place.settled(flow)


async def _left_alone(place: Installation, browser: Browser) -> None:
    """Told closed by the partner's page, after and before its window was opened; cancelled; out of time."""
    closed, cancelled, late, unopened = [await place.create(TCS) for _ in range(4)]
    await place.ask("close", unopened, reason="closed")
    await place.open(browser, closed)
    await place.ask("close", closed, reason="closed")
    page = await place.open(browser, cancelled)
    page = await browser.submit(page, "/broker", broker=ANY_BROKER)
    await browser.submit(page, "/broker", broker="")
    await browser.submit(page, "/cancel")
    await place.open(browser, late)
    place.advance(20 * 60)
    assert await place.settled(late)


async def _rare(place: Installation) -> None:
    """What takes a race or a login that ends on the way, of nobody: the statement is what counts."""
    database, now, gateway_id = place.services.database, place.services.clock.now(), place.gateway.gateway_id
    await end_session(database, gateway_id, "none", now, EndedBy.BROKER)
    await drop(database, gateway_id, "none", 1)
    await mark_apart(database, gateway_id, "none", now)
    async with database.connection() as connection:
        await change_login(connection, gateway_id, "none", "none", "none")
        await lock_order(connection, gateway_id, "none")
        assert await connections.lock(connection, gateway_id, "none", 1) is None
        assert await connections.is_over(connection, gateway_id, "none", "none", now)
        await connections.told(connection, gateway_id, "none", due_at=None, end_told_at=None)


async def _doctor(place: Installation) -> None:
    services, now = place.services, place.services.clock.now()
    since = now - timedelta(days=1)
    assert not await violations(services.database, now, since=since)
    assert not (await compare(services.database, services.sessions, services.connectors, now)).differences
    await in_attention(services.database, place.gateway.gateway_id, since)


async def _taking(exchange: Exchange) -> None:
    """A partner's receiver: one of its addresses is gone."""
    await exchange.answer("410 Gone" if exchange.target == "/gone" else "200 OK")
