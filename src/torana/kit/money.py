"""Money is a whole number of paise inside and a decimal at the edges. Never a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

Paise = int
"""An amount in paise (1 rupee = 100 paise)."""

_LARGEST_EXPONENT = 13
_SMALLEST_EXPONENT = -2
"""Of ten, in rupees. Compared before anything is computed: an exponent from outside can be of any size."""


def paise(rupees: Decimal | str | int) -> Paise:
    """Rupees to paise, exactly.

    Raises `ValueError` for what is not a number, is not finite, is absurdly large or has a fraction of a paisa.
    """
    try:
        amount = Decimal(rupees)
    except InvalidOperation:
        raise ValueError(f"not an amount in rupees: {rupees!r}") from None
    _check_size(amount)
    if not amount:
        return 0
    in_paise = amount.scaleb(2)
    if amount.adjusted() < _SMALLEST_EXPONENT or in_paise != in_paise.to_integral_value():
        raise ValueError(f"finer than a paisa: {amount:.6g}")
    return int(in_paise)


def nearest_paise(rupees: Decimal) -> Paise:
    """Rupees to the nearest paisa, for averages that a broker computed.

    Raises `ValueError` for what is not finite or absurdly large.
    """
    _check_size(rupees)
    return int((rupees * 100).to_integral_value(rounding=ROUND_HALF_UP))


def _check_size(rupees: Decimal) -> None:
    if not rupees.is_finite() or rupees.adjusted() > _LARGEST_EXPONENT:
        raise ValueError(f"not an amount in rupees: {str(rupees)[:40]}")


def rupees(amount: Paise) -> Decimal:
    """Paise to rupees with two decimals."""
    return Decimal(amount).scaleb(-2)


def short_rupees(amount: Paise) -> Decimal:
    """Paise to rupees with no more digits than they need: `0`, `412.5`, `3200`. For JSON numbers."""
    if amount % 100 == 0:
        return Decimal(amount // 100)
    return rupees(amount) if amount % 10 else Decimal(amount // 10).scaleb(-1)


def shortest(amount: Decimal) -> Decimal:
    """The same number without zeros at its end and without an exponent."""
    return Decimal(f"{amount.normalize() + 0:f}")


def inr(amount: Paise) -> str:
    """For people: `₹1,23,456.78`, digits grouped the Indian way."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    return f"{sign}₹{grouped(whole)}.{part:02d}"


def grouped(number: int) -> str:
    """`12345678` becomes `1,23,45,678`."""
    digits = str(number)
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])
