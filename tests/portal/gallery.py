"""Every page in every state, as the portal itself would word it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.portal.gallery_investing import INVESTING
from tests.portal.gallery_module import MODULE
from tests.portal.gallery_opening import OPENING
from tests.portal.gallery_plans import PLANNING
from tests.portal.samples import (
    AFTERWARDS,
    ALL_BROKERS,
    ANY,
    BUY_INFY,
    BUY_TCS,
    CLOSED_MARKET,
    GATEWAY,
    GROWW,
    HOME,
    KUBER,
    LIMITING,
    LINKED,
    NEXT_OPEN,
    NOW,
    OTHER,
    PRICES,
    REVIEWING,
    RICH,
    SELL_ITC,
    STARTING,
    TRANSACTION,
    VISIT,
    batch,
    draft,
    held,
    look,
    order,
)
from tests.support.brokers import ANY_NAME, OTHER_BROKER
from torana.connectors.contract import ExecutionMode, OrderType, Reason, Side, Variety
from torana.flows.account import Account
from torana.flows.context import CurrentVisit
from torana.flows.depository.need import Asked
from torana.flows.depository.views import ReleaseShares, ReleaseWay, rows_of
from torana.flows.fetch_funds import FundsView
from torana.flows.holdings_pages import Look, question, shared, stopped, unavailable
from torana.flows.mf_pages import Typed, code_page, details_page, fetching_page, message
from torana.flows.ordering.batch_pages import of_another
from torana.flows.ordering.cancel_pages import cancelling_view, question_view
from torana.flows.ordering.costs import NOT_TOLD, CostsTold
from torana.flows.ordering.differences import Differences
from torana.flows.ordering.lines import LineProblem, Part
from torana.flows.ordering.models import Line
from torana.flows.ordering.review import review_view
from torana.flows.ordering.status import status_view
from torana.flows.ordering.trading import Market
from torana.flows.ordering.views import Basket
from torana.flows.show_orders import orders_view
from torana.holdings.models import WhyUnavailable
from torana.investors.consents import VALID_FOR
from torana.market.calendar import Phase
from torana.market.securities import all_securities
from torana.mutual_funds.models import Applicant, Wanted
from torana.one_time_codes.models import Channel, Destination
from torana.orders.models import Batch, Cancel, Order
from torana.orders.states import AttentionKind, CancelState, CancelStatus, OrderState
from torana.pages.ends import end_of
from torana.pages.frames import ending
from torana.pages.render import View
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Action, Chooser, Frame, HandOver, Message, Notice, Status, Tone, Waiting
from torana.transactions import outcomes

WISH = ENGLISH.orders.purpose(app="Acme Invest", count=2)
ADDRESS = "https://broker.invalid/login"
AWAY = ENGLISH.login.unanswered_text(broker=ANY_NAME)

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
    broker = OTHER if batch.execution_mode is ExecutionMode.REDIRECT_BASKET else ANY
    return status_view(
        frame, broker, "AB1234", batch,
        app="Acme Invest", stream=f"{HOME}/stream", next_open=NEXT_OPEN, settled=settled,
    )  # fmt: skip


def end(error: outcomes.FlowError, more: Sequence[str] = ()) -> Message:
    return end_of(AFTERWARDS, GATEWAY, error, more=more)


def login_ended(primary: str, text: str) -> Message:
    return Message(
        STARTING, Tone.NOTE, primary, (text,), ANY,
        Action(ENGLISH.page.try_again, href=HOME),
        Action(ENGLISH.page.choose_another, post="broker", fields={"broker": ""}),
    )  # fmt: skip


def isin_of(symbol: str) -> str:
    return all_securities()[symbol].isin


WISHED = Asked({isin_of(symbol): number for symbol, number in (("INFY", 200), ("ITC", 500), ("TCS", 150))})


def release(told: dict[str, int], *, begun: bool = False, one_by_one: bool = False) -> View:
    words = ENGLISH.depository
    notice = Notice(Tone.NOTE, words.not_yet_title, words.not_yet_text(broker=ANY_NAME))
    return ReleaseShares(
        REVIEWING, ANY, "AB1234", words.title,
        (words.text_one_by_one if one_by_one else words.text)(broker=ANY_NAME),
        rows_of(WISHED, told, ENGLISH), words.go_again if begun else words.go, HOME, f"{HOME}/prices", begun, 3,
        Action(words.check, href=HOME), Action(ENGLISH.page.back_to(app="Acme Invest"), post="cancel"),
        (notice,) if begun else (),
    )  # fmt: skip


DEPOSITORY: dict[str, View] = {
    "release": release({}),
    "release-begun": release({}, begun=True),
    "release-one-by-one": release({isin_of("INFY"): 200}, begun=True, one_by_one=True),
    "release-way": ReleaseWay(AFTERWARDS, ANY, ADDRESS, "web.broker.example"),
    "release-way-form": ReleaseWay(AFTERWARDS, LIMITING, ADDRESS, "edis.depository.example", {"ReqId": "1"}),
    "release-refused": Message(
        AFTERWARDS, Tone.BAD, ENGLISH.depository.refused_title(broker=ANY_NAME),
        (ENGLISH.depository.refused_text,), ANY,
        Action(ENGLISH.depository.close_window),
    ),
    "release-unavailable": Message(
        REVIEWING, Tone.BAD, ENGLISH.depository.unavailable_title(broker=ANY_NAME),
        (ENGLISH.depository.unavailable_text,), ANY, Action(ENGLISH.page.try_again, href=HOME),
        Action(ENGLISH.page.back_to(app="Acme Invest"), post="cancel"),
    ),
    "release-done": Message(
        AFTERWARDS, Tone.GOOD, ENGLISH.depository.done_title, (ENGLISH.depository.done_text(broker=ANY_NAME),), ANY,
        ending=ending(AFTERWARDS, "Acme Invest"),
    ),
    "release-again": Message(
        AFTERWARDS, Tone.ASK, ENGLISH.depository.again_title, (ENGLISH.depository.again_text(count=1),), ANY,
        Action(ENGLISH.status.place_now, post="again", fields={"decision": "again"}),
        Action(ENGLISH.status.finish_without(count=1), post="again", fields={"decision": "leave"}),
    ),
}  # fmt: skip

UNWELL = replace(ANY, remark=ENGLISH.chooser.not_answering)
CHOOSING: dict[str, View] = {
    "chooser": Chooser(STARTING, WISH, (ANY, GROWW, LIMITING, OTHER), ALL_BROKERS),
    "chooser-remarks": Chooser(
        replace(STARTING, partner=LINKED), WISH, (UNWELL, GROWW, replace(LIMITING, remark=ENGLISH.chooser.slow), OTHER),
        (UNWELL, OTHER),
    ),
    "chooser-two": Chooser(STARTING, WISH, (ANY, OTHER), (), searchable=False),
    "chooser-closed": Chooser(
        STARTING, WISH, (ANY, OTHER), (), searchable=False,
        notice=Notice(
            Tone.QUEUE, ENGLISH.market.closed_notice,
            ENGLISH.market.amo_from(at=datetime(2026, 11, 18, 10, 30, tzinfo=UTC)),
        ),
    ),
    "chooser-filtered": Chooser(STARTING, WISH, (), ALL_BROKERS[5:7], "hdfc"),
    "chooser-empty": Chooser(STARTING, WISH, (), (), "zerodah"),
    "chooser-connect": Chooser(
        replace(STARTING, test=True), ENGLISH.connect.purpose(app="Acme Invest"),
        (ANY, OTHER), (), searchable=False,
    ),
    "hand-over": HandOver(STARTING, ANY, ADDRESS, "login.broker.example", can_choose=True),
    "hand-over-form": HandOver(STARTING, LIMITING, "https://sso.example/", "sso.example", fields={"id": "1"}),
    "hand-over-brand": HandOver(replace(STARTING, partner=KUBER, test=True), OTHER, ADDRESS, "127.0.0.1:8081"),
    "waiting": Waiting(
        REVIEWING, ANY, ENGLISH.review.title(count=2), ENGLISH.orders.review_waiting(broker=ANY_NAME),
        f"{HOME}?part=review",
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
            problems={1: LineProblem(ENGLISH.problem.quantity, Part.QUANTITY)},
        )
    ),
    "review-no-funds": review_view(look(account=Account(PRICES, 10_000_00, None))),
    "review-no-holdings": review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 40)))),
    "review-permission": review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 0, waiting=400)))),
    "review-release": review_view(
        look(SELL_ITC, account=replace(RICH, shares=held("ITC", 0, waiting=400)), releases=True)
    ),
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
            broker=LIMITING,
            account=replace(RICH, shares=held("ITC", 400)),
            prices={1: PRICES["TCS"], 2: PRICES["ITC"]},
        )
    ),
    "review-holdings-unread": review_view(
        look(SELL_ITC, account=replace(RICH, shares=dict.fromkeys(held("ITC", 0), None)))
    ),
    "review-costs": review_view(look(tells_costs=True, costs=CostsTold(69_195_00, 82_43))),
    "review-costs-short": review_view(
        look(tells_costs=True, costs=CostsTold(69_195_00, 82_43), account=replace(RICH, funds=69_200_00))
    ),
    "review-costs-asking": review_view(look(BUY_TCS, tells_costs=True)),
    "review-costs-half": review_view(look(BUY_TCS, tells_costs=True, costs=CostsTold(None, 39_10))),
    "review-costs-not-told": review_view(look(BUY_TCS, tells_costs=True, costs=NOT_TOLD)),
    "review-amo": review_view(look(market=CLOSED_MARKET)),
    "review-basket": review_view(look(broker=OTHER, account_name="2ABCDE", at_broker=True)),
    "review-pre-open": review_view(look(market=Market(Phase.PRE_OPEN, Variety.REGULAR, NEXT_OPEN, NOW))),
    "review-unknown": review_view(
        look(account=Account({"INFY": 148735}, None, None), market=Market(Phase.UNKNOWN, Variety.REGULAR, None, NOW))
    ),
    "review-changed": review_view(
        look(
            changed=Differences(
                (ENGLISH.notice.changed_lines,), {2: ENGLISH.review.was(what=ENGLISH.review.shares(count=20))}
            )
        )
    ),
    "review-far": review_view(
        look(
            drafts=[draft(1, BUY_TCS, limit_open=True)], typed={"limit-1": "32,005"}, account=replace(RICH, funds=None)
        )
    ),
    "review-long": review_view(
        look(
            *[(BUY_TCS, BUY_INFY, SELL_ITC)[at % 3] for at in range(12)],
            account=Account(PRICES, 12_34_56_789_50, held("ITC", 4000)),
        )
    ),
    "basket": Basket(
        REVIEWING, OTHER, "2ABCDE", f"api.{OTHER_BROKER}.com", "https://broker.invalid/basket", {"data": "[]"}, 2
    ),
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
    "status-unauthorised": status(
        batch(
            FILLED,
            order(
                "ITC", 120, OrderState.UNAUTHORISED, side=Side.SELL, reason=Reason.HOLDINGS_NOT_AUTHORISED,
                message="120 quantity needs authorisation at depository.",
            ),
        )
    ),
    "status-unresolved": status(
        batch(FILLED, order("INFY", 25, OrderState.UNRESOLVED, attention=AttentionKind.END_NOT_SEEN))
    ),
    "status-unsent": status(batch(FILLED, order("INFY", 25, OrderState.PLANNED))),
    "status-attention": status(batch(FILLED, order("INFY", 25, OrderState.OPEN, attention=AttentionKind.MISMATCH))),
    "status-basket": status(
        batch(order("TCS", 10, OrderState.CHECKING), mode=ExecutionMode.REDIRECT_BASKET)
    ),
    "result": status(batch(FILLED, FILLED_TOO), settled=True),
    "result-sold": status(batch(order("ITC", 120, OrderState.COMPLETE, side=Side.SELL)), settled=True),
    "result-counts": status(batch(FILLED, PARTIAL, order("ITC", 120, OrderState.OPEN)), settled=True),
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
        AFTERWARDS, Tone.GOOD, ENGLISH.connect.done_title(broker=ANY_NAME),
        (ENGLISH.connect.done_text(app="Acme Invest"),),
        ANY, ending=ending(AFTERWARDS, "Acme Invest"),
    ),
    "funds": FundsView(
        AFTERWARDS, ANY, "AB1234", ENGLISH.funds.done_title(app="Acme Invest"),
        ENGLISH.page.nothing_traded, "₹1,23,456.50",
        ENGLISH.funds.as_of(broker=ANY_NAME, at=NOW), ending(AFTERWARDS, "Acme Invest"),
    ),
}  # fmt: skip

RESTING = order("INFY", 25, OrderState.OPEN)
CANCELLING = order("INFY", 25, OrderState.OPEN, cancel=Cancel(state=CancelState.TAKEN, sends=1))
REFUSING = order(
    "INFY", 25, OrderState.OPEN,
    cancel=Cancel(state=CancelState.REFUSED, message="Order cannot be cancelled: it is being processed."),
)  # fmt: skip
HELD = batch(order("TCS", 10, OrderState.PLANNED), order("INFY", 25, OrderState.PLANNED))
HELD.held_for = "prices look wrong."


def cancelling(one: Order, how: CancelStatus | None, *, over: bool = True) -> Status:
    return cancelling_view(
        AFTERWARDS, ANY, "AB1234", batch(one), [one],
        status=how, app="Acme Invest", stream=None if over else f"{HOME}/stream",
    )  # fmt: skip


CANCELS: dict[str, View] = {
    "cancel": question_view(REVIEWING, ANY, "AB1234", batch(RESTING), [RESTING]),
    "cancel-two": question_view(REVIEWING, ANY, "AB1234", batch(RESTING, PARTIAL), [RESTING, PARTIAL]),
    "cancel-working": cancelling(CANCELLING, None, over=False),
    "cancel-done": cancelling(order("INFY", 25, OrderState.CANCELLED), CancelStatus.CANCELLED),
    "cancel-part": cancelling(order("INFY", 25, OrderState.CANCELLED, filled=7), CancelStatus.PARTIALLYFILLED),
    "cancel-filled": cancelling(FILLED_TOO, CancelStatus.FILLED),
    "cancel-rejected": cancelling(NO_MONEY, CancelStatus.REJECTED),
    "cancel-refused": cancelling(REFUSING, CancelStatus.REFUSED),
    "cancel-unresolved": cancelling(
        order("INFY", 25, OrderState.UNRESOLVED, attention=AttentionKind.END_NOT_SEEN), CancelStatus.UNRESOLVED
    ),
    "cancel-waiting": cancelling(CANCELLING, None),
    "own-orders": orders_view(
        STARTING, ANY, "AB1234", [batch(RESTING, CANCELLING, PARTIAL), batch(FILLED, NO_MONEY)],
        app="Acme Invest", may_cancel=True,
    ),
    "own-orders-none": orders_view(STARTING, ANY, "AB1234", [], app="Acme Invest", may_cancel=True),
    "status-halted": status(HELD),
    "error-halted": end(
        outcomes.ORDERS_HALTED, (ENGLISH.halt.broker(broker=ANY_NAME, reason="prices look wrong."),)
    ),
    "error-no-order": end(outcomes.NO_ORDER),
    "error-order-pending": end(outcomes.ORDER_PENDING),
    "error-archived": end(outcomes.SMALLCASE_ARCHIVED),
    "error-up-to-date": end(outcomes.UP_TO_DATE),
    "error-not-tradable": end(outcomes.NOT_TRADABLE),
}  # fmt: skip

SHARING = Look(REVIEWING, ANY, "Acme Invest")
HOLDINGS: dict[str, View] = {
    "consent": question(SHARING, "AB1234", NOW + VALID_FOR, with_funds=False),
    "consent-with-funds": question(SHARING, "AB1234", NOW + VALID_FOR, with_funds=True),
    "consent-brand": question(
        Look(replace(REVIEWING, partner=KUBER, test=True), OTHER, "Kuber Wealth"), "AB1234", NOW + VALID_FOR,
        with_funds=True,
    ),
    "holdings-reading": Waiting(
        REVIEWING, ANY, ENGLISH.holdings.reading_title, ENGLISH.holdings.reading_text(broker=ANY_NAME),
        f"{HOME}?part=holdings", 3,
    ),
    **{f"holdings-{why.name.lower()}": unavailable(SHARING, why) for why in WhyUnavailable},
    "holdings-shared": shared(Look(AFTERWARDS, ANY, "Acme Invest"), 12, may_stop=True),
    "holdings-stopped": stopped(Look(AFTERWARDS, ANY, "Acme Invest")),
}  # fmt: skip

ENDS: dict[str, View] = {
    "leave": Message(
        AFTERWARDS, Tone.ASK, REVIEWING.leave_title, (REVIEWING.leave_text,),
        primary=Action(ENGLISH.page.go_back, href=HOME),
        quiet=Action(ENGLISH.page.stop_and_leave, post="cancel"),
    ),
    "error-expired": end(outcomes.EXPIRED_IN_FLOW),
    "error-used": end(outcomes.TRANSACTION_EXPIRED_USED),
    "error-market-closed": end(outcomes.MARKET_CLOSED, (ENGLISH.market.opens_on(at=NEXT_OPEN),)),
    "error-cancelled": end(outcomes.USER_CANCELLED_AFTER_LOGIN),
    "error-no-broker": end(outcomes.NO_BROKER_NOT_LISTED),
    "error-user-mismatch": Message(
        STARTING, Tone.BAD, ENGLISH.login.mismatch_title(broker=ANY_NAME),
        (ENGLISH.login.mismatch_known(app="Acme Invest", account="AB1234"),
         ENGLISH.login.mismatch_log_out(broker=ANY_NAME)),
        ANY, Action(ENGLISH.login.log_in_as(account="AB1234"), href=HOME),
        Action(ENGLISH.page.back_to(app="Acme Invest"), post="cancel", fields={"reason": "user_mismatch"}),
    ),
    "error-invalid": Message(
        Frame(None), Tone.BAD, ENGLISH.refused.forbidden_title,
        (ENGLISH.developer.foreign_origin(origin="https://unknown.test"), ENGLISH.refused.for_developers),
        code="invalid_gateway",
    ),
    "error-broker-down": replace(
        login_ended(ENGLISH.login.unanswered_title(broker=ANY_NAME), AWAY),
        tone=Tone.BAD,
    ),
    "status-elsewhere": of_another(AFTERWARDS, ANY, mismatch=False),
    "status-elsewhere-mismatch": of_another(AFTERWARDS, ANY, mismatch=True),
    "error-session-over": login_ended(
        ENGLISH.login.ended_title(broker=ANY_NAME), ENGLISH.login.ended_text
    ),
}  # fmt: skip

VISITING = CurrentVisit(GATEWAY, VISIT, TRANSACTION, "cookie")
APPLICANT = Applicant("ABCPE1234F", Destination(Channel.PHONE, "+919876543210"))
ASKED: dict[str, Any] = {
    "registrar": "MFCentral",
    "wanted": Wanted(detailed=True, from_date=date(2024, 4, 1)),
    "kept_days": 30,
    "given": None,
    "typed": Typed(),
}
FUNDS: dict[str, View] = {
    "mf-details": details_page(VISITING, **ASKED).view,
    "mf-details-email": details_page(VISITING, **ASKED | {"typed": Typed(way=Channel.EMAIL)}).view,
    "mf-details-wrong": details_page(
        VISITING, **ASKED | {"typed": Typed("ABCDE1234", "98765", Channel.PHONE)}, checked=True
    ).view,
    "mf-details-unknown": details_page(
        VISITING, **ASKED | {"typed": Typed(APPLICANT.pan, "98765 43210", Channel.PHONE)}, unknown=APPLICANT
    ).view,
    "mf-details-given": details_page(VISITING, **ASKED | {"given": APPLICANT, "wanted": Wanted()}).view,
    "mf-code": code_page(VISITING, "MFCentral", APPLICANT, may_change=True).view,
    "mf-code-wrong": code_page(
        VISITING, "MFCentral", APPLICANT, problem=ENGLISH.mutual_funds.code_wrong(left=2), may_change=False
    ).view,
    "mf-fetching": fetching_page(VISITING, "MFCentral"),
    "mf-away": message(VISITING, "MFCentral"),
    "mf-done": Message(
        AFTERWARDS, Tone.GOOD, ENGLISH.mutual_funds.done_title(app="Acme Invest"),
        (ENGLISH.mutual_funds.done_worth(schemes=7, value=12_34_567_89), ENGLISH.page.nothing_traded),
        ending=ending(AFTERWARDS, "Acme Invest"),
    ),
    "mf-later": Message(
        AFTERWARDS, Tone.QUEUE, ENGLISH.mutual_funds.later_title,
        (ENGLISH.mutual_funds.later_text(registrar="MFCentral", app="Acme Invest"), ENGLISH.page.nothing_traded),
        ending=ending(AFTERWARDS, "Acme Invest"),
    ),
    "mf-none": Message(
        AFTERWARDS, Tone.NOTE, ENGLISH.mutual_funds.none_title,
        (ENGLISH.mutual_funds.none_text(registrar="MFCentral", app="Acme Invest"),),
        ending=ending(AFTERWARDS, "Acme Invest"),
    ),
    "error-attempts": end(outcomes.OTP_ATTEMPTS_EXCEEDED),
    "error-import": end(outcomes.HOLDINGS_IMPORT_ERROR, (ENGLISH.mutual_funds.failed_more,)),
}  # fmt: skip

GALLERY: dict[str, View] = (
    CHOOSING
    | REVIEWS
    | DEPOSITORY
    | STATES
    | FUNDS
    | CANCELS
    | HOLDINGS
    | ENDS
    | OPENING
    | INVESTING
    | MODULE
    | PLANNING
)
