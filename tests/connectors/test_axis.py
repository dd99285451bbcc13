"""What is odd about Axis Direct: the envelope, the key that a handshake brings, and what is guessed of its rows."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers.axis import Enveloped
from tests.connectors.replay import NOW, SESSION, Replayer, answer, fixture, replying
from tests.connectors.whole import Whole
from tests.support.vault import MemoryVault
from torana.connectors.axis import envelope, mapping
from torana.connectors.contract import (
    BrokerStatus,
    ExecutionMode,
    Keys,
    NotSent,
    Rejected,
    Setup,
    Unknown,
    Variety,
)
from torana.connectors.hosts import live_hosts
from torana.connectors.order_words import status_of
from torana.connectors.registry import BROKERS
from torana.kit.http import Answer, Request
from torana.sandbox.axis import errors
from torana.sandbox.axis import wire as simulated

KEY = envelope.CallKey("00112233445566778899aabbccddeeff")
SEALED = "AAECAwQFBgcICQoLDA0ODw==.WexTTRnpxItKDvH68k8s/Q==.Db97zH9tA48Djo5oqaLyVg=="
SEALED_SHORT_NONCE = "AAECAwQFBgcICQoL.aT1ERANJ7b5g+yZPkE5Lpg==.lWTLL0Uwx/dfib1RWFJW/bCA"
"""Made by PyCryptodome, called as in the lines that Axis Direct publishes: with a nonce of 16 and of 12 bytes."""


def der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def test_a_body_is_sealed_as_the_broker_publishes_it() -> None:
    sealed = KEY.seal(b'{"segment":"EQ"}', random=lambda length: bytes(range(length)))

    assert json.loads(sealed) == {"payload": SEALED}


@pytest.mark.parametrize(
    ("payload", "plain"), [(SEALED, b'{"segment":"EQ"}'), (SEALED_SHORT_NONCE, b'{"statusCode":200}')]
)
def test_an_answer_opens_whatever_the_length_of_its_nonce(payload: str, plain: bytes) -> None:
    assert KEY.open(answer(json.dumps({"data": {"payload": payload}}))) == plain


@pytest.mark.parametrize("payload", ["", ".", "..", "AA==", f"{SEALED}.AA==", SEALED[:-8], SEALED.replace(".", "!", 1)])
def test_an_envelope_that_is_damaged_does_not_open(payload: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever is wrong with it
        KEY.open(answer(json.dumps({"data": {"payload": payload}})))


@given(at=st.integers(0, 47), bit=st.integers(0, 7))
def test_no_bit_of_an_envelope_can_be_changed(at: int, bit: int) -> None:
    nonce, tag, text = (bytearray(base64.b64decode(part)) for part in SEALED.split("."))
    (nonce, tag, text)[at // 16][at % 16] ^= 1 << bit
    payload = ".".join(base64.b64encode(part).decode() for part in (nonce, tag, text))

    with pytest.raises(ValueError, match="another key"):
        KEY.open(answer(json.dumps({"data": {"payload": payload}})))


def test_the_key_of_a_call_is_sealed_for_the_broker_and_is_another_each_time(private_key: rsa.RSAPrivateKey) -> None:
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    keys = [envelope.CallKey() for _ in range(2)]

    sent = [private_key.decrypt(base64.b64decode(one.header(der(private_key))), oaep) for one in keys]

    assert sent == [one.text.encode() for one in keys]
    assert len({*sent}) == 2
    assert all(len(one) == 32 and not set(one) - set(b"0123456789abcdef") for one in sent)
    assert keys[0].text not in repr(keys[0])


@pytest.mark.parametrize(
    "told", ["{}", '{"data":{}}', '{"data":{"publicKey":""}}', '{"data":{"publicKey":"bm8="}}', "<html>", ""]
)
def test_what_is_no_key_is_refused(told: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever is wrong with it
        envelope.public_key(told.encode())


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not an RSA key"):
        envelope.public_key(json.dumps({"data": {"publicKey": der(ec.generate_private_key(ec.SECP256R1()))}}).encode())


@dataclass
class Broker:
    """Answers in an envelope, as long as it is sealed for the key that it has; counts handshakes."""

    answers: list[Answer]
    said: list[Answer | None] = field(default_factory=list)
    """Instead of the handshake or of the next call, in this order; None: as usual."""
    seen: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        self.seen.append(request.url.rpartition("/")[2])
        self.accounts.append(request.account)
        if self.said and (instead := self.said.pop(0)) is not None:
            return instead
        return await Enveloped(Replayer(self.answers)).send(request)


def connected(broker: Broker, vault: MemoryVault) -> Whole:
    keys = Keys({"api_key": "client-id", "api_secret": "authorization-key"})
    hosts = live_hosts(BROKERS["axis"], keys)
    setup = Setup(broker, hosts, keys, "https://torana.example", ExecutionMode.SERVER_API, vault)
    return Whole(BROKERS["axis"].bound(setup))


FUNDS = answer(fixture("axis", "funds.200"))
BOOK, HANDSHAKE = "get-limits", "handshake"


async def test_one_handshake_serves_all_calls_and_all_processes() -> None:
    broker, vault = Broker([FUNDS]), MemoryVault()

    for _ in range(2):
        await connected(broker, vault).funds(SESSION)

    assert broker.seen == [HANDSHAKE, BOOK, BOOK]


async def test_a_handshake_leaves_by_the_way_of_the_account_whose_call_it_serves() -> None:
    broker = Broker([FUNDS])

    await connected(broker, MemoryVault()).funds(SESSION)

    assert broker.accounts == [SESSION.broker_user_id] * 2


OTHER = json.dumps({"data": {"payload": SEALED}})


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(OTHER), Unknown),
        (answer(OTHER, 400), Unknown),
        (answer('{"statusCode":200,"data":{"availableCash":1}}'), Unknown),
        (answer('{"statusCode":400,"message":"Decryption failed"}', 400), Unknown),
    ],
)
async def test_behind_an_answer_in_no_envelope_of_ours_the_key_is_asked_for_anew(
    said: Answer, error: type[Exception]
) -> None:
    broker, vault = Broker([FUNDS], [None, said]), MemoryVault()
    one = connected(broker, vault)

    with pytest.raises(error):
        await one.funds(SESSION)
    assert await one.funds(SESSION) == 15600005

    assert broker.seen == [HANDSHAKE, BOOK, HANDSHAKE, BOOK]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_broker_that_is_busy_has_no_new_key(status: int) -> None:
    broker, vault = Broker([FUNDS], [None, answer("busy", status, "text/plain")]), MemoryVault()
    one = connected(broker, vault)

    with pytest.raises((Unknown, NotSent)):
        await one.funds(SESSION)
    await one.funds(SESSION)

    assert broker.seen == [HANDSHAKE, BOOK, BOOK]


@pytest.mark.parametrize("said", [answer("{}"), answer("no", 503), answer('{"data":{"publicKey":"bm8="}}')])
async def test_without_a_key_nothing_was_sent_and_none_is_kept(said: Answer) -> None:
    broker, vault = Broker([FUNDS], [said]), MemoryVault()

    with pytest.raises(NotSent):
        await connected(broker, vault).funds(SESSION)

    assert broker.seen == [HANDSHAKE]
    assert await vault.read("public key") is None


@pytest.mark.parametrize(
    "page",
    [
        "http://welcome.axisdirect.in/sso/validate?ssoId=1",
        "https://axisdirect.in.example/sso/validate?ssoId=1",
        "https://axisdirect.in@example.org/?ssoId=1",
        "https://notaxisdirect.in/",
        "javascript:alert(1)",
        "/sso/validate",
        "https://[axisdirect.in/",
        "https://example.org\\@welcome-api.axisdirect.in/",
        "https://example.org\\.axisdirect.in/",
        "https://welcome-api.axisdirect.in/\r\nset-cookie: a=b",
        "https://somebody@welcome-api.axisdirect.in/",
    ],
)
async def test_a_login_leads_to_no_page_but_the_brokers(page: str) -> None:
    told = {"statusCode": 200, "status": "OK", "data": {"redirectURL": page}}
    one, _ = replying("axis", answer(json.dumps(told)))

    with pytest.raises(Unknown, match="somebody else"):
        await one.login_url("state-1")


async def test_a_cancelled_login_asks_nothing() -> None:
    one, client = replying("axis", answer(fixture("axis", "finish_login.200")))

    for callback in ({}, {"ssoId": ""}, {"error": "cancelled"}):
        with pytest.raises(Exception, match="not finished"):
            await one.finish_login(callback, NOW)

    assert client.requests == []


def test_the_simulator_says_no_word_that_the_connector_does_not_know_and_no_code_that_proves_a_no() -> None:
    """Both rest on the same guess."""
    dialect = mapping.DIALECT

    assert {word.lower() for word in simulated.WORDS.simulated()} <= mapping.ROWS.statuses.keys()
    assert set(errors.TABLE.codes) - dialect.session_codes - dialect.ambiguous_codes == {"400", "403", "404", "422"}
    assert dialect.rejections == {}


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert status_of(word, 10, 10, mapping.ROWS.statuses) is BrokerStatus.UNKNOWN


@pytest.mark.parametrize(
    ("exchange", "segment", "ours"),
    [("NSE", "EQ", "NSE"), ("BSE", "EQ", "BSE"), ("NSE", "FO", "NSE-FO"), ("NSE", "", "NSE-"), ("MCX", "EQ", "MCX")],
)
def test_only_the_cash_market_is_an_exchange_of_ours(exchange: str, segment: str, ours: str) -> None:
    assert mapping.ROWS.exchange(exchange, segment) == ours


async def test_a_cancellation_repeats_what_the_book_shows() -> None:
    one, client = replying("axis", answer(fixture("axis", "orders.200")), answer(fixture("axis", "cancel.200")))

    await one.cancel(SESSION, "261118000417202", Variety.REGULAR)

    assert json.loads(client.requests[-1].json or b"") == {
        "omsOrderId": "261118000417202", "segment": "EQ", "exchange": "NSE", "scriptId": "101660",
        "transactionType": "BUY", "productType": "DELIVERY", "orderType": "LIMIT", "orderPrice": 412.4,
        "validityType": "DAY", "openQty": 25, "omsOrderSerialNumber": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "error"),
    [
        (lambda row: [row | {"omsOrderId": "another"}], Rejected),
        (lambda row: [{name: told for name, told in row.items() if name != "openQty"}], Unknown),
        (lambda row: [row, row], Unknown),
    ],
)
async def test_an_order_that_the_book_does_not_show_once_and_whole_is_not_cancelled(
    shown: Callable[[dict[str, object]], list[object]], error: type[Exception]
) -> None:
    told = json.loads(fixture("axis", "orders.200"))
    told["data"] = shown(told["data"][1])
    one, client = replying("axis", answer(json.dumps(told)))

    with pytest.raises(error):
        await one.cancel(SESSION, "261118000417202", Variety.REGULAR)

    assert len(client.requests) == 1
