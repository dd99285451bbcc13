"""Every page in every state, with invented people, brokers and amounts."""

from dataclasses import replace

from torana.connectors.contract import Side
from torana.portal.palette import monogram_fill
from torana.portal.views import (
    Action,
    Amount,
    Basket,
    Broker,
    Chooser,
    Closing,
    Ending,
    Frame,
    HandOver,
    Message,
    Notice,
    OrderRow,
    Partner,
    Review,
    ReviewLine,
    Status,
    Tone,
    View,
    Waiting,
)

HOME = "/portal/acme/VISIT"
ACME = Partner("Acme Invest")
KUBER = Partner(
    "Kuber Wealth Advisory",
    logo="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' "
    "height='32' rx='9' fill='%230f766e'/%3E%3Cpath d='M9 21 16 9l7 12z' fill='none' stroke='%23fff' "
    "stroke-width='2.5' stroke-linejoin='round'/%3E%3C/svg%3E",
    accent="#0f766e",
)


def broker(key: str, name: str, monogram: str, hue: int, note: str | None = None) -> Broker:
    return Broker(key, name, monogram, monogram_fill(hue), note)


ZERODHA = broker("kite", "Zerodha", "Z", 14)
UPSTOX = broker("upstox", "Upstox", "U", 268)
ALL_BROKERS = (
    broker("fivepaisa", "5paisa", "5", 352),
    broker("aliceblue", "Alice Blue", "AB", 210),
    broker("angelbroking", "Angel One", "A1", 32),
    broker("axis", "Axis Direct", "AX", 330),
    broker("groww", "Groww", "G", 165),
    broker("hdfc", "HDFC Securities", "HS", 228),
    broker("hdfcsky", "HDFC Sky", "HK", 196),
    broker("icici", "ICICI Direct", "IC", 18),
    broker("kotak", "Kotak Securities", "K", 0),
    broker("motilal", "Motilal Oswal", "MO", 48),
    broker("edelweiss", "Nuvama", "N", 280),
    UPSTOX,
    ZERODHA,
)
TOP = (ZERODHA, broker("groww", "Groww", "G", 165), broker("angelbroking", "Angel One", "A1", 32), UPSTOX)

FRAME = Frame(ACME, HOME, csrf="c5f0", closing=Closing.AT_ONCE)
ASKING = replace(
    FRAME,
    closing=Closing.ASK,
    leave_title="Stop here?",
    leave_text="Nothing has been sent to Zerodha. If you leave, this request ends and Acme Invest can start a new one.",
)
AFTER = replace(FRAME, closing=Closing.WINDOW)
END = replace(FRAME, closing=Closing.NOTHING)

TCS = ReviewLine(1, "TCS", "Tata Consultancy Services Ltd.", Side.BUY, 10, 320050)
INFY = ReviewLine(2, "INFY", "Infosys Ltd.", Side.BUY, 25, 148735)
ITC = ReviewLine(3, "ITC", "ITC Ltd.", Side.SELL, 120, 41260, sellable=400)

REVIEW = Review(
    ASKING,
    ZERODHA,
    "AB1234",
    "Review your orders",
    (TCS, INFY),
    Amount("Estimated total", "₹69,188.75"),
    Amount("Funds at Zerodha", "₹1,20,000.00"),
    "Place 2 orders",
    "hash",
    available=12000000,
    priced_at="Prices from Zerodha at 10:31. They move until your orders are filled.",
)
OPEN_LINES = (
    replace(TCS, side=None, quantity=None, side_open=True, quantity_open=True, limit_open=True),
    replace(INFY, quantity=None, quantity_open=True, limit_open=True),
)
MARKET_CLOSED = Notice(
    Tone.QUEUE,
    "The market is closed",
    "Zerodha keeps your orders and sends them to the exchange when it opens on Thursday 19 November at 09:15.",
)

SENDING = OrderRow("1", Side.BUY, 10, "TCS", "Tata Consultancy Services Ltd.", Tone.WAIT, "Sending to Zerodha")
FILLED = replace(SENDING, tone=Tone.GOOD, word="Filled at ₹3,200.50", value="₹32,005.00")
PARTLY = OrderRow(
    "2", Side.BUY, 10, "INFY", "Infosys Ltd.", Tone.PART, "Partly filled, 3 of 10", value="₹4,462.05",
    detail="The other 7 are still open at the exchange.",
)  # fmt: skip
REJECTED = OrderRow(
    "3", Side.SELL, 120, "ITC", "ITC Ltd.", Tone.BAD, "Rejected",
    "Zerodha wants your permission at the depository before it sells these shares. Give it in Zerodha’s app, then start again.",
    "Holdings not authorised at CDSL. Kindly complete e-DIS to sell.",
)  # fmt: skip
ABSENT = OrderRow(
    "4", Side.BUY, 2, "MARUTI", "Maruti Suzuki India Ltd.", Tone.ASK, "Not found at Zerodha",
    "Our connection broke while this order was sent, and Zerodha’s order book does not show it. What should happen?",
    question=True,
)  # fmt: skip

STATUS = Status(
    AFTER, ZERODHA, "AB1234", Tone.WAIT, "Placing your orders", "0 of 3 done",
    (SENDING, replace(SENDING, order_id="2", symbol="INFY", quantity=25), replace(SENDING, order_id="3", side=Side.SELL, symbol="ITC", quantity=120)),
    stream=f"{HOME}/stream", remark="You can close this window. Your orders go on, and Acme Invest is told how they end.",
)  # fmt: skip
RESULT = replace(
    STATUS, tone=Tone.GOOD, title="Your 2 orders are filled", text="Bought in your Zerodha account.", stream=None, remark="",
    rows=(FILLED, replace(FILLED, order_id="2", symbol="INFY", quantity=25, word="Filled at ₹1,487.35", value="₹37,183.75")),
    total=Amount("You paid", "₹69,188.75"), ending=Ending("Return to Acme Invest", 3),
)  # fmt: skip
DONE = Ending("Return to Acme Invest")


def message(tone: Tone, title: str, *text: str, **more: object) -> Message:
    return replace(Message(END, tone, title, text), **more)  # type: ignore[arg-type]  # checked by the constructor


GALLERY: dict[str, View] = {
    "chooser": Chooser(FRAME, "Acme Invest wants to place 2 orders for you. You review them before anything happens.", TOP, ALL_BROKERS),
    "chooser-two": Chooser(FRAME, "Acme Invest wants to place 2 orders for you. You review them before anything happens.", (ZERODHA, UPSTOX), (), searchable=False),
    "chooser-filtered": Chooser(FRAME, "Acme Invest wants to place 2 orders for you. You review them before anything happens.", (), ALL_BROKERS[5:8], "h"),
    "chooser-empty": Chooser(FRAME, "Acme Invest wants to place 2 orders for you. You review them before anything happens.", (), (), "zerodah"),
    "chooser-down": Chooser(
        replace(FRAME, test=True), "Connect your account to Acme Invest. Connecting buys and sells nothing.",
        (replace(ZERODHA, note="Not answering right now"), UPSTOX), (), searchable=False,
    ),
    "hand-over": HandOver(ASKING, ZERODHA, "https://broker.invalid/login", "kite.zerodha.com", can_choose=True),
    "hand-over-brand": HandOver(replace(ASKING, partner=KUBER, test=True), UPSTOX, "https://broker.invalid/login", "127.0.0.1:8081"),
    "waiting": Waiting(ASKING, ZERODHA, "Review your orders", "Getting prices and funds from Zerodha", f"{HOME}?part=review"),
    "review": REVIEW,
    "review-brand": replace(REVIEW, frame=replace(ASKING, partner=KUBER)),
    "review-one": replace(REVIEW, title="Review your order", lines=(TCS,), confirm="Place order", total=Amount("Estimated total", "₹32,005.00")),
    "review-sell": replace(REVIEW, lines=(replace(ITC, number=1),), title="Review your order", confirm="Place order", total=Amount("You get about", "₹49,512.00")),
    "review-open": replace(REVIEW, lines=OPEN_LINES, total=Amount("Estimated total", "—")),
    "review-limit": replace(REVIEW, lines=(replace(TCS, limit=318000), replace(INFY, limit_open=True, limit_required=True))),
    "review-problem": replace(
        REVIEW, lines=(replace(OPEN_LINES[1], number=1, typed_quantity="0", problem="Enter how many shares, at least 1."),),
        total=Amount("Estimated total", "—"),
    ),
    "review-no-funds": replace(
        REVIEW,
        notices=(Notice(Tone.BAD, "Not enough funds", "These orders need about ₹69,188.75 and Zerodha shows ₹10,000.00. Add funds at Zerodha, then check again."),),
        funds=Amount("Funds at Zerodha", "₹10,000.00", short=True), available=1000000,
        blocked=Action("Check again", href=HOME), quiet=Action("Place them anyway", post="confirm"),
    ),
    "review-no-holdings": replace(
        REVIEW, lines=(replace(ITC, number=1, sellable=40, problem="You can sell 40 of these 120 shares."),), title="Review your order",
        notices=(Notice(Tone.BAD, "Not enough shares", "Zerodha shows fewer shares than this order sells. Nothing has been placed."),),
        total=Amount("You would get about", "₹49,512.00"), blocked=Action("Return to Acme Invest", post="cancel", fields={"reason": "insufficient_holdings"}),
    ),
    "review-amo": replace(
        REVIEW, notices=(MARKET_CLOSED,), confirm="Place 2 after-market orders",
        consent="By placing them you agree that they run at the opening price, which may differ from the estimate.",
    ),
    "review-unknown": replace(
        REVIEW, lines=(replace(TCS, last_price=None), INFY), funds=Amount("Funds at Zerodha", None), total=Amount("Estimated total", None),
        notices=(Notice(Tone.NOTE, "Some figures are missing", "Zerodha did not tell us your funds and the price of TCS in time. You can go on without them."),),
        available=None,
    ),
    "review-long": replace(
        REVIEW, confirm="Place 12 orders", total=Amount("Buys less sells of ₹1,98,048.00", "₹78,707.00"), funds=Amount("Funds at Zerodha", "₹12,34,56,789.50"),
        lines=tuple(replace((TCS, INFY, ITC)[at % 3], number=at + 1, limit_open=at == 4) for at in range(12)),
    ),
    "basket": Basket(ASKING, UPSTOX, "api.upstox.com", "https://broker.invalid/basket", {"data": "[]"}, 2),
    "status-sending": STATUS,
    "status-mixed": replace(
        STATUS, text="2 of 4 done",
        rows=(FILLED, PARTLY, REJECTED, replace(SENDING, order_id="5", symbol="SBIN", word="Checking with Zerodha", detail="Zerodha’s answer did not arrive. We look in its order book and send nothing twice.")),
    ),
    "status-absent": replace(
        STATUS, tone=Tone.ASK, title="We need your answer", text="One order is missing at Zerodha. It was not placed.",
        rows=(FILLED, ABSENT),
    ),
    "status-session-over": replace(
        STATUS, tone=Tone.NOTE, title="Your Zerodha login has ended", text="Log in again so that we can see how your orders ended. Nothing is sent twice.", remark="",
        rows=(FILLED, replace(SENDING, order_id="2", symbol="INFY", word="Checking with Zerodha")), action=Action("Log in to Zerodha", post="broker", fields={"broker": "kite"}),
    ),
    "result": RESULT,
    "result-return": replace(RESULT, frame=replace(AFTER, return_url="https://acme.invalid/done")),
    "result-partial": replace(
        RESULT, tone=Tone.PART, title="1 of 3 orders filled", text="See below what became of the others.",
        rows=(FILLED, replace(PARTLY, tone=Tone.PART, word="Partly filled, 3 of 10", detail="The other 7 were cancelled at the end of the day."), REJECTED),
        total=Amount("You paid", "₹36,467.05"), ending=DONE,
    ),
    "result-rejected": replace(
        RESULT, tone=Tone.BAD, title="Your order was rejected", text="Nothing was bought or sold.",
        rows=(replace(REJECTED, side=Side.BUY, symbol="TCS", quantity=10, detail="There is not enough money in your Zerodha account for this order.", original="Insufficient funds. Required margin is 32005.00 but available margin is 10000.00."),),
        total=None, ending=DONE,
    ),
    "result-queued": replace(
        RESULT, tone=Tone.QUEUE, title="Your orders are waiting", text="They go to the exchange when it opens on Thursday 19 November at 09:15.", total=Amount("Estimated total", "₹69,188.75"),
        rows=(replace(SENDING, tone=Tone.QUEUE, word="Waiting in queue"), replace(SENDING, order_id="2", symbol="INFY", tone=Tone.QUEUE, word="Waiting in queue")),
    ),
    "connected": message(Tone.GOOD, "Zerodha is connected", "Acme Invest can now show you orders to review. It can place nothing without you.", broker=ZERODHA, ending=Ending("Return to Acme Invest", 3)),
    "leave": message(Tone.ASK, "Stop here?", "Nothing has been sent to Zerodha. If you leave, this request ends and Acme Invest can start a new one.", primary=Action("Go back", href=HOME), quiet=Action("Stop and leave", post="cancel")),
    "error-expired": message(Tone.QUEUE, "This request has expired", "It was open for too long, so we closed it. Nothing was placed.", "Start again from Acme Invest.", code="transaction_expired · 1005", ending=DONE),
    "error-used": message(Tone.NOTE, "This request was used already", "Each request works once. Nothing was placed from this window.", code="transaction_expired · 3001", ending=DONE),
    "error-user-mismatch": message(Tone.BAD, "That is another Zerodha account", "You are connected as AB1234 and logged in as ZX9876. Nothing was placed.", "Log out at Zerodha if it does not ask for your user name.", broker=ZERODHA, primary=Action("Log in as AB1234", post="broker", fields={"broker": "kite"}), quiet=Action("Return to Acme Invest", post="cancel", fields={"reason": "user_mismatch"})),
    "error-market-closed": message(Tone.QUEUE, "The market is closed", "It opens on Thursday 19 November at 09:15. Nothing was placed.", code="market_closed · 4004", ending=DONE),
    "error-cancelled": message(Tone.NOTE, "Cancelled", "Nothing was bought or sold.", code="user_cancelled · 1012", ending=Ending("Return to Acme Invest", 3)),
    "error-invalid": replace(message(Tone.BAD, "This page may not open a request", "The address of the app that sent you is not on its list of allowed origins."), frame=Frame(None), code="invalid_gateway"),
    "error-broker-down": message(Tone.BAD, "Zerodha is not answering", "Your login did not get through. Nothing was placed. Try again in a minute.", broker=ZERODHA, primary=Action("Try again", post="broker", fields={"broker": "kite"}), quiet=Action("Choose another broker", post="broker", fields={"broker": ""})),
    "error-session-over": message(Tone.NOTE, "Your Zerodha login has ended", "Log in once more to go on. Nothing was placed.", broker=ZERODHA, primary=Action("Log in to Zerodha", post="broker", fields={"broker": "kite"}), quiet=Action("Return to Acme Invest", post="cancel")),
}  # fmt: skip
