"""How a lead goes on, from its beginning to the broker's last word. Each step is one statement, with its event: of two
at once one is made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg
import msgspec
from msgspec.structs import replace

from torana.connectors.contract import OpeningStatus
from torana.events.log import News
from torana.investors import consents
from torana.investors.models import Scope
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import Claim, release
from torana.kit.ids import new_hex24
from torana.leads import store
from torana.leads.marks import marks_of, place
from torana.leads.models import AT_BROKER, AWAY_AT_MOST, NOTHING_KNOWN, OF_BROKER, ORDER, Details, Lead, LeadStatus
from torana.leads.schemas import LEAD_UPDATED, lead_event
from torana.transactions import life_cycle
from torana.transactions import store as transactions
from torana.transactions.life_cycle import Move
from torana.transactions.models import Status, Transaction

_TRIES = 5
"""Of a step that another one was faster than."""


class HandedOver(StrEnum):
    """What became of the wish to go to the broker."""

    GOES = "goes"
    ELSEWHERE = "elsewhere"
    """This phone number is on its way to this broker in another window."""
    CHANGED = "changed"
    """The lead moved on meanwhile."""


@dataclass(frozen=True, slots=True)
class Leads:
    """The leads of all gateways."""

    database: Database = field(repr=False)
    cipher: Cipher = field(repr=False)
    clock: Clock = field(repr=False)

    async def begin(
        self, gateway_id: str, transaction_id: str, prefill: Details = NOTHING_KNOWN, *, login_offered: bool = False
    ) -> Lead:
        """The lead of this transaction: the one that is there, or a new one with what is known of the applicant."""
        now = self.clock.now()
        new = Lead(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            lead_id=new_hex24(),
            status=LeadStatus.INITIALIZED,
            broker=None,
            login_offered=login_offered,
            sealed=self._sealed(gateway_id, transaction_id, prefill),
            phone_mark=self._marks(gateway_id, prefill.phone)[0] if prefill.phone else None,
            handing_over=False,
            verified_at=None,
            submitted_at=None,
            created_at=now,
            updated_at=now,
        )
        await store.insert(self.database, new)
        return await self.of_transaction(gateway_id, transaction_id) or new

    async def of_transaction(self, gateway_id: str, transaction_id: str) -> Lead | None:
        return await store.of_transaction(self.database, gateway_id, transaction_id)

    def details(self, lead: Lead) -> Details:
        """What is known of the applicant; nothing of a lead that was erased."""
        if not lead.sealed:
            return NOTHING_KNOWN
        plain = self.cipher.open(lead.sealed, bound_to=place(lead.gateway_id, lead.transaction_id))
        return msgspec.json.decode(plain, type=Details)

    async def phone_given(self, transaction: Transaction, lead: Lead, phone: str) -> bool:
        """A code was sent to this number. False: the lead moved on meanwhile."""
        details = replace(self.details(lead), phone=phone)
        marks = self._marks(lead.gateway_id, phone)
        after = replace(lead, status=LeadStatus.VERIFICATION, sealed=self._seal(lead, details), phone_mark=marks[0])
        return await self._step(transaction, lead, after)

    async def phone_withdrawn(self, transaction: Transaction, lead: Lead) -> bool:
        """Another number is to be typed."""
        return await self._step(transaction, lead, replace(lead, status=LeadStatus.INITIALIZED))

    async def phone_proven(self, transaction: Transaction, lead: Lead) -> bool:
        now = self.clock.now()
        return await self._step(transaction, lead, replace(lead, status=LeadStatus.DETAILS_REGISTER, verified_at=now))

    async def details_given(self, transaction: Transaction, lead: Lead, given: Mapping[str, str]) -> bool:
        details = replace(self.details(lead), **given)
        after = replace(lead, status=LeadStatus.BROKER_REGISTER, sealed=self._seal(lead, details))
        return await self._step(transaction, lead, after)

    async def back_to(self, transaction: Transaction, lead: Lead, status: LeadStatus) -> bool:
        """The applicant wants to change an earlier answer."""
        return await self._step(transaction, lead, replace(lead, status=status, broker=None))

    async def broker_chosen(self, transaction: Transaction, lead: Lead, broker: str) -> bool:
        return await self._step(transaction, lead, replace(lead, status=LeadStatus.SELECTED_BROKER, broker=broker))

    async def hand_over(
        self, transaction: Transaction, lead: Lead, *, tells: bool, notice: str, language: str
    ) -> HandedOver:
        """The applicant agrees to this notice, which names nobody, and goes to the broker. `tells`: the broker will say
        how far it is; otherwise that they went is all that will be known."""
        now = self.clock.now()
        status = LeadStatus.PENDING_SUBMISSION if tells else LeadStatus.SUBMITTED
        submitted_at = None if tells else now
        after = replace(lead, status=status, handing_over=True, submitted_at=submitted_at)
        move = life_cycle.confirming({"broker": lead.broker})
        news = _news(transaction, lead, after)
        try:
            async with self.database.transaction() as connection:
                made = await store.save(connection, lead, after, news, move=move, due_at=now + AWAY_AT_MOST, now=now)
                if made:
                    await consents.give(
                        connection,
                        gateway_id=lead.gateway_id,
                        investor_id=transaction.investor_id or transaction.asked_investor_id or "",
                        scopes={Scope.ACCOUNT_OPENING},
                        notice=notice,
                        language=language,
                        transaction_id=lead.transaction_id,
                        now=now,
                    )
        except asyncpg.UniqueViolationError:
            return HandedOver.ELSEWHERE
        return HandedOver.GOES if made else HandedOver.CHANGED

    async def told(self, transaction: Transaction, lead: Lead, said: OpeningStatus) -> bool:
        """The broker says how far it is; what it said before, or goes back, changes nothing."""
        now, status = self.clock.now(), OF_BROKER[said]

        async def tell(lead: Lead) -> bool:
            if not lead.handed_over or ORDER.index(status) <= ORDER.index(lead.status):
                return False
            after = replace(lead, status=status, submitted_at=lead.submitted_at or now)
            return await self._step(transaction, lead, after)

        return await self._again(lead, tell)

    async def over(self, transaction: Transaction, lead: Lead) -> bool:
        """The window is closed, or the applicant is back: the promise in the partner's page settles. What the broker
        says later is told by webhook."""
        move = life_cycle.settling(Status.COMPLETED, None)

        async def end(lead: Lead) -> bool:
            after = replace(lead, handing_over=False)
            return lead.handing_over and await self._step(transaction, lead, after, move=move)

        return await self._again(lead, end)

    async def _again(self, lead: Lead, step: Callable[[Lead], Awaitable[bool]]) -> bool:
        """Make a step that holds however far the lead has moved on meanwhile: the broker's server and the applicant's
        browser may come at once."""
        for _ in range(_TRIES):
            if await step(lead):
                return True
            found = await self.of_transaction(lead.gateway_id, lead.transaction_id)
            if found is None or found == lead:
                return False
            lead = found
        return False

    async def turned_to_login(self, lead: Lead, intent: str, kind: str) -> None:
        """The applicant has an account: the transaction goes on with a login."""
        async with self.database.transaction() as connection:
            await life_cycle.turn_to_login(
                connection,
                gateway_id=lead.gateway_id,
                transaction_id=lead.transaction_id,
                intent=intent,
                kind=kind,
                now=self.clock.now(),
            )

    def _marks(self, gateway_id: str, phone: str) -> tuple[bytes, ...]:
        return marks_of(self.cipher, gateway_id, phone)

    async def _step(
        self,
        transaction: Transaction,
        before: Lead,
        after: Lead,
        *,
        move: Move | None = None,
    ) -> bool:
        now, news = self.clock.now(), _news(transaction, before, after)
        async with self.database.connection() as connection:
            return await store.save(connection, before, after, news, move=move, due_at=None, now=now)

    def _seal(self, lead: Lead, details: Details) -> bytes:
        return self._sealed(lead.gateway_id, lead.transaction_id, details)

    def _sealed(self, gateway_id: str, transaction_id: str, details: Details) -> bytes:
        plain = msgspec.json.encode(details).decode()
        return self.cipher.seal(plain, bound_to=place(gateway_id, transaction_id))


def _news(transaction: Transaction, before: Lead, after: Lead) -> list[News]:
    """That the lead has moved on, if it has; partners are told from the way to the broker on."""
    if after.status is before.status:
        return []
    known = after.status is LeadStatus.PENDING_SUBMISSION or after.status in AT_BROKER
    return [News(LEAD_UPDATED.name, lead_event(transaction, after), notify_partner=known)]


async def transactions_of(database: Database, cipher: Cipher, gateway_id: str, phone: str) -> list[str]:
    """The transactions of every lead of a phone number (`+919876543210`)."""
    return await store.transactions_by_phone(database, gateway_id, marks_of(cipher, gateway_id, phone))


async def finish_away(leads: Leads, claim: Claim) -> None:
    """The due handler: an applicant did not come back, and no page said that the window is closed."""
    gateway_id, transaction_id = claim.key
    lead = await leads.of_transaction(gateway_id, transaction_id)
    transaction = await transactions.find(leads.database, gateway_id, transaction_id)
    if lead is not None and transaction is not None and lead.handing_over:
        await leads.over(transaction, lead)
    await release(leads.database, claim, None)
