"""Bytes, numbers, dates, headers and forms that nobody sends by mistake: each gets an answer below 500."""

import asyncio
import re
import socket
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from httpx import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.examples import examples
from tests.support.gateway import Running
from torana.app import create_app
from torana.portal.admission.browser_auth import VISIT_COOKIE
from torana.settings import Settings

quiet = settings(
    max_examples=examples(20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

SDK = ["/portal/sdk/session", "/portal/sdk/watch", "/portal/sdk/close"]
JSON_POSTS = [
    *SDK,
    "/gateway/{name}/transaction",
    "/v1/{name}/webhooks/endpoints",
    f"/postback/{ANY_BROKER}",
    f"/postback/{OTHER_BROKER}",
]
HOSTILE_BODIES = [
    b"",
    b"\xff",
    b'"\xff"',
    b'{"gateway": "\xff"}',
    b"[" * 10_000,
    b'{"gateway":' * 10_000,
    b'{"gateway": "\\u0000", "authToken": "\\u0000", "transactionId": "\\u0000"}',
    b'{"gateway": "\\ud800"}',
    b'{"since": 1e400}',
    b'{"since": 99999999999999999999999999999999}',
    b"\xef\xbb\xbf{}",
    b"null",
    b"3",
]
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client(running: Running) -> Any:
    with Client(base_url=running.url, headers=running.headers(), timeout=30) as client:
        yield client


@pytest.mark.parametrize("path", JSON_POSTS)
@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=[str(body[:24]) for body in HOSTILE_BODIES])
def test_a_hostile_body_is_refused(client: Client, running: Running, path: str, body: bytes) -> None:
    answer = client.post(path.replace("{name}", running.gateway.name), content=body)

    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("path", JSON_POSTS)
@quiet
@given(body=st.binary(max_size=100))
def test_no_bytes_are_a_fault_of_ours(client: Client, running: Running, path: str, body: bytes) -> None:
    assert client.post(path.replace("{name}", running.gateway.name), content=body).status_code < 500


@pytest.mark.parametrize("body", [b"\xff", b"[" * 10_000, b'{"url": 3}', b"{"])
def test_before_a_caller_has_proven_who_they_are_nothing_of_theirs_is_read(
    client: Client, running: Running, body: bytes
) -> None:
    for path in ("/v1/{name}/webhooks/endpoints", "/gateway/{name}/transaction"):
        answer = client.post(
            path.replace("{name}", running.gateway.name), content=body, headers={"x-gateway-secret": "wrong"}
        )

        assert answer.status_code == 401, answer.text


@pytest.mark.parametrize(
    "price",
    ["1E99999999999", "-1E99999999999", "1E-99999999999", "1e400", "0.001", "99999999999999999999", "-0", '"٧٥.١٠"'],
)
def test_a_price_of_any_exponent_is_refused(client: Client, running: Running, price: str) -> None:
    security = f'{{"ticker": "TCS", "quantity": 1, "type": "BUY", "orderType": "LIMIT", "price": {price}}}'
    body = f'{{"intent": "TRANSACTION", "orderConfig": {{"type": "SECURITIES", "securities": [{security}]}}}}'

    answer = client.post(f"/gateway/{running.gateway.name}/transaction", content=body)

    assert answer.status_code == 400
    assert "price" in answer.json()["message"]


@pytest.mark.parametrize("quantity", ["1E99999999999", "1E-99999999999", "3.5", "-3.0", "true", '"3"', "1e400"])
def test_a_quantity_of_any_exponent_is_refused(client: Client, running: Running, quantity: str) -> None:
    answer = client.post(f"/gateway/{running.gateway.name}/transaction", content=_order(quantity))

    assert answer.status_code == 400
    assert "quantity" in answer.json()["message"]


@pytest.mark.parametrize("quantity", ["3", "3.0", "3e0", "0.3e1", "30E-1"])
def test_a_whole_number_of_shares_may_be_written_in_every_way_of_json(
    client: Client, running: Running, quantity: str
) -> None:
    for bom in (b"", b"\xef\xbb\xbf"):
        answer = client.post(f"/gateway/{running.gateway.name}/transaction", content=bom + _order(quantity))

        assert answer.status_code == 200, answer.text


def _order(quantity: str) -> bytes:
    security = f'{{"ticker": "TCS", "quantity": {quantity}, "type": "BUY"}}'
    return f'{{"intent": "TRANSACTION", "orderConfig": {{"type": "SECURITIES", "securities": [{security}]}}}}'.encode()


@pytest.mark.parametrize(
    "word",
    [
        ("intent", "TRANSACTıON"),
        ("intent", "tranſaction"),
        ("type", "ſecurities"),
        ("side", "ſELL"),
    ],
)
def test_a_word_of_letters_that_only_look_alike_is_not_ours(
    client: Client, running: Running, word: tuple[str, str]
) -> None:
    words = {"intent": "transaction", "type": "securities", "side": "sell", word[0]: word[1]}
    security = {"ticker": "TCS", "quantity": 1, "type": words["side"]}
    config = {"type": words["type"], "securities": [security]}

    answer = client.post(
        f"/gateway/{running.gateway.name}/transaction", json={"intent": words["intent"], "orderConfig": config}
    )

    assert answer.status_code == 400, answer.text


@quiet
@given(
    moment=st.datetimes(timezones=st.timezones()).map(str)
    | st.datetimes().map(str)
    | st.text(max_size=40)
    | st.dates().map(str)
)
def test_no_date_is_a_fault_of_ours(client: Client, running: Running, moment: str) -> None:
    path = f"/v1/{running.gateway.name}/webhooks/endpoints/ep_none/replay"

    assert client.post(path, params={"since": moment}).status_code < 500


MULTIPART = "multipart/form-data; boundary=x"


def _part(value: bytes, more: bytes = b"") -> bytes:
    return b'--x\r\ncontent-disposition: form-data; name="gateway"' + more + b"\r\n\r\n" + value + b"\r\n--x--\r\n"


FORMS = [
    (MULTIPART, _part(b"\xff\xfe")),
    (MULTIPART, _part(b"acme", b"\r\ncontent-type: text/plain; charset=nonsense")),
    (MULTIPART, _part(b"acme", b'\r\ncontent-type: text/plain; charset="\x00"')),
    (MULTIPART, _part(b"acme", b'; filename="a"')),
    (MULTIPART, b"--x\r\ncontent-disposition: form-data\r\n\r\nacme\r\n--x--\r\n"),
    (MULTIPART, b"--x\r\n"),
    (MULTIPART, b""),
    ("multipart/form-data", b"--x--"),
    ("multipart/form-data; boundary=", b"--x--"),
    ("multipart/form-data; boundary=" + "x" * 5000, b"--x--"),
    ("application/x-www-form-urlencoded", b"gateway=%ff&authToken=%00&transactionId=%00"),
    ("application/x-www-form-urlencoded", b"gateway=\xff"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"gateway=a"),
    ("application/x-www-form-urlencoded", b"&" * 10_000),
    ("application/x-www-form-urlencoded", b"a=1&a=2&gateway=x&gateway=y"),
    ("application/json", b'{"gateway": "x"}'),
    ("\xe9", b"x"),
]


@pytest.mark.parametrize(("content_type", "body"), FORMS)
def test_a_form_that_cannot_be_read_is_refused(
    client: Client, running: Running, content_type: str, body: bytes
) -> None:
    headers = [(b"content-type", content_type.encode("latin-1"))]

    answer = client.post("/portal/open", content=body, headers=headers)
    opening = client.post(f"/postback/opening/{ANY_BROKER}/{running.gateway.name}", content=body, headers=headers)

    assert 400 <= answer.status_code < 500, answer.text
    assert "text/html" in answer.headers["content-type"]
    assert 400 <= opening.status_code < 500, opening.text


@quiet
@given(
    body=st.binary(max_size=60),
    head=st.binary(max_size=40),
    charset=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=12),
)
def test_no_form_is_a_fault_of_ours(client: Client, body: bytes, head: bytes, charset: str) -> None:
    content = _part(body, b"\r\ncontent-type: text/plain; charset=" + charset.encode("latin-1") + b"\r\n" + head)

    assert client.post("/portal/open", content=content, headers={"content-type": MULTIPART}).status_code < 500


HEADERS = [
    "host", "origin", "cookie", "x-gateway-secret", "x-gateway-authtoken", "idempotency-key", "x-request-id",
    "content-type", "content-length", "accept", "x-forwarded-for", "referer", "transfer-encoding", "expect",
]  # fmt: skip


@quiet
@given(
    header=st.sampled_from(HEADERS),
    value=st.binary(max_size=60).filter(lambda value: b"\r" not in value and b"\n" not in value),
    path=st.sampled_from(
        ["/gateway/{name}/transaction", "/portal/open", "/portal/sdk/session", "/v1/{name}/engine/orders/sst", "/docs"]
    ),
)
def test_no_header_is_a_fault_of_ours(running: Running, header: str, value: bytes, path: str) -> None:
    target = path.replace("{name}", running.gateway.name)
    method = "GET" if target.startswith(("/v1", "/docs")) else "POST"
    given = {**running.headers(), "host": "127.0.0.1", "connection": "close", "content-length": "2"}
    lines = [f"{name}: {text}".encode() for name, text in given.items() if name != header]
    request = b"\r\n".join(
        [f"{method} {target} HTTP/1.1".encode(), *lines, header.encode() + b": " + value, b"", b"{}"]
    )

    assert _status(running.url, request) < 500


def _status(url: str, request: bytes) -> int:
    """Of the answer to these bytes; 0 when the server closed without one."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        line = connection.makefile("rb").readline()
    return int(line.split()[1]) if line else 0


@quiet
@given(query=st.binary(max_size=40).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)))
def test_no_query_is_a_fault_of_ours(client: Client, running: Running, query: str) -> None:
    for path in (
        f"/v1/{running.gateway.name}/engine/transactiondetails?transactionId={query}",
        f"/v1/{running.gateway.name}/engine/orders/sst?transactionId={query}&batchId={query}",
        f"/v1/{running.gateway.name}/webhooks/deliveries?transactionId={query}&endpointId={query}",
        f"/v1/{query}/engine/orders/sst?batchId=1",
        f"/v1/{running.gateway.name}/engine/orders/smt?transactionId={query}&iscid={query}",
        f"/v1/{running.gateway.name}/engine/user/investments?iscid={query}&aggregatedData={query}",
        f"/portal/{query}/{query}?part={query}",
        f"/portal/callback/{ANY_BROKER}?state={query}&request_token={query}",
        f"/postback/{query}",
    ):
        assert client.get(path).status_code < 500, path


STRANGE = ["%00", "%ff", "%ed%a0%80", "%F0%9F%98%80", "%2e%2e%2f", "9" * 400, "-1", "1e400", "a" * 5_000, "%0d%0ax:y"]
"""In a path and in a query."""
LEAKS = ["Traceback", "asyncpg", "site-packages", "postgres", "KeyError"]
CHANGED_BY_CALLS = "transactions", "batches", "leads", "visits", "endpoints", "consents", "halts", "baskets", "events"


def routes(home: Path) -> list[tuple[str, str]]:
    """Every method and path that the gateway answers, but for the question whether it is ready: it has no worker."""
    settings = Settings(home=home, database_url="postgresql://nowhere.invalid/", sandbox_url="http://[::1]:9")
    app = create_app(settings)
    found = [(method, one.path) for one in app.routes for method in getattr(one, "methods", ())]
    return sorted(one for one in found if one[0] != "OPTIONS" and one[1] != "/readyz")


async def stored(database_url: str) -> dict[str, int]:
    connection = await asyncpg.connect(database_url)
    try:
        return {table: await connection.fetchval(f"select count(*) from {table}") for table in CHANGED_BY_CALLS}
    finally:
        await connection.close()


def test_no_route_is_at_a_loss_for_what_it_is_sent(
    client: Client, running: Running, database_url: str, tmp_path: Path
) -> None:
    """Whatever stands in the path, the query, the body and a cookie: an answer below 500 that tells nothing of our
    insides, and nothing is begun. By the table of routes: one that is added is among them."""
    bodies, words, before, wrong = cycle(HOSTILE_BODIES), cycle(STRANGE), asyncio.run(stored(database_url)), []

    for method, route in routes(tmp_path):
        for at, strange in enumerate(islice(words, min(examples(2), len(STRANGE)))):
            named = route.replace("{name:str}", running.gateway.name) if at else route
            path = re.sub(r"{\w+:\w+}", strange, named)
            query = "&".join(f"{name}={strange}" for name in ("transactionId", "iscid", "at", "since", "at"))
            told = client.request(
                method,
                f"{path}?{query}",
                content=next(bodies) if method == "POST" else None,
                headers={"cookie": f"{VISIT_COOKIE}={strange}", "idempotency-key": strange[:40]},
            )
            if told.status_code >= 500 or any(leak in told.text for leak in LEAKS):
                wrong.append((method, path[:80], strange[:20], told.status_code))

    assert wrong == []
    assert asyncio.run(stored(database_url)) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/{name}/engine/subscriptions"),
        ("POST", "/v1/{name}/engine/subscriptions"),
    ],
)
def test_a_path_of_the_interface_that_is_not_built_says_so(
    client: Client, running: Running, method: str, path: str
) -> None:
    answer = client.request(method, path.replace("{name}", running.gateway.name))

    assert answer.status_code == 404
    assert "not supported by this version" in answer.json()["message"]
    assert answer.json()["docUrl"].endswith("/docs/errors#not-supported")
