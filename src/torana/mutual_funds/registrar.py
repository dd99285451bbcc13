"""The contract of a registrar of mutual funds: who sends the code that is the investor's consent, and keeps the record
of every folio."""

from enum import StrEnum
from typing import Protocol

from torana.kit.errors import ToranaError
from torana.mutual_funds.models import AccountStatement, Applicant, Wanted


class Refusal(StrEnum):
    """Why a registrar says no."""

    WRONG_CODE = "wrong_code"
    CODE_OVER = "code_over"
    """The code has expired, or was given back too often."""
    GIVEN_BEFORE = "given_before"
    """This consent is there already."""
    NOT_KNOWN = "not_known"
    """No folio has this PAN with this phone number or e-mail address."""
    INVALID = "invalid"
    """It does not take a value of ours."""
    FORMAT = "format"
    """It cannot read our request."""
    CREDENTIALS = "credentials"
    """It does not know the operator."""
    TOO_FAST = "too_fast"


class RegistrarRefused(ToranaError):
    """The registrar said no. `text` are its words, which name nobody."""

    def __init__(self, refusal: Refusal, text: str) -> None:
        super().__init__(f"{refusal}: {text}")
        self.refusal = refusal
        self.text = text


class RegistrarAway(ToranaError):
    """The registrar did not answer, or not so that it can be read: nobody knows what it did."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotReady:
    """The statement is still being made."""


class Registrar(Protocol):
    """One registrar. It keeps nothing of a person between calls. All raise `RegistrarRefused` and `RegistrarAway`."""

    name: str
    """As investors know it."""

    async def send_code(self, applicant: Applicant, wanted: Wanted, our_reference: str) -> str:
        """Have a code sent to the applicant; what the other calls need to know of this request. Each call sends one."""
        ...

    async def give_consent(self, reference: str, code: str) -> None:
        """Give the code back: with it the investor consents to the statement."""
        ...

    async def statement(self, reference: str) -> AccountStatement | NotReady:
        """The statement that was consented to."""
        ...

    async def close(self) -> None: ...
