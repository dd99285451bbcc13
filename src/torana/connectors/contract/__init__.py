"""The contract between Torana and a broker: types of the trade, small protocols, three errors.

A connector is a stateless translator. It keeps nothing between calls, knows no database, and never tries twice. A
broker is one folder under `connectors/`, whose package holds a `Broker` by the name of `BROKER`; nothing else names it.

| a broker | is described by | part |
|---|---|---|
| has an address, or the operator names it | `Host`, `FromKey` | `Broker.hosts` |
| gives the operator keys | `Key` | `Broker.keys` |
| wants headers, an envelope, a handshake | `Signer`, `Vault` | `Broker.signer` |
| logs investors in | `LoginRules`, `Logins` | `Broker.login` |
| lets an app end a login | `Logouts` | `Broker.logout` |
| takes orders by API and shows its book | `OrderRules`, `Orders` | `Broker.orders` |
| finds orders by our tag | `TagLookUp` | `Broker.tag_lookup` |
| takes orders in a page of its own | `BasketRules`, `BrowserOrders` | `Broker.browser_orders` |
| counts calls | `Rate` | `Broker.rates` |
| shows holdings, positions, funds | `PortfolioRules`, `Portfolio` | `Broker.portfolio` |
| has shares released at the depository | `AuthorisationRules`, `Authorisation` | `Broker.authorisation` |
| shows prices | `Quotes` | `Broker.quotes` |
| tells margin and charges beforehand | `CostRules`, `Costs` | `Broker.costs` |
| reports changes | `PostbackProof`, `Postbacks` | `Broker.postbacks` |
| opens accounts | `Applicant`, `Told`, `AccountOpenings` | `Broker.account_opening` |
| wants to be asked for keys | `Onboarding`, `KeyProof` | `Broker.onboarding`, `Broker.key_proof` |

A part is a class that is made with a `Setup` and has its rules, as data, in a class attribute. What a broker cannot do
is a part that is None: there are no methods that refuse. A call ends in a value or in an error of `errors.py`, which
says what is known; `connectors/error_table.py` decides which.
"""

from torana.connectors.contract.account_opening import AccountOpenings, Applicant, OpeningStatus, Told
from torana.connectors.contract.authorisation import (
    Authorisation,
    AuthorisationRules,
    Beginning,
    Begun,
    Release,
    ReleasedBefore,
)
from torana.connectors.contract.broker import Broker, Capabilities, Connector, Evidence, capabilities_of
from torana.connectors.contract.costs import CostRules, Costs, Proposal
from torana.connectors.contract.errors import (
    BrokerError,
    LoginRefused,
    NotSent,
    RateLimited,
    Reason,
    Rejected,
    Resting,
    SessionEnded,
    Unknown,
)
from torana.connectors.contract.login import (
    BrowserForm,
    Callback,
    DailyEnd,
    Lifetime,
    Login,
    LoginRules,
    Logins,
    LoginStart,
    Logouts,
    Redirect,
    Session,
    SessionEnd,
    TicketReturn,
    ToldEnd,
)
from torana.connectors.contract.onboarding import KeyProof, Onboarding
from torana.connectors.contract.orders import (
    TERMINAL,
    BasketRules,
    BrokerOrder,
    BrokerStatus,
    BrowserOrders,
    ExecutionMode,
    Instrument,
    MarketOrders,
    OrderRef,
    OrderRequest,
    OrderRules,
    Orders,
    OrderType,
    Placed,
    Side,
    TagEcho,
    TagLookUp,
    TagRule,
    Variety,
)
from torana.connectors.contract.portfolio import (
    Holding,
    Portfolio,
    PortfolioRules,
    Position,
    Prices,
    Quotes,
    Rows,
    Unread,
)
from torana.connectors.contract.postbacks import Postback, PostbackProof, Postbacks, url_proves
from torana.connectors.contract.rates import Calls, Rate
from torana.connectors.contract.setup import FromKey, Host, Hosts, Key, Keys, Setup
from torana.connectors.contract.signing import Entry, Flow, Signer, Vault, VaultUnavailable

__all__ = [
    "TERMINAL",
    "AccountOpenings",
    "Applicant",
    "Authorisation",
    "AuthorisationRules",
    "BasketRules",
    "Beginning",
    "Begun",
    "Broker",
    "BrokerError",
    "BrokerOrder",
    "BrokerStatus",
    "BrowserForm",
    "BrowserOrders",
    "Callback",
    "Calls",
    "Capabilities",
    "Connector",
    "CostRules",
    "Costs",
    "DailyEnd",
    "Entry",
    "Evidence",
    "ExecutionMode",
    "Flow",
    "FromKey",
    "Holding",
    "Host",
    "Hosts",
    "Instrument",
    "Key",
    "KeyProof",
    "Keys",
    "Lifetime",
    "Login",
    "LoginRefused",
    "LoginRules",
    "LoginStart",
    "Logins",
    "Logouts",
    "MarketOrders",
    "NotSent",
    "Onboarding",
    "OpeningStatus",
    "OrderRef",
    "OrderRequest",
    "OrderRules",
    "OrderType",
    "Orders",
    "Placed",
    "Portfolio",
    "PortfolioRules",
    "Position",
    "Postback",
    "PostbackProof",
    "Postbacks",
    "Prices",
    "Proposal",
    "Quotes",
    "Rate",
    "RateLimited",
    "Reason",
    "Redirect",
    "Rejected",
    "Release",
    "ReleasedBefore",
    "Resting",
    "Rows",
    "Session",
    "SessionEnd",
    "SessionEnded",
    "Setup",
    "Side",
    "Signer",
    "TagEcho",
    "TagLookUp",
    "TagRule",
    "TicketReturn",
    "Told",
    "ToldEnd",
    "Unknown",
    "Unread",
    "Variety",
    "Vault",
    "VaultUnavailable",
    "capabilities_of",
    "url_proves",
]
