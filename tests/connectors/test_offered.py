"""In which order brokers are offered."""

from torana.connectors.registry import BROKERS, offered

ALL = [broker.capabilities for broker in BROKERS.values()]


def test_brokers_with_many_clients_come_first_and_the_others_by_name() -> None:
    able = offered(ALL, None)

    ranked = [known for known in able if known.rank is not None]
    rest = [known.name.lower() for known in able[len(ranked) :]]
    assert able[: len(ranked)] == ranked
    assert [known.rank for known in ranked] == list(range(1, len(ranked) + 1))
    assert rest == sorted(rest)


def test_a_partners_own_order_counts() -> None:
    by_name = sorted((known.broker for known in ALL), reverse=True)
    named = [by_name[0], "nobody", by_name[-1]]

    for_gateway, for_transaction = offered(ALL, named), offered(ALL, None, named)

    assert [known.broker for known in for_gateway] == [by_name[0], by_name[-1]]
    assert for_transaction == for_gateway


def test_a_transaction_is_offered_what_both_name_in_its_own_order() -> None:
    first, second, third, *_ = sorted(known.broker for known in ALL)

    able = offered(ALL, [first, second, third], [third, "nobody", first])

    assert [known.broker for known in able] == [third, first]
