"""What a create of HOLDINGS_IMPORT says."""

from typing import Any

import msgspec
import pytest

from torana.flows.holdings_request import ImportConfig
from torana.flows.registry import FLOWS
from torana.holdings.schemas import Version
from torana.kit.errors import ApiError
from torana.transactions.schemas import read_create


def read(**more: Any) -> Any:
    return read_create(FLOWS, msgspec.json.encode({"intent": "HOLDINGS_IMPORT", **more}))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ImportConfig(Version.V1)),
        ({"version": None, "assetConfig": None, "orderConfig": {}}, ImportConfig(Version.V1)),
        ({"version": "v1"}, ImportConfig(Version.V1)),
        ({"version": "V2"}, ImportConfig(Version.V2)),
        ({"assetConfig": {"mfHoldings": True}}, ImportConfig(Version.V1, True)),
        ({"assetConfig": {"mfHoldings": "True"}}, ImportConfig(Version.V1, True)),
        ({"assetConfig": {"mfHoldings": "false"}}, ImportConfig(Version.V1)),
        ({"assetConfig": {"mfHoldings": None}}, ImportConfig(Version.V1)),
    ],
)
def test_version_and_funds_are_read(more: dict[str, Any], expected: ImportConfig) -> None:
    assert read(**more).config == expected


def test_what_we_do_not_know_is_kept() -> None:
    assert read(assetConfig={"mfHoldings": True, "gold": 1}, colour="red").extra == {
        "assetConfig": {"gold": 1},
        "body": {"colour": "red"},
    }


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"version": "v3"}, "version must be v1 or v2"),
        ({"version": {}}, "version must be v1 or v2"),
        ({"version": ""}, "version must be v1 or v2"),
        ({"version": 2}, "version must be v1 or v2"),
        ({"assetConfig": "mfHoldings"}, 'assetConfig must be an object: {"mfHoldings": true}'),
        ({"assetConfig": {"mfHoldings": 1}}, "assetConfig.mfHoldings must be true or false"),
        ({"assetConfig": {"mfHoldings": "yes"}}, "assetConfig.mfHoldings must be true or false"),
        ({"assetConfig": {"mfHoldings": []}}, "assetConfig.mfHoldings must be true or false"),
        ({"orderConfig": {"type": "SECURITIES"}}, "orderConfig has no place in a HOLDINGS_IMPORT: leave it out"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], fault: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(**more)

    assert refused.value.errors == (fault,)
