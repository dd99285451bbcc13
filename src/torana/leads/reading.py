"""What people type and partners hand over, read and judged. Pure functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torana.leads.models import Details
from torana.transactions.personal import email_of, phone_of

_SPACING = re.compile(r"[\s().-]+")
_PIN_CODE = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_LONGEST_NAME, _LONGEST_INPUT = 100, 300


class Problem(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    PIN_CODE = "pin_code"
    NO_TEXT = "no_text"
    """It is not a text."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A field in the form in which it is kept, or what is wrong with it (`value` is empty then)."""

    value: str = ""
    problem: Problem | None = None


def read_phone(given: str) -> Judged:
    """A mobile number of India in any usual writing, as `+919876543210`."""
    found = phone_of(given)
    if found is None:
        return Judged(problem=Problem.PHONE if given.strip() else Problem.MISSING)
    return Judged(found)


def read_pin_code(given: str) -> Judged:
    """A PIN code of India: six digits, the first not 0."""
    plain = _SPACING.sub("", given)
    if _PIN_CODE.fullmatch(plain):
        return Judged(plain)
    return Judged(problem=Problem.PIN_CODE if plain else Problem.MISSING)


def read_email(given: str) -> Judged:
    found = email_of(given)
    if found is None:
        return Judged(problem=Problem.EMAIL if given.strip() else Problem.MISSING)
    return Judged(found)


def read_name(given: str) -> Judged:
    """The full name, in any script: letters in it, no digits, nothing that does not print."""
    plain = " ".join(given.split())
    letters = sum(character.isalpha() for character in plain)
    odd = not plain.isprintable() or any(character.isdigit() or character in "<>@{}[]\\|" for character in plain)
    if letters >= 2 and len(plain) <= _LONGEST_NAME and not odd:
        return Judged(plain)
    return Judged(problem=Problem.NAME if plain else Problem.MISSING)


_READERS = {"name": read_name, "email": read_email, "phone": read_phone, "pin_code": read_pin_code}
_WIRE = {"name": "name", "email": "email", "contact": "phone", "pinCode": "pin_code"}
"""The keys of `userDetails`, and ours."""
_WHY = {
    Problem.NO_TEXT: "not a text",
    Problem.NAME: "not a name",
    Problem.EMAIL: "not an e-mail address",
    Problem.PHONE: "not a mobile number of India",
    Problem.PIN_CODE: "not a PIN code of India",
}


def read_prefill(given: object) -> tuple[Details, tuple[str, ...]]:
    """What a partner knows of its user (`userDetails`), and what of it was left out, for its developer. Nothing in it
    fails."""
    if not isinstance(given, Mapping):
        return Details(), () if given is None else ("userDetails is left out: it is not an object.",)
    fields: dict[str, str] = {}
    dropped: list[str] = []
    for name, ours in _WIRE.items():
        value = given.get(name)
        if value is None or value == "":
            continue
        judged = _read(ours, value)
        if judged.problem is None:
            fields[ours] = judged.value
        elif judged.problem is not Problem.MISSING:
            dropped.append(f"userDetails.{name} is left out: it is {_WHY[judged.problem]}.")
    return Details(**fields), tuple(dropped)


def _read(field: str, value: Any) -> Judged:
    if isinstance(value, int) and not isinstance(value, bool) and field in ("phone", "pin_code"):
        value = str(value)  # a number is a usual slip
    if not isinstance(value, str) or "\0" in value or len(value) > _LONGEST_INPUT:
        return Judged(problem=Problem.NO_TEXT)
    return _READERS[field](value)


def read_form(form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Problem]]:
    """The details as they were typed: what is kept of them, and what is wrong, by field."""
    good: dict[str, str] = {}
    wrong: dict[str, Problem] = {}
    for field in ("name", "email", "pin_code"):
        judged = _read(field, form.get(field, ""))
        if judged.problem is None:
            good[field] = judged.value
        else:
            wrong[field] = judged.problem
    return good, wrong
