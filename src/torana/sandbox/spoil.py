"""What faults make of tickets, books and answers."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Fault, Kind
from torana.sandbox.models import Order, OrderType, Side, State, Ticket
from torana.sandbox.securities import listed
from torana.sandbox.web import Manner, Response


def kept(ticket: Ticket, fault: Fault) -> Ticket:
    """What the broker makes of a ticket under this fault."""
    match fault.kind:
        case Kind.ECHO_SYMBOL:
            return replace(ticket, symbol="ITC" if ticket.symbol != "ITC" else "WIPRO")
        case Kind.ECHO_SIDE:
            return replace(ticket, side=Side.SELL if ticket.side is Side.BUY else Side.BUY)
        case Kind.ECHO_QUANTITY:
            return replace(ticket, quantity=ticket.quantity + 1)
        case Kind.TAG_DROPPED:
            return replace(ticket, tag=None)
        case Kind.TAG_UPPER:
            return replace(ticket, tag=ticket.tag and ticket.tag.upper())
        case Kind.TAG_TRUNCATED:
            return replace(ticket, tag=ticket.tag and ticket.tag[: fault.count or min(10, len(ticket.tag) - 1)])
        case _:
            return ticket


def padding(exchange: Exchange, account: Account, rows: int) -> list[Order]:
    """Finished orders of this client that no app of ours placed."""
    symbols = list(listed())
    rows_added = []
    for row in range(rows):
        ticket = Ticket(symbols[row % len(symbols)], Side.BUY, 1 + row % 9, OrderType.MARKET, None, "")
        order = exchange.new_order(account, ticket, ticket)
        order.order_id = f"{order.order_id[:6]}9{row:08d}"
        order.state, order.cancelled = State.CANCELLED, ticket.quantity
        order.note(order.accepted_at)
        rows_added.append(order)
    return rows_added


def misshapen(fault: Fault, right: Response) -> Response:
    """What happens to an answer on the wire, whatever it says: as it is under any other fault."""
    match fault.kind:
        case Kind.EMPTY:
            return Response(200, b"", "application/json")
        case Kind.EMPTY_OBJECT:
            return Response(200, b"{}", "application/json")
        case Kind.HTML:
            page = b"<!doctype html><title>Simulated outage</title><h1>We will be back soon</h1>"
            return Response(200, page, "text/html; charset=utf-8")
        case Kind.TRUNCATED:
            return replace(right, body=right.body[: len(right.body) // 2])
        case Kind.CUT:
            return replace(right, manner=Manner.CUT)
        case Kind.WRONG_TYPE:
            return replace(right, content_type="text/plain")
        case Kind.WRONG_CHARSET:
            content = right.body.decode().encode("utf-16")
            return replace(right, body=content, content_type="application/json; charset=utf-8")
        case Kind.HUGE:
            return replace(right, body=b'{"status":"' + b"x" * (fault.count or 50) * 1_000_000 + b'"}')
        case Kind.RESET_AFTER:
            return Response(manner=Manner.RESET)
        case Kind.DRIP:
            return replace(right, manner=Manner.DRIP, pause=fault.seconds or 1.0)
        case _:
            return right


def with_a_bad_row(fault: Fault, right: Response) -> Response:
    """The answer with null in the named fields of one row of its first list."""
    told = json.loads(right.body, parse_float=Decimal)
    rows = _first_list(told)
    if rows:
        row = rows[(fault.count or 0) % len(rows)]
        row.update(dict.fromkeys((fault.text or "quantity").split(",")))
    return replace(right, body=msgspec.json.Encoder(decimal_format="number").encode(told))


def _first_list(told: Any) -> list[dict[str, Any]]:
    if isinstance(told, list):
        return told
    inner = [found for value in told.values() if (found := _first_list(value))] if isinstance(told, dict) else []
    return inner[0] if inner else []
