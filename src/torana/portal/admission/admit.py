"""Who may come in: gateway, origin and auth token, and which flow a transaction belongs to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.registry import FLOWS
from torana.flows.visits import Visit
from torana.investors import accounts
from torana.investors.models import Investor
from torana.kit.errors import ToranaError
from torana.pages.texts.languages import ENGLISH
from torana.partners.access import SUSPENDED_ANCHOR
from torana.partners.models import Gateway
from torana.partners.origins import is_allowed
from torana.partners.tokens import InvalidToken, read_token
from torana.portal import store
from torana.portal.admission.browser_auth import matches
from torana.transactions import life_cycle
from torana.transactions.models import Transaction
from torana.transactions.outcomes import IN_PROCESS, INVALID_TRANSACTION, TRANSACTION_EXPIRED_USED, FlowError
from torana.transactions.store import find as find_transaction

_FLOW = re.compile(r"[0-9A-Za-z_-]{16,128}", re.ASCII)
DEVELOPER = ENGLISH.developer
"""What developers are told, whatever the language of their browser."""
TRANSACTION_ID = re.compile(r"TRX_[0-9a-f]{32}", re.ASCII)


class NotAdmitted(ToranaError):
    """The caller's set-up is wrong. `name` is the interface's, the message is for the partner's developer, `anchor`
    names the paragraph of the error guide."""

    def __init__(
        self,
        name: str,
        message: str,
        *,
        status: int,
        anchor: str = "input",
        gateway: Gateway | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status
        self.anchor = anchor
        self.gateway = gateway
        self.headers = dict(headers)


class Suspended(NotAdmitted):
    """The operator takes nothing new from this gateway. What was confirmed before goes on."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("gateway_suspended", DEVELOPER.suspended, status=403, anchor=SUSPENDED_ANCHOR, gateway=gateway)
        self.app = gateway.display_name


class FlowOver(ToranaError):
    """This flow cannot go on with that transaction. `gateway` and `return_url`: whose page asked, and where the browser
    goes back to, once that is known."""

    def __init__(self, error: FlowError, gateway: Gateway | None = None, return_url: str | None = None) -> None:
        super().__init__(error.name)
        self.error = error
        self.gateway = gateway
        self.return_url = return_url


@dataclass(frozen=True, slots=True)
class Admitted:
    """A page of an allowed origin with a valid token. `investor` is the connected one, None for a guest."""

    gateway: Gateway
    investor: Investor | None


@dataclass(frozen=True, slots=True)
class Known:
    """A transaction of this gateway and, once its pop-up reached us, the visit of this flow."""

    transaction: Transaction
    visit: Visit | None
    asked_investor_id: str | None


async def admit(services: FlowServices, *, gateway: str, auth_token: str, origin: str | None) -> Admitted:
    """Raises `NotAdmitted`."""
    found = await services.gateways.by_name(gateway)
    if found is None:
        text = DEVELOPER.unknown_gateway(name=repr(gateway[:64]))
        raise NotAdmitted("invalid_gateway", text, status=404, anchor="access")
    if origin == "null":
        raise NotAdmitted("invalid_gateway", DEVELOPER.hidden_origin, status=403, anchor="access", gateway=found)
    if origin is None or not is_allowed(origin, found.allowed_origins):
        text = DEVELOPER.foreign_origin(origin=origin[:200]) if origin else DEVELOPER.no_origin
        raise NotAdmitted("invalid_gateway", text, status=403, anchor="access", gateway=found)
    return Admitted(found, await _investor(services, found, auth_token))


async def _investor(services: FlowServices, gateway: Gateway, auth_token: str) -> Investor | None:
    if not auth_token:
        text = DEVELOPER.token_missing(payload='{"guest": true}')
        raise NotAdmitted("invalid_user_data", text, status=401, anchor="invalid-jwt", gateway=gateway)
    try:
        token = read_token(gateway, auth_token, services.clock.now())
    except InvalidToken as error:
        text = DEVELOPER.token_invalid(why=str(error))
        raise NotAdmitted("invalid_jwt", text, status=401, anchor="invalid-jwt", gateway=gateway) from None
    if token.investor_id is None:
        return None
    investor = await accounts.find(services.database, gateway.gateway_id, token.investor_id)
    if investor is None:
        text = DEVELOPER.token_unknown
        raise NotAdmitted("invalid_user_data", text, status=401, anchor="invalid-jwt", gateway=gateway)
    return investor


def is_held_back(gateway: Gateway, transaction: Transaction) -> bool:
    """Whether the gateway is suspended and the transaction not confirmed yet, so that it cannot go on."""
    return gateway.suspended_at is not None and transaction.confirmed_at is None and transaction.settled_at is None


def check_open(gateway: Gateway, transaction: Transaction) -> None:
    """Raises `Suspended` for a transaction that is held back."""
    if is_held_back(gateway, transaction):
        raise Suspended(gateway)


async def recognise_flow(services: FlowServices, admitted: Admitted, transaction_id: str, flow: str) -> Known:
    """The transaction as it is now, for this flow. Raises `FlowOver` when it is not, or no longer, this flow's."""
    found = None
    if TRANSACTION_ID.fullmatch(transaction_id) is not None:
        found = await store.of_transaction(services.database, admitted.gateway.gateway_id, transaction_id)
    if found is None:
        raise FlowOver(INVALID_TRANSACTION)
    visit, transaction = found
    transaction = await up_to_date(services, transaction)
    asked = _asked(admitted, transaction)
    if _FLOW.fullmatch(flow) is None:
        raise NotAdmitted("invalid_flow", DEVELOPER.flow_invalid, status=400, gateway=admitted.gateway)
    over = transaction.settled_at is not None
    if visit is None and over:
        raise FlowOver(TRANSACTION_EXPIRED_USED)
    if visit is not None and not matches(flow, visit.flow_hash):
        raise FlowOver(TRANSACTION_EXPIRED_USED if over else IN_PROCESS)
    return Known(transaction, visit, asked)


async def up_to_date(services: FlowServices, transaction: Transaction) -> Transaction:
    """The transaction as it is now: one whose time is over ends here."""
    now = services.clock.now()
    if not transaction.expired(now):
        return transaction
    at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
    async with services.database.transaction() as connection:
        await life_cycle.expire_now(connection, **at, now=now)
    return await find_transaction(services.database, **at) or transaction


async def reloaded(services: FlowServices, current: CurrentVisit) -> CurrentVisit:
    """The same browser with its visit and transaction as they are now."""
    found = await store.find_in_browser(services.database, current.visit.gateway_id, current.visit.visit_id)
    if found is None:
        return current
    transaction = await up_to_date(services, found.transaction)
    return replace(current, visit=found.visit, transaction=transaction, session=found.session, halt=found.halt)


def _asked(admitted: Admitted, transaction: Transaction) -> str | None:
    """The connected investor. A transaction of one investor is not there for another, nor for a guest who is not led
    to the login by it: nothing else proves who they are."""
    if admitted.investor is None:
        flow, asked = FLOWS.of(transaction), transaction.asked_investor_id
        if asked is not None and (not flow.needs or flow.opens_before_login):
            raise FlowOver(INVALID_TRANSACTION)
        return asked
    mine = admitted.investor.investor_id
    if any(other not in (None, mine) for other in (transaction.asked_investor_id, transaction.investor_id)):
        raise FlowOver(INVALID_TRANSACTION)
    return mine
