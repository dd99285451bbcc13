"""Moments and prices as Kite writes them."""

from datetime import datetime
from decimal import Decimal

from torana.kit.clock import IST
from torana.kit.money import Paise, rupees


def moment(at: datetime | None) -> str | None:
    """Indian wall time without a zone, `YYYY-MM-DD HH:MM:SS`."""
    return None if at is None else f"{at.astimezone(IST):%Y-%m-%d %H:%M:%S}"


def amount(price: Paise | None) -> Decimal | int:
    """Rupees; 0 for none."""
    return 0 if price is None else rupees(price)
