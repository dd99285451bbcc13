"""What a partner's server asks for in a HOLDINGS_IMPORT, read and described."""

from collections.abc import Mapping
from typing import Any

import msgspec

from torana.holdings.schemas import Version
from torana.investors.models import Scope
from torana.kit.letter_case import upper
from torana.transactions.reading import Faults, keep_unknown, object_at, refuse_order_config, truth_at

TITLE = "Holdings import"
EXAMPLES: dict[str, dict[str, Any]] = {
    "holdings_import": {"intent": "HOLDINGS_IMPORT", "version": "v2"},
    "holdings_import_with_funds": {
        "intent": "HOLDINGS_IMPORT",
        "version": "v2",
        "assetConfig": {"mfHoldings": True},
    },
}
RESULT_SCHEMA = {
    "success": {
        "type": "boolean",
        "description": "HOLDINGS_IMPORT: true. Read the holdings with GET engine/user/holdings, or from the webhook.",
    },
    "snapshotDate": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "HOLDINGS_IMPORT: when the broker was asked; null after an erasure. Torana's own extension.",
    },
}
RESULT_EXAMPLE = {"success": True, "snapshotDate": "2026-11-18T05:12:30.000Z"}


class ImportConfig(msgspec.Struct, frozen=True):
    """In which version the webhook tells the holdings, and whether mutual funds are asked for."""

    version: Version = Version.V1
    mutual_funds: bool = False

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the investor has to agree to."""
        return frozenset({Scope.SECURITIES, *([Scope.MUTUAL_FUNDS] if self.mutual_funds else [])})


def read_import(given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> ImportConfig:
    refuse_order_config(given, "HOLDINGS_IMPORT", faults)
    version = "V1" if given.get("version") is None else _word(given["version"])
    if version not in ("V1", "V2"):
        faults.append("version must be v1 or v2")
        version = "V1"
    assets = object_at(given, "assetConfig", faults, example='{"mfHoldings": true}')
    keep_unknown(extra, "assetConfig", assets, {"mfHoldings"})
    mutual_funds = truth_at(assets, "assetConfig", "mfHoldings", faults)
    return ImportConfig(Version(version.lower()), bool(mutual_funds))


def import_schema() -> dict[str, Any]:
    words = {"anyOf": [{"type": ["boolean", "null"]}, {"enum": ["true", "false"]}]}
    return {
        "properties": {
            "version": {
                "enum": ["v1", "v2", None],
                "description": "Of the holdings in the webhook; left out: v1.",
            },
            "assetConfig": {
                "type": ["object", "null"],
                "properties": {"mfHoldings": {**words, "description": "Mutual funds, too."}},
            },
            "orderConfig": {"type": ["object", "null"], "maxProperties": 0},
        }
    }


def _word(given: object) -> str:
    return upper(given) if isinstance(given, str) else ""
