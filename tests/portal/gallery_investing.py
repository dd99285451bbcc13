"""Pages of orders on baskets, in every state."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.portal.samples import ANY, BUY_INFY, NOW, REVIEWING, SELL_ITC, look
from tests.support.brokers import ANY_NAME
from torana.flows.investing.views import AmountView, BasketRow, SharesRow, SharesView
from torana.flows.ordering.review import review_view
from torana.pages.render import View
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Action, Amount, Message, Notice, Tone

WORDS, PAGE = ENGLISH.investing, ENGLISH.page
ROWS = (
    BasketRow("TCS", "Tata Consultancy Services Ltd.", "30 %", 412_35),
    BasketRow("INFY", "Infosys Ltd.", "30 %", 323_95),
    BasketRow("MARUTI", "Maruti Suzuki India Limited", "40 %", 1_02_412_35),
)
_FUNDS = ENGLISH.review.funds_at(broker=ANY_NAME)


def amount(typed: str, problem: str = "", rows: Sequence[BasketRow] = ROWS, **more: Any) -> AmountView:
    plain: dict[str, Any] = {
        "title": WORDS.amount_title(basket="Night light"),
        "text": WORDS.amount_text,
        "funds": Amount(_FUNDS, "₹52,000.00"),
        "source": WORDS.priced(broker=ANY_NAME, at=NOW),
    }
    return AmountView(
        REVIEWING, ANY, "AB1234", minimum=WORDS.minimum(minimum=1_374_50), typed=typed, rows=tuple(rows),
        problem=problem, **(plain | more),
    )  # fmt: skip


def shares(title: str, text: str, label: str, rows: Sequence[SharesRow], problem: str = "") -> SharesView:
    return SharesView(
        REVIEWING, ANY, "AB1234", title, text, label, tuple(rows), {"step": "shares"}, problem
    )  # fmt: skip


HELD = (
    SharesRow("shares-INE467B01029", "TCS", "Tata Consultancy Services Ltd.", 12, "12"),
    SharesRow("shares-INE585B01010", "MARUTI", "Maruti Suzuki India Limited", 1_234, "1234"),
)
WRONG = (
    SharesRow("shares-INE467B01029", "TCS", "Tata Consultancy Services Ltd.", 12, "13", WORDS.problem_held(held=12)),
    SharesRow("shares-INE585B01010", "MARUTI", "Maruti Suzuki India Limited", 1_234, "", ""),
)

_REVIEWED = replace(
    look(),
    remarks=(Notice(Tone.NOTE, WORDS.spent_title(spent=19_751_70, amount=20_000_00), WORDS.spent_text(left=248_30)),),
    change=Action(WORDS.change_amount, post="again", fields={"step": "again"}),
)
_REBALANCED = replace(
    look(SELL_ITC, BUY_INFY),
    remarks=(
        Notice(Tone.NOTE, WORDS.rebalance_title(basket="Night light"), WORDS.rebalance_text),
        Notice(Tone.NOTE, WORDS.two_phases_title, WORDS.two_phases_text),
    ),
)
INVESTING: dict[str, View] = {
    "basket-review": review_view(_REVIEWED),
    "basket-rebalance": review_view(_REBALANCED),
    "basket-amount": amount("1374.50"),
    "basket-amount-too-small": amount("500", WORDS.problem_minimum(amount=500_00)),
    "basket-amount-closes": amount(
        "20000", title=WORDS.more_title(basket="Night light"), text=WORDS.more_text, funds=Amount(_FUNDS, None),
        source=WORDS.priced_close(broker=ANY_NAME),
    ),
    "basket-manage": shares(WORDS.manage_title(basket="Night light"), WORDS.manage_text, WORDS.manage_label, HELD),
    "basket-manage-same": shares(
        WORDS.manage_title(basket="Night light"), WORDS.manage_text, WORDS.manage_label, HELD, WORDS.problem_nothing
    ),
    "basket-partial-exit": shares(
        WORDS.partial_title(basket="Night light"), WORDS.partial_text, WORDS.partial_label, WRONG
    ),
    "basket-unpriced": Message(
        REVIEWING, Tone.BAD, WORDS.unpriced_title, (WORDS.unpriced_text(broker=ANY_NAME),), ANY,
        Action(PAGE.try_again, href=REVIEWING.home), Action(PAGE.back_to(app="Acme Invest"), post="cancel"),
    ),
    "basket-repair-first": Message(
        REVIEWING, Tone.ASK, WORDS.repair_title, (WORDS.repair_text(basket="Night light"),), ANY,
        Action(WORDS.repair_leave, post="confirm", fields={"step": "archive"}),
        Action(PAGE.back_to(app="Acme Invest"), post="cancel"),
    ),
}  # fmt: skip
