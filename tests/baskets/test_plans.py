"""Instalment plans: on which days instalments fall, what is asked when one comes due, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.baskets.test_actions import events
from tests.baskets.test_investments import ISCID, OTHER, Told, invested
from tests.baskets.test_routes import isin_of, load
from tests.baskets.writing import written
from tests.support.clock import HandClock
from tests.support.partner import log_in, make_gateway
from torana.baskets import plans, store
from torana.baskets.investments import Outcome, write
from torana.baskets.models import Frequency, Plan
from torana.baskets.plans import Agreed, PlanFault, Terms, against, come_due
from torana.baskets.positions import Position
from torana.baskets.schedule import due_at, due_day, due_days, planned_day
from torana.baskets.store.plans import PLANS
from torana.kit.database import Database
from torana.kit.due import Claim
from torana.kit.runner import Runner
from torana.market import calendar
from torana.retention.person import erase

WEEK = timedelta(days=7)
MONDAY = date(2026, 11, 23)
"""Five days from now; the Tuesday after it is a holiday."""


@pytest.mark.parametrize(
    ("first", "frequency", "days"),
    [
        (date(2026, 11, 23), "1w", ["2026-11-23", "2026-11-30", "2026-12-07"]),
        (date(2026, 12, 15), "1m", ["2026-12-15", "2027-01-15", "2027-02-15"]),
        (date(2027, 1, 31), "1m", ["2027-01-31", "2027-02-28", "2027-03-31"]),
        (date(2027, 11, 30), "3m", ["2027-11-30", "2028-02-29", "2028-05-30"]),
        (date(2026, 12, 24), "2w", ["2026-12-24", "2027-01-07", "2027-01-21"]),
        (date(2026, 11, 30), "3m", ["2026-11-30", "2027-02-28", "2027-05-30"]),
    ],
)
def test_instalments_are_counted_from_the_first(first: date, frequency: str, days: list[str]) -> None:
    """After a short month the day comes back to what was chosen."""
    assert [str(planned_day(first, Frequency(frequency), number)) for number in range(3)] == days


@pytest.mark.parametrize(
    ("planned", "due"),
    [
        (date(2026, 11, 23), "2026-11-23T03:45"),
        (date(2026, 11, 24), "2026-11-25T03:45"),  # a holiday
        (date(2026, 11, 22), "2026-11-23T03:45"),  # a Sunday
        (date(2026, 12, 25), "2026-12-28T03:45"),  # a holiday before a weekend
    ],
)
def test_a_day_without_trading_moves_the_instalment(planned: date, due: str) -> None:
    """At the opening, which is 9:15 in India."""
    assert due_at(planned).isoformat(timespec="minutes") == f"{due}+00:00"
    assert due_day(planned) == date.fromisoformat(due[:10])


def plan(**different: Any) -> Plan:
    at = datetime(2026, 11, 18, 5, tzinfo=UTC)
    plain: dict[str, Any] = {
        "gateway_id": "gw_1", "iscid": ISCID, "investor_id": "b" * 24, "frequency": Frequency.WEEKLY,
        "amount": 5000_00, "first_day": MONDAY, "created_at": at, "updated_at": at,
    }  # fmt: skip
    return Plan(**(plain | different))


@pytest.mark.parametrize(
    ("now", "number", "due"),
    [
        ("2026-11-23T03:44:59", 0, []),
        ("2026-11-23T03:45:00", 0, [MONDAY]),
        ("2026-11-23T03:45:00", 1, []),
        ("2026-12-07T04:00:00", 0, [MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK]),
        ("2026-12-07T04:00:00", 2, [MONDAY + 2 * WEEK]),
    ],
)
def test_what_has_come_due(now: str, number: int, due: list[date]) -> None:
    assert due_days(plan(number=number), datetime.fromisoformat(f"{now}+00:00")) == due


TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("before", "amount", "day", "faults"),
    [
        (None, 5000_00, TODAY, []),
        (None, 5000_00, TODAY - timedelta(days=1), [PlanFault.PAST]),
        (None, 4999_99, TODAY, [PlanFault.MINIMUM]),
        (None, 1, TODAY + timedelta(days=367), [PlanFault.MINIMUM, PlanFault.FAR]),
        (None, None, TODAY + timedelta(days=366), []),
        (plan(last_day=TODAY), 5000_00, TODAY, [PlanFault.PAST]),
        (plan(last_day=TODAY), 5000_00, TODAY + timedelta(days=1), []),
        (plan(last_day=TODAY - WEEK), 5000_00, TODAY, []),
    ],
)
def test_what_stands_against_a_plan(
    before: Plan | None, amount: int | None, day: date, faults: list[PlanFault]
) -> None:
    """An instalment that came due comes no second time, however the plan is changed. The last minute of a day in
    India is that day."""
    now = datetime(2026, 11, 18, 18, 29, tzinfo=UTC)

    assert against(before, amount, day, 5000_00, now) == faults
    assert PlanFault.MINIMUM not in against(before, amount, day, None, now)


class Planned:
    """An investor with a plan of 5,000 rupees a week, from Monday on."""

    def __init__(self, database: Database, partner: Told, clock: HandClock) -> None:
        self.database, self.partner, self.clock = database, partner, clock
        self.at = partner.gateway.gateway_id, ISCID

    async def agrees(
        self, day: date = MONDAY, frequency: Frequency = Frequency.WEEKLY, auto: Agreed | None = None
    ) -> None:
        now = self.clock.now()
        async with self.database.transaction() as connection:
            investment = await store.lock_investment(connection, *self.at)
            assert investment is not None
            before = await store.lock_plan(connection, *self.at)
            made = plans.agreed(investment, before, Terms(5000_00, frequency, day), now, auto)
            await plans.save(connection, investment, made, now)

    async def becomes(self, **different: Any) -> None:
        async with self.database.transaction() as connection:
            investment = await store.lock_investment(connection, *self.at)
            assert investment is not None
            await write(connection, Outcome(msgspec.structs.replace(investment, **different)), self.clock.now())

    async def works(self) -> int:
        """A worker does what is due; how much of it is of this gateway."""
        ours: list[str] = []

        async def due(claimed: Claim) -> None:
            ours.extend(claimed.key[1:] if claimed.gateway_id == self.at[0] else ())
            await come_due(self.database, self.clock, claimed)

        await Runner(self.database, self.clock, {PLANS: due}).drain()
        return len(ours)

    def at_opening(self, day: date, **later: float) -> None:
        self.clock.advance((due_at(day) + timedelta(**later) - self.clock.now()).total_seconds())

    async def asked(self) -> list[tuple[str, float, str]]:
        listed = (await self.partner.ask("user/pendingActions"))["pendingActions"]
        return [(one["action"], one["amount"], one["scheduledDate"][:10]) for one in listed]

    async def told(self) -> list[tuple[str, str]]:
        return await events(self.database, self.partner)

    async def plan(self) -> Plan:
        found = await store.find_plan(self.database, *self.at)
        assert found is not None
        return found


@pytest.fixture
async def planned(database: Database, seller: Told, clock: HandClock) -> Planned:
    await invested(database, seller)
    made = Planned(database, seller, clock)
    await made.agrees()
    return made


async def test_an_instalment_is_asked_for_once_when_its_day_opens(planned: Planned) -> None:
    early = await planned.works()
    planned.at_opening(MONDAY)
    await planned.works()
    again = await planned.works()

    assert (early, again) == (0, 0)
    assert await planned.asked() == [("SIP", 5000, "2026-11-23")]
    assert await planned.told() == [("raised", "SIP")]
    assert (await planned.plan()).last_day == MONDAY
    (listed,) = (await planned.partner.ask("user/pendingActions"))["pendingActions"]
    assert listed["until"] == "2026-11-30T03:45:00.000Z"


async def test_of_a_week_without_workers_nothing_is_left_out_and_nothing_comes_twice(planned: Planned) -> None:
    """Back on Wednesday a week later: the first is told as missed, the second is asked for, the third comes in its
    time."""
    planned.at_opening(MONDAY + WEEK, days=2)
    await planned.works()
    after = await planned.told(), await planned.asked()
    await planned.works()
    planned.at_opening(MONDAY + 2 * WEEK)
    await planned.works()

    days = "select array_agg(day order by day) from pending_actions where gateway_id = $1"
    assert (sorted(after[0]), after[1]) == ([("ended", "missed"), ("raised", "SIP")], [("SIP", 5000, "2026-11-30")])
    assert sorted(await planned.told()) == sorted([*after[0], ("ended", "missed"), ("raised", "SIP")])
    assert await planned.asked() == [("SIP", 5000, "2026-12-07")]
    assert await planned.database.value(days, planned.at[0]) == [MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK]


async def test_one_that_is_placed_by_itself_is_asked_for_as_well_however_late(planned: Planned) -> None:
    """After a week without workers: each is told, and the last one alone is to be looked at, which its day no longer
    allows (`flows/test_instalments`)."""
    await planned.agrees(auto=Agreed("cns_1", 1))
    planned.at_opening(MONDAY + WEEK, days=2)
    await planned.works()

    (listed,) = (await planned.partner.ask("user/pendingActions"))["pendingActions"]
    due = "select array_agg(day) from pending_actions where gateway_id = $1 and due_at is not null"
    assert sorted(await planned.told()) == [("ended", "missed"), ("raised", "SIP")]
    assert (listed["sipType"], listed["notPlaced"], listed["transactionId"]) == ("auto", None, None)
    assert await planned.database.value(due, planned.at[0]) == [MONDAY + WEEK]


async def test_late_by_days_it_is_asked_for_all_the_same(planned: Planned) -> None:
    planned.at_opening(MONDAY, days=4)
    await planned.works()

    assert await planned.told() == [("raised", "SIP")]
    assert await planned.asked() == [("SIP", 5000, "2026-11-23")]


async def test_a_holiday_that_is_announced_later_moves_it(planned: Planned, monkeypatch: pytest.MonkeyPatch) -> None:
    planned.at_opening(MONDAY)
    known = calendar.current()
    calendar_now = type(known)(
        **{name: getattr(known, name) for name in known.__slots__ if name != "holidays"},
        holidays=known.holidays | {MONDAY},
    )
    monkeypatch.setattr(calendar, "current", lambda: calendar_now)
    await planned.works()
    on_monday = await planned.asked()
    planned.at_opening(MONDAY)  # which is Wednesday: Tuesday is a holiday, too
    await planned.works()

    assert on_monday == []
    assert await planned.asked() == [("SIP", 5000, "2026-11-25")]


async def test_a_changed_plan_asks_from_its_new_day_on(planned: Planned) -> None:
    planned.at_opening(MONDAY)
    await planned.works()
    await planned.agrees(MONDAY + timedelta(days=10), Frequency.MONTHLY)
    planned.at_opening(MONDAY + WEEK)
    quiet = await planned.works()
    planned.at_opening(MONDAY + timedelta(days=10))
    await planned.works()

    assert quiet == 0
    assert await planned.asked() == [("SIP", 5000, "2026-12-03")]


async def test_a_plan_that_is_changed_while_its_instalment_is_raised_is_not_overwritten(planned: Planned) -> None:
    planned.at_opening(MONDAY)

    async def overtaken(claimed: Claim) -> None:
        if claimed.gateway_id == planned.at[0]:
            await planned.agrees(MONDAY + timedelta(days=1))
        await come_due(planned.database, planned.clock, claimed)

    await Runner(planned.database, planned.clock, {PLANS: overtaken}).drain()

    assert await planned.asked() == []
    assert (await planned.plan()).first_day == MONDAY + timedelta(days=1)


async def test_with_everything_sold_the_plan_is_over(planned: Planned) -> None:
    planned.at_opening(MONDAY)
    await planned.works()
    await planned.becomes(exited_at=planned.clock.now(), positions=())
    planned.at_opening(MONDAY + WEEK)

    assert (await planned.works(), await planned.asked()) == (0, [])
    assert await planned.told() == [("raised", "SIP"), ("ended", "exited")]
    assert ((await planned.plan()).ended_by, await plan_told(planned)) == ("exited", ["exited"])


async def test_a_withdrawn_basket_ends_the_plan_when_the_next_would_be_due(planned: Planned) -> None:
    """Until then its publisher can take the withdrawal back."""
    await planned.partner.publish(written("LAMP_1", active=False))
    running = (await planned.plan()).ended_at
    planned.at_opening(MONDAY)
    await planned.works()

    assert running is None
    assert (await planned.told(), await plan_told(planned)) == ([], ["basket_withdrawn"])
    assert (await planned.plan()).ended_by == "basket_withdrawn"


async def plan_told(planned: Planned) -> list[str]:
    """Why plans ended without their investors, as partners were told."""
    question = """
        select array_agg(data->>'reason') from events where gateway_id = $1 and type = 'instalment_plan.updated'
    """
    return await planned.database.value(question, planned.at[0]) or []


async def test_a_plan_goes_with_its_person(planned: Planned) -> None:
    planned.at_opening(MONDAY)
    await planned.works()

    await erase(planned.database, planned.at[0], planned.partner.investor_id, planned.clock.now())
    planned.at_opening(MONDAY + WEEK)

    assert await planned.works() == 0
    assert await store.find_plan(planned.database, *planned.at) is None


FINE = {"iscid": ISCID}
ASKED: list[tuple[dict[str, Any], int, list[str] | None]] = [
    (FINE, 200, None),
    ({"scid": "LAMP_1", "sipType": "Manual", "sipAction": "CREATE", "amount": 9000, "frequency": "2w"}, 200, None),
    (FINE | {"scheduledDate": "2026-11-18T09:00:00.000Z"}, 200, None),
    ({"iscid": OTHER}, 404, ["IscidNotFound"]),
    (FINE | {"scheduledDate": "2026-11-17"}, 400, ["ScheduledDatePast"]),
    (FINE | {"scheduledDate": "2027-02-31"}, 400, ["ScheduledDateInvalid"]),
    (FINE | {"scheduledDate": 20261201}, 400, ["ScheduledDateInvalid"]),
    (FINE | {"scheduledDate": "2028-01-01"}, 400, ["ScheduledDateTooFar"]),
    (FINE | {"frequency": "4m"}, 400, ["FrequencyUnknown"]),
    (FINE | {"frequency": 1}, 400, ["FrequencyUnknown"]),
    (FINE | {"amount": 10}, 400, ["AmountBelowMinimum"]),
    (FINE | {"amount": 10**12}, 400, ["AmountInvalid"]),
    (FINE | {"amount": "5000"}, 400, ["AmountInvalid"]),
    (FINE | {"amount": -1, "frequency": "x", "scheduledDate": "soon"}, 400,
     ["AmountInvalid", "FrequencyUnknown", "ScheduledDateInvalid"]),
    (FINE | {"sipType": "auto"}, 400, ["SipAutoNotAllowed"]),
    (FINE | {"sipType": "weekly"}, 400, ["SipTypeUnknown"]),
    (FINE | {"sipAction": "pause"}, 400, ["SipActionUnknown"]),
    (FINE | {"sipAction": "manage"}, 400, ["SipNotFound"]),
    (FINE | {"sipAction": "end"}, 400, ["SipNotFound"]),
]  # fmt: skip


async def test_what_a_plan_cannot_be_is_named_when_it_is_asked_for(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """Another gateway's investment is as little there as one that nobody has; nothing is stored of what is refused."""
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    await invested(database, seller)
    other = Told(seller.client, await make_gateway(database, clock), clock)
    await other.publish(written("LAMP_1"))
    other.investor_id, _ = await log_in(database, other.gateway, clock.now())
    await invested(database, other, OTHER)

    answers = [
        await seller.create({"intent": "SIP_SETUP", "orderConfig": config}, seller.investor_id) for config, *_ in ASKED
    ]

    told = [
        (config, answer.status_code, answer.json()["errors"])
        for (config, *_), answer in zip(ASKED, answers, strict=True)
    ]
    assert told == ASKED
    count = "select count(*) from transactions where gateway_id = $1"
    assert await database.value(count, seller.gateway.gateway_id) == [status for _, status, _ in ASKED].count(200)


async def test_what_an_investment_allows_of_a_plan(planned: Planned) -> None:
    """One that runs is not begun again; of a withdrawn basket, or with nothing held, it can only be ended."""

    async def asked(**config: Any) -> Any:
        body = {"intent": "SIP_SETUP", "orderConfig": FINE | config}
        return (await planned.partner.create(body, planned.partner.investor_id)).json()["errors"]

    running = [await asked(sipAction=action) for action in ("create", "manage", "end")]
    await planned.partner.publish(written("LAMP_1", active=False))
    withdrawn = [await asked(), await asked(sipAction="end"), await asked(sipAction="manage")]
    nothing = Position("TCS", "NSE", isin_of("TCS"), 0, 0, 2, 6000_00, 6500_00)
    await planned.becomes(exited_at=planned.clock.now(), positions=(nothing,))
    guest = await planned.partner.create({"intent": "SIP_SETUP", "orderConfig": FINE}, None)

    assert running == [["SipActive"], None, None]
    assert withdrawn == [None, None, ["BasketWithdrawn"]]
    assert await asked() == ["BasketWithdrawn", "NothingHeld"]
    assert guest.json()["errors"] == ["InvalidIntent"]


async def test_an_intent_whose_meaning_nobody_published_is_refused_by_its_name(seller: Told) -> None:
    answer = await seller.create({"intent": "IMR_SETUP", "orderConfig": FINE}, seller.investor_id)

    told = answer.json()
    assert (answer.status_code, told["errors"]) == (400, ["InvalidIntent"])
    assert told["message"].startswith("The intent IMR_SETUP is not supported")
    assert told["docUrl"].endswith("#not-supported")
