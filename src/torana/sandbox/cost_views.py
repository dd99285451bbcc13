"""What an order would cost, as brokers reckon it beforehand: amounts in rupees, of delivery orders only.

The rates are those that the exchanges, SEBI, the states and the tax law ask of delivery trades in 2026; what a broker
asks for itself is for the dialects to say. The margin of a purchase is what it costs, a sale needs none.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.securities import listed

_STT = Decimal("0.001")
_STAMP_DUTY = Decimal("0.00015")
_TURNOVER = {"NSE": Decimal("0.0000297"), "BSE": Decimal("0.0000375")}
_SEBI = Decimal("0.000001")
_GST = Decimal("0.18")
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class CostView:
    """One order at a price. `flat` is the broker's own fee."""

    security: Security
    side: Side
    quantity: int
    price: Paise
    flat: Decimal = Decimal(0)

    @property
    def value(self) -> Decimal:
        return rupees(self.price * self.quantity)

    @property
    def margin(self) -> Decimal:
        return self.value if self.side is Side.BUY else Decimal(0)

    @property
    def stt(self) -> Decimal:
        return _part(self.value, _STT)

    @property
    def stamp_duty(self) -> Decimal:
        return _part(self.value, _STAMP_DUTY) if self.side is Side.BUY else Decimal(0)

    @property
    def turnover(self) -> Decimal:
        """What the exchange takes."""
        return _part(self.value, _TURNOVER[self.security.exchange])

    @property
    def sebi(self) -> Decimal:
        return _part(self.value, _SEBI)

    @property
    def gst(self) -> Decimal:
        return _part(self.flat + self.turnover + self.sebi, _GST)

    @property
    def charges(self) -> Decimal:
        """Everything but the price of the shares."""
        return self.flat + self.stt + self.stamp_duty + self.turnover + self.sebi + self.gst


def of(exchange: Exchange, form: OrderForm, flat: Decimal = Decimal(0)) -> CostView:
    """Of an order that was read, at its limit or else at the last price. Raises `KeyError` for what is not listed."""
    security = listed(form.exchange)[form.symbol]
    return CostView(security, form.side, form.quantity, form.price or exchange.last_price(security), flat)


def _part(value: Decimal, rate: Decimal) -> Decimal:
    return (value * rate).quantize(_FINEST, ROUND_HALF_UP)
