"""Serves the partner's API on a free port of this machine and prints its address: `python -m tests.support.serve`.

With `TORANA_HOME` the whole gateway with its settings from the environment.
"""

import asyncio
import os
import socket

import uvicorn

from tests.support.gateway import application
from torana.app import create_asgi
from torana.kit.cipher import Cipher
from torana.kit.clock import SystemClock
from torana.kit.database import Database
from torana.kit.http_server import Limits, guarded, raise_file_limit, sockets_for
from torana.settings import read_settings


async def serve() -> None:
    if "TORANA_HOME" in os.environ:
        app = create_asgi(read_settings())
    else:
        database = Database(os.environ["DATABASE_URL"], size=5)
        await database.open()
        app = application(database, SystemClock(), cipher=Cipher(os.environ["CIPHER_KEYS"]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        limits = Limits(sockets=sockets_for(raise_file_limit(), 10_000))
        config = uvicorn.Config(app, log_level="warning", http=guarded(limits))
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(serve())
