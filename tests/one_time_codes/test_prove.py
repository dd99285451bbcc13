"""One-time codes: how many are sent, how many tries they have, and who carries them."""

import asyncio
import json
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from tests.support.clock import HandClock
from tests.support.partner import CIPHER, make_gateway
from tests.support.servers import Exchange, raw_server
from torana.flows.registry import FLOWS
from torana.kit.cipher import Cipher, new_key
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.kit.public_client import PublicClient
from torana.one_time_codes.models import MOST_A_DAY, MOST_SENDINGS, Channel, Destination, Sending, Verdict
from torana.one_time_codes.prove import OneTimeCodes
from torana.one_time_codes.senders import CodeMessage, HttpSenderSettings, NotDelivered, Senders, filled, senders
from torana.partners.access import Access
from torana.partners.models import Gateway, Mode
from torana.settings import read_settings
from torana.transactions.create import create
from torana.transactions.schemas import read_create

PHONE, OTHER = Destination.phone("+919876543210"), Destination.phone("+919000000000")
MOST_OF_GATEWAY = 1000
MAIL = Destination.email("asha@example.in")


@dataclass
class Post:
    """Carries every message into a list, or none."""

    messages: list[CodeMessage] = field(default_factory=list)
    fails: bool = False

    async def send(self, message: CodeMessage) -> None:
        if self.fails:
            raise NotDelivered("the provider is away")
        self.messages.append(message)

    @property
    def code(self) -> str:
        return self.messages[-1].code

    @property
    def wrong(self) -> str:
        return f"{(int(self.code) + 1) % 10**6:06}"


@dataclass
class Room:
    codes: OneTimeCodes
    post: Post
    gateway: Gateway
    clock: HandClock

    async def transaction(self) -> str:
        wanted = read_create(FLOWS, b'{"intent": "CONNECT"}')
        made = await create(self.codes.database, FLOWS, Access(self.gateway, None), wanted, self.clock.now(), None)
        return made.transaction_id

    async def send(self, transaction_id: str, to: Destination = PHONE) -> Sending:
        return await self.codes.send(self.gateway, transaction_id, to)

    async def verify(self, transaction_id: str, code: str, to: Destination | None = PHONE) -> Verdict:
        return await self.codes.verify(self.gateway.gateway_id, transaction_id, code, to)


@pytest.fixture
async def room(database: Database, clock: HandClock) -> Room:
    post = Post()
    codes = OneTimeCodes(database, CIPHER, clock, Senders(post), MOST_OF_GATEWAY)
    return Room(codes, post, await make_gateway(database, clock), clock)


async def test_the_code_that_was_sent_is_right_once(room: Room) -> None:
    asked = await room.transaction()

    assert await room.verify(asked, "123456") is Verdict.NOT_SENT
    assert await room.send(asked) is Sending.SENT
    assert await room.verify(asked, room.post.wrong) is Verdict.WRONG
    assert await room.verify(asked, f" {room.post.code[:3]} {room.post.code[3:]} ") is Verdict.RIGHT
    assert await room.verify(asked, room.post.code) is Verdict.SPENT
    assert await room.send(asked) is Sending.VERIFIED


async def test_five_tries_are_all_there_are(room: Room) -> None:
    """An OTP after five attempts: the right one is not taken, and no other is sent."""
    asked = await room.transaction()
    await room.send(asked)

    malformed = [await room.verify(asked, odd) for odd in ("", "12345", "1234567", "12345a", "１２３４５６")]
    wrong = [await room.verify(asked, room.post.wrong) for _ in range(5)]

    assert set(malformed) == {Verdict.MALFORMED}, "what is no code costs no try"
    assert set(wrong) == {Verdict.WRONG}
    assert await room.verify(asked, room.post.code) is Verdict.LOCKED
    room.clock.advance(60)
    assert await room.send(asked) is Sending.LOCKED


async def test_many_guesses_at_once_get_no_more_tries(room: Room) -> None:
    asked = await room.transaction()
    await room.send(asked)

    verdicts = await asyncio.gather(*(room.verify(asked, room.post.wrong) for _ in range(20)))

    assert sorted(verdicts) == sorted([Verdict.WRONG] * 5 + [Verdict.LOCKED] * 15)


async def test_of_two_wishes_at_once_one_is_sent(room: Room) -> None:
    asked = await room.transaction()

    sent = await asyncio.gather(*(room.send(asked) for _ in range(4)))

    assert sorted(sent) == sorted([Sending.SENT] + [Sending.TOO_SOON] * 3)
    assert len(room.post.messages) == 1


async def test_a_code_runs_out_and_the_newest_one_counts(room: Room) -> None:
    asked = await room.transaction()
    await room.send(asked)
    first = room.post.code
    assert await room.send(asked) is Sending.TOO_SOON
    room.clock.advance(31)

    assert await room.send(asked) is Sending.SENT
    if first != room.post.code:
        assert await room.verify(asked, first) is Verdict.WRONG
    room.clock.advance(301)
    assert await room.verify(asked, room.post.code) is Verdict.EXPIRED


async def test_a_code_counts_for_the_address_that_it_went_to(room: Room) -> None:
    asked = await room.transaction()
    await room.send(asked, MAIL)

    assert await room.verify(asked, room.post.code, PHONE) is Verdict.OTHER_CHANNEL
    assert await room.verify(asked, room.post.code, Destination.email("b@example.in")) is Verdict.OTHER_ADDRESS
    assert await room.verify(asked, room.post.code, MAIL) is Verdict.RIGHT


async def test_sendings_are_limited_by_transaction_and_by_address(room: Room) -> None:
    """Nobody's phone can be flooded: not from one window, nor from many."""
    first = await room.transaction()
    sent = []
    for _ in range(MOST_SENDINGS + 1):
        sent.append(await room.send(first))
        room.clock.advance(31)
    for _ in range(MOST_A_DAY - MOST_SENDINGS):
        assert await room.send(await room.transaction()) is Sending.SENT
        room.clock.advance(31)

    assert sent == [Sending.SENT] * MOST_SENDINGS + [Sending.TOO_MANY]
    assert await room.send(await room.transaction()) is Sending.TOO_MANY_TO_ADDRESS
    assert await room.send(await room.transaction(), OTHER) is Sending.SENT
    room.clock.advance(86_400)
    assert await room.send(await room.transaction()) is Sending.SENT


async def test_alternating_numbers_shorten_no_pause(room: Room) -> None:
    """Given a window that asks for one number, for another and for the first again, then the first has its pause, and
    its code is good no more."""
    asked = await room.transaction()
    await room.send(asked)
    await room.send(asked, OTHER)

    assert await room.send(asked) is Sending.ADDRESS_TOO_SOON
    assert [message.to for message in room.post.messages] == [PHONE, OTHER]
    room.clock.advance(31)
    assert await room.send(asked) is Sending.SENT


async def test_alternating_numbers_get_no_more_codes_a_day(room: Room) -> None:
    """Given windows that ask for one number and then for another each, then the first number gets its ten all the
    same."""
    for _ in range(2 * MOST_A_DAY):
        asked = await room.transaction()
        await room.send(asked)
        await room.send(asked, Destination.phone(f"+9190000{len(room.post.messages):05}"))
        room.clock.advance(31)

    assert [message.to for message in room.post.messages].count(PHONE) == MOST_A_DAY


async def test_many_windows_at_once_send_one_code_to_one_number(room: Room) -> None:
    asked = [await room.transaction() for _ in range(20)]

    sent = await asyncio.gather(*(room.send(one) for one in asked))

    assert sorted(sent) == sorted([Sending.SENT] + [Sending.ADDRESS_TOO_SOON] * 19)
    assert len(room.post.messages) == 1


async def test_a_gateway_sends_no_more_a_day_than_the_operator_lets_it(room: Room) -> None:
    """Given a page that asks for one number after the other, then it ends at the gateway's day; what was refused counts
    for no number."""
    room.codes = replaced(room.codes, most_a_day=3)
    asked = [await room.transaction() for _ in range(4)]

    sent = [await room.send(one, Destination.phone(f"+91900000000{number}")) for number, one in enumerate(asked)]
    room.clock.advance(86_401)
    late = await room.send(asked[3], Destination.phone("+919000000003"))

    assert (sent, late) == ([Sending.SENT] * 3 + [Sending.TOO_MANY_OF_GATEWAY], Sending.SENT)


async def test_another_number_need_not_wait(room: Room) -> None:
    asked = await room.transaction()
    await room.send(asked)

    assert await room.send(asked, OTHER) is Sending.SENT
    assert room.post.messages[-1].to == OTHER


async def test_what_was_not_delivered_proves_nothing_and_can_be_sent_again_at_once(room: Room) -> None:
    asked = await room.transaction()
    room.post.fails = True
    assert await room.send(asked) is Sending.NOT_DELIVERED
    assert await room.verify(asked, "123456") is Verdict.EXPIRED

    room.post.fails = False
    assert await room.send(asked) is Sending.SENT


async def test_what_was_not_delivered_uses_up_no_day(room: Room) -> None:
    """Given a provider that is away for longer than a day's codes last, then whoever asks once it is back gets one."""
    room.codes = replaced(room.codes, most_a_day=1)
    room.post.fails = True
    missed = [await room.send(await room.transaction()) for _ in range(MOST_A_DAY + 1)]
    room.post.fails = False

    sent = await room.send(await room.transaction())
    room.clock.advance(60)
    more = await room.send(await room.transaction(), OTHER)

    assert missed == [Sending.NOT_DELIVERED] * (MOST_A_DAY + 1)
    assert (sent, more) == (Sending.SENT, Sending.TOO_MANY_OF_GATEWAY)


async def test_what_was_not_delivered_counts_for_its_transaction(room: Room) -> None:
    """Nobody can have a provider that is away be asked without an end."""
    asked, room.post.fails = await room.transaction(), True

    sent = [await room.send(asked) for _ in range(MOST_SENDINGS + 1)]

    assert sent == [Sending.NOT_DELIVERED] * MOST_SENDINGS + [Sending.TOO_MANY]


async def test_a_failure_that_comes_late_shortens_no_pause(room: Room) -> None:
    """The first message fails once another one has gone out to the same number."""
    first, second = await room.transaction(), await room.transaction()
    begun, goes = asyncio.Event(), asyncio.Event()

    class Slow(Post):
        async def send(self, message: CodeMessage) -> None:
            begun.set()
            await goes.wait()
            raise NotDelivered("the provider is away")

    late = asyncio.create_task(replaced(room.codes, senders=Senders(Slow())).send(room.gateway, first, PHONE))
    await begun.wait()
    room.clock.advance(31)
    sent = await room.send(second)
    goes.set()

    assert (sent, await late) == (Sending.SENT, Sending.NOT_DELIVERED)
    assert await room.send(await room.transaction()) is Sending.ADDRESS_TOO_SOON


async def test_without_a_sender_nothing_is_begun(room: Room) -> None:
    codes = replaced(room.codes, senders=Senders(room.post))
    live = replace(room.gateway, mode=Mode.LIVE)
    asked = await room.transaction()

    sent = [await codes.send(live, asked, PHONE) for _ in range(MOST_SENDINGS + 1)]

    assert sent == [Sending.NOT_DELIVERED] * (MOST_SENDINGS + 1)
    assert await codes.find(room.gateway.gateway_id, asked) is None


async def test_another_gateways_transaction_has_no_code(room: Room, database: Database, clock: HandClock) -> None:
    asked = await room.transaction()
    await room.send(asked)
    other = await make_gateway(database, clock)

    assert await room.codes.verify(other.gateway_id, asked, room.post.code) is Verdict.NOT_SENT


async def test_a_code_is_shown_for_a_test_gateway_only(room: Room) -> None:
    asked = await room.transaction()
    await room.send(asked)
    sent = await room.codes.find(room.gateway.gateway_id, asked)

    assert room.codes.shown(room.gateway, sent) == room.post.code
    assert room.codes.shown(replace(room.gateway, mode=Mode.LIVE), sent) is None


async def test_neither_address_nor_code_is_readable_at_rest(room: Room, database: Database) -> None:
    asked = await room.transaction()
    await room.send(asked)

    row = await database.value("select to_jsonb(c)::text from one_time_codes c where transaction_id = $1", asked)

    assert "9876543210" not in row
    assert room.post.code not in row
    assert "9876543210" not in repr(room.post.messages)
    assert room.post.code not in repr(room.post.messages)


def test_marks_of_a_text_are_equal_only_under_one_key_and_place() -> None:
    old, new = new_key("old"), new_key("new")
    before, after = Cipher(old), Cipher(f"{new},{old}")

    (mark,) = before.marks("+919876543210", bound_to="gw_1")

    assert mark in after.marks("+919876543210", bound_to="gw_1")
    assert mark != after.marks("+919876543210", bound_to="gw_1")[0]
    assert mark not in after.marks("+919876543210", bound_to="gw_2")
    assert mark not in after.marks("+919000000000", bound_to="gw_1")


MESSAGE = CodeMessage(PHONE, "012345", 'Asha & "Co"', 5)


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        (
            HttpSenderSettings(body='{"to": "{to}", "text": "{code} for {app}, {minutes} min"}'),
            lambda body: json.loads(body) == {"to": "+919876543210", "text": '012345 for Asha & "Co", 5 min'},
        ),
        (
            HttpSenderSettings(
                body="mobile={to}&otp={code}&app={app}", content_type="application/x-www-form-urlencoded"
            ),
            lambda body: parse_qs(body) == {"mobile": ["+919876543210"], "otp": ["012345"], "app": ['Asha & "Co"']},
        ),
        (HttpSenderSettings(body="{code} {to} {unknown}", content_type="text/plain"),
         lambda body: body == "012345 +919876543210 {unknown}"),
    ],
)  # fmt: skip
def test_what_is_filled_in_cannot_leave_its_place(settings: HttpSenderSettings, read: object) -> None:
    assert callable(read)
    assert read(filled(settings, MESSAGE))


async def test_a_live_code_goes_to_the_operators_provider(database: Database) -> None:
    """Once, with the secret in its header; anything but a 2xx is not delivered."""

    async def taken(exchange: Exchange) -> None:
        await exchange.answer()

    async def refused(exchange: Exchange) -> None:
        await exchange.answer("403 Forbidden")

    async with raw_server(taken, refused) as server:
        allowed = (f"127.0.0.1:{server.port}",)
        settings = HttpSenderSettings(url=f"http://127.0.0.1:{server.port}/sms", header="Authorization: Bearer s3cret")
        async with PublicClient(allowed) as public:
            sender = senders(public, settings).of(Mode.LIVE, Channel.PHONE)
            assert sender is not None
            await sender.send(MESSAGE)
            with pytest.raises(NotDelivered, match="403"):
                await sender.send(MESSAGE)

    (first, _) = server.exchanges
    assert (first.method, first.target, first.headers["authorization"]) == ("POST", "/sms", "Bearer s3cret")
    assert json.loads(first.body)["to"] == "+919876543210"


async def test_a_message_that_nobody_answered_for_may_be_on_its_way(database: Database, clock: HandClock) -> None:
    """Given a provider that takes the message and hangs up, then its code is good, and another has to wait."""

    async def hangs_up(_: Exchange) -> None:
        return

    async with raw_server(hangs_up) as server:
        settings = HttpSenderSettings(url=f"http://127.0.0.1:{server.port}/sms")
        async with PublicClient((f"127.0.0.1:{server.port}",)) as public:
            gateway = replace(await make_gateway(database, clock), mode=Mode.LIVE)
            known = senders(public, settings)
            room = Room(OneTimeCodes(database, CIPHER, clock, known, MOST_OF_GATEWAY), Post(), gateway, clock)
            asked = await room.transaction()
            assert await room.send(asked) is Sending.SENT
            assert await room.send(asked) is Sending.TOO_SOON
    (taken,) = server.exchanges
    code = json.loads(taken.body)["text"][:6]
    assert await room.verify(asked, code) is Verdict.RIGHT


async def test_a_provider_on_an_inner_address_is_not_called() -> None:
    """The way out is guarded, whoever wrote the setting."""
    settings = HttpSenderSettings(url="https://169.254.169.254/sms")
    async with PublicClient(()) as public:
        sender = senders(public, settings).of(Mode.LIVE, Channel.PHONE)
        assert sender is not None
        with pytest.raises(NotDelivered):
            await sender.send(MESSAGE)


async def test_without_a_provider_nothing_is_sent_for_live_gateways() -> None:
    async with PublicClient(()) as public:
        known = senders(public, HttpSenderSettings())

        assert [known.of(Mode.LIVE, channel) for channel in Channel] == [None, None]
        assert all(known.of(Mode.TEST, channel) for channel in Channel)


@pytest.mark.parametrize(
    ("named", "settings"),
    [
        ("TORANA_SMS_BODY", HttpSenderSettings(url="https://sms.example", body='{"to": "{to}"}')),
        ("TORANA_SMS_HEADER", HttpSenderSettings(url="https://sms.example", header="s3cret")),
    ],
)
async def test_settings_that_cannot_work_are_named_without_their_value(
    named: str, settings: HttpSenderSettings
) -> None:
    async with PublicClient(()) as public:
        with pytest.raises(ConfigurationError, match=named) as caught:
            senders(public, settings)
    assert "s3cret" not in str(caught.value)


def test_the_settings_are_read_and_shown_by_nobody() -> None:
    settings = read_settings(
        {"TORANA_SMS_URL": "https://sms.example/send", "TORANA_SMS_HEADER": "Authorization: Bearer s3cret"}
    )

    assert settings.sms.url == "https://sms.example/send"
    assert settings.sms.header == "Authorization: Bearer s3cret"
    assert "s3cret" not in repr(settings)
