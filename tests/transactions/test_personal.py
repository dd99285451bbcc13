"""What is typed of a person is read in one way, whichever page or call asks for it."""

import pytest

from torana.leads.reading import read_email, read_phone
from torana.mutual_funds import models as funds
from torana.transactions.personal import email_of, phone_of


@pytest.mark.parametrize(
    "typed", ["9876543210", " +91 98765-43210 ", "0091 98765 43210", "(0)98765.43210", "91 9876543210"]
)
def test_every_usual_writing_of_a_number_is_the_same_number_everywhere(typed: str) -> None:
    by_funds = funds.phone_of(typed)

    assert phone_of(typed) == read_phone(typed).value == "+919876543210"
    assert by_funds is not None
    assert by_funds.address == "+919876543210"


@pytest.mark.parametrize("typed", ["5876543210", "98765 4321", "+44 9876543210", "९८७६५४३२१०", ""])
def test_what_is_no_number_of_india_is_none_anywhere(typed: str) -> None:
    assert (phone_of(typed), funds.phone_of(typed), read_phone(typed).value) == (None, None, "")


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("asha@example.in", True),
        (" Asha.Rao@Mail.Example.co.in ", True),
        ("asha@example..in", False),
        ("asha@-example.in", False),
        ("asha rao@example.in", False),
        ("asha:rao@example.in", False),
        ("asha@example", False),
        (f"asha@{'x' * 250}.in", False),
    ],
)
def test_an_address_is_one_everywhere_or_nowhere(typed: str, good: bool) -> None:
    found = [email_of(typed) is not None, funds.email_of(typed) is not None, read_email(typed).problem is None]

    assert found == [good] * 3
