"""Serves the partner's API on a free port of this machine and prints its address: `python -m tests.api.serve`."""

import asyncio
import os
import socket

import uvicorn

from tests.api.house import application
from torana.kit.cipher import Cipher
from torana.kit.clock import SystemClock
from torana.kit.database import Database


async def serve() -> None:
    database = Database(os.environ["DATABASE_URL"], size=5)
    await database.open()
    app = application(database, SystemClock(), cipher=Cipher(os.environ["CIPHER_KEYS"]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, log_level="warning", lifespan="off")
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(serve())
