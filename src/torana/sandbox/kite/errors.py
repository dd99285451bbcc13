"""How the simulated Kite says yes and no.

Source: Kite Connect v3 documentation, response structure, exceptions and errors. The documentation names the types and
their usual HTTP status; which type a single refusal of an order carries is observed or inferred, and texts are ours.
"""

from torana.sandbox import web
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Line, Refusals, Refused, by_reason, by_status
from torana.sandbox.web import Response

TAG_LENGTH = 20
NO_SESSION = Line(403, "TokenException", "Incorrect `api_key` or `access_token`.")
_TAG_RULE = f" It should be alphanumeric, spaces allowed, and not longer than {TAG_LENGTH} characters."


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})


def input_error(message: str) -> Refused:
    return Refused(400, "InputException", message)


def refuse(name: str, fault: Fault, value: object) -> Refused:
    """What is wrong with a parameter."""
    if fault is Fault.MISSING:
        return input_error(f"Missing `{name}`.")
    if fault is Fault.NOT_SIMULATED:
        return input_error(f"`{name}` {value} is not simulated.")
    return input_error(f"Invalid `{name}`.{_TAG_RULE if name == 'tag' else ''}")


def _answer(refused: Refused) -> Response:
    body = {"status": "error", "message": refused.text, "data": None, "error_type": refused.code}
    return web.json(body, refused.status)


REFUSALS = Refusals(
    answer=_answer,
    no_session=NO_SESSION,
    reasons=by_reason("""
        funds            400 MarginException  Insufficient funds for this order.
        holdings         400 HoldingException Insufficient stock holding for this sell order.
        not_authorised   428 HoldingException * The quantity needs authorisation at depository.
        circuit          400 OrderException   The price is outside the circuit limits of the day.
        freeze           400 OrderException   The quantity is above the freeze quantity of the exchange.
        tick             400 InputException
        quantity         400 InputException   Invalid `quantity`.
        symbol           400 InputException   The instrument does not exist or has expired. Check the `tradingsymbol`.
        market_closed    400 OrderException   Markets are closed right now. Place an after-market order (AMO).
        amo_closed       400 OrderException   After-market orders (AMO) are not accepted right now.
        account_blocked  400 UserException    The account is blocked from trading.
        not_found        400 OrderException   Couldn't find that `order_id`.
        final            400 OrderException   The order is complete, rejected or cancelled already.
        too_many_changes 400 OrderException   The order was modified too often.
    """),
    other_reason=Line(400, "OrderException"),
    statuses=by_status("""
        400 400 OrderException   Something unexpected happened. Try again.
        401 401 TokenException   Something unexpected happened. Try again.
        404 404 GeneralException Route not found
        405 405 GeneralException Method not allowed
        428 428 HoldingException Something unexpected happened. Try again.
        429 429 NetworkException Too many requests
        502 502 DataException    The order system's answer could not be understood
        503 503 NetworkException The order system cannot be reached
        504 504 NetworkException The order system did not answer in time
    """)
    | {403: NO_SESSION},
    other_status=Line(500, "GeneralException", "Something unexpected happened. Try again."),
    strange=Line(400, "ComplianceException", "The order was refused under rule 7-Q."),
)
