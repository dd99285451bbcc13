"""What the tests know of each broker: one module a broker, found by its key.

A broker that is found in `connectors/` and has no module here fails `tests/contract/test_t00_covered.py`. Everything
else in `tests/connectors` and `tests/contract` runs over it by itself.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.support.browser import Browser, Left, Page
from torana.connectors.contract import BrokerError, BrowserForm, Keys, Reason, Redirect, Rejected, Unknown
from torana.connectors.registry import BROKERS, Client
from torana.connectors.transport import Part
from torana.kit.database import Database
from torana.orders.pace import Pace
from torana.partners.models import Mode
from torana.sandbox.faults import Operation
from torana.sandbox.models import Reason as Refusal

UNPACED = Pace(Database("postgresql://nowhere.invalid/"), Mode.TEST, replace(BROKERS["kite"], rates=()), "AB1234")
"""Of a broker that counts nothing."""


async def _log_in(browser: Browser, url: str, user: str) -> Page | Left:
    await browser.open(url)
    return await browser.press("login", user)


@dataclass(frozen=True, slots=True)
class Pages:
    """What a person does on one broker's pages."""

    log_in: Callable[[Browser, str, str], Awaitable[Page | Left]] = _log_in
    """(browser, URL of the login, user name): until the browser comes back to the app or a page stays."""
    start_basket: Callable[[Browser, BrowserForm, str], Awaitable[Page | Left]] | None = None
    """(browser, the form, user name): until the orders are shown for review. None where there are no baskets."""
    confirm: Callable[[Browser], Awaitable[Page | Left]] | None = None
    """On the review: place, and go back to the app."""
    decline: Callable[[Browser], Awaitable[Page | Left]] | None = None
    """On the review: go back to the app with nothing done."""
    authorise: Callable[[Browser, Redirect | BrowserForm], Awaitable[Page | Left]] | None = None
    """On the way to the depository: release what is asked for. None where a broker has no way there but its own."""
    refuse: Callable[[Browser, Redirect | BrowserForm], Awaitable[Page | Left]] | None = None
    """The same: refuse it."""


def _says_no(said: Any) -> bool:
    return isinstance(said, dict) and (said.get("status") in (False, "error") or bool(said.get("errorcode")))


@dataclass(frozen=True, slots=True)
class Known:
    """One broker, as its fixtures and its simulator show it."""

    keys: Keys
    """Made-up live keys, all that it has."""
    callback: Mapping[str, str]
    """The fields with which a login comes back well."""
    refusals: Mapping[str, tuple[type[Exception], Reason | None]]
    """By the name of the fixture: the error that it proves. A fixture that is not named here is a value."""
    pages: Pages = Pages()
    unmapped: frozenset[str] = frozenset()
    """Those of them whose code nobody knows."""
    plain_refusal: str = ""
    """A fixture whose code is a definite no to an order, with status 400."""
    proves_nothing: Mapping[str, object] = field(default_factory=dict)
    """A refusal (status 400) with a code after which an order may exist."""
    afterwards: Mapping[str, bytes] = field(default_factory=dict)
    """By the name of a fixture: the answer to the call that follows it, where one does."""
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By method: the fixtures that are answered before, where it asks more than once."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """A beginning at the depository of which the fixture of holdings does not tell."""
    line: Callable[[Client], Client] = lambda client: client
    """What stands between a connector and an answer that is given by hand: a broker's envelope."""
    silent: frozenset[str] = frozenset()
    """Methods that ask nothing of the broker."""
    success: Mapping[str, object] = field(default_factory=dict)
    """What stands beside `data` in an answer of success."""
    data: Callable[[Any], Any] = lambda told: told["data"]
    """What an answer is about, out of its envelope."""
    book: Callable[[Sequence[object]], object] | None = None
    """An answer with these rows of the order book, where it is not `success` with `data`."""
    refusal: Callable[[Any], tuple[Any, str]] = lambda told: (
        told["errors"][0] if "errors" in told else told, "message",
    )  # fmt: skip
    """In an answer that refuses: what holds the text, and by which name."""
    says_no: Callable[[Any], bool] = _says_no
    """Whether an answer holds the very word by which this broker says no, or an error code."""
    price_rows: Callable[[Any], list[dict[str, Any]]] = lambda data: list(data.values())
    """The rows of prices in the `data` of an answer."""
    reads_of_a_book: int = 1
    """Calls that make one reading of the order book."""
    bare_lists: bool = False
    """Its answers have no envelope: any list is a good answer where it tells a list."""
    refuses_by_text: bool = False
    """Its refusals have no codes: one whose text means nothing to us leaves the order to the book."""
    names_holdings: bool = True
    """A holding's row has a symbol beside the ISIN."""
    tag_is_a_number: bool = False
    """This broker takes no letters in a tag."""
    hands_over_token: bool = False
    """The browser brings the token itself and no code that is good once: nothing is exchanged."""
    code_is_all: bool = False
    """The code that the browser brings is exchanged without key or secret of the app."""
    refuses_in_answer: Refusal = Refusal.FUNDS
    """What this broker can refuse an order for in its answer, and not only in its book."""
    vault: Mapping[str, str] = field(default_factory=dict)
    """What its vault holds, by name, when an answer is replayed: there is no handshake before it."""
    untold: frozenset[str] = frozenset()
    """Fields of a holding that this broker does not tell."""
    tells_tag_by_postback: bool = True
    """Its postbacks name an order by our tag beside the broker's id."""
    prices_at_once: int = 1000
    """How many securities it tells the price of in one answer."""
    names: Mapping[str, str] = field(default_factory=dict)
    """This broker's names for fields of an order row, by ours (`order_id`, `tag`, `quantity`, …), where they differ."""

    @property
    def splits_holdings(self) -> bool:
        """Holdings are more than one number of shares."""
        return not {"t1_quantity", "collateral_quantity"} <= self.untold

    @property
    def login_asks(self) -> Operation:
        """What finishing a login asks of the simulator."""
        return Operation.PROFILE if self.hands_over_token else Operation.TOKEN

    def enveloped(self, rows: Sequence[object]) -> object:
        """An answer with these rows of the order book."""
        return {**self.success, "data": rows} if self.book is None else self.book(rows)

    def row(self, fields: Mapping[str, object]) -> dict[str, object]:
        """Fields by our names, by this broker's."""
        return {self.names.get(name, name): value for name, value in fields.items()}


def known(broker: str) -> Known:
    found: Known = import_module(f"{__name__}.{broker}").KNOWN
    return found


def definite_no(broker: str) -> type[BrokerError]:
    """How a refusal of an order in its answer ends: a broker that publishes no code of one leaves it in doubt until the
    book says more."""
    orders = BROKERS[broker].orders
    return Rejected if isinstance(orders, type) and issubclass(orders, Part) and orders.dialect.rejections else Unknown


def shows_tags(broker: str) -> bool:
    """Whether its book shows our tags at all."""
    tag = BROKERS[broker].capabilities.tag
    return tag is not None and tag.is_shown


def uncovered(brokers: Iterable[str] = BROKERS) -> list[str]:
    """Those of these brokers of which the tests know nothing."""
    return [broker for broker in brokers if find_spec(f"{__name__}.{broker}") is None]
