"""What the handlers of the API work with: one dependency, so that a route asks for one thing.

Litestar starts a task group as soon as a handler has two dependencies that do not depend on each other; that costs
three times the rest of a route.
"""

from dataclasses import dataclass
from typing import TypeVar

from litestar.di import Provide

from torana.connectors.registry import Connectors
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.partners.gateways import Gateways


@dataclass(frozen=True, kw_only=True)
class ApiServices:
    """The parts of the installation that the API needs. `public` asks addresses that partners name."""

    database: Database
    clock: Clock
    cipher: Cipher
    gateways: Gateways
    connectors: Connectors
    overload: Overload
    public: PublicClient


Services = TypeVar("Services", bound=ApiServices)


def given(services: Services) -> dict[str, Provide]:
    """For the `dependencies` of a router: its handlers have the services under this name."""

    def give_services() -> Services:
        return services

    return {"services": Provide(give_services, sync_to_thread=False)}
