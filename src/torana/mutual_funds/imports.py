"""An import up to the investor's consent: the registrar sends a code, and the code given back is the consent.

Limits are conditions of the statements and are taken before the registrar is asked: many requests at once get no more
of them than one after the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from torana.investors import consents
from torana.investors.models import Scope
from torana.kit.cipher import Cipher, sealed_place
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import wake
from torana.kit.ids import new_hex24
from torana.mutual_funds import store
from torana.mutual_funds.models import AccountStatement, Applicant, FundImport, Wanted
from torana.mutual_funds.registrar import Refusal, Registrar, RegistrarAway, RegistrarRefused
from torana.one_time_codes.models import DIGITS, MOST_ATTEMPTS, MOST_SENDINGS, RESEND_AFTER, Sending, Verdict
from torana.partners.models import Gateway, Mode
from torana.transactions import life_cycle
from torana.transactions import store as transactions
from torana.transactions.models import Transaction
from torana.transactions.outcomes import OTP_ATTEMPTS_EXCEEDED

TABLE = store.FUND_IMPORTS_TABLE.name
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)
log = structlog.get_logger(__name__)


class NoRegistrar(LookupError):
    """The gateways of this mode have none."""


@dataclass(frozen=True, slots=True)
class FundImports:
    """What imports work with. `kept_days`: how long what came is kept."""

    database: Database = field(repr=False)
    cipher: Cipher = field(repr=False)
    clock: Clock = field(repr=False)
    registrars: Mapping[Mode, Registrar] = field(repr=False)
    kept_days: int

    def registrar(self, gateway: Gateway) -> Registrar:
        """Raises `NoRegistrar`."""
        found = self.registrars.get(gateway.mode)
        if found is None:
            raise NoRegistrar(gateway.mode)
        return found

    async def close(self) -> None:
        for registrar in self.registrars.values():
            await registrar.close()

    async def find(self, transaction: Transaction) -> FundImport | None:
        """The import of this transaction, None before a code was asked for."""
        return await store.find(self.database, transaction.gateway_id, transaction.transaction_id)

    def applicant(self, found: FundImport) -> Applicant | None:
        """Who asked; None once it is not kept any more."""
        text = open_kept(self.cipher, found, "applicant", found.applicant)
        return None if text is None else msgspec.json.decode(text, type=Applicant)

    def reference(self, found: FundImport) -> str | None:
        """What the registrar calls it; None while there is none."""
        return open_kept(self.cipher, found, "reference", found.reference)

    async def send(
        self,
        gateway: Gateway,
        transaction: Transaction,
        applicant: Applicant,
        wanted: Wanted,
        consent: Mapping[str, Any],
    ) -> Sending:
        """Have the registrar send a code; one that was sent before stays good until then. Raises `RegistrarRefused`:
        it was counted, and another may be asked for at once; `RegistrarAway`: it was not counted, and one may be on its
        way, so that the next has to wait; `NoRegistrar`."""
        registrar = self.registrar(gateway)
        at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
        now = self.clock.now()
        channel = applicant.to.channel
        begun = await store.begin_sending(
            self.database, **at, channel=channel, consent=consent, now=now, resend_before=now - RESEND_AFTER
        )
        if not begun:
            return _why_not_sent(await self.find(transaction))
        try:
            reference = await registrar.send_code(applicant, wanted, new_hex24())
        except RegistrarRefused:
            await store.note_refused(self.database, **at, sent_at=now)
            raise
        except RegistrarAway:
            await store.note_away(self.database, **at, sent_at=now)
            raise
        noted = await store.note_sent(
            self.database,
            **at,
            channel=channel,
            applicant=self._seal(transaction, "applicant", msgspec.json.encode(applicant).decode()),
            reference=self._seal(transaction, "reference", reference),
            consent=consent,
            sent_at=now,
        )
        return Sending.SENT if noted else _why_not_sent(await self.find(transaction))

    async def check(self, gateway: Gateway, transaction: Transaction, given: str) -> Verdict:
        """Give a code back to the registrar. `RIGHT` confirms the transaction and makes the statement due; the last
        attempt that is wrong ends it. Raises `RegistrarRefused`, `RegistrarAway`: the attempt was not counted."""
        found, code = await self.find(transaction), "".join(given.split())
        if found is not None and found.waits_for_code and not _CODE.fullmatch(code):
            return Verdict.MALFORMED
        counted = await store.count_try(self.database, transaction.gateway_id, transaction.transaction_id)
        reference = None if counted is None else self.reference(counted)
        if counted is None or reference is None:
            return _why_not_judged(await self.find(transaction))
        try:
            await self.registrar(gateway).give_consent(reference, code)
        except RegistrarRefused as refused:
            if refused.refusal is Refusal.WRONG_CODE:
                await self._wrong(transaction, last=counted.tries_left <= 0)
                return Verdict.WRONG
            if refused.refusal is not Refusal.GIVEN_BEFORE:
                await store.give_try_back(self.database, transaction.gateway_id, transaction.transaction_id)
                if refused.refusal is Refusal.CODE_OVER:
                    return Verdict.EXPIRED
                raise
        except RegistrarAway:
            await store.give_try_back(self.database, transaction.gateway_id, transaction.transaction_id)
            raise
        return Verdict.RIGHT if await self._confirm(transaction, counted.consent) else Verdict.SPENT

    async def _confirm(self, transaction: Transaction, told: Mapping[str, Any]) -> bool:
        """The investor has consented to what they were told. False: the transaction ended meanwhile, or was confirmed
        before."""
        now = self.clock.now()
        at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
        async with self.database.transaction() as connection:
            move = life_cycle.confirming({})
            if not await life_cycle.make(connection, move, **at, now=now):
                return False
            await store.note_verified(connection, **at, now=now)
            await consents.give(
                connection,
                **at,
                investor_id=transaction.investor_id or transaction.asked_investor_id or "",
                scopes={Scope.FUND_STATEMENT},
                notice="\n".join(told["text"]),
                language=told["language"] or "",
                now=now,
                valid_for=timedelta(days=self.kept_days),
            )
            await wake(connection, TABLE, transaction.gateway_id)
        return True

    async def _wrong(self, transaction: Transaction, *, last: bool) -> None:
        log.info("mutual_funds.wrong_code", transaction_id=transaction.transaction_id, last=last)
        if not last:
            return
        now = self.clock.now()
        at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
        async with self.database.transaction() as connection:
            if await store.end_unverified(connection, **at, now=now):
                await transactions.forget_personal(connection, **at)
                await life_cycle.fail(connection, **at, error=OTP_ATTEMPTS_EXCEEDED, now=now)

    def _seal(self, transaction: Transaction, column: str, text: str) -> bytes:
        place = sealed_place(transaction.gateway_id, TABLE, transaction.transaction_id, column)
        return self.cipher.seal(text, bound_to=place)


def open_kept(cipher: Cipher, found: FundImport, column: str, sealed: bytes) -> str | None:
    """A sealed column of an import, None where it is empty."""
    if not sealed:
        return None
    return cipher.open(sealed, bound_to=sealed_place(found.gateway_id, TABLE, found.transaction_id, column))


def statement_of(cipher: Cipher, found: FundImport | None) -> AccountStatement | None:
    """What came; None before it came, and once it is not kept any more."""
    text = None if found is None else open_kept(cipher, found, "statement", found.statement)
    return None if text is None else msgspec.json.decode(text, type=AccountStatement)


def seal_statement(cipher: Cipher, gateway_id: str, transaction_id: str, statement: AccountStatement) -> bytes:
    place = sealed_place(gateway_id, TABLE, transaction_id, "statement")
    return cipher.seal(msgspec.json.encode(statement).decode(), bound_to=place)


def _why_not_sent(found: FundImport | None) -> Sending:
    """Which limit says no to another code."""
    if found is None:
        return Sending.TOO_SOON
    if found.verified_at is not None or (found.ended_at is not None and found.codes_tried < MOST_ATTEMPTS):
        return Sending.VERIFIED
    if found.codes_tried >= MOST_ATTEMPTS:
        return Sending.LOCKED
    return Sending.TOO_MANY if found.sendings >= MOST_SENDINGS else Sending.TOO_SOON


def _why_not_judged(found: FundImport | None) -> Verdict:
    """Why a code can no longer be given back, or not yet."""
    if found is None:
        return Verdict.NOT_SENT
    if found.verified_at is not None:
        return Verdict.SPENT
    return Verdict.LOCKED if found.codes_tried >= MOST_ATTEMPTS else Verdict.NOT_SENT
