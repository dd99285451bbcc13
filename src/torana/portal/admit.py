"""Who may come in: gateway, origin and auth token, and which flow a transaction belongs to."""

import re
from dataclasses import dataclass, replace

from torana.flows.visits import Visit
from torana.investors import accounts
from torana.investors.models import Investor
from torana.kit.errors import ToranaError
from torana.partners.models import Gateway
from torana.partners.origins import is_allowed
from torana.partners.tokens import InvalidToken, read_token
from torana.portal import store
from torana.portal.lobby import Guest, Lobby
from torana.portal.proofs import matches
from torana.transactions import life_cycle, look_up
from torana.transactions.models import Transaction
from torana.transactions.outcomes import IN_PROCESS, INVALID_TRANSACTION, TRANSACTION_EXPIRED_USED, FlowError

_FLOW = re.compile(r"[0-9A-Za-z_-]{16,128}", re.ASCII)
_TRANSACTION_ID = re.compile(r"TRX_[0-9a-f]{32}", re.ASCII)


class NotAdmitted(ToranaError):
    """The caller's set-up is wrong. `name` is the interface's, the message is for the partner's developer."""

    def __init__(self, name: str, message: str, *, status: int, gateway: Gateway | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.status = status
        self.gateway = gateway


class Suspended(NotAdmitted):
    """The operator takes nothing new from this gateway. What was confirmed before goes on."""

    def __init__(self, gateway: Gateway) -> None:
        message = (
            "The operator has suspended this gateway: nothing new is taken. Orders that were confirmed before go on."
        )
        super().__init__("gateway_suspended", message, status=403, gateway=gateway)


class FlowOver(ToranaError):
    """This flow cannot go on with that transaction."""

    def __init__(self, error: FlowError) -> None:
        super().__init__(error.name)
        self.error = error


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


async def admit(lobby: Lobby, *, gateway: str, auth_token: str, origin: str | None) -> Admitted:
    """Raises `NotAdmitted`."""
    found = await lobby.gateways.by_name(gateway)
    if found is None:
        raise NotAdmitted("invalid_gateway", f"There is no gateway named {gateway[:64]!r} here.", status=404)
    if origin == "null":
        raise NotAdmitted(
            "invalid_gateway",
            "The browser hides the origin of the page that asks. Such a page is in an iframe whose sandbox lacks "
            "allow-same-origin, or has a data: address, or is https while the gateway is http, "
            "or its Referrer-Policy is no-referrer and it opened this window without the web SDK of today.",
            status=403,
            gateway=found,
        )
    if origin is None or not is_allowed(origin, found.allowed_origins):
        raise NotAdmitted(
            "invalid_gateway",
            f"The origin {(origin or 'of this page')[:200]} is not on the list of allowed origins of this gateway.",
            status=403,
            gateway=found,
        )
    return Admitted(found, await _investor(lobby, found, auth_token))


async def _investor(lobby: Lobby, gateway: Gateway, auth_token: str) -> Investor | None:
    if not auth_token:
        text = 'The auth token is missing. Guests need one too: sign {"guest": true}.'
        raise NotAdmitted("invalid_user_data", text, status=401, gateway=gateway)
    try:
        token = read_token(gateway, auth_token, lobby.clock.now())
    except InvalidToken as error:
        raise NotAdmitted("invalid_jwt", f"The auth token: {error}.", status=401, gateway=gateway) from None
    if token.investor_id is None:
        return None
    investor = await accounts.find(lobby.database, gateway.gateway_id, token.investor_id)
    if investor is None:
        text = "The auth token names an investor whom this gateway does not know."
        raise NotAdmitted("invalid_user_data", text, status=401, gateway=gateway)
    return investor


def is_held_back(gateway: Gateway, transaction: Transaction) -> bool:
    """Whether the gateway is suspended and the transaction not confirmed yet, so that it cannot go on."""
    return gateway.suspended_at is not None and transaction.confirmed_at is None and transaction.settled_at is None


def check_open(gateway: Gateway, transaction: Transaction) -> None:
    """Raises `Suspended` for a transaction that is held back."""
    if is_held_back(gateway, transaction):
        raise Suspended(gateway)


async def recognise_flow(lobby: Lobby, admitted: Admitted, transaction_id: str, flow: str) -> Known:
    """The transaction as it is now, for this flow. Raises `FlowOver` when it is not, or no longer, this flow's."""
    found = None
    if _TRANSACTION_ID.fullmatch(transaction_id) is not None:
        found = await store.of_transaction(lobby.database, admitted.gateway.gateway_id, transaction_id)
    if found is None:
        raise FlowOver(INVALID_TRANSACTION)
    visit, transaction = found
    transaction = await current(lobby, transaction)
    asked = _asked(admitted, transaction)
    if _FLOW.fullmatch(flow) is None:
        raise NotAdmitted(
            "invalid_flow", "flow must be a random key of 16 to 128 letters and digits.", status=400,
            gateway=admitted.gateway,
        )  # fmt: skip
    over = transaction.settled_at is not None
    if visit is None and over:
        raise FlowOver(TRANSACTION_EXPIRED_USED)
    if visit is not None and not matches(flow, visit.flow_hash):
        raise FlowOver(TRANSACTION_EXPIRED_USED if over else IN_PROCESS)
    return Known(transaction, visit, asked)


async def current(lobby: Lobby, transaction: Transaction) -> Transaction:
    """The transaction as it is now: one whose time is over ends here."""
    now = lobby.clock.now()
    if not transaction.expired(now):
        return transaction
    at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
    async with lobby.database.transaction() as connection:
        await life_cycle.expire_now(connection, **at, now=now)
    return await look_up.find(lobby.database, **at) or transaction


async def renewed(lobby: Lobby, guest: Guest) -> Guest:
    """The same browser with its visit and transaction as they are now."""
    found = await store.find(lobby.database, guest.visit.gateway_id, guest.visit.visit_id)
    if found is None:
        return guest
    visit, transaction = found
    return replace(guest, visit=visit, transaction=await current(lobby, transaction))


def _asked(admitted: Admitted, transaction: Transaction) -> str | None:
    """The connected investor. A transaction of one investor is not there for another."""
    if admitted.investor is None:
        return transaction.asked_investor_id
    mine = admitted.investor.investor_id
    if any(other not in (None, mine) for other in (transaction.asked_investor_id, transaction.investor_id)):
        raise FlowOver(INVALID_TRANSACTION)
    return mine
