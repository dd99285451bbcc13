"""What `torana try` does before an order on a basket: it publishes one, buys it, and brings the investment to where the
order has something to do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from torana.baskets.investments import Kind
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused

SCID = "TORANA_TRY_0001"
PART = 125
"""Shares more, of which the simulated exchange fills a part and cancels the rest (docs/sandbox.md)."""
AMOUNT = 10_000
"""Rupees: enough for some of each, however the prices move meanwhile."""
_FIRST, _NEXT = ("NTPC", "ITC"), ("NTPC", "COALINDIA")

Through = Callable[[str, str | None, int], Awaitable[dict[str, Any]]]
"""The investor's way through the pop-up of this transaction, with so many shares more where they edit them; the state
in which its promise settles."""


def _basket(symbols: tuple[str, str]) -> dict[str, Any]:
    return {
        "scid": SCID,
        "name": "Two lamps",
        "shortDescription": "What torana try buys.",
        "rationale": "It shows how a basket is bought and changed.",
        "publisherName": "Torana",
        "registration": {"number": "INH000000000"},
        "benchmark": {"name": "Nifty 50", "method": "Price index, from the close of the day of publication."},
        "rebalanceSchedule": "as-needed",
        "constituents": [{"ticker": symbol, "weight": 0.5} for symbol in symbols],
    }


@dataclass(frozen=True, slots=True)
class BasketTrial:
    client: GatewayClient
    through: Through
    say: Callable[[str], None]

    async def body(self, kind: Kind | None, investor_id: str | None) -> dict[str, Any]:
        """Of a create of this kind, once there is something to do for it; None: of an instalment plan. Raises
        `GatewayRefused`."""
        await self._publish(_FIRST)
        if kind is None:
            config = {"iscid": await self._bought(investor_id), "amount": AMOUNT}
            return {"intent": "SIP_SETUP", "orderConfig": config}
        if kind is Kind.BUY:
            return _order(Kind.BUY, scid=SCID, amount=AMOUNT)
        iscid = await self._bought(investor_id)
        if kind is Kind.REBALANCE:
            await self._publish(_NEXT)
        if kind is Kind.FIX:
            await self._done(_order(Kind.MANAGE, iscid=iscid), investor_id, PART)
        if kind in (Kind.INVESTMORE, Kind.SIP):
            return _order(kind, iscid=iscid, amount=AMOUNT)
        return _order(kind, iscid=iscid)

    async def _publish(self, symbols: tuple[str, str]) -> None:
        answer = await self.client.publish(_basket(symbols))
        self.say(f"Basket published: {SCID}, version {answer['version']}, {' and '.join(symbols)}")

    async def _bought(self, investor_id: str | None) -> str:
        state = await self._done(_order(Kind.BUY, scid=SCID, amount=AMOUNT), investor_id, 0)
        iscid = (state.get("result") or {}).get("iscid")
        if not iscid:
            raise GatewayRefused("the basket was not bought")
        self.say(f"Basket bought: investment {iscid}")
        return str(iscid)

    async def _done(self, body: dict[str, Any], investor_id: str | None, more: int) -> dict[str, Any]:
        return await self.through(await self.client.create(body, investor_id), investor_id, more)


def _order(kind: Kind, **named: str | int) -> dict[str, Any]:
    return {"intent": "TRANSACTION", "orderConfig": {"type": kind.value, **named}}
