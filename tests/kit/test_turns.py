"""Who waits for a place is served gateway by gateway."""

import asyncio

import pytest

from torana.kit.turns import WHOSE, Turns


async def waiting(turns: Turns, served: list[str], *whose: str) -> list[asyncio.Task[None]]:
    """Tasks that wait for a place, in this order, and give it back as soon as they have it."""

    async def work(name: str) -> None:
        WHOSE.set(name)
        await turns.take()
        served.append(name)
        turns.give_back()

    tasks = [asyncio.create_task(work(name)) for name in whose]
    await asyncio.sleep(0)
    return tasks


async def test_a_gateway_with_hundreds_waiting_does_not_hold_up_one_with_a_single_task() -> None:
    """S07."""
    turns, served = Turns(2), list[str]()
    await turns.take()
    await turns.take()
    tasks = await waiting(turns, served, *["flood"] * 300, "small", "other", *["flood"] * 10, "small")

    turns.give_back()
    await asyncio.gather(*tasks)

    assert served[:6] == ["flood", "small", "other", "flood", "small", "flood"]
    assert len(served) == 313


async def test_what_is_free_is_taken_at_once_and_what_is_taken_is_waited_for() -> None:
    turns, served = Turns(1), list[str]()
    await turns.take()
    (task,) = await waiting(turns, served, "a")

    assert (turns.all_taken, served) == (True, [])
    turns.give_back()
    await task

    assert (turns.all_taken, served) == (False, ["a"])


@pytest.mark.parametrize("given_first", [False, True])
async def test_whoever_waits_no_more_leaves_the_place_to_the_next(*, given_first: bool) -> None:
    turns, served = Turns(1), list[str]()
    await turns.take()
    gone, *others = await waiting(turns, served, "a", "a", "b")

    if given_first:
        turns.give_back()
        gone.cancel()
    else:
        gone.cancel()
        await asyncio.sleep(0)
        turns.give_back()
    await asyncio.gather(gone, *others, return_exceptions=True)

    assert gone.cancelled()
    assert sorted(served) == ["a", "b"]
    assert not turns.all_taken
