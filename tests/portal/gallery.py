"""Every page in every state, as the portal itself would word it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tests.portal.samples import (
    AFTERWARDS,
    ALL_BROKERS,
    ANGEL,
    BUY_INFY,
    BUY_TCS,
    CLOSED_MARKET,
    GATEWAY,
    GROWW,
    HOME,
    KUBER,
    NEXT_OPEN,
    NOW,
    PRICES,
    REVIEWING,
    RICH,
    SELL_ITC,
    STARTING,
    UPSTOX,
    ZERODHA,
    batch,
    draft,
    held,
    look,
    order,
)
from torana.connectors.contract import ExecutionMode, OrderType, Reason, Side, Variety
from torana.flows.account import Account
from torana.flows.fetch_funds import FundsView
from torana.flows.ordering.batch_pages import of_another
from torana.flows.ordering.models import Line
from torana.flows.ordering.review import review_view
from torana.flows.ordering.status import status_view
from torana.flows.ordering.trading import Market
from torana.market.calendar import Phase
from torana.orders.models import AttentionKind, Batch, OrderState
from torana.pages.views import (
    Action,
    Basket,
    Chooser,
    Ending,
    Frame,
    HandOver,
    Message,
    Notice,
    Status,
    Tone,
    View,
    Waiting,
)
from torana.pages.words import end_of, when
from torana.transactions import outcomes

WISH = "Acme Invest wants to place 2 orders for you. You review them before anything happens."
ADDRESS = "https://broker.invalid/login"
AWAY = "Your login did not get through to Zerodha. Nothing was placed. Try again in a minute."

FILLED = order("TCS", 10, OrderState.COMPLETE)
FILLED_TOO = order("INFY", 25, OrderState.COMPLETE)
PARTIAL = order("INFY", 10, OrderState.PARTIAL, filled=3)
NO_MONEY = order(
    "TCS", 10, OrderState.REJECTED, reason=Reason.INSUFFICIENT_FUNDS,
    message="Insufficient funds. Required margin is 32005.00 but available margin is 10000.00.",
)  # fmt: skip
NO_PERMISSION = order(
    "ITC", 120, OrderState.REJECTED, side=Side.SELL, reason=Reason.HOLDINGS_NOT_AUTHORISED,
    message="Holdings not authorised at CDSL. Kindly complete e-DIS to sell.",
)  # fmt: skip


def status(batch: Batch, *, settled: bool = False, frame: Frame = AFTERWARDS) -> Status:
    broker = UPSTOX if batch.execution_mode is ExecutionMode.REDIRECT_BASKET else ZERODHA
    return status_view(
        frame, broker, "AB1234", batch,
        app="Acme Invest", stream=f"{HOME}/stream", next_open=NEXT_OPEN, settled=settled,
    )  # fmt: skip


def end(error: outcomes.FlowError, more: Sequence[str] = ()) -> Message:
    return end_of(AFTERWARDS, GATEWAY, error, more=more)


def login_ended(primary: str, text: str) -> Message:
    return Message(
        STARTING, Tone.NOTE, primary, (text,), ZERODHA,
        Action("Try again", href=HOME), Action("Choose another broker", post="broker", fields={"broker": ""}),
    )  # fmt: skip


CHOOSING: dict[str, View] = {
    "chooser": Chooser(STARTING, WISH, (ZERODHA, GROWW, ANGEL, UPSTOX), ALL_BROKERS),
    "chooser-two": Chooser(STARTING, WISH, (ZERODHA, UPSTOX), (), searchable=False),
    "chooser-closed": Chooser(
        STARTING, WISH, (ZERODHA, UPSTOX), (), searchable=False,
        notice=Notice(Tone.QUEUE, "The market has closed.", "After-market orders are taken from 16:00."),
    ),
    "chooser-filtered": Chooser(STARTING, WISH, (), ALL_BROKERS[5:7], "hdfc"),
    "chooser-empty": Chooser(STARTING, WISH, (), (), "zerodah"),
    "chooser-connect": Chooser(
        replace(STARTING, test=True), "Connect your account to Acme Invest. Connecting buys and sells nothing.",
        (ZERODHA, UPSTOX), (), searchable=False,
    ),
    "hand-over": HandOver(STARTING, ZERODHA, ADDRESS, "kite.zerodha.com", can_choose=True),
    "hand-over-form": HandOver(STARTING, ANGEL, "https://angel.example/sso", "angel.example", fields={"id": "1"}),
    "hand-over-brand": HandOver(replace(STARTING, partner=KUBER, test=True), UPSTOX, ADDRESS, "127.0.0.1:8081"),
    "waiting": Waiting(
        REVIEWING, ZERODHA, "Review your orders", "Getting prices and funds from Zerodha", f"{HOME}?part=review"
    ),
}  # fmt: skip

REVIEWS: dict[str, View] = {
    "review": review_view(look()),
    "review-brand": review_view(look(frame=replace(REVIEWING, partner=KUBER))),
    "review-one": review_view(look(BUY_TCS)),
    "review-sell": review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 400)))),
    "review-both": review_view(look(BUY_TCS, SELL_ITC, account=replace(RICH, shares=held("ITC", 400)))),
    "review-open": review_view(
        look(drafts=[draft(1, Line("TCS"), limit_open=True), draft(2, Line("INFY", None, Side.BUY), limit_open=True)])
    ),
    "review-limit": review_view(
        look(
            drafts=[
                draft(1, Line("TCS", 10, Side.BUY, OrderType.LIMIT, 318000)),
                draft(2, Line("INFY", 25, Side.BUY, OrderType.LIMIT), limit_open=True),
            ]
        )
    ),
    "review-limits-asked": review_view(
        look(drafts=[draft(1, BUY_TCS, limit_open=True), draft(2, BUY_INFY, limit_open=True)], limits=True)
    ),
    "review-problem": review_view(
        look(
            drafts=[draft(1, Line("INFY", None, Side.BUY), limit_open=True)],
            typed={"quantity-1": "0"},
            problems={1: "Enter how many shares, a whole number of at least 1."},
        )
    ),
    "review-no-funds": review_view(look(account=Account(PRICES, 10_000_00, None))),
    "review-no-holdings": review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 40)))),
    "review-permission": review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 0, waiting=400)))),
    "review-pledged": review_view(
        look(SELL_ITC, account=replace(RICH, shares=held("ITC", 50, pledged=100)), sells_pledged=True)
    ),
    "review-shares-unsure": review_view(
        look(SELL_ITC, account=replace(RICH, shares=held("ITC", 40, certain=False)), lines_hash="5a")
    ),
    "review-slices": review_view(
        look(
            drafts=[replace(draft(1, Line("ITC", 100000, Side.BUY)), largest=40000)],
            account=Account(PRICES, 5_00_00_000_00, None),
        )
    ),
    "review-too-large": review_view(look(drafts=[replace(draft(1, Line("ITC", 2000000, Side.BUY)), largest=40000)])),
    "review-typed-no-funds": review_view(
        look(
            drafts=[draft(1, Line("ITC"), limit_open=True), draft(2, Line("TCS"), limit_open=True)],
            typed={"side-1": "BUY", "quantity-1": "99,999", "side-2": "SELL", "quantity-2": "5"},
            account=Account(PRICES, 10_000_00, held("TCS", 10)),
            lines_hash="5a",
        )
    ),
    "review-sent-as-limit": review_view(
        look(
            drafts=[
                replace(draft(number, line, limit_open=True), market_percent=Decimal("0.5"))
                for number, line in enumerate((BUY_TCS, SELL_ITC), 1)
            ],
            broker=ANGEL,
            account=replace(RICH, shares=held("ITC", 400)),
            prices={1: PRICES["TCS"], 2: PRICES["ITC"]},
        )
    ),
    "review-holdings-unread": review_view(
        look(SELL_ITC, account=replace(RICH, shares=dict.fromkeys(held("ITC", 0), None)))
    ),
    "review-amo": review_view(look(market=CLOSED_MARKET)),
    "review-basket": review_view(look(broker=UPSTOX, account_name="2ABCDE", at_broker=True)),
    "review-pre-open": review_view(look(market=Market(Phase.PRE_OPEN, Variety.REGULAR, NEXT_OPEN, NOW))),
    "review-unknown": review_view(
        look(account=Account({"INFY": 148735}, None, None), market=Market(Phase.UNKNOWN, Variety.REGULAR, None, NOW))
    ),
    "review-changed": review_view(look(changed=True)),
    "review-long": review_view(
        look(
            *[(BUY_TCS, BUY_INFY, SELL_ITC)[at % 3] for at in range(12)],
            account=Account(PRICES, 12_34_56_789_50, held("ITC", 4000)),
        )
    ),
    "basket": Basket(REVIEWING, UPSTOX, "2ABCDE", "api.upstox.com", "https://broker.invalid/basket", {"data": "[]"}, 2),
}

STATES: dict[str, View] = {
    "status-sending": status(
        batch(
            order("TCS", 10, OrderState.SENDING),
            order("INFY", 25, OrderState.PLANNED),
            order("ITC", 120, OrderState.PLANNED, side=Side.SELL),
        )
    ),
    "status-mixed": status(batch(FILLED, PARTIAL, NO_PERMISSION, order("SBIN", 10, OrderState.CHECKING))),
    "status-checking": status(batch(FILLED, order("SBIN", 104, OrderState.CHECKING))),
    "status-absent": status(batch(FILLED, order("MARUTI", 2, OrderState.ABSENT))),
    "status-session-over": status(
        batch(FILLED, order("INFY", 25, OrderState.CHECKING, attention=AttentionKind.LOGIN_NEEDED))
    ),
    "status-stale": status(batch(FILLED, order("INFY", 25, OrderState.STALE, attention=AttentionKind.STALE_INTENT))),
    "status-unresolved": status(
        batch(FILLED, order("INFY", 25, OrderState.UNRESOLVED, attention=AttentionKind.END_NOT_SEEN))
    ),
    "status-unsent": status(batch(FILLED, order("INFY", 25, OrderState.PLANNED))),
    "status-attention": status(batch(FILLED, order("INFY", 25, OrderState.OPEN, attention=AttentionKind.MISMATCH))),
    "status-basket": status(
        batch(order("TCS", 10, OrderState.CHECKING), mode=ExecutionMode.REDIRECT_BASKET)
    ),
    "result": status(batch(FILLED, FILLED_TOO), settled=True),
    "result-return": status(
        batch(FILLED, FILLED_TOO), settled=True, frame=replace(AFTERWARDS, return_url="https://acme.invalid/done")
    ),
    "result-partial": status(
        batch(FILLED, order("INFY", 10, OrderState.CANCELLED, filled=3), NO_PERMISSION), settled=True
    ),
    "result-rejected": status(batch(NO_MONEY), settled=True),
    "result-unresolved": status(
        batch(FILLED, order("INFY", 25, OrderState.UNRESOLVED, attention=AttentionKind.END_NOT_SEEN)), settled=True
    ),
    "result-open": status(batch(FILLED, order("INFY", 25, OrderState.OPEN)), settled=True),
    "result-overfilled": status(
        batch(FILLED, order("ITC", 124, OrderState.COMPLETE, filled=125, attention="overfilled: 125 of 124")),
        settled=True,
    ),
    "result-queued": status(
        batch(
            order("TCS", 10, OrderState.AMO_QUEUED), order("INFY", 25, OrderState.AMO_QUEUED), variety=Variety.AMO
        ),
        settled=True,
    ),
    "result-login": status(
        batch(
            order("TCS", 10, OrderState.AMO_QUEUED, attention=AttentionKind.LOGIN_NEEDED),
            order("INFY", 25, OrderState.AMO_QUEUED, attention=AttentionKind.LOGIN_NEEDED),
            variety=Variety.AMO,
        ),
        settled=True,
    ),
    "result-nothing": status(
        batch(order("TCS", 10, OrderState.NOT_PLACED), mode=ExecutionMode.REDIRECT_BASKET), settled=True
    ),
    "connected": Message(
        AFTERWARDS, Tone.GOOD, "Zerodha is connected",
        ("Acme Invest can now show you orders to review. It can place nothing without you.",),
        ZERODHA, ending=Ending("Return to Acme Invest", 3),
    ),
    "funds": FundsView(
        AFTERWARDS, ZERODHA, "AB1234", "Acme Invest knows your funds", "Nothing was bought or sold.", "₹1,23,456.50",
        "As Zerodha told it at 10:31", Ending("Return to Acme Invest", 3),
    ),
}  # fmt: skip

ENDS: dict[str, View] = {
    "leave": Message(
        AFTERWARDS, Tone.ASK, REVIEWING.leave_title, (REVIEWING.leave_text,),
        primary=Action("Go back", href=HOME), quiet=Action("Stop and leave", post="cancel"),
    ),
    "error-expired": end(outcomes.EXPIRED_IN_FLOW),
    "error-used": end(outcomes.TRANSACTION_EXPIRED_USED),
    "error-market-closed": end(outcomes.MARKET_CLOSED, (f"It opens on {when(NEXT_OPEN)}.",)),
    "error-cancelled": end(outcomes.USER_CANCELLED_AFTER_LOGIN),
    "error-no-broker": end(outcomes.NO_BROKER_NOT_LISTED),
    "error-user-mismatch": Message(
        STARTING, Tone.BAD, "That is another Zerodha account",
        ("Acme Invest knows you as AB1234. Nothing was placed.",
         "If Zerodha does not ask for your user name, log out there first."),
        ZERODHA, Action("Log in as AB1234", href=HOME),
        Action("Return to Acme Invest", post="cancel", fields={"reason": "user_mismatch"}),
    ),
    "error-invalid": Message(
        Frame(None), Tone.BAD, "This page may not open Torana",
        ("The origin https://unknown.test is not on the list of allowed origins of this gateway.",
         "This is for the people who build the app that sent you."),
        code="invalid_gateway",
    ),
    "error-broker-down": replace(
        login_ended("Zerodha is not answering", AWAY),
        tone=Tone.BAD,
    ),
    "status-elsewhere": of_another(AFTERWARDS, ZERODHA, mismatch=False),
    "status-elsewhere-mismatch": of_another(AFTERWARDS, ZERODHA, mismatch=True),
    "error-session-over": login_ended("Your Zerodha login has ended", "Log in once more to go on. Nothing was placed."),
}  # fmt: skip

GALLERY: dict[str, View] = CHOOSING | REVIEWS | STATES | ENDS
