"""What applicants type and partners hand over, by rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.leads.models import Details
from torana.leads.reading import Problem, read_email, read_name, read_phone, read_pin_code, read_prefill


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("9876543210", "+919876543210"),
        ("98765 43210", "+919876543210"),
        ("+91 98765-43210", "+919876543210"),
        ("0091.98765.43210", "+919876543210"),
        ("919876543210", "+919876543210"),
        ("098765 43210", "+919876543210"),
        ("(+91) 9876543210", "+919876543210"),
        ("5876543210", Problem.PHONE),
        ("987654321", Problem.PHONE),
        ("98765432100", Problem.PHONE),
        ("+1 9876543210", Problem.PHONE),
        ("९८७६५४३२१०", Problem.PHONE),
        ("", Problem.MISSING),
        ("  ", Problem.MISSING),
    ],
)
def test_a_phone_number(typed: str, read: str) -> None:
    judged = read_phone(typed)
    assert (judged.problem or judged.value) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("560001", "560001"),
        ("560 001", "560001"),
        ("060001", Problem.PIN_CODE),
        ("56001", Problem.PIN_CODE),
        ("5600011", Problem.PIN_CODE),
        ("५६०००१", Problem.PIN_CODE),
        ("", Problem.MISSING),
    ],
)
def test_a_pin_code_of_india(typed: str, read: str) -> None:
    judged = read_pin_code(typed)
    assert (judged.problem or judged.value) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" asha@example.in ", "asha@example.in"),
        ("a.rao+x@mail.example.co.in", "a.rao+x@mail.example.co.in"),
        ("asha@example", Problem.EMAIL),
        ("asha@@example.in", Problem.EMAIL),
        ("asha rao@example.in", Problem.EMAIL),
        ("asha@-example.in", Problem.EMAIL),
        ("a@b.in\nbcc: c@d.in", Problem.EMAIL),
        (f"{'a' * 250}@example.in", Problem.EMAIL),
        ("", Problem.MISSING),
    ],
)
def test_an_email_address(typed: str, read: str) -> None:
    judged = read_email(typed)
    assert (judged.problem or judged.value) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Asha   Rao ", "Asha Rao"),
        ("आशा राव", "आशा राव"),
        ("D'Souza-Pinto J.", "D'Souza-Pinto J."),
        ("A", Problem.NAME),
        ("Asha 2", Problem.NAME),
        ("<b>Asha</b>", Problem.NAME),
        ("Asha\x07Rao", Problem.NAME),
        ("a" * 101, Problem.NAME),
        ("", Problem.MISSING),
    ],
)
def test_a_name(typed: str, read: str) -> None:
    judged = read_name(typed)
    assert (judged.problem or judged.value) == read


def test_numbers_are_taken_where_they_are_a_usual_slip() -> None:
    details, dropped = read_prefill({"contact": 9876543210, "pinCode": 560001, "name": "", "email": None, "more": 1})

    assert details == Details(phone="+919876543210", pin_code="560001")
    assert dropped == ()


KEYS = st.sampled_from(["name", "email", "contact", "pinCode", "x"])
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=1)


@given(VALUES | st.dictionaries(KEYS, VALUES, max_size=5))
def test_nothing_that_a_partner_hands_over_fails(given_by_partner: object) -> None:
    """What cannot be used is named; what is kept is as it would be read again."""
    details, dropped = read_prefill(given_by_partner)

    again, none = read_prefill(
        {"name": details.name, "email": details.email, "contact": details.phone, "pinCode": details.pin_code}
    )
    assert (again, none) == (details, ())
    assert all(text.startswith("userDetails") for text in dropped)
