"""T60 to T69: shares that the depository releases, over the broker's own pages."""

from collections.abc import Mapping, Sequence

import pytest

from tests.brokers import known
from tests.contract.bench import Bench, order, security, with_edis
from torana.connectors.contract import (
    Authorisation,
    Begun,
    NotSent,
    Redirect,
    Rejected,
    Release,
    ReleasedBefore,
    Session,
    SessionEnded,
    Side,
    Unknown,
)
from torana.connectors.registry import BROKERS
from torana.sandbox.accounts import STARTER_HOLDINGS
from torana.sandbox.faults import Kind, Operation

INFY, TCS = security("INFY"), security("TCS")


def part_of(bench: Bench) -> Authorisation:
    part = bench.connector.parts.authorisation
    if part is None:
        pytest.skip("this broker leads to the depository in its own pages only")
    return part


async def begun(bench: Bench, session: Session, shares: Sequence[Release]) -> Begun:
    beginning = await part_of(bench).begin(session, shares)
    assert isinstance(beginning, Begun)
    return beginning


async def authorised(bench: Bench, session: Session, *shares: Release) -> Begun:
    """The investor releases these at the depository."""
    one = await begun(bench, session, shares)
    authorise = bench.subject.pages.authorise
    assert authorise is not None
    await authorise(bench.browser, one.go)
    return one


async def told_by(bench: Bench, session: Session, kept: Mapping[str, str]) -> Mapping[str, int]:
    """What is released, as the broker tells it now."""
    return await part_of(bench).state(session, kept, bench.sandbox.exchange.now())


@pytest.mark.parametrize("broker", BROKERS)
def test_t60_a_broker_with_a_way_to_the_depository_has_it_walked(broker: str) -> None:
    part, pages = BROKERS[broker].authorisation, known(broker).pages

    assert (part is None) == (pages.authorise is None) == (pages.refuse is None)
    assert BROKERS[broker].capabilities.releases is (None if part is None else part.rules)
    assert part is None or BROKERS[broker].capabilities.edis


async def test_t61_nothing_is_released_before(any_bench: Bench) -> None:
    session = await any_bench.session("needs-edis")

    told = await told_by(any_bench, session, {})

    assert set(told.values()) == {0}
    assert told.keys() == {security(symbol).isin for symbol in STARTER_HOLDINGS}


async def test_t62_what_the_investor_releases_is_told_and_can_be_sold(api_bench: Bench) -> None:
    session = with_edis(await api_bench.session("needs-edis"), True)

    one = await authorised(api_bench, session, Release(INFY.isin, 25))
    told = await told_by(api_bench, session, one.kept)
    wanted = order(25, side=Side.SELL)
    await api_bench.connector.place(session, wanted)

    assert (told[INFY.isin], told[TCS.isin]) == (25, 0)
    assert (await api_bench.booked(session, wanted.tag)).status.value == "COMPLETE"
    assert (await told_by(api_bench, session, {}))[INFY.isin] == 25


async def test_t62_several_securities_are_released_at_once_where_the_broker_takes_them(any_bench: Bench) -> None:
    session = await any_bench.session("needs-edis")
    if part_of(any_bench).rules.at_once == 1:
        pytest.skip("this broker takes one at a time")

    await authorised(any_bench, session, Release(INFY.isin, 25), Release(TCS.isin, 10))

    told = await told_by(any_bench, session, {})
    assert (told[INFY.isin], told[TCS.isin]) == (25, 10)


async def test_t63_what_the_investor_refuses_is_not_released(any_bench: Bench) -> None:
    session = await any_bench.session("needs-edis")
    one = await begun(any_bench, session, [Release(INFY.isin, 25)])
    refuse = any_bench.subject.pages.refuse
    assert refuse is not None

    await refuse(any_bench.browser, one.go)

    assert (await told_by(any_bench, session, one.kept))[INFY.isin] == 0


async def test_t64_asked_again_it_begins_anew(any_bench: Bench) -> None:
    """A page that was left half way, or whose request has expired."""
    session = await any_bench.session("needs-edis")
    left = await begun(any_bench, session, [Release(INFY.isin, 25)])

    one = await authorised(any_bench, session, Release(INFY.isin, 25))

    assert one.go != left.go
    assert (await told_by(any_bench, session, one.kept))[INFY.isin] == 25


async def test_t64_released_before_is_no_fault(any_bench: Bench) -> None:
    session = await any_bench.session("needs-edis")
    await authorised(any_bench, session, Release(INFY.isin, 25))

    again = await part_of(any_bench).begin(session, [Release(INFY.isin, 25)])

    assert isinstance(again, Begun | ReleasedBefore)
    assert (await told_by(any_bench, session, {}))[INFY.isin] == 25


async def test_t65_the_way_there_holds_no_token(any_bench: Bench) -> None:
    """I10."""
    session = await any_bench.session("needs-edis")

    one = await begun(any_bench, session, [Release(INFY.isin, 25)])

    sent = one.go.url + ("" if isinstance(one.go, Redirect) else "".join(one.go.fields.values()))
    for secret in session.secrets.values():
        assert secret not in sent + "".join(one.kept.values())


async def test_t66_a_login_that_is_over_says_so(any_bench: Bench) -> None:
    """S04."""
    part, session = part_of(any_bench), await any_bench.session("needs-edis")
    any_bench.sandbox.world.sessions_of(any_bench.subject.broker).end(any_bench.account)

    with pytest.raises(SessionEnded):
        await part.begin(session, [Release(INFY.isin, 25)])
    with pytest.raises(SessionEnded):
        await told_by(any_bench, session, {})


async def test_t67_a_broker_that_does_not_answer_tells_nothing(any_bench: Bench) -> None:
    part, session = part_of(any_bench), await any_bench.session("needs-edis")
    any_bench.fault(Kind.STATUS, Operation.AUTHORISE, status=503, times=None)
    any_bench.fault(Kind.STATUS, Operation.HOLDINGS, status=503, times=None)

    with pytest.raises((Unknown, NotSent)):
        await part.begin(session, [Release(INFY.isin, 25)])
    with pytest.raises((Unknown, NotSent)):
        await told_by(any_bench, session, {})


async def test_t68_a_share_that_the_broker_does_not_know_is_refused(any_bench: Bench) -> None:
    part, session = part_of(any_bench), await any_bench.session("needs-edis")

    with pytest.raises((Rejected, Unknown)):
        await part.begin(session, [Release("INE000000000", 1)])


async def test_t69_each_release_is_remembered_until_the_holdings_tell_it(any_bench: Bench) -> None:
    """Where a beginning keeps something, its release is told before the holdings do."""
    session = await any_bench.session("late-release")

    first = await authorised(any_bench, session, Release(INFY.isin, 25))
    second = await authorised(any_bench, session, Release(TCS.isin, 10))
    kept = {**first.kept, **second.kept}
    soon = await told_by(any_bench, session, kept)
    any_bench.advance(60)
    later = await told_by(any_bench, session, {})

    assert (soon[INFY.isin], soon[TCS.isin]) == ((25, 10) if kept else (0, 0))
    assert (later[INFY.isin], later[TCS.isin]) == (25, 10)
