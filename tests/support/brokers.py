"""Brokers by what they offer, for stories in which it does not matter which one it is.

A test says what it needs of a broker, not its name: a broker that is added takes its place here by its folder alone.
`tests/brokers/test_named.py` lists the files in which one broker is the subject.
"""

from torana.connectors.contract import Broker, ExecutionMode, MarketOrders, TicketReturn
from torana.connectors.registry import BROKERS


def _takes_any_order(broker: Broker) -> bool:
    """By its server API, market orders as such among them: nothing has to be read before one is placed. It shows
    prices and costs, and what comes back from its login says whose it is, so that every story can be told of it."""
    market, ticket = broker.capabilities.market, broker.capabilities.login
    by_api = ExecutionMode.SERVER_API in broker.execution_modes
    whole = broker.quotes is not None and broker.costs is not None and ticket is TicketReturn.STATE
    return by_api and whole and market not in (MarketOrders.NONE, MarketOrders.AS_LIMIT)


BY_API = [name for name, broker in BROKERS.items() if _takes_any_order(broker)]
ANY_BROKER = BY_API[0]
"""Where one is as good as any other."""
OTHER_BROKER = next(name for name in BY_API[1:] if ExecutionMode.REDIRECT_BASKET in BROKERS[name].execution_modes)
"""Where there are to be two. It takes baskets in the browser, too."""
LIMIT_BROKER = next(name for name, one in BROKERS.items() if one.capabilities.market is MarketOrders.AS_LIMIT)
"""One that takes a market order with a limit."""
BY_LOOK_UP = list({BROKERS[name].capabilities.lookup_by_tag: name for name in reversed(BY_API)}.values())[::-1]
"""One for each way in which an order in doubt is looked for: in the book alone, and by its tag as well."""
WITHOUT_TAGS = next(name for name, one in BROKERS.items() if (tag := one.capabilities.tag) and not tag.is_shown)
"""One whose book does not show our numbers."""
ANY_NAME, OTHER_NAME, LIMIT_NAME = (BROKERS[key].name for key in (ANY_BROKER, OTHER_BROKER, LIMIT_BROKER))
"""As investors know them."""
