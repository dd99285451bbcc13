"""From the rows of a broker to one entry a security: rows belong together by ISIN, whatever their exchange."""

from collections import defaultdict
from collections.abc import Sequence

from torana.connectors.contract import Holding, Position
from torana.holdings.models import NOT_TRADED, Held, Traded
from torana.kit.money import Paise
from torana.market.models import EXCHANGES
from torana.market.securities import find

_EXCHANGES = {exchange: frozenset((exchange,)) for exchange in EXCHANGES}


def combined(holdings: Sequence[Holding], positions: Sequence[Position]) -> list[Held]:
    """Every security that is held or was traded today, in the order in which the broker tells them. Rows with zero or
    negative numbers stay."""
    rows: dict[str, list[Holding]] = defaultdict(list)
    for row in holdings:
        rows[row.isin].append(row)
    trades: dict[str, list[Position]] = defaultdict(list)
    for one in positions:
        trades[isin_of(one, holdings) or f"{one.exchange}:{one.symbol}"].append(one)
    return [
        _alone(key, rows[key][0])
        if len(rows.get(key, ())) == 1 and key not in trades
        else _held(key, rows.get(key, []), trades.get(key, []))
        for key in dict.fromkeys([*rows, *trades])
    ]


def isin_of(position: Position, holdings: Sequence[Holding]) -> str | None:
    """Some brokers name a position by its symbol alone: what their holdings call so, or else the security of that
    name. None: it cannot be told which security this is."""
    if position.isin is not None:
        return position.isin
    named = {row.isin for row in holdings if (row.symbol, row.exchange) == (position.symbol, position.exchange)}
    if len(named) == 1:
        return named.pop()
    security = find(position.symbol, position.exchange) if position.exchange in EXCHANGES else None
    return None if security is None else security.isin


def _alone(key: str, row: Holding) -> Held:
    """What `_held` makes of one row and no trade: nearly all securities of an account are so."""
    own = row.delivery is True
    t1_quantity = row.t1_quantity or 0
    return Held(
        isin=key,
        symbol=row.symbol,
        exchanges=_EXCHANGES.get(row.exchange) or frozenset((row.exchange,)),
        quantity=row.quantity + t1_quantity + row.sold_today if own else 0,
        t1_quantity=row.t1_quantity if own else 0,
        collateral_quantity=row.collateral_quantity if own else 0,
        other_quantity=0 if own else _morning(row),
        average_price=row.average_price,
        certain=row.delivery is not None,
    )


def _held(key: str, rows: Sequence[Holding], trades: Sequence[Position]) -> Held:
    own = [row for row in rows if row.delivery is True]
    other = [row for row in rows if row.delivery is not True]
    named: list[Holding | Position] = [*rows, *trades]
    return Held(
        isin=None if ":" in key else key,
        symbol=named[0].symbol,
        exchanges=frozenset(one.exchange for one in named),
        quantity=sum(row.quantity + (row.t1_quantity or 0) + row.sold_today for row in own),
        t1_quantity=_sum([row.t1_quantity for row in own]),
        collateral_quantity=_sum([row.collateral_quantity for row in own]),
        other_quantity=sum(_morning(row) for row in other),
        average_price=_average([(_morning(row), row.average_price) for row in rows]),
        nse=_traded(trades, "NSE"),
        bse=_traded(trades, "BSE"),
        certain=all(one.delivery is not None for one in named),
    )


def _morning(row: Holding) -> int:
    """All shares of a row, with what was sold of them today."""
    return row.quantity + (row.t1_quantity or 0) + (row.collateral_quantity or 0) + row.sold_today


def _sum(counts: Sequence[int | None]) -> int | None:
    """None as soon as one of them is not told: a sum of the others would be too small."""
    told = [count for count in counts if count is not None]
    return sum(told) if len(told) == len(counts) else None


def _traded(trades: Sequence[Position], exchange: str) -> Traded:
    own = [one for one in trades if one.exchange == exchange and one.delivery is True]
    if not own:
        return NOT_TRADED
    net = sum(one.bought - one.sold for one in own)
    if net == 0:
        return NOT_TRADED
    if net > 0:
        return Traded(net, _average([(one.bought, one.buy_price) for one in own]))
    return Traded(net, _average([(one.sold, one.sell_price) for one in own]))


def _average(parts: Sequence[tuple[int, Paise | None]]) -> Paise | None:
    """The price of one share of all of them, to the nearest paisa. None where a price that counts is not told."""
    counted = [(quantity, price) for quantity, price in parts if quantity > 0]
    if not counted:
        return parts[0][1] if len(parts) == 1 else None
    shares, cost = 0, 0
    for quantity, price in counted:
        if price is None:
            return None
        shares, cost = shares + quantity, cost + quantity * price
    return (cost + shares // 2) // shares
