"""Every call to a broker, sent once by way of the broker's signer, and read."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import ClassVar, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import structlog
from msgspec import structs

from torana.connectors.contract import (
    BrokerOrder,
    Callback,
    Entry,
    Instrument,
    LoginRefused,
    LoginStart,
    NotSent,
    Postback,
    PostbackProof,
    Redirect,
    Rows,
    Session,
    Setup,
    TagRule,
    Unknown,
    VaultUnavailable,
    url_proves,
)
from torana.connectors.contract.signing import Handshake, Keep, Read, Send, Step
from torana.connectors.decoding import decode, read_all_rows, read_rows
from torana.connectors.error_table import Dialect, Purpose, lost, read
from torana.connectors.readings import WithData
from torana.connectors.row_reader import OrderRow, PostbackRow, wire_names
from torana.connectors.tags import PLAIN, TAG_FIELDS, may_be_ours
from torana.kit.http import Answer, Request, TransportFailure
from torana.kit.money import Paise

T = TypeVar("T")
W = TypeVar("W")
K = TypeVar("K")
R = TypeVar("R", bound=OrderRow)

log = structlog.get_logger(__name__)

IN_DECIMALS = msgspec.json.Encoder(decimal_format="number")
"""Writes amounts as exact JSON numbers."""
_LONGEST_CODE = 40


class Part:
    """What the parts of a connector have in common. See `torana.connectors.contract` for what each method promises."""

    dialect: ClassVar[Dialect]

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    async def ask(
        self,
        request: Request,
        kind: type[T],
        session: Session | None = None,
        purpose: Purpose = Purpose.READ,
        dialect: Dialect | None = None,
    ) -> T:
        """Make one call and read its answer as `kind`, by the broker's dialect where this call has none of its own.
        Raises what `error_table.py` says, and nothing else."""
        answer = await exchange(self.setup, request, session, purpose)
        return read(answer, kind, dialect or self.dialect, purpose)

    async def call(
        self,
        session: Session | None,
        method: str,
        path: str,
        kind: type[T],
        purpose: Purpose = Purpose.READ,
        *,
        query: tuple[tuple[str, str], ...] = (),
        form: Mapping[str, str] | tuple[tuple[str, str], ...] | None = None,
        body: object = None,
        host: str = "api",
        dialect: Dialect | None = None,
    ) -> T:
        """The whole answer of this path, in which `{client}` is the account. `body`: what goes out as JSON; amounts in
        it (`Decimal`) are JSON numbers."""
        if session is not None and "{client}" in path:
            path = path.replace("{client}", quote(session.broker_user_id, safe=""))
        json = None if body is None else IN_DECIMALS.encode(body)
        request = Request(method, self.url(path, host), query=query, form=form, json=json)
        return await self.ask(request, kind, session, purpose, dialect)

    async def get(
        self, session: Session, path: str, kind: type[WithData[T]], query: tuple[tuple[str, str], ...] = ()
    ) -> T:
        """What stands in the envelope of an answer to a read."""
        return (await self.call(session, "GET", path, kind, query=query)).data

    async def post(
        self,
        session: Session,
        path: str,
        kind: type[WithData[T]],
        body: object,
        purpose: Purpose = Purpose.READ,
        *,
        query: tuple[tuple[str, str], ...] = (),
        host: str = "api",
    ) -> T:
        """What stands in the envelope of an answer to a JSON body."""
        return (await self.call(session, "POST", path, kind, purpose, query=query, body=body, host=host)).data

    def rows(self, rows: Iterable[object], kind: type[W], translate: Callable[[W], T]) -> Rows[T]:
        """Every row that can be read, and what the others were about."""
        return read_all_rows(rows, kind, translate, broker=self.setup.broker)

    def book_rows(
        self,
        rows: Iterable[object],
        kind: type[R],
        translate: Callable[[R], BrokerOrder],
        known: Collection[str],
        rule: TagRule = PLAIN,
    ) -> list[BrokerOrder]:
        """The rows of an order book of a broker that takes our tags by this rule. One that may be ours and cannot be
        read fails the look (`may_be_ours`): by the fields of tags and id that the kind states, and by those of most
        brokers."""
        names = wire_names(kind)
        tag_fields = {names["tag"], names["tags"], *TAG_FIELDS}
        ours = partial(may_be_ours, known=known, rule=rule, tag_fields=tag_fields, id_field=names["order_id"])
        return read_rows(rows, kind, translate, broker=self.setup.broker, ours=ours)

    def found_by_tag(
        self, rows: Iterable[object], kind: type[R], translate: Callable[[R], BrokerOrder], tag: str
    ) -> list[BrokerOrder]:
        """What a look-up by our tag told. It chose the rows by the tag, so one that does not repeat it counts too: a
        false "absent" costs most. One that cannot be read fails the look."""
        found = read_rows(rows, kind, translate, broker=self.setup.broker, ours=lambda _: True)
        return [replace(one, tag=tag) for one in found if one.may_carry(tag)]

    def priced(
        self,
        asked: Mapping[K, Instrument],
        rows: Iterable[object],
        kind: type[W],
        price: Callable[[W], tuple[K, Paise]],
    ) -> dict[Instrument, Paise]:
        """What these rows tell of the prices that were asked for, each by its key. One without a price is absent."""
        read = self.rows(rows, kind, price).read
        return {asked[key]: paise for key, paise in read if key in asked}

    def login_page(self, path: str, query: Mapping[str, str], host: str = "web") -> LoginStart:
        """The way to a login by a page of the broker's."""
        return LoginStart(Redirect(self.url(f"{path}?{urlencode(query)}", host)))

    def oauth_page(self, path: str, ticket: str, host: str = "api") -> LoginStart:
        """The same, of a broker that asks by the names of OAuth 2."""
        query = {
            "response_type": "code",
            "client_id": self.setup.keys["api_key"],
            "redirect_uri": self.setup.redirect_uri,
            "state": ticket,
        }
        return self.login_page(path, query, host)

    def brought(self, callback: Callback, *names: str, error: str = "") -> str:
        """What the browser brought back by one of these names. Raises `LoginRefused` where it brought nothing, with
        the code that stands in the field `error`."""
        for name in names:
            if told := callback.get(name):
                return told
        code = callback.get(error) if error else None
        raise LoginRefused("the login was not finished", code=(code or "")[:_LONGEST_CODE] or None)

    def url(self, path: str, host: str = "api") -> str:
        return f"{self.setup.hosts[host]}{path}"


class UnsignedPostbacks(Part):
    """Postbacks of a broker that signs nothing: the secret in the registered URL is the only proof."""

    proof: ClassVar = PostbackProof.SECRET_URL
    row: ClassVar[type[PostbackRow]]

    def read(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """Raises `ValueError`."""
        if not url_proves(url_secret, self.setup.keys["postback_secret"]):
            raise ValueError(f"the secret in the URL of this postback of {self.setup.broker} is wrong")
        return decode(body, self.row).postback()


async def exchange(setup: Setup, request: Request, session: Session | None, purpose: Purpose) -> Answer:
    """Send one call as the broker's signer wants it. Raises `NotSent` or one of its kinds, or `Unknown`; for a login
    also `LoginRefused`, where the broker refuses what goes before it.

    What goes before the call may fail and be tried again; once the call was sent nothing that fails behind it changes
    what its answer says.
    """
    account = session.broker_user_id if session is not None else request.account
    request = structs.replace(request, account=account, may_rest=purpose is Purpose.READ)
    run = _Run(setup)
    flow = setup.signer(setup, request, session)
    reply: object = None
    try:
        while True:
            reply = await run.do(flow.send(reply))
    except StopIteration as done:
        if not run.answered:
            raise RuntimeError(f"the signer of {setup.broker} sent nothing") from None
        answer: Answer = done.value
        return answer
    except (NotSent, ValueError) as error:
        what = error.message if isinstance(error, NotSent) else "what the broker sent before or around it is unreadable"
        if run.answered:
            raise Unknown(what) from None
        if isinstance(error, NotSent):
            raise
        raise NotSent(what) from None
    finally:
        flow.close()


@dataclass(slots=True)
class _Run:
    """One call on its way."""

    setup: Setup
    answered: bool = False
    """The call itself was sent, and an answer came."""

    async def do(self, step: Step) -> Answer | Entry | None:
        match step:
            case Send():
                return await self._send(step.request)
            case Handshake():
                return await self._handshake(step.request)
            case Read() | Keep():
                return await self._vault(step)

    async def _send(self, request: Request) -> Answer:
        if self.answered:
            raise RuntimeError(f"the signer of {self.setup.broker} would send a call twice")
        try:
            answer = await self.setup.client.send(request)
        except TransportFailure as failure:
            raise lost(failure) from None
        self.answered = True
        return answer

    async def _handshake(self, request: Request) -> Answer:
        if self.answered:
            raise RuntimeError(f"a handshake of {self.setup.broker} goes before the call")
        try:
            return await self.setup.client.send(structs.replace(request, may_rest=False))
        except TransportFailure as failure:
            raise NotSent(f"no handshake: {failure.reason}") from None

    async def _vault(self, step: Read | Keep) -> Entry | None:
        name = step.name if step.login is None else f"{step.name}/{_of(step.login)}"
        try:
            if isinstance(step, Read):
                return await self.setup.vault.read(name)
            return await self.setup.vault.keep(name, step.value, step.was, of_login=step.login is not None)
        except VaultUnavailable as error:
            if not self.answered:
                raise NotSent(f"the vault of secrets: {error}") from None
            # The answer says what became of the call; what it renewed is asked for anew when it is missed.
            log.error("connectors.vault.not_kept", broker=self.setup.broker, name=step.name, error=str(error))
            return None


def _of(login: Session) -> str:
    """A name for a login that tells nothing of its secrets."""
    told = msgspec.json.encode([login.broker_user_id, sorted(login.secrets.items())])
    return sha256(told).hexdigest()[:32]
