"""Send a code, and judge one that is given back. The limits are conditions of the statements, so that many requests at
once get no more of them than one after the other."""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

import msgspec
import structlog

from torana.kit.cipher import Cipher, sealed_place
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.one_time_codes import store
from torana.one_time_codes.models import (
    DIGITS,
    GOOD_FOR,
    MOST_ATTEMPTS,
    MOST_SENDINGS,
    RESEND_AFTER,
    Destination,
    Sending,
    SentCode,
    Verdict,
)
from torana.one_time_codes.senders import CodeMessage, NotDelivered, Senders
from torana.partners.models import Gateway, Mode

_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
log = structlog.get_logger(__name__)


class _Secret(msgspec.Struct, frozen=True):
    """What is sealed: where the code went, and the code."""

    to: Destination
    code: str

    def __repr__(self) -> str:
        return "_Secret()"


class _Limit(Enum):
    TRANSACTION = auto()
    ADDRESS = auto()
    GATEWAY = auto()


class _Refused(Exception):
    """Nothing of this sending is to be kept."""

    def __init__(self, limit: _Limit) -> None:
        super().__init__(limit)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """The codes of all transactions. `most_a_day`: how many one gateway may send a day, to all addresses together."""

    database: Database = field(repr=False)
    cipher: Cipher = field(repr=False)
    clock: Clock = field(repr=False)
    senders: Senders = field(repr=False)
    most_a_day: int

    async def send(self, gateway: Gateway, transaction_id: str, to: Destination) -> Sending:
        """Send a new code to this address, in the place of an earlier one."""
        at = {"gateway_id": gateway.gateway_id, "transaction_id": transaction_id}
        sender = self.senders.of(gateway.mode, to.channel)
        if sender is None:
            log.warning(
                "one_time_code.not_delivered", channel=to.channel.value, why="the operator has set no sender", **at
            )
            return Sending.NOT_DELIVERED
        now, code = self.clock.now(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        sealed = self._seal(_Secret(to, code), **at)
        refused = await self._begin(gateway, transaction_id, to, sealed, now)
        if refused is not None:
            return refused
        minutes = int(GOOD_FOR.total_seconds()) // 60
        try:
            await sender.send(CodeMessage(to, code, gateway.display_name, minutes))
        except NotDelivered as error:
            log.warning("one_time_code.not_delivered", channel=to.channel.value, why=error.why, **at)
            mark = self._marks(to, gateway.gateway_id)[0]
            await store.note_not_sent(
                self.database, **at, sealed=sealed, mark=mark, counted_at=now, now=self.clock.now()
            )
            return Sending.NOT_DELIVERED
        return Sending.SENT

    async def _begin(
        self, gateway: Gateway, transaction_id: str, to: Destination, sealed: bytes, now: datetime
    ) -> Sending | None:
        """Keep the code and count its sending, or nothing of it: then the limit that says no."""
        gateway_id, marks = gateway.gateway_id, self._marks(to, gateway.gateway_id)
        at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
        try:
            async with self.database.transaction() as connection:
                if not await store.keep(
                    connection, **at, channel=to.channel, marks=marks, sealed=sealed, now=now, expires_at=now + GOOD_FOR
                ):
                    raise _Refused(_Limit.TRANSACTION)
                if not await store.count_for_address(connection, gateway_id, marks, now):
                    raise _Refused(_Limit.ADDRESS)
                if not await store.count_for_gateway(connection, gateway_id, self.most_a_day, now):
                    raise _Refused(_Limit.GATEWAY)
        except _Refused as refused:
            match refused.limit:
                case _Limit.TRANSACTION:
                    return why_not_sent(await store.find(self.database, **at))
                case _Limit.ADDRESS:
                    last = await store.last_sent(self.database, gateway_id, marks)
                    soon = last is not None and last > now - RESEND_AFTER
                    return Sending.ADDRESS_TOO_SOON if soon else Sending.TOO_MANY_TO_ADDRESS
                case _Limit.GATEWAY:
                    log.error("one_time_code.too_many_of_gateway", most=self.most_a_day, **at)
                    return Sending.TOO_MANY_OF_GATEWAY
        return None

    async def verify(self, gateway_id: str, transaction_id: str, given: str, to: Destination | None = None) -> Verdict:
        """Judge a code. `to`: the address it is given back for, where the caller names one."""
        at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
        given = "".join(given.split())
        found = await store.find(self.database, **at)
        if found is None:
            return Verdict.NOT_SENT
        if to is not None and found.channel is not to.channel:
            return Verdict.OTHER_CHANNEL
        if not _CODE.fullmatch(given):
            return Verdict.MALFORMED
        now = self.clock.now()
        counted = await store.count_attempt(self.database, **at, now=now)
        if counted is None:
            return why_not_judged(await store.find(self.database, **at) or found, now)
        secret = self._open(counted)
        if to is not None and secret.to != to:
            return Verdict.OTHER_ADDRESS
        if not hmac.compare_digest(secret.code, given):
            return Verdict.WRONG
        verified = await store.note_verified(self.database, **at, sealed=counted.sealed, now=now)
        return Verdict.RIGHT if verified else Verdict.SPENT

    async def find(self, gateway_id: str, transaction_id: str) -> SentCode | None:
        """How the code of this transaction stands; None before one was asked for."""
        return await store.find(self.database, gateway_id, transaction_id)

    def destination(self, code: SentCode) -> Destination:
        """Where it went."""
        return self._open(code).to

    def shown(self, gateway: Gateway, code: SentCode | None) -> str | None:
        """The code itself, for the pages of a test gateway, whose codes are sent to nobody. None at a live gateway."""
        if gateway.mode is not Mode.TEST or code is None or code.gateway_id != gateway.gateway_id:
            return None
        return self._open(code).code

    def _marks(self, to: Destination, gateway_id: str) -> tuple[bytes, ...]:
        return self.cipher.marks(f"{to.channel}|{to.address}", bound_to=f"{gateway_id}|one_time_codes")

    def _seal(self, secret: _Secret, gateway_id: str, transaction_id: str) -> bytes:
        return self.cipher.seal(msgspec.json.encode(secret).decode(), bound_to=_place(gateway_id, transaction_id))

    def _open(self, code: SentCode) -> _Secret:
        place = _place(code.gateway_id, code.transaction_id)
        return msgspec.json.decode(self.cipher.open(code.sealed, bound_to=place), type=_Secret)


def why_not_sent(found: SentCode | None) -> Sending:
    """Which limit of its transaction says no to another sending."""
    if found is None:
        return Sending.TOO_SOON
    if found.verified_at is not None:
        return Sending.VERIFIED
    if found.attempts >= MOST_ATTEMPTS:
        return Sending.LOCKED
    return Sending.TOO_MANY if found.sendings >= MOST_SENDINGS else Sending.TOO_SOON


def why_not_judged(found: SentCode, now: datetime) -> Verdict:
    """Why a code can no longer be given back."""
    if found.verified_at is not None:
        return Verdict.SPENT
    if found.attempts >= MOST_ATTEMPTS:
        return Verdict.LOCKED
    return Verdict.EXPIRED if found.expires_at <= now else Verdict.WRONG


def _place(gateway_id: str, transaction_id: str) -> str:
    return sealed_place(gateway_id, "one_time_codes", transaction_id, "sealed")
