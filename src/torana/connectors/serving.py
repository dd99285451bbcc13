"""Whom an installation serves decides how it may place orders with real brokers.

SEBI's framework of February 2025 (SEBI/HO/MIRSD/MIRSD-PoD/P/CIR/2025/0000013, in force since April 2026) lets an
investor's own program, and that of a family, send orders from a registered address. Who serves others needs the
broker's approval as a vendor. Without it orders leave from the broker's own page, where the investor confirms them.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from torana.connectors.contract import Broker, ExecutionMode
from torana.kit.errors import ConfigurationError


class Serves(StrEnum):
    """`TORANA_SERVES`."""

    OWN = "own"
    FAMILY = "family"
    VENDOR = "vendor"
    """Others, with the broker's approval, whose reference is in `TORANA_VENDOR_APPROVAL`."""
    PUBLIC = "public"
    """Others, without such an approval."""
    UNSAID = ""
    """Each broker's own default."""


UNATTENDED = frozenset({Serves.OWN, Serves.FAMILY})
"""Who runs such an installation invests with it, or their family does: nobody executes for a client. So its investors
may agree once to orders that nobody confirms (decision 0106)."""
_SEVERAL = (Serves.FAMILY, Serves.VENDOR)


def mode_for(
    broker: Broker, given: str, serves: Serves, approval: str, keys: Mapping[str, str] = MappingProxyType({})
) -> ExecutionMode:
    """How orders are placed with this real broker, whose keys these are; `given` is its own setting, empty where there
    is none.

    Raises `ConfigurationError` that names the setting to change.
    """
    variable = f"TORANA_BROKER_{broker.key.upper()}_MODE"
    alone = _alone(broker, keys) if serves in _SEVERAL else ""
    mode = chosen_mode(broker, given or _preferred(broker, Serves.PUBLIC if alone else serves), variable)
    if mode is ExecutionMode.SERVER_API and alone:
        page = f"set {variable} to redirect_basket" if broker.browser_orders else f"leave {broker.name} out"
        raise ConfigurationError(
            f"TORANA_SERVES={serves}: orders of several people may not be sent to {broker.name} by API, for {alone}. "
            f"Set TORANA_SERVES to own, or {page}"
        )
    if mode is ExecutionMode.SERVER_API and serves is Serves.PUBLIC:
        raise ConfigurationError(
            f"TORANA_SERVES=public: orders of the public may not be sent to {broker.name} by API. Set {variable} to "
            f"redirect_basket where the broker has a page of its own, or, with its approval, TORANA_SERVES to vendor"
        )
    if mode is ExecutionMode.SERVER_API and serves is Serves.VENDOR and not approval:
        raise ConfigurationError("TORANA_SERVES=vendor needs the reference of the approval: TORANA_VENDOR_APPROVAL")
    return mode


def chosen_mode(broker: Broker, given: str, variable: str) -> ExecutionMode:
    """The mode that the setting of this name asks for, or the broker's own. Raises `ConfigurationError`."""
    if not given:
        return broker.default_mode
    if given not in broker.execution_modes:
        raise ConfigurationError(f"{variable}: no mode {given!r}; there is {', '.join(broker.execution_modes)}")
    return ExecutionMode(given)


def _alone(broker: Broker, keys: Mapping[str, str]) -> str:
    """Why an app with these keys serves its owner alone; empty where it may serve several."""
    return broker.one_client or next((key.one_client for key in broker.keys if keys.get(key.name)), "")


def _preferred(broker: Broker, serves: Serves) -> str:
    """The mode that these investors are served by, if the broker has it; else, and where nothing is said, empty."""
    wanted = {Serves.UNSAID: "", Serves.PUBLIC: ExecutionMode.REDIRECT_BASKET}.get(serves, ExecutionMode.SERVER_API)
    return wanted if wanted in broker.execution_modes else ""
