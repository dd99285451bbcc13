"""Who is let in, by rows: gateway, origin, token, the transaction and its one flow. The database is played here."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from tests.portal.samples import FLOW, GATEWAY, NOW, TRANSACTION, TRX, VISIT
from tests.support.brokers import ANY_BROKER
from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.visits import Visit
from torana.investors import accounts
from torana.investors.models import Investor
from torana.investors.store import SessionRow
from torana.orders.models import Halt
from torana.orders.states import HaltedBy
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.portal import store
from torana.portal.admission.admit import (
    Admitted,
    FlowOver,
    Known,
    NotAdmitted,
    Suspended,
    admit,
    check_open,
    recognise_flow,
    reloaded,
)
from torana.transactions import life_cycle
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    IN_PROCESS,
    INVALID_TRANSACTION,
    TRANSACTION_EXPIRED_USED,
    FlowError,
)

ORIGIN = "https://app.acme.in"
ASHA, BHARAT = "a" * 24, "b" * 24

INVESTOR = Investor(investor_id=ASHA, gateway_id="gw_1", broker=ANY_BROKER, broker_user_id="AB1234", created_at=NOW)


class Admission:
    """One gateway, one investor, one transaction; what was ended of it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *,
        visit: Visit | None = None,
        gateway: Gateway = GATEWAY,
        **changed: Any,
    ) -> None:
        self.transaction = msgspec.structs.replace(TRANSACTION, **changed)
        self.visit, self.gateway = visit, gateway
        self.expired: list[str] = []

        class InTransaction:
            async def __aenter__(self) -> str:
                return "connection"

            async def __aexit__(self, *_: object) -> None:
                return None

        self.services = cast(
            FlowServices,
            SimpleNamespace(
                gateways=SimpleNamespace(by_name=self._by_name),
                clock=SimpleNamespace(now=lambda: NOW),
                database=SimpleNamespace(transaction=InTransaction),
            ),
        )
        monkeypatch.setattr(accounts, "find", self._investor)
        monkeypatch.setattr(store, "of_transaction", self._of_transaction)
        monkeypatch.setattr(life_cycle, "expire_now", self._expire)
        monkeypatch.setattr("torana.portal.admission.admit.find_transaction", self._find)

    async def admit(self, token: str = "", *, gateway: str = "acme", origin: str | None = ORIGIN) -> Admitted:
        return await admit(self.services, gateway=gateway, auth_token=token, origin=origin)

    async def flow(self, *, investor: Investor | None = None, transaction_id: str = TRX, flow: str = FLOW) -> Known:
        return await recognise_flow(self.services, Admitted(self.gateway, investor), transaction_id, flow)

    async def _by_name(self, name: str) -> Gateway | None:
        return self.gateway if name == self.gateway.name else None

    async def _investor(self, database: object, gateway_id: str, investor_id: str) -> Investor | None:
        assert database is self.services.database
        return INVESTOR if (gateway_id, investor_id) == ("gw_1", ASHA) else None

    async def _of_transaction(
        self, database: object, gateway_id: str, transaction_id: str
    ) -> tuple[Visit | None, Transaction] | None:
        assert database is self.services.database
        return (self.visit, self.transaction) if (gateway_id, transaction_id) == ("gw_1", TRX) else None

    async def _expire(self, connection: object, *, gateway_id: str, transaction_id: str, now: datetime) -> None:
        assert (connection, gateway_id, now) == ("connection", "gw_1", NOW)
        self.expired.append(transaction_id)
        self.transaction = msgspec.structs.replace(self.transaction, settled_at=now, finished_at=now)

    async def _find(self, database: object, *, gateway_id: str, transaction_id: str) -> Transaction | None:
        assert database is self.services.database
        return self.transaction if (gateway_id, transaction_id) == ("gw_1", TRX) else None


def token_of(investor_id: str | None, gateway: Gateway = GATEWAY) -> str:
    return issue_token(gateway, investor_id, NOW)


async def test_a_guest_and_a_connected_investor_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Admission(monkeypatch)

    assert await one.admit(token_of(None)) == Admitted(GATEWAY, None)
    assert await one.admit(token_of(ASHA)) == Admitted(GATEWAY, INVESTOR)


@pytest.mark.parametrize(
    ("given", "name", "status", "says"),
    [
        ({"gateway": "nobody" * 20}, "invalid_gateway", 404, f"no gateway named '{'nobody' * 10}nobo'"),
        ({"origin": None}, "invalid_gateway", 403, "The origin of this page is not on the list"),
        ({"origin": ""}, "invalid_gateway", 403, "The origin of this page is not on the list"),
        ({"origin": "https://evil.test"}, "invalid_gateway", 403, "The origin https://evil.test is not on the list"),
        ({"origin": "null"}, "invalid_gateway", 403, "The browser hides the origin"),
        ({"token": ""}, "invalid_user_data", 401, 'auth token is missing. Guests need one too: sign {"guest": true}.'),
        ({"token": "x.y.z"}, "invalid_jwt", 401, "The auth token: it is not a JWT"),
        (
            {"token": token_of(None, msgspec.structs.replace(GATEWAY, secret="another" * 8))},
            "invalid_jwt",
            401,
            "signature",
        ),
        ({"token": token_of(BHARAT)}, "invalid_user_data", 401, "does not know"),
    ],
)
async def test_everybody_else_is_told_what_to_mend(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], name: str, status: int, says: str
) -> None:
    one = Admission(monkeypatch)

    with pytest.raises(NotAdmitted) as refused:
        await one.admit(**{"token": token_of(None), **given})

    assert (refused.value.name, refused.value.status) == (name, status)
    assert says in refused.value.message == str(refused.value)
    assert len(refused.value.message) < 420
    assert refused.value.gateway is (None if status == 404 else GATEWAY)


async def test_a_long_origin_is_not_repeated_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAdmitted) as refused:
        await Admission(monkeypatch).admit(token_of(None), origin="https://" + "x" * 5000)

    assert refused.value.message.count("x") == 192


@pytest.mark.parametrize(
    ("suspended", "confirmed", "settled", "held"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (True, True, False, False),
        (True, False, True, False),
        (True, True, True, False),
    ],
)
def test_what_was_not_confirmed_is_held_back_while_the_gateway_is_suspended(
    *, suspended: bool, confirmed: bool, settled: bool, held: bool
) -> None:
    gateway = msgspec.structs.replace(GATEWAY, suspended_at=NOW if suspended else None)
    transaction = msgspec.structs.replace(
        TRANSACTION, confirmed_at=NOW if confirmed else None, settled_at=NOW if settled else None
    )

    if not held:
        check_open(gateway, transaction)
        return
    with pytest.raises(Suspended) as refused:
        check_open(gateway, transaction)
    assert (refused.value.name, refused.value.status, refused.value.gateway) == ("gateway_suspended", 403, gateway)
    assert refused.value.anchor == "gateway-suspended"


async def test_a_new_flow_has_no_visit_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Admission(monkeypatch)

    assert await one.flow() == Known(one.transaction, None, None)


async def test_the_flow_of_the_visit_is_known_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Admission(monkeypatch, visit=VISIT)

    assert await one.flow() == Known(one.transaction, VISIT, None)


@pytest.mark.parametrize(
    "transaction_id", ["", "x", TRX.upper(), f"{TRX}\n", f" {TRX}", "TRX_" + "b" * 32, "TRX_" + "g" * 32, TRX + "a"]
)
async def test_a_transaction_that_is_not_there_is_invalid(monkeypatch: pytest.MonkeyPatch, transaction_id: str) -> None:
    with pytest.raises(FlowOver) as over:
        await Admission(monkeypatch).flow(transaction_id=transaction_id)

    assert over.value.error == INVALID_TRANSACTION


async def test_a_transaction_of_another_gateway_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FlowOver) as over:
        await Admission(monkeypatch, gateway=msgspec.structs.replace(GATEWAY, gateway_id="gw_2")).flow()

    assert over.value.error == INVALID_TRANSACTION


@pytest.mark.parametrize("flow", ["", "f" * 15, "f" * 129, "f" * 16 + "\n", "é" * 32, "f" * 31 + "."])
async def test_a_flow_is_a_random_key(monkeypatch: pytest.MonkeyPatch, flow: str) -> None:
    with pytest.raises(NotAdmitted) as refused:
        await Admission(monkeypatch).flow(flow=flow)

    assert (refused.value.name, refused.value.status, refused.value.gateway) == ("invalid_flow", 400, GATEWAY)
    assert refused.value.anchor == "input"


def test_a_flow_that_is_over_says_why_and_where_the_browser_goes_back_to() -> None:
    over = FlowOver(IN_PROCESS, GATEWAY, "https://app.acme.in/back")

    assert (str(over), over.error) == (IN_PROCESS.name, IN_PROCESS)
    assert (over.gateway, over.return_url) == (GATEWAY, "https://app.acme.in/back")


@pytest.mark.parametrize(
    ("has_visit", "own_flow", "settled", "error"),
    [
        (False, True, False, None),
        (False, True, True, TRANSACTION_EXPIRED_USED),
        (True, True, False, None),
        (True, True, True, None),
        (True, False, False, IN_PROCESS),
        (True, False, True, TRANSACTION_EXPIRED_USED),
    ],
)
async def test_a_transaction_has_one_flow(
    monkeypatch: pytest.MonkeyPatch, error: FlowError | None, *, has_visit: bool, own_flow: bool, settled: bool
) -> None:
    one = Admission(monkeypatch, visit=VISIT if has_visit else None, settled_at=NOW if settled else None)
    flow = FLOW if own_flow else "g" * 32

    if error is None:
        assert (await one.flow(flow=flow)).visit == one.visit
        return
    with pytest.raises(FlowOver) as over:
        await one.flow(flow=flow)
    assert over.value.error == error


@pytest.mark.parametrize(
    ("connected", "asked", "logged_in", "known_as"),
    [
        (None, None, None, None),
        (None, ASHA, None, ASHA),
        (None, ASHA, ASHA, ASHA),
        (None, None, BHARAT, None),
        (ASHA, None, None, ASHA),
        (ASHA, ASHA, None, ASHA),
        (ASHA, None, ASHA, ASHA),
        (ASHA, ASHA, ASHA, ASHA),
        (ASHA, BHARAT, None, "over"),
        (ASHA, None, BHARAT, "over"),
        (ASHA, ASHA, BHARAT, "over"),
        (ASHA, BHARAT, ASHA, "over"),
    ],
)
async def test_a_transaction_of_one_investor_is_not_there_for_another(
    monkeypatch: pytest.MonkeyPatch,
    connected: str | None,
    asked: str | None,
    logged_in: str | None,
    known_as: str | None,
) -> None:
    one = Admission(monkeypatch, asked_investor_id=asked, investor_id=logged_in)
    investor = None if connected is None else INVESTOR

    if known_as != "over":
        assert (await one.flow(investor=investor)).asked_investor_id == known_as
        return
    with pytest.raises(FlowOver) as over:
        await one.flow(investor=investor)
    assert over.value.error == INVALID_TRANSACTION


@pytest.mark.parametrize(
    ("intent", "asked", "known_as"),
    [
        (("TRANSACTION", "SECURITIES"), ASHA, ASHA),
        (("CONNECT", None), ASHA, ASHA),
        # nobody logs in before they see what is there
        (("MF_HOLDINGS_IMPORT", None), ASHA, "over"),
        (("ACCOUNT_OPENING", None), ASHA, "over"),
        (("SMALLPLUG", None), ASHA, "over"),
        (("MF_HOLDINGS_IMPORT", None), None, None),
        (("SMALLPLUG", None), None, None),
    ],
)
async def test_a_guest_is_let_to_the_transaction_of_an_investor_only_where_the_login_proves_who_they_are(
    monkeypatch: pytest.MonkeyPatch, intent: tuple[str, str | None], asked: str | None, known_as: str | None
) -> None:
    one = Admission(monkeypatch, intent=intent[0], kind=intent[1], asked_investor_id=asked)

    if known_as != "over":
        assert (await one.flow()).asked_investor_id == known_as
        return
    with pytest.raises(FlowOver) as over:
        await one.flow()
    assert over.value.error == INVALID_TRANSACTION


@pytest.mark.parametrize(
    ("expires", "confirmed", "ends"),
    [
        (NOW + timedelta(seconds=1), False, False),
        (NOW, False, True),
        (NOW - timedelta(days=1), False, True),
        (NOW - timedelta(days=1), True, False),
    ],
)
async def test_a_transaction_whose_time_is_over_ends_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, expires: datetime, *, confirmed: bool, ends: bool
) -> None:
    one = Admission(monkeypatch, visit=VISIT, expires_at=expires, confirmed_at=NOW if confirmed else None)

    known = await one.flow()

    assert one.expired == ([TRX] if ends else [])
    assert (known.transaction.settled_at is not None) is ends


async def test_a_browser_that_goes_on_sees_its_visit_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Admission(monkeypatch, visit=VISIT, expires_at=NOW)
    current = CurrentVisit(GATEWAY, VISIT, TRANSACTION, "cookie", own_login=False)
    later = msgspec.structs.replace(VISIT, broker=ANY_BROKER)
    session = SessionRow("ses_1", "a" * 24, ANY_BROKER, "AB1234", b"sealed", NOW, None, None)
    halt = Halt("gw_1", "", HaltedBy.PARTNER, "wrong prices", NOW)

    async def find(database: object, gateway_id: str, visit_id: str) -> store.InBrowser | None:
        assert (database, gateway_id) == (one.services.database, "gw_1")
        there = visit_id == VISIT.visit_id
        return store.InBrowser(later, one.transaction, True, session, halt) if there else None

    monkeypatch.setattr(store, "find_in_browser", find)

    now = await reloaded(one.services, current)
    gone = replace(current, visit=msgspec.structs.replace(VISIT, visit_id="w" * 24))

    assert (now.visit, now.own_login, now.cookie, now.session, now.halt) == (later, False, "cookie", session, halt)
    assert now.transaction.settled_at == NOW
    assert await reloaded(one.services, gone) is gone
