"""The review with script: its sums are those of what stands in its fields, and only its buttons place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.portal.installation import Installation
from tests.portal.steps import TCS
from tests.portal.test_browser import log_in, phone
from tests.support.brokers import ANY_NAME
from torana.kit.money import inr, rupees

ITC_PRICE = 414_40


@asynccontextmanager
async def reviewing(installation: Installation, *lines: dict[str, Any], script: bool = True) -> AsyncIterator[Page]:
    """A phone in front of the review of these lines; ITC stands at ₹414.40, TCS at ₹3,000."""
    for symbol, price in (("ITC", ITC_PRICE), ("TCS", 3_000_00)):
        await installation.tell("POST", "/sandbox/prices", {"symbol": symbol, "price": price})
    flow = await installation.create(*lines)
    async with phone(installation, flow, []) as page:
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=ANY_NAME).first.click()
        await log_in(page, installation)
        await page.locator("form[data-review]").wait_for(state="attached")
        yield page


async def total(page: Page, wanted: str) -> None:
    await expect(page.locator("[data-total]")).to_have_text(wanted)


async def planned(installation: Installation) -> int:
    return int(await installation.services.database.value("select count(*) from batches"))


async def test_after_a_refused_field_the_sum_follows_what_is_typed(installation: Installation) -> None:
    """B1: a limit off its tick was refused, then everything else was changed."""
    async with reviewing(installation, {"ticker": "ITC"}, {"ticker": "TCS"}) as page:
        await page.get_by_role("link", name="Set a limit price").click()
        for number, quantity in ((1, "10"), (2, "2")):
            await page.locator(f"input[name=side-{number}][value=BUY]").check(force=True)
            await page.locator(f"input[name=quantity-{number}]").fill(quantity)
        await page.locator("input[name=limit-1]").fill("414.43")
        await total(page, inr(10 * 414_43 + 2 * 3_000_00))
        await page.get_by_role("button", name="Place 2 orders").click()
        await page.get_by_text("Prices of this share move in steps").wait_for()
        refused = await page.locator("[data-total]").inner_text()
        await page.locator("input[name=limit-1]").fill("")
        await page.locator("input[name=quantity-1]").fill("2,000")
        await total(page, inr(2000 * ITC_PRICE + 2 * 3_000_00))
        await page.locator("input[name=side-1][value=SELL]").check(force=True)
        await page.locator("input[name=quantity-1]").fill("400")
        label = await page.locator("[data-total-label]").inner_text()
        line = await page.locator("[data-amount]").first.inner_text()
        await total(page, inr(400 * ITC_PRICE - 2 * 3_000_00))

    assert refused == inr(10 * 414_43 + 2 * 3_000_00)
    assert (label, line) == ("You get, before charges", inr(400 * ITC_PRICE))
    assert await planned(installation) == 0


async def test_a_limit_that_cannot_be_read_makes_no_sum(installation: Installation) -> None:
    async with reviewing(installation, TCS) as page:
        await page.get_by_role("link", name="Set a limit price").click()
        await page.locator("input[name=limit-1]").fill("2900")
        await total(page, "₹8,700.00")
        await page.locator("input[name=limit-1]").fill("29oo")
        await total(page, "—")


@pytest.mark.parametrize("field", ["quantity-1", "limit-1", "side-1"])
async def test_enter_in_a_field_places_nothing(installation: Installation, field: str) -> None:
    """H1, the phone keyboard's Go."""
    async with reviewing(installation, {"ticker": "TCS"}) as page:
        await page.get_by_role("link", name="Set a limit price").click()
        await page.locator("input[name=side-1][value=BUY]").check(force=True)
        await page.locator("input[name=quantity-1]").fill("1")
        await page.locator("input[name=limit-1]").fill("2900")
        target = page.locator(f"input[name={field}]").first
        await target.focus()
        await page.keyboard.press("Enter")
        left = await page.evaluate("document.activeElement.name ?? ''")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()

    assert left != field
    assert await planned(installation) == 1


async def test_enter_never_means_place_anyway(installation: Installation) -> None:
    """H1: "Place anyway" is the only other button of that form."""
    async with reviewing(installation, {"ticker": "TCS", "type": "BUY"}) as page:
        await page.locator("input[name=quantity-1]").fill("99999")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("button", name="Place anyway").wait_for()
        before = await planned(installation)
        await page.locator("input[name=quantity-1]").press("Enter")
        await page.evaluate("document.querySelector('form[data-review]').dataset.sent ?? 'not sent'")
        still = await page.get_by_role("heading", name="Review your order").is_visible()
        await page.locator("input[name=quantity-1]").fill("2")
        await page.get_by_role("button", name="Check again").click()
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()

    assert (before, still) == (0, True)
    assert await installation.services.database.value("select quantity from orders") == 2


async def test_an_overfill_is_told_and_stays(installation: Installation) -> None:
    """H2, B07: 124 ordered, 125 filled."""
    async with installation.worker(), reviewing(installation, TCS | {"ticker": "ITC", "quantity": 124}) as page:
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name=f"{ANY_NAME} filled more than you ordered").wait_for()
        await page.locator("[data-finish]").wait_for()
        words = await page.locator("main").inner_text()
        countdown = await page.locator("[data-countdown]").count()

    assert "Bought 125 ITC, you ordered 124." in words
    assert "We are checking this" in words
    assert countdown == 0


async def test_without_script_enter_places_nothing_either(installation: Installation) -> None:
    """H1: the browser looks for the form's first button, and finds a disabled one."""
    async with reviewing(installation, {"ticker": "TCS", "type": "BUY"}) as page:
        await page.locator("input[name=quantity-1]").fill("1")
        form = page.locator("form[data-review]")
        await form.evaluate("form => form.replaceWith(form.cloneNode(true))")  # the same form, without our script
        await page.locator("input[name=quantity-1]").fill("1")
        await page.locator("input[name=quantity-1]").press("Enter")
        await expect(page.get_by_role("heading", name="Review your order")).to_be_visible()
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()

    assert await planned(installation) == 1


async def test_back_from_a_refused_review_keeps_sum_and_fields_together(installation: Installation) -> None:
    async with reviewing(installation, {"ticker": "TCS", "type": "BUY"}) as page:
        await page.locator("input[name=quantity-1]").fill("7")
        await page.get_by_role("link", name="Set a limit price").click()
        await page.locator("input[name=limit-1]").fill("2900.01")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_text("Prices of this share move in steps").wait_for()
        await page.go_back()
        await page.locator("form[data-review]").wait_for(state="attached")
        quantity = await page.locator("input[name=quantity-1]").input_value()
        await total(page, "₹21,000.00" if quantity == "7" else "—")
        await page.locator("input[name=quantity-1]").fill("3")
        await total(page, "₹9,000.00")


async def test_margin_and_charges_follow_what_is_typed(installation: Installation) -> None:
    async with reviewing(installation, {"ticker": "TCS"}) as page:
        margin, source = page.locator("[data-cost=margin]"), page.locator("[data-cost-source]")
        await expect(source).to_have_text("")
        before, place = await margin.inner_text(), await margin.bounding_box()
        await page.locator("input[name=side-1][value=BUY]").check(force=True)
        await page.locator("input[name=quantity-1]").fill("2")
        await expect(margin).to_have_text("₹6,000.00")
        await page.locator("input[name=quantity-1]").fill("5")
        await expect(margin).to_have_text("₹15,000.00")
        await expect(source).to_contain_text(f"From {ANY_NAME} at ")
        moved = await margin.bounding_box()

    assert before == "—"
    assert moved == place


async def test_funds_that_only_the_charges_exceed_are_said_as_the_line_changes(installation: Installation) -> None:
    async with reviewing(installation, TCS | {"quantity": 1}) as page:
        funds = int(await page.locator("form[data-review]").get_attribute("data-available") or "")
        short = page.locator("[data-cost-short]")
        await page.get_by_role("link", name="Set a limit price").click()
        await page.locator("input[name=limit-1]").fill(str(rupees(funds)))
        await expect(short).to_contain_text(f"is needed in all and {ANY_NAME} shows {inr(funds)}")
        await page.locator("input[name=limit-1]").fill("2900")
        await expect(short).to_be_hidden()


async def test_an_order_is_placed_while_its_costs_are_still_asked_for(installation: Installation) -> None:
    for operation in ("margins", "charges"):
        fault = {"operation": operation, "kind": "hang", "seconds": 60, "times": None}
        await installation.tell("POST", "/sandbox/faults", fault)

    async with reviewing(installation, TCS) as page:
        await expect(page.locator("[data-cost-source]")).to_have_text(f"Asking {ANY_NAME}")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()

    assert await planned(installation) == 1
