"""One-time codes and access tokens of the simulated brokers."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from torana.sandbox.accounts import Account


class CodeProblem(StrEnum):
    """Why a one-time code is refused."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


class CodeRefused(Exception):
    def __init__(self, problem: CodeProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(slots=True)
class Code:
    """What a login gives the browser to carry to the app: good once, for a short while, for one app."""

    account: Account
    app: str
    expires_at: datetime
    used: bool = False


@dataclass(slots=True)
class Session:
    """An access token's meaning."""

    account: Account
    app: str
    started_at: datetime
    ends_at: datetime
    ended: bool = False

    def live(self, now: datetime) -> bool:
        return not self.ended and now < self.ends_at


class Sessions:
    """Codes and tokens of one broker. A client has one live token per app."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Session] = {}
        self._latest: dict[tuple[str, str], Session] = {}

    def issue_code(self, account: Account, app: str, now: datetime, *, seconds: float, used: bool = False) -> str:
        """A code that lives so many seconds (below zero: it is too old already)."""
        code = secrets.token_hex(16)
        self._codes[code] = Code(account, app, now + timedelta(seconds=seconds), used)
        return code

    def owner_of(self, code: str) -> Account | None:
        """Whose code it is, without using it."""
        known = self._codes.get(code)
        return known.account if known else None

    def code_where(self, fits: Callable[[str, Code], bool]) -> str | None:
        """The code that fits, good or not: for brokers whose apps do not send it, but a checksum over it."""
        return next((text for text, code in self._codes.items() if fits(text, code)), None)

    def app_of(self, code: str) -> str:
        """The app that a code was made for, empty where nobody made it."""
        known = self._codes.get(code)
        return known.app if known else ""

    def redeem(self, code: str, app: str, now: datetime) -> Account:
        """Use a code. Raises `CodeRefused`."""
        known = self._codes.get(code)
        if known is None or known.app != app:
            raise CodeRefused(CodeProblem.UNKNOWN)
        if known.used:
            raise CodeRefused(CodeProblem.USED)
        if now >= known.expires_at:
            raise CodeRefused(CodeProblem.EXPIRED)
        known.used = True
        return known.account

    def start(self, account: Account, app: str, now: datetime, ends_at: datetime) -> str:
        """A new token; the client's earlier one with the same app ends."""
        earlier = self._latest.get((account.user_id, app))
        if earlier is not None:
            earlier.ended = True
        token = secrets.token_hex(16)
        self._tokens[token] = self._latest[account.user_id, app] = Session(account, app, now, ends_at)
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token, live or over."""
        return self._tokens.get(token)

    def live_until(self, account: Account, now: datetime) -> datetime | None:
        """When the client's last live token ends; None when they have none."""
        mine = (session for session in self._latest.values() if session.account is account and session.live(now))
        return max((session.ends_at for session in mine), default=None)

    def end(self, account: Account | None = None) -> int:
        """End every token of a client (None: of everybody). Returns how many were not ended before."""
        ended = 0
        for session in self._latest.values():
            if not session.ended and (account is None or session.account is account):
                session.ended = True
                ended += 1
        return ended

    def forget(self) -> None:
        self._codes.clear()
        self._tokens.clear()
        self._latest.clear()
