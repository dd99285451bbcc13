"""The folios of the simulated registrar: invented schemes with a value that follows from PAN and day, and the digits of
a PAN that decide how an import ends."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any
from zlib import crc32

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CENT, _UNIT, _NAV = Decimal("0.01"), Decimal("0.001"), Decimal("0.0001")
_HOUSES = (
    ("S1", "Sample Mutual Fund", "CAMS", ("Flexi Cap", "Liquid", "ELSS Tax Saver")),
    ("N2", "Northern Mutual Fund", "KFIN", ("Large Cap", "Short Duration", "Nifty 50 Index")),
    ("R3", "Riverside Mutual Fund", "CAMS", ("Small Cap", "Gilt", "Balanced Advantage")),
    ("H4", "Hillside Mutual Fund", "KFIN", ("Mid Cap", "Overnight", "Gold Savings")),
)


class Ending(Enum):
    """How an import ends."""

    FOUR = auto()
    NONE = auto()
    MANY = auto()
    SLOW = auto()
    DOWN = auto()
    DOWN_AT_FIRST = auto()
    UNKNOWN = auto()
    NO_CODE = auto()
    TOO_FAST = auto()
    CONSENT_UNANSWERED = auto()
    REFUSED = auto()
    BAD_ROW = auto()


PANS: dict[str, tuple[Ending, str]] = {
    "0101": (Ending.NONE, "holds no units at all"),
    "0102": (Ending.MANY, "holds 240 schemes"),
    "0103": (Ending.SLOW, "has a statement that takes forty seconds to make"),
    "0104": (Ending.DOWN, "is consented to, but the statement is answered HTTP 503 for ever"),
    "0105": (Ending.DOWN_AT_FIRST, "is consented to, and the statement is answered HTTP 503 three times"),
    "0106": (Ending.UNKNOWN, "is in no folio with this phone number or e-mail address"),
    "0107": (Ending.NO_CODE, "gets no code: the request is answered HTTP 503"),
    "0108": (Ending.TOO_FAST, "gets no code: the request is answered HTTP 429"),
    "0109": (Ending.CONSENT_UNANSWERED, "is consented to, but that answer is HTTP 504"),
    "0110": (Ending.REFUSED, "is consented to, but the statement is refused"),
    "0111": (Ending.BAD_ROW, "has a statement of which one row lacks its balance"),
}
"""By the four digits of a PAN. The words complete the sentence "The investor whose PAN has these digits …"."""


def ending_of(pan: str) -> Ending:
    return PANS.get(pan[5:9], (Ending.FOUR, ""))[0]


@dataclass(frozen=True, slots=True)
class _Held:
    folio: str
    house: tuple[str, str, str, tuple[str, ...]]
    scheme: str
    name: str
    isin: str
    buys: tuple[tuple[date, Decimal, Decimal], ...]
    """Day, units, price of each."""
    nav: Decimal
    nav_date: date

    @property
    def units(self) -> Decimal:
        return sum((units for _, units, _ in self.buys), Decimal())

    @property
    def cost(self) -> Decimal:
        return sum((units * price for _, units, price in self.buys), Decimal()).quantize(_CENT)

    @property
    def value(self) -> Decimal:
        return (self.units * self.nav).quantize(_CENT)


class Folios:
    """Everything that one PAN holds on a day."""

    def __init__(self, pan: str, ending: Ending, today: date) -> None:
        count = {Ending.NONE: 0, Ending.MANY: 240}.get(ending, 4)
        self._held = [_held(pan, number, today) for number in range(count)]
        self._bad = ending is Ending.BAD_ROW

    @property
    def none(self) -> bool:
        return not self._held

    def houses(self) -> list[dict[str, Any]]:
        """The totals by fund house."""
        found: dict[str, dict[str, Any]] = {}
        for held in self._held:
            row = found.setdefault(
                held.house[0],
                {"amc": held.house[0], "amcName": held.house[1], "currentMktValue": Decimal(), "costValue": Decimal()},
            )
            row["currentMktValue"] += held.value
            row["costValue"] += held.cost
        return [row | {"gainLoss": row["currentMktValue"] - row["costValue"], "isDemat": "N"} for row in found.values()]

    def schemes(self) -> list[dict[str, Any]]:
        """Rows of a summary: numbers are numbers."""
        rows = [
            {
                "amc": held.house[0],
                "amcName": held.house[1],
                "folio": held.folio,
                "schemeCode": held.scheme,
                "schemeName": held.name,
                "isin": held.isin,
                "assetType": "EQUITY",
                "nav": held.nav,
                "navDate": written(held.nav_date),
                "closingBalance": held.units,
                "availableUnits": held.units,
                "currentMktValue": held.value,
                "costValue": held.cost,
                "gainLoss": held.value - held.cost,
                "isDemat": "N",
                "planMode": "DIRECT",
                "rtaName": held.house[2],
                "kycStatus": "02",
                "nomineeStatus": "Y",
            }
            for held in self._held
        ]
        return self._spoiled(rows)

    def detailed(self) -> list[dict[str, Any]]:
        """Rows of a detailed statement: numbers are texts."""
        rows = [
            {
                "email": "",
                "amc": held.house[0],
                "amcName": held.house[1],
                "folio": held.folio,
                "scheme": held.scheme,
                "schemeName": held.name,
                "kycStatus": "1",
                "rtaCode": held.house[2],
                "decimalUnits": "3",
                "decimalNav": "4",
                "openingBal": "0.000",
                "closingBalance": str(held.units),
                "nav": str(held.nav),
                "lastNavDate": written(held.nav_date).upper(),
                "marketValue": str(held.value),
                "costValue": str(held.cost),
                "isDemat": "N",
                "assetType": "EQUITY",
                "isin": held.isin,
            }
            for held in self._held
        ]
        return self._spoiled(rows)

    def transactions(self, since: date, until: date) -> list[dict[str, Any]]:
        return [
            {
                "amc": held.house[0],
                "folio": held.folio,
                "scheme": held.scheme,
                "schemeName": held.name,
                "trxnDate": written(on).upper(),
                "postedDate": written(on).upper(),
                "trxnDesc": "Systematic Investment Purchase" if at else "Purchase",
                "trxnAmount": str((units * price).quantize(_CENT)),
                "trxnUnits": str(units),
                "purchasePrice": str(price),
                "stampDuty": "0",
                "isin": held.isin,
            }
            for held in self._held
            for at, (on, units, price) in enumerate(held.buys)
            if since <= on <= until
        ]

    def _spoiled(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self._bad:
            del rows[-1]["closingBalance"]
        return rows


def _held(pan: str, number: int, today: date) -> _Held:
    seed = crc32(f"{pan}{number}".encode())
    house = _HOUSES[number % len(_HOUSES)]
    kind = house[3][(number // len(_HOUSES)) % 3]
    series = number // (len(_HOUSES) * 3)
    nav = (Decimal(40 + seed % 400) + Decimal(seed % 9973) / 10000).quantize(_NAV)
    buys = tuple(
        (
            today - timedelta(days=900 - 300 * at + seed % 7),
            (Decimal(5000 + 1000 * at) / (nav * (80 + 5 * at) / 100)).quantize(_UNIT),
            (nav * (80 + 5 * at) / 100).quantize(_NAV),
        )
        for at in range(3)
    )
    numbered = f" Series {series}" if series else ""
    name = f"{house[1].removesuffix(' Mutual Fund')} {kind} Fund{numbered} - Direct Plan - Growth"
    return _Held(
        folio=f"{10_000_000 + seed % 89_999_999}/{number % 100:02d}",
        house=house,
        scheme=f"{house[0]}{number:03d}",
        name=name,
        isin=f"INF{seed % 1000:03d}{house[0]}{number:03d}0",
        buys=buys,
        nav=nav,
        nav_date=today - timedelta(days=1),
    )


def written(day: date) -> str:
    """`01-Jan-2026`."""
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def day_of(text: str) -> date:
    """Raises `ValueError`."""
    day, month, year = text.split("-")
    if len(day) != 2 or len(year) != 4:
        raise ValueError(text)
    return date(int(year), _MONTHS.index(month) + 1, int(day))
