"""The whole gateway in a process of its own."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Running, Server
from tests.support.partner import make_gateway
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.partners.models import Gateway


@pytest.fixture(scope="module")
def running(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home: Path = tmp_path_factory.mktemp("home")

    async def partners() -> list[Gateway]:
        database = Database(database_url)
        await database.open()
        clock, cipher = HandClock(datetime.now(UTC)), Cipher.from_home(home)
        of_two = [OTHER_BROKER, ANY_BROKER]
        gateways = [await make_gateway(database, clock, cipher=cipher, brokers=brokers) for brokers in (None, of_two)]
        await database.close()
        return gateways

    gateway, stranger = asyncio.run(partners())
    with Server(
        database_url,
        "",
        TORANA_HOME=str(home),
        TORANA_DATABASE_URL=database_url,
        TORANA_REQUESTS_PER_MINUTE="0",
    ) as server:
        yield Running(server.url, gateway, stranger)
