"""What a test does at the simulated brokers past us, over HTTP as an operator would: faults, the clock, the ledger."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec


@dataclass(frozen=True)
class Control:
    """`url` is the sandbox's."""

    http: aiohttp.ClientSession
    url: str

    async def tell(self, method: str, path: str, body: object = None) -> Any:
        """A call of its control API (`/sandbox/…`); the answer's data, None where there is none."""
        async with self.http.request(method, self.url + path, json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, text
            return msgspec.json.decode(text) if text else None

    async def fault(self, kind: str, operation: str = "place", **how: object) -> None:
        """Something goes wrong at the next request of this kind."""
        await self.tell("POST", "/sandbox/faults", {"operation": operation, "kind": kind, **how})

    async def heal(self) -> None:
        await self.tell("DELETE", "/sandbox/faults")

    async def orders(self, **of: str) -> list[dict[str, Any]]:
        """Every order that the simulated brokers ever had, whoever sent it."""
        query = "&".join(f"{name}={value}" for name, value in of.items())
        orders: list[dict[str, Any]] = (await self.tell("GET", f"/sandbox/ledger?{query}"))["orders"]
        return orders
