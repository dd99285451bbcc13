"""Baskets as partners write them."""

from typing import Any


def written(scid: str = "LAMP_1", **different: Any) -> dict[str, Any]:
    """A basket of two that can be published, but for what is `different`; None takes a field out."""
    body: dict[str, Any] = {
        "scid": scid,
        "name": "Night light",
        "shortDescription": "What keeps a lamp burning.",
        "rationale": "Power is used in any weather.\n\nWho digs & who carries.",
        "publisherName": "Lantern",
        "registration": {"number": "INH000012345"},
        "benchmark": {"name": "Nifty 50", "method": "Price index, from the day of publication."},
        "rebalanceSchedule": "quarterly",
        "constituents": [{"ticker": "NTPC", "weight": 0.25}, {"ticker": "TCS", "weight": 0.75}],
        **different,
    }
    return {name: value for name, value in body.items() if value is not None}
