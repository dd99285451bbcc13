"""Whose a row is: our tag wherever it stands, the broker's own words, somebody else's tag."""

import json

import pytest

from tests.connectors.replay import SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import BrokerOrder, TagEcho, TagRule
from torana.connectors.tags import Tags, may_be_ours, off_wire, on_wire, read_tags
from torana.kit.ids import new_tag

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


SHORT, CASELESS = TagRule(10), TagRule(10, TagEcho.CASELESS)


@pytest.mark.parametrize("echo", [TagEcho.EXACT, TagEcho.CASELESS, TagEcho.PREFIXED])
@pytest.mark.parametrize("length", [10, 14, 15, 20])
def test_a_tag_is_the_same_after_its_way_to_the_broker_and_back(length: int, echo: TagEcho) -> None:
    rule = TagRule(length, echo)
    for tag in ("100000000000000", "999999999999999", TAG, new_tag()):
        sent = on_wire(tag, rule)

        assert len(sent) <= length
        assert off_wire(sent, rule) == tag
        assert read_tags(sent, None, rule) == Tags(tag, foreign=False)
        assert may_be_ours({"remark": sent, "id": "7"}, (), rule=rule, tag_fields=("remark",), id_field="id")


@pytest.mark.parametrize(
    ("rule", "word", "tag"),
    [
        (TagRule(20), TAG, TAG),
        (TagRule(20), f"X{TAG}", None),
        (TagRule(20, TagEcho.PREFIXED), f"API:{TAG}", TAG),
        (TagRule(20, TagEcho.PREFIXED), TAG[1:], None),
        (TagRule(20, TagEcho.NOT_ECHOED), TAG, None),
        (SHORT, on_wire(TAG, SHORT).upper(), None),
        (CASELESS, on_wire(TAG, SHORT).upper(), TAG),
        (TagRule(10, TagEcho.PREFIXED), f"web-{on_wire(TAG, SHORT)}", TAG),
        (SHORT, "zzzzzzzzzz", None),
        (SHORT, "0000000001", None),
        (SHORT, "autoslice", None),
        (SHORT, "", None),
        (SHORT, TAG, None),
    ],
)
def test_a_word_is_our_tag_by_the_brokers_rule(rule: TagRule, word: str, tag: str | None) -> None:
    """A21: capitals, prefixes and tags that never come back."""
    assert off_wire(word, rule) == tag


def test_a_field_that_holds_no_tag_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="10 characters"):
        on_wire(TAG, TagRule(9))


def test_a_row_that_cannot_be_read_may_be_ours_by_the_brokers_own_names() -> None:
    row = {"orderid": "B7", "ordertag": None}

    assert may_be_ours(row, {"B7"}, tag_fields=("ordertag",), id_field="orderid")
    assert not may_be_ours(row, {"B8"}, tag_fields=("ordertag",), id_field="orderid")
