"""What a create asks for, and what is told of a statement: rows over pure functions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from torana.kit.errors import ApiError
from torana.mutual_funds.fetch import gap
from torana.mutual_funds.models import (
    AccountStatement,
    FundEntry,
    FundHolding,
    email_of,
    pan_of,
    phone_of,
)
from torana.mutual_funds.result import blocks
from torana.mutual_funds.schemas import ImportConfig, read_config
from torana.transactions.reading import Faults

READ_AT = datetime(2026, 11, 18, 5, tzinfo=UTC)
HOLDING = FundHolding(
    folio="12345678/01",
    fund="Sample Flexi Cap Fund - Direct Plan - Growth",
    scheme="S1000",
    isin="INF000S10000",
    units=Decimal("16.521"),
    nav=Decimal("321.7826"),
    nav_date=date(2026, 11, 17),
    cost=499975,
    value=531617,
    entries=(FundEntry(date(2024, 1, 5), "Purchase", Decimal("16.521"), Decimal("302.63"), 499975),),
)


def read(body: dict[str, Any]) -> ImportConfig:
    faults = Faults()
    config = read_config(body, faults, {})
    faults.raise_if_any()
    return config


@pytest.mark.parametrize(
    ("response", "asked"),
    [
        (None, (True, False)),
        ({}, (True, False)),
        ({"casSummary": True}, (True, False)),
        ({"casDetail": True}, (False, True)),
        ({"casDetail": "true", "casSummary": "TRUE"}, (True, True)),
        ({"casSummary": False, "casDetail": False}, (True, False)),
        ({"casSummary": False, "casDetail": True}, (False, True)),
    ],
)
def test_which_blocks_are_asked_for(response: Any, asked: tuple[bool, bool]) -> None:
    """Something is always asked for."""
    config = read({"responseConfig": response})

    assert (config.cas_summary, config.cas_detail) == asked


@pytest.mark.parametrize(
    "body",
    [
        {"assetConfig": []},
        {"assetConfig": {"fromDate": "01-04-2024"}},
        {"assetConfig": {"fromDate": "2024-02-30"}},
        {"assetConfig": {"fromDate": 20240401}},
        {"assetConfig": {"pan": "ABCDE12345"}},
        {"assetConfig": {"phone": "1234567890"}},
        {"assetConfig": {"email": "asha"}},
        {"assetConfig": {"pan": 7}},
        {"assetConfig": {"pan": "ABCPE1234F", "email": {}}},
        {"assetConfig": {"phone": 0}},
        {"assetConfig": {"pan": False}},
        {"assetConfig": {"flow": 7}},
        {"responseConfig": {"casDetail": "yes"}},
        {"responseConfig": {"casDetail": 1.5}},
        {"responseConfig": "both"},
    ],
)
def test_what_cannot_be_asked_for_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        read(body)


@pytest.mark.parametrize(
    ("asset", "given"),
    [
        ({"pan": "abcpe1234f", "phone": "9876543210"}, ("ABCPE1234F", "+919876543210")),
        ({"pan": "ABCPE1234F", "email": "Asha@Example.in"}, ("ABCPE1234F", "asha@example.in")),
        (
            {"pan": "ABCPE1234F", "phone": "+91 98765-43210", "email": "asha@example.in"},
            ("ABCPE1234F", "+919876543210"),
        ),
        ({"pan": "ABCPE1234F"}, None),
        ({"phone": "9876543210"}, None),
        ({"pan": "", "phone": None}, None),
        ({}, None),
    ],
)
def test_whether_the_investor_only_confirms(asset: dict[str, Any], given: tuple[str, str] | None) -> None:
    """The rule of the interface: a PAN and a phone number or an e-mail address, both."""
    config = read({"assetConfig": asset})
    applicant = config.given.applicant if config.given else None

    assert (None if applicant is None else (applicant.pan, applicant.to.address)) == given


@pytest.mark.parametrize(
    ("text", "pan"),
    [("abcpe1234f", "ABCPE1234F"), (" ABCPE 1234 F ", "ABCPE1234F"), ("ABCPE1234", None), ("ABCPE1234FF", None),
     ("ABCPE12E4F", None), ("аBCPE1234F", None), ("", None), (None, None), (12, None)],
)  # fmt: skip
def test_a_pan(text: object, pan: str | None) -> None:
    assert pan_of(text) == pan


@pytest.mark.parametrize(
    ("text", "phone"),
    [("9876543210", "+919876543210"), ("+919876543210", "+919876543210"), ("09876543210", "+919876543210"),
     ("91 98765 43210", "+919876543210"), ("5876543210", None), ("+1 9876543210", None), ("987654321", None),
     ("९८७६५४३२१०", None), (9876543210, None)],
)  # fmt: skip
def test_a_phone_number(text: object, phone: str | None) -> None:
    found = phone_of(text)

    assert (None if found is None else found.address) == phone


@pytest.mark.parametrize(
    ("text", "email"),
    [("Asha@Example.IN", "asha@example.in"), ("a.b+c@d-e.co.in", "a.b+c@d-e.co.in"), ("asha@", None), ("@x.in", None),
     ("a b@x.in", None), ("a@x", None), ("a@-x.in", None), (None, None)],
)  # fmt: skip
def test_an_e_mail_address(text: object, email: str | None) -> None:
    found = email_of(text)

    assert (None if found is None else found.address) == email


def test_nothing_that_names_a_person_shows_in_a_repr() -> None:
    config = read({"assetConfig": {"pan": "ABCPE1234F", "phone": "9876543210"}})

    assert config.given is not None
    assert all("ABCPE" not in text and "98765" not in text for text in (repr(config), repr(config.given.applicant)))


def test_a_holding_as_it_is_told() -> None:
    statement = AccountStatement((HOLDING,), detailed=True, read_at=READ_AT)

    told = blocks(ImportConfig(cas_detail=True), statement, updating=False)

    holding = {
        "folio": "12345678/01",
        "fund": "Sample Flexi Cap Fund - Direct Plan - Growth",
        "tradingsymbol": "INF000S10000",
        "isin": "INF000S10000",
        "quantity": Decimal("16.521"),
        "averagePrice": Decimal("302.6300"),
        "lastPrice": Decimal("321.7826"),
        "lastPriceDate": "2026-11-17",
        "pnl": Decimal("316.42"),
        "xirr": None,
    }
    stats = {"currentValue": Decimal("5316.17"), "totalReturns": Decimal("316.42")}
    entry = {
        "date": "2024-01-05",
        "description": "Purchase",
        "quantity": Decimal("16.521"),
        "price": Decimal("302.63"),
        "amount": Decimal("4999.75"),
    }
    assert told == {
        "casSummary": {"holdings": [holding], "stats": stats},
        "casDetail": {"holdings": [holding | {"transactions": [entry]}], "stats": stats},
        "updating": False,
        "snapshotDate": "2026-11-18T05:00:00.000Z",
    }


def test_what_the_registrar_did_not_tell_is_null_and_no_zero() -> None:
    unknown = FundHolding("1", "Fund", "S", None, Decimal(1), None, None, None, None)
    statement = AccountStatement((HOLDING, unknown), detailed=False, read_at=READ_AT)

    summary = blocks(ImportConfig(), statement, updating=False)["casSummary"]

    assert summary["stats"] == {"currentValue": None, "totalReturns": None}
    assert [summary["holdings"][1][key] for key in ("averagePrice", "lastPrice", "pnl", "isin")] == [None] * 4


@pytest.mark.parametrize(("cas_summary", "cas_detail"), [(True, False), (False, True)])
def test_a_block_that_was_not_asked_for_is_null(*, cas_summary: bool, cas_detail: bool) -> None:
    statement = AccountStatement((), detailed=cas_detail, read_at=READ_AT)

    told = blocks(ImportConfig(cas_summary=cas_summary, cas_detail=cas_detail), statement, updating=False)

    assert (told["casSummary"] is not None, told["casDetail"] is not None) == (cas_summary, cas_detail)


@pytest.mark.parametrize(
    ("age", "seconds"), [(0, 1), (9, 1), (10, 3), (60, 15), (599, 15), (600, 60), (3600, 600), (86_000, 600)]
)
def test_the_registrar_is_asked_less_often_as_time_goes_by(age: float, seconds: float) -> None:
    assert gap(timedelta(seconds=age)) == seconds
