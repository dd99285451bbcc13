"""Everything that the processes of one installation share, put together from the settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from torana.baskets.figures import Performances
from torana.connectors.egress import Egress, read_egress
from torana.connectors.hosts import origin
from torana.connectors.instrument_files import instrument_files, sources
from torana.connectors.registry import BROKERS, ClientFactory, Connectors, client_by_egress
from torana.connectors.vault import vaults
from torana.events.stream import EventStream
from torana.flows.context import FlowServices
from torana.flows.registry import FLOWS
from torana.holdings.snapshots import Snapshots
from torana.investors.sessions import Sessions
from torana.kit import embedded
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock, machine_clock
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.kit.outbound import BrokerClient
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.market.hours import LiveTime, MarketTime, SandboxTime
from torana.market.keep import Sources
from torana.mutual_funds.imports import FundImports
from torana.mutual_funds.mfcentral import SIMULATED_KEYS, MfCentral
from torana.mutual_funds.store import KEPT
from torana.one_time_codes.prove import OneTimeCodes
from torana.one_time_codes.senders import senders
from torana.partners.gateways import Gateways
from torana.partners.models import Mode
from torana.settings import AGES, Retention, Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The parts, open for use."""

    settings: Settings
    clock: Clock
    database: Database
    cipher: Cipher
    gateways: Gateways
    sessions: Sessions
    snapshots: Snapshots
    connectors: Connectors
    market_times: Mapping[Mode, MarketTime]
    stream: EventStream
    sandbox: BrokerClient
    """Asks the sandbox for the exchange's time."""
    messages: PublicClient
    """Hands one-time codes to the operator's provider."""
    codes: OneTimeCodes
    fund_imports: FundImports


def build_services(settings: Settings, *, broker_client: ClientFactory | None = None) -> Services:
    """Put the parts together without opening any. Raises `ConfigurationError` for settings that cannot work."""
    _check_ages(settings.retention)
    url = settings.database_url or embedded.start(settings.home)
    clock = machine_clock(settings.clock_file)
    database = Database(url)
    cipher = Cipher.from_home(settings.home, settings.encryption_keys)
    egress = egress_of(settings)
    connectors = Connectors.build(
        keys=settings.brokers,
        sandbox_url=settings.sandbox_url,
        public_url=settings.public_url,
        test_modes=settings.test_modes,
        serves=settings.serves,
        approval=settings.vendor_approval,
        client=broker_client or client_by_egress(egress),
        egress=egress,
        vault=vaults(database, cipher, clock),
    )
    messages = PublicClient(settings.webhook_allowed_hosts)
    sandbox = BrokerClient("sandbox", [origin(settings.sandbox_url)])
    registrar = MfCentral(SIMULATED_KEYS.at(f"{settings.sandbox_url}/mfcentral"), clock, mode=Mode.TEST)
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        cipher=cipher,
        gateways=Gateways(database, clock, cipher),
        sessions=Sessions(database, cipher, clock),
        snapshots=Snapshots(database, cipher),
        connectors=connectors,
        market_times={Mode.LIVE: LiveTime(clock), Mode.TEST: SandboxTime(sandbox, settings.sandbox_url, clock)},
        stream=EventStream(url),
        sandbox=sandbox,
        messages=messages,
        codes=OneTimeCodes(database, cipher, clock, senders(messages, settings.sms), settings.codes_per_day),
        fund_imports=FundImports(database, cipher, clock, {Mode.TEST: registrar}, settings.retention.days(KEPT)),
    )


def flow_services(services: Services, overload: Overload) -> FlowServices:
    """What flows work with, in `serve` and in `worker`. Raises `ConfigurationError` for lifetimes of intents that there
    are not."""
    return FlowServices(
        services.database,
        services.clock,
        services.gateways,
        services.sessions,
        services.stream,
        services.connectors,
        services.market_times,
        services.settings.public_url,
        overload,
        services.snapshots,
        services.codes,
        services.cipher,
        services.fund_imports,
        FLOWS.living(services.settings.lifetimes),
        Performances(services.database),
        services.settings.settle_window,
    )


def _check_ages(retention: Retention) -> None:
    known = {f"{age.setting}_days" for table in FLOWS.tables for age in table.ages if age.setting}
    if unknown := retention.of_tables.keys() - known:
        listed = ", ".join(f"TORANA_KEEP_{name.upper()}" for name in sorted(AGES | known))
        raise ConfigurationError(f"no such age: TORANA_KEEP_{min(unknown).upper()}; there are {listed}")


def egress_of(settings: Settings) -> Egress:
    """The ways out that the settings name. Raises `ConfigurationError`."""
    return Egress() if settings.egress_file is None else read_egress(settings.egress_file, BROKERS)


def instrument_brokers() -> list[str]:
    """The brokers that this program speaks to and that publish an instrument file."""
    return [file.broker for file in instrument_files() if file.broker in BROKERS]


def instrument_sources(settings: Settings) -> Sources:
    """Where an installation reads its instruments: at the brokers once it has live keys of one, else in the sandbox."""
    return partial(sources, sandbox_url=None if settings.brokers else settings.sandbox_url)


@asynccontextmanager
async def opened(services: Services) -> AsyncIterator[Services]:
    """Open the database; close everything in the end. Who waits for events runs `services.stream` too."""
    await services.database.open()
    try:
        yield services
    finally:
        await services.connectors.close()
        await services.sandbox.close()
        await services.messages.close()
        await services.fund_imports.close()
        await services.database.close()
