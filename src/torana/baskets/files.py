"""Baskets as a partner keeps them in files: YAML for whole baskets, CSV for the constituents of one."""

import csv
from collections.abc import Iterable

import msgspec
import yaml

from torana.baskets.schemas import BasketBody, ConstituentBody
from torana.kit.errors import ConfigurationError

_COLUMNS = {"ticker", "weight", "shares", "exchange"}


def read_yaml(text: str) -> list[BasketBody]:
    """One basket, or a list of them, written with the fields of the API. A weight is read as it is written: no number
    of the file goes through a float. Raises `ConfigurationError`."""
    try:
        written = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # makes texts, lists and maps only
        return msgspec.convert(written if isinstance(written, list) else [written], list[BasketBody], strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"the file is not a list of baskets: {error}") from None


def read_csv(lines: Iterable[str]) -> list[ConstituentBody]:
    """The columns `ticker`, then `weight` or `shares`, and `exchange` if not all are of the NSE. Raises
    `ConfigurationError` that names the line."""
    rows = csv.DictReader(lines)
    columns = set(rows.fieldnames or ())
    if "ticker" not in columns or not columns <= _COLUMNS:
        raise ConfigurationError(
            "a CSV of constituents needs the columns ticker, weight or shares, and optionally exchange"
        )
    found = []
    for row in rows:
        filled = {name: value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
        try:
            found.append(msgspec.convert(filled, ConstituentBody, strict=False))
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"line {rows.line_num}: {error}") from None
    return found
