"""What the pages say and how they are put together: rows over views and HTML, without a browser."""

import gzip
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.portal.gallery import GALLERY
from tests.portal.samples import (
    ACME,
    AFTERWARDS,
    BUY_INFY,
    BUY_TCS,
    CLOSED_MARKET,
    GATEWAY,
    LINKED,
    NOW,
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
from tests.portal.test_status import view as status
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.connectors.contract import OrderType, Side, Variety
from torana.connectors.registry import BROKERS, Connectors
from torana.flows.context import CurrentVisit, frame_of
from torana.flows.ordering.differences import differences, seen_now
from torana.flows.ordering.models import Line
from torana.flows.ordering.review import review_view
from torana.flows.ordering.shortage import shortages
from torana.kit.breaker import FAILURES, RECENT_SECONDS, SLOW_SECONDS, Breaker, Health
from torana.kit.errors import ConfigurationError
from torana.orders.states import OrderState
from torana.pages.assets import ASSETS
from torana.pages.ends import end_of
from torana.pages.frames import broker_of, way_back
from torana.pages.render import View, render
from torana.pages.texts.languages import ENGLISH, LANGUAGES
from torana.pages.views import Chooser, Closing, Frame, Message, Tone
from torana.partners.gateway_details import normal_link
from torana.portal.page_response import sent
from torana.transactions import outcomes

TYPED_FAR = {"limit-1": "32,005"}


def html(view: View) -> str:
    return render(view).decode()


def words(view: View) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(view)))


# the review


def test_the_button_says_what_is_paid() -> None:
    buy = words(review_view(look()))
    sell = words(review_view(look(SELL_ITC, account=replace(RICH, shares=held("ITC", 400)))))
    unknown = words(review_view(look(account=replace(RICH, prices=None))))
    at_broker = html(review_view(look(at_broker=True)))

    assert "Place 2 orders · ₹69,188.75" in buy
    assert "Place order · " not in sell
    assert "Place 2 orders · " not in unknown
    assert "data-pay" not in at_broker


def test_a_typed_limit_is_the_price_of_its_line() -> None:
    """M2: the line said the last price and an amount at the limit."""
    page = words(review_view(look(drafts=[draft(1, BUY_TCS, limit_open=True)], typed={"limit-1": "3200"})))

    assert "limit ₹3,200.00" in page
    assert "₹3,200.50 each" not in page


@pytest.mark.parametrize(
    ("limit", "is_far"),
    [("3200", False), ("3840.60", False), ("3840.70", True), ("2560.40", False), ("2560.30", True), ("1", True)],
)
def test_a_limit_far_from_the_last_price_is_warned_of_before_it_goes_out(limit: str, is_far: bool) -> None:
    """M2: ten times the price went out, and one rupee, too."""
    page = review_view(look(drafts=[draft(1, BUY_TCS, limit_open=True)], typed={"limit-1": limit}, lines_hash="5a"))

    assert ("Check your limit price" in words(page)) == is_far
    assert page.is_clear != is_far
    assert page.shown == "5a"  # the next press places what was warned of


def test_a_partners_limit_far_from_the_price_is_warned_of_at_once() -> None:
    page = review_view(look(Line("TCS", 10, Side.BUY, OrderType.LIMIT, 32_005_00), lines_hash="5a"))

    assert "The limit of TCS is more than 20% away" in words(page)
    assert page.is_clear == (page.shown is not None)


def test_exchange_delivery_and_charges_are_said() -> None:
    """M3."""
    page = words(review_view(look()))

    assert "Buy 10 TCS NSE" in page
    assert "Orders are for delivery." in page
    assert "Estimate before charges ₹69,188.75" in page


def test_the_words_on_a_field_are_tied_to_it() -> None:
    """M13."""
    page = html(GALLERY["review-problem"])
    field = re.search(r"<input name=\"quantity-1\"[^>]*>", page)

    assert field is not None
    assert 'aria-invalid="true" aria-describedby="problem-1"' in field[0]
    assert '<p class="line-problem" id="problem-1">' in page
    assert "<title>Please check: Review your order" in page


def test_so_are_those_on_the_pages_of_baskets() -> None:
    pages = [html(view) for view in GALLERY.values() if type(view).__name__ in ("AmountView", "SharesView")]
    wrong = [page for page in pages if 'class="line-problem" id=' in page]

    assert wrong
    for page in wrong:
        for field in re.findall(r'class="line-problem" id="([^"]+)"', page):
            assert re.search(rf'aria-invalid="true" aria-describedby="{field}', page)


def test_so_are_those_on_how_often_a_plan_buys() -> None:
    page = html(GALLERY["plan-wrong"])

    assert '<p class="entry-problem" id="frequency-problem" role="alert">' in page
    assert re.search(
        r'class="switch" role="radiogroup"[^>]* aria-invalid="true" aria-describedby="frequency-problem"', page
    )


def test_what_changed_is_marked_with_what_it_was() -> None:
    """M25."""
    before = [draft(1, BUY_TCS), draft(2, BUY_INFY), draft(3, SELL_ITC)]
    seen = seen_now(before, Variety.REGULAR, {1: 3_000_00})
    now = [draft(1, BUY_TCS), draft(2, replace_quantity(BUY_INFY, 20)), draft(3, Line("TCS", 1, Side.BUY))]

    told = differences(seen, now, Variety.AMO, {1: 3_100_00}, ENGLISH)
    page = words(review_view(look(drafts=now, changed=told)))

    assert told.lines == {1: "Before: ₹3,000.00", 2: "Before: 25 shares", 3: "This line is new."}
    assert "these are after-market orders. What changed is marked below. Nothing has been sent" in page
    assert "Before: 25 shares" in page


def replace_quantity(line: Line, quantity: int) -> Line:
    return Line(line.symbol, quantity, line.side)


@pytest.mark.parametrize("seen", ["", "[", "[1,2]", '["regular",[["TCS"]]]', "\ud800", "x" * 100_000])
def test_what_cannot_be_read_back_tells_of_no_difference(seen: str) -> None:
    told = differences(seen, [draft(1, BUY_TCS)], Variety.REGULAR, {}, ENGLISH)

    assert (told.told, told.lines) == ((), {})


def test_without_shares_to_sell_no_limit_is_offered() -> None:
    drafts = [draft(1, SELL_ITC, limit_open=True)]
    none = look(drafts=drafts, account=replace(RICH, shares=held("ITC", 40)))
    some = look(drafts=drafts, account=replace(RICH, shares=held("ITC", 400)))

    assert "Set a limit price" not in html(review_view(none))
    assert "Set a limit price" in html(review_view(some))


def test_the_limit_is_named_after_the_side_that_was_chosen() -> None:
    for side, label in (("", "Limit price"), ("BUY", "Buy at no more than"), ("SELL", "Sell at no less than")):
        drafts = [draft(1, Line("TCS", 1), limit_open=True)]
        assert f"data-limit-label>{label}<" in html(review_view(look(drafts=drafts, typed={"side-1": side})))


def test_the_consent_to_an_after_market_order_stands_with_its_notice_and_not_in_the_foot() -> None:
    page = html(review_view(look(market=CLOSED_MARKET)))
    notice, _, foot = page.partition('<footer class="foot">')

    assert "you agree that they are sent at the next opening" in notice
    assert "consent" not in foot


def test_none_of_a_share_is_said_in_few_words() -> None:
    drafts = [draft(1, SELL_ITC)]
    given = look(drafts=drafts)

    none = shortages(drafts, given.entered, held("ITC", 0), ANY_NAME, ENGLISH)
    unsure = shortages(drafts, given.entered, held("ITC", 0, certain=False), ANY_NAME, ENGLISH)

    assert (none[1].text, unsure[1].text) == ("You do not hold this share.", f"{ANY_NAME} shows none of these shares.")


# status and result


def test_a_result_has_the_brokers_number_and_the_time() -> None:
    filled = order("TCS", 10, OrderState.COMPLETE, final_at=NOW + timedelta(minutes=1))
    page = words(status(batch(filled, order("INFY", 1, OrderState.NOT_PLACED, broker_order_id=None)), settled=True))

    assert page.count("Order ID") == 1
    assert "Filled at ₹3,200.50 18 Nov 10:32 Order ID 261118000123456" in page


def test_orders_at_the_exchange_are_not_being_placed() -> None:
    """M5: thirty seconds of "Placing your orders" over "Open at the exchange"."""
    done, waits, sends = (order("TCS", 1, s) for s in (OrderState.COMPLETE, OrderState.OPEN, OrderState.SENDING))

    assert status(batch(done, waits)).title == "Your orders are at the exchange"
    assert status(batch(done, waits, sends)).title == "Placing your orders"


@pytest.mark.parametrize(
    ("sides", "label", "told"),
    [
        ((Side.BUY,), "Bought for, before charges", "The shares are in your"),
        ((Side.SELL,), "Sold for, before charges", "The money is in your"),
        ((Side.BUY, Side.SELL), "Net to pay, before charges", "Shares and money are in your"),
    ],
)
def test_what_was_executed_is_not_called_paid(sides: tuple[Side, ...], label: str, told: str) -> None:
    """M4: charges come on top, and what a sale brings is there a day later."""
    symbols = {Side.BUY: "TCS", Side.SELL: "ITC"}
    page = status(batch(*[order(symbols[s], 10, OrderState.COMPLETE, side=s) for s in sides]), settled=True)

    assert page.total is not None
    assert page.total.label == label
    assert page.text.startswith(told)
    assert "by the next trading day (T+1)" in page.text


def test_a_part_that_comes_makes_no_row_grow() -> None:
    """M22."""
    row = status(batch(order("INFY", 109, OrderState.PARTIAL, filled=43))).rows[0]

    assert (row.word, row.detail) == ("43 of 109 filled, rest open", "")


# ends


def test_names_of_errors_are_not_for_what_the_investor_wanted() -> None:
    """Low: `user_cancelled` stood below "Cancelled"."""
    for wanted in (outcomes.USER_CANCELLED_AFTER_LOGIN, outcomes.CONSENT_DENIED, outcomes.NO_BROKER_NOT_LISTED):
        assert end_of(AFTERWARDS, GATEWAY, wanted).code == ""
    assert end_of(AFTERWARDS, GATEWAY, outcomes.IN_PROCESS).code == "transaction_in_process · 3003"
    assert end_of(AFTERWARDS, GATEWAY, outcomes.INTERNAL_ERROR).code.startswith("internal_error · ")


@pytest.mark.parametrize("gateway", [GATEWAY, None])
def test_no_end_is_a_dead_end(gateway: object) -> None:
    """M15."""
    frame = AFTERWARDS if gateway else Frame(None)
    end = end_of(frame, GATEWAY if gateway else None, outcomes.TRANSACTION_EXPIRED_USED)

    assert end.ending is not None
    assert end.ending.label == ("Return to Acme Invest" if gateway else "Close window")
    assert "data-close" in html(end)


def test_a_partner_is_told_and_named() -> None:
    assert "We have told Acme Invest." in end_of(AFTERWARDS, GATEWAY, outcomes.NO_BROKER_NOT_LISTED).text


def test_the_full_stop_of_a_name_is_that_of_its_sentence() -> None:
    assert ENGLISH.connect.purpose(app="Acme Pvt. Ltd.").startswith("Connect your account to Acme Pvt. Ltd. Connecting")


# the frame


def test_a_page_knows_how_long_it_asks() -> None:
    """M26."""
    at = CurrentVisit(GATEWAY, VISIT, TRANSACTION, "cookie", now=NOW + timedelta(minutes=9))

    assert frame_of(at, Closing.ASK).expires_in == 60
    assert 'data-expires="60"' in html(way_out(frame_of(at, Closing.ASK)))
    assert frame_of(CurrentVisit(GATEWAY, VISIT, TRANSACTION, "cookie"), Closing.ASK).expires_in is None


def way_out(frame: Frame) -> Message:
    return Message(frame, Tone.NOTE, "title", (), ending=way_back(frame))


def test_the_partners_links_stand_at_the_foot() -> None:
    page = html(way_out(replace(STARTING, partner=LINKED)))
    links = re.findall(r'<a href="([^"]+)" target="_blank" rel="noopener noreferrer">([^<]+)</a>', page)

    assert [name for _, name in links] == ["Terms", "Privacy", "Help", "Grievances"]
    assert links[2][0] == "mailto:help@acme.example"
    assert "<nav" not in html(way_out(replace(STARTING, partner=ACME)))


@pytest.mark.parametrize(
    "link",
    ["http://acme.in", "javascript:alert(1)", "https://", "https://a@b.in", "https://a.in/ b", "mailto:", "ä", ""],
)
def test_a_link_that_is_none_is_refused(link: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the link for terms"):
        normal_link("terms", link)


def test_everything_stands_in_a_landmark() -> None:
    """The ribbon of the test mode stood in none."""
    page = html(way_out(replace(STARTING, test=True)))

    assert page.index("<header>") < page.index('class="ribbon"') < page.index("</header>")


def test_the_waiting_page_has_its_rows_where_the_review_has_them() -> None:
    """M22: the rows went up by a line once they came."""
    page = html(GALLERY["waiting"])

    assert page.index("<h1>") < page.index('class="bone-row"') < page.index('role="status">' + "<svg")


HEADS = 2_400
"""Of the five answers of a first visit, its redirect among them, as Chromium counted them at a demo."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_visit_takes_at_most_16_kilobytes(language: str) -> None:
    """With every broker on the list."""
    texts = LANGUAGES[language]
    brokers = tuple(broker_of(one.capabilities) for one in BROKERS.values())
    frame = replace(STARTING, texts=texts, test=True, home=f"/portal/gatewaydemo/{'v' * 24}", csrf="c" * 43)
    view = Chooser(frame, texts.orders.purpose(app="Acme Invest", count=2), brokers[:4], brokers)
    page = sent(view, zips=True)
    linked = re.findall(r'(?:href|src)="/portal/static/([^"]+)"', render(view).decode())
    files = [asset for name in linked if (asset := ASSETS.find(name))]

    assert gzip.decompress(page.content) == render(view)
    assert len(files) == 3
    assert len(page.content) + sum(len(one.zipped) for one in files) + HEADS <= 16_000


# the chooser


def test_how_a_broker_answers_is_what_was_seen_of_late() -> None:
    at = [0.0]
    breaker = Breaker("any", "test", monotonic=lambda: at[0])
    seen = [breaker.health]
    for _ in range(20):
        breaker.answered(2 * SLOW_SECONDS)
    seen.append(breaker.health)
    for _ in range(20):
        breaker.answered(0.1)
    seen.append(breaker.health)
    for _ in range(FAILURES):
        breaker.failed()
    seen.append(breaker.health)
    at[0] += RECENT_SECONDS
    seen.append(breaker.health)

    assert seen == [Health.WELL, Health.SLOW, Health.WELL, Health.DOWN, Health.WELL]


class _Unwell:
    """A client whose broker does not answer."""

    health = Health.DOWN

    async def close(self) -> None: ...


def test_the_chooser_says_how_a_broker_answers() -> None:
    connectors = Connectors({}, {("test", ANY_BROKER): _Unwell()})  # type: ignore[dict-item]

    assert connectors.health("test", ANY_BROKER) is Health.DOWN
    assert connectors.health("live", ANY_BROKER) is Health.WELL
    assert "Not responding right now" in html(GALLERY["chooser-remarks"])
    assert broker_of(BROKERS[ANY_BROKER].capabilities, "Slow right now").remark == "Slow right now"
