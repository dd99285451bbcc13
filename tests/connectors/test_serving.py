"""Whom an installation serves, and how it may place orders then."""

from dataclasses import replace

import pytest

from torana.connectors.contract import Broker, ExecutionMode
from torana.connectors.registry import BROKERS
from torana.connectors.serving import Serves, mode_for
from torana.kit.errors import ConfigurationError

BOTH = BROKERS["kite"]
PAGE_FIRST = BROKERS["upstox"]
"""Whose apps that place by API are of one client each."""
ONE_CLIENT = BROKERS["samco"]
API_ONLY = replace(BOTH, browser_orders=None)
API, PAGE = ExecutionMode.SERVER_API, ExecutionMode.REDIRECT_BASKET


@pytest.mark.parametrize(
    ("broker", "given", "serves", "approval", "mode"),
    [
        (BOTH, "", Serves.UNSAID, "", API),
        (PAGE_FIRST, "", Serves.UNSAID, "", PAGE),
        (PAGE_FIRST, "server_api", Serves.UNSAID, "", API),
        (PAGE_FIRST, "", Serves.OWN, "", API),
        (BOTH, "", Serves.FAMILY, "", API),
        (BOTH, "redirect_basket", Serves.OWN, "", PAGE),
        (BOTH, "", Serves.VENDOR, "NSE/EMP/7", API),
        (BOTH, "redirect_basket", Serves.VENDOR, "", PAGE),
        (BOTH, "", Serves.PUBLIC, "", PAGE),
        (PAGE_FIRST, "", Serves.FAMILY, "", PAGE),
        (PAGE_FIRST, "", Serves.VENDOR, "", PAGE),
        (PAGE_FIRST, "redirect_basket", Serves.VENDOR, "", PAGE),
        (ONE_CLIENT, "", Serves.OWN, "", API),
        (ONE_CLIENT, "", Serves.UNSAID, "", API),
        (PAGE_FIRST, "", Serves.PUBLIC, "NSE/EMP/7", PAGE),
    ],
)
def test_who_is_served_decides_between_page_and_api(
    broker: Broker, given: str, serves: Serves, approval: str, mode: ExecutionMode
) -> None:
    assert mode_for(broker, given, serves, approval) is mode


@pytest.mark.parametrize(
    ("broker", "given", "serves", "approval", "says"),
    [
        (BOTH, "server_api", Serves.PUBLIC, "", "TORANA_BROKER_KITE_MODE"),
        (API_ONLY, "", Serves.PUBLIC, "", "TORANA_SERVES"),
        (BOTH, "", Serves.VENDOR, "", "TORANA_VENDOR_APPROVAL"),
        (API_ONLY, "redirect_basket", Serves.OWN, "", "no mode"),
        (PAGE_FIRST, "server_api", Serves.VENDOR, "NSE/EMP/7", "UDAPI100049.*TORANA_BROKER_UPSTOX_MODE to redirect"),
        (PAGE_FIRST, "server_api", Serves.FAMILY, "", "TORANA_SERVES=family.*TORANA_SERVES to own"),
        (ONE_CLIENT, "", Serves.VENDOR, "NSE/EMP/7", "secret of the app.*leave Samco out"),
        (ONE_CLIENT, "", Serves.FAMILY, "", "TORANA_SERVES to own"),
    ],
)
def test_what_is_not_allowed_is_refused_by_the_setting_to_change(
    broker: Broker, given: str, serves: Serves, approval: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        mode_for(broker, given, serves, approval)


@pytest.mark.parametrize(
    ("keys", "serves", "allowed"),
    [
        ({}, Serves.VENDOR, True),
        ({"client_id": "1100000009"}, Serves.OWN, True),
        ({"client_id": "1100000009"}, Serves.FAMILY, False),
        ({"client_id": "1100000009"}, Serves.VENDOR, False),
    ],
)
def test_keys_of_one_client_serve_nobody_else(keys: dict[str, str], serves: Serves, *, allowed: bool) -> None:
    dhan = BROKERS["dhan"]

    if allowed:
        assert mode_for(dhan, "", serves, "NSE/EMP/7", keys) is API
    else:
        with pytest.raises(ConfigurationError, match="TORANA_BROKER_DHAN_CLIENT_ID"):
            mode_for(dhan, "", serves, "NSE/EMP/7", keys)
