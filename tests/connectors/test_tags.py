"""Whose a row is: our tag wherever it stands, the broker's own words, somebody else's tag."""

import json

import pytest

from tests.connectors.replay import SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import BrokerOrder
from torana.connectors.tags import Tags, read_tags

MARKED = [
    (None, ["mktp", "mktp:2.00"], Tags(None, foreign=False)),
    (None, ["mktp", "mktp:2.00", TAG], Tags(TAG, foreign=False)),
    ("mktp", ["mktp", "mktp:2.00", TAG], Tags(TAG, foreign=False)),
    (None, ["autoslice", TAG], Tags(TAG, foreign=False)),
    (None, ["AutoSlice"], Tags(None, foreign=False)),
    (None, ["mktp:-1", "new:word"], Tags(None, foreign=False)),
    (TAG, [TAG], Tags(TAG, foreign=False)),
    (f" {TAG} ", None, Tags(TAG, foreign=False)),
    (int(TAG), None, Tags(TAG, foreign=False)),
    (None, TAG, Tags(TAG, foreign=False)),
    ("myalgo", ["myalgo"], Tags(None, foreign=True)),
    (None, ["mktp", "myalgo"], Tags(None, foreign=True)),
    (TAG[:10], None, Tags(None, foreign=True)),
    ("12345678901234", None, Tags(None, foreign=True)),
    ("012345678901234", None, Tags(None, foreign=True)),
    ("१२३४५६७८९०१२३४५", None, Tags(None, foreign=True)),
    ("٤٨١٥١٦٢٣٤٢٠٠٠٠١", None, Tags(None, foreign=True)),
    (None, None, Tags(None, foreign=False)),
    ("", [], Tags(None, foreign=False)),
    ("", ["", None, True], Tags(None, foreign=False)),
]


@pytest.mark.parametrize(("tag", "tags", "whose"), MARKED)
def test_a_tag_is_ours_by_its_form_and_a_word_of_the_brokers_is_nobodys(tag: object, tags: object, whose: Tags) -> None:
    assert read_tags(tag, tags) == whose


@pytest.mark.parametrize(("tag", "tags", "whose"), MARKED)
async def test_every_tag_of_a_kite_row_is_looked_at(tag: object, tags: object, whose: Tags) -> None:
    row = await _kite_row(tag=tag, tags=tags)

    assert (row.tag, row.foreign_tag) == (whose.ours, whose.foreign)
    assert row.may_carry(TAG) is (whose.ours == TAG or whose == Tags(None, foreign=False))


async def test_a_protected_market_order_is_ours_although_it_shows_as_a_limit_order() -> None:
    row = await _kite_row(tag=None, tags=["mktp", "mktp:2.00", TAG], order_type="LIMIT", price=1500.05)

    assert row.tag == TAG


async def _kite_row(**changed: object) -> BrokerOrder:
    told = json.loads(fixture("kite", "orders.200"))
    told["data"] = [told["data"][0] | changed]
    one, _ = replying("kite", answer(json.dumps(told)))
    (row,) = await one.orders(SESSION)
    return row
