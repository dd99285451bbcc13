"""In which order brokers are offered."""

from torana.connectors.registry import BROKERS, in_order

ALL = [broker.capabilities for broker in BROKERS.values()]


def test_brokers_with_many_clients_come_first_and_the_others_by_name() -> None:
    offered = in_order(ALL, ())

    ranked = [known for known in offered if known.rank is not None]
    rest = [known.name.lower() for known in offered[len(ranked) :]]
    assert offered[: len(ranked)] == ranked
    assert [known.rank for known in ranked] == list(range(1, len(ranked) + 1))
    assert rest == sorted(rest)


def test_a_partners_own_order_counts() -> None:
    by_name = sorted((known.broker for known in ALL), reverse=True)
    named = [by_name[0], "nobody", by_name[-1]]

    offered = in_order(ALL, named)

    assert [known.broker for known in offered[:2]] == [by_name[0], by_name[-1]]
    assert len(offered) == len(ALL)
