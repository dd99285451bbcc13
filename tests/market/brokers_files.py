"""Brokers' instrument files made for a story, served over real HTTP."""

import csv
import gzip
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.servers import Exchange, raw_server
from torana.connectors.angelbroking import instruments as angelbroking
from torana.connectors.kite import instruments as kite
from torana.connectors.upstox import instruments as upstox
from torana.kit.outbound import BrokerClient
from torana.market.models import Security
from torana.market.refresh import Brings, Source

KITE_COLUMNS = ("instrument_token", "exchange_token", "tradingsymbol", "instrument_type", "segment", "exchange")


def upstox_file(securities: Sequence[Security], *others: dict[str, object]) -> bytes:
    """Gzipped JSON with one row a security, and other rows behind them."""
    rows: list[dict[str, object]] = [
        {
            "segment": f"{one.exchange}_EQ",
            "name": one.name,
            "exchange": one.exchange,
            "isin": one.isin,
            "instrument_type": one.series,
            "instrument_key": f"{one.exchange}_EQ|{one.isin}",
            "lot_size": one.lot,
            "exchange_token": str(one.exchange_token),
            "tick_size": float(one.tick),
            "trading_symbol": one.symbol,
        }
        for one in securities
    ]
    return gzip.compress(json.dumps([*rows, *others]).encode())


def kite_file(securities: Sequence[Security]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(KITE_COLUMNS)
    for one in securities:
        rows.writerow((one.exchange_token << 8 | 1, one.exchange_token, one.symbol, "EQ", one.exchange, one.exchange))
    return text.getvalue().encode()


@dataclass
class FileServer:
    """What the brokers publish at this moment; a test changes it."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: str = "200 OK"
    breaks_off: bool = False
    asked: list[str] = field(default_factory=list)

    async def play(self, exchange: Exchange) -> None:
        broker = exchange.target.strip("/")
        self.asked.append(broker)
        body = self.files[broker]
        if self.breaks_off:
            await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:-10])
            exchange.reset()
            return
        await exchange.answer(self.status, body)


@asynccontextmanager
async def file_server() -> AsyncIterator[FileServer]:
    served = FileServer()
    async with raw_server(served.play) as server:
        served.url = server.url
        yield served


@asynccontextmanager
async def sources_at(served: FileServer, *brokers: str) -> AsyncIterator[list[Source]]:
    async with BrokerClient("files of the test", [served.url]) as client:
        known = {
            "upstox": Source("upstox", f"{served.url}/upstox", client, upstox.read, Brings.SECURITIES),
            "kite": Source("kite", f"{served.url}/kite", client, kite.FILE.read, Brings.CODES),
            "angelbroking": Source(
                "angelbroking", f"{served.url}/angelbroking", client, angelbroking.FILE.read, Brings.CODES
            ),
        }
        yield [known[broker] for broker in brokers]
