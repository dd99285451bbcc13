"""Settings, read once from the environment. Every variable begins with `TORANA_`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from torana.connectors.serving import Serves
from torana.kit.embedded import default_home
from torana.kit.errors import ConfigurationError
from torana.kit.tables import Age
from torana.one_time_codes.senders import HttpSenderSettings

DEMO_GATEWAY = "gatewaydemo"
DEMO_SECRET = "gatewayDemo_secret"
"""The pair that public samples of the interface use; nothing but a demo may accept it."""


class BrokerSettings(dict[str, str]):
    """What a broker gave the operator for its live API, by the names of `Broker.keys`, and `mode`: `server_api` or
    `redirect_basket`, where it is not the broker's own default. No repr shows a value."""

    def __repr__(self) -> str:
        return f"BrokerSettings({', '.join(self)})"


class Retention(msgspec.Struct, frozen=True):
    """How many days what is kept stays, counted from its making."""

    orders_days: int = 1827
    """Confirmed transactions with their orders, attempts and events: five years, as the exchanges ask."""
    unconfirmed_days: int = 90
    """Transactions that placed nothing, and events of no transaction."""
    visits_days: int = 30
    """What a browser left behind."""
    consents_days: int = 1827
    """Consents, since they ended."""
    deliveries_days: int = 90
    """Webhooks and their attempts; their events can be replayed as long as they are kept."""
    of_tables: dict[str, int] = {}
    """By `Age.setting` (`leads_days`), where it is not what the table of an intent declares."""

    def days(self, age: Age) -> int:
        """How long rows of an intent's table are kept."""
        return self.of_tables.get(f"{age.setting}_days", age.days)


AGES = frozenset(name for name in Retention.__struct_fields__ if name.endswith("_days"))
"""The ages that no table of an intent declares."""


class Settings(msgspec.Struct, frozen=True):
    """How this installation runs. Lengths of time in seconds."""

    home: Path
    database_url: str | None = None
    public_url: str = "http://127.0.0.1:8080"
    """Where browsers and brokers reach this server."""
    sandbox_url: str = "http://127.0.0.1:8081"
    """Where test gateways find their simulated brokers."""
    demo_shop_url: str = ""
    """Set by `torana demo` alone: where its shop is. Pages of ours then lead there and show the demo's gateway."""
    encryption_keys: str = ""
    """`id:base64key[,id:base64key…]`, the first encrypts. Empty: a key file in `home`, made at first start."""
    webhook_allowed_hosts: tuple[str, ...] = ()
    """`host:port` or networks that webhooks may reach although they are private."""
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks whose sockets may read `/metrics` of `serve`."""
    settle_window: float | None = None
    """Overrides every connector's settle window; for tests."""
    lease_seconds: float = 15.0
    market_intent_seconds: float = 300.0
    """How old a confirmed market order may be when it is sent; older ones are asked about again."""
    requests_per_minute: int = 1200
    """Per gateway, on the partner's API; 0 switches the limit off."""
    page_creates_per_minute: int = 60
    """Transactions that pages of one gateway may ask for by themselves from one client address; 0: no limit."""
    head_seconds: float = 10.0
    """A request's first line and headers have to come within these."""
    body_seconds: float = 30.0
    """The same for its body."""
    most_sockets: int = 10_000
    """Client connections of one `serve`; fewer where the file limit leaves less room."""
    sockets_per_address: int = 0
    """Client connections from one address; 0 sets no limit, as it must be behind a reverse proxy."""
    instruments_daily: bool = True
    """Whether workers read the brokers' instrument files once a day; else `torana instruments refresh` does."""
    calendar_warning_days: int = 60
    """So many days before the market calendar's end it is warned of."""
    test_modes: dict[str, str] = {}
    """How test gateways place with a simulated broker, as `mode` does with the real one."""
    clock_file: Path | None = None
    """A file with an offset in seconds that shifts the clock of every process; for tests."""
    brokers: dict[str, BrokerSettings] = {}
    egress_file: Path | None = None
    """A file that says from which address the orders of each account leave."""
    serves: Serves = Serves.UNSAID
    """Whom the live gateways serve; decides between the broker's own page and its API."""
    vendor_approval: str = ""
    """The reference of the broker's approval, where others are served by API."""
    sms: HttpSenderSettings = HttpSenderSettings()
    """How one-time codes of live gateways reach a phone."""
    codes_per_day: Annotated[int, Meta(ge=1)] = 10_000
    """One-time codes that one gateway may send in 24 hours."""
    retention: Retention = Retention()
    lifetimes: dict[str, Annotated[int, Meta(ge=30, le=86_400)]] = {}
    """By intent in lower case: seconds until a transaction expires, where they are not the intent's own."""
    log_format: str = "json"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Raises `ConfigurationError` that names the variable when a value cannot be used."""
    given = {key[7:].lower(): value for key, value in environ.items() if key.startswith("TORANA_") and value}
    plain: dict[str, object] = {"home": given.get("home", str(default_home()))}
    keys: dict[str, BrokerSettings] = {}
    test_modes: dict[str, str] = {}
    kept: dict[str, str] = {}
    kept_of_tables: dict[str, str] = {}
    lifetimes: dict[str, str] = {}
    sms: dict[str, str] = {}
    fields = {field.name for field in msgspec.structs.fields(Settings)}
    for name, value in given.items():
        if name.startswith("broker_"):
            broker, _, field = name.removeprefix("broker_").partition("_")
            keys.setdefault(broker, BrokerSettings())[field] = value
        elif name.startswith("test_mode_"):
            test_modes[name.removeprefix("test_mode_")] = value
        elif name.startswith("expires_"):
            lifetimes[name.removeprefix("expires_")] = value
        elif name.startswith("keep_"):
            days = name.removeprefix("keep_")
            (kept if days in AGES else kept_of_tables)[days] = value
        elif name.startswith("sms_"):
            sms[name.removeprefix("sms_")] = value
        elif name in ("webhook_allowed_hosts", "metrics_networks"):
            plain[name] = [host.strip() for host in value.split(",") if host.strip()]
        elif name in fields:
            plain[name] = value
    retention = {**kept, "of_tables": kept_of_tables}
    plain |= {"brokers": keys, "test_modes": test_modes, "retention": retention, "lifetimes": lifetimes, "sms": sms}
    try:
        return msgspec.convert(plain, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"cannot use the TORANA_… settings: {error}") from None
