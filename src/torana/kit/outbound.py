"""The way out to a broker, whose origins are fixed. `public_client.py` is the one to a URL that a stranger gave us.

Both send once. No retry, no redirect, no cookie, no proxy from the environment, a deadline over the whole exchange and
a cap on what is read.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace, TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlencode

import aiohttp
import structlog
from yarl import URL

from torana.kit.breaker import Breaker, Health
from torana.kit.errors import ConfigurationError
from torana.kit.http import Answer, Request, TransportFailure
from torana.kit.http_session import KEEP_ALIVE, copy_body, new_session, plain_headers, reason
from torana.kit.logs import log_exchange, redact
from torana.kit.metrics import BROKER_CALL

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of a broker's answer, after decompression."""
DOWNLOAD_SECONDS = 300.0
"""For the whole of a file."""
GIVEN_UP_SECONDS = 2.0
"""A caller who gives up after so long says that the broker does not answer; sooner, that they changed their mind."""

log = structlog.get_logger(__name__)


class BrokerClient(AbstractAsyncContextManager["BrokerClient"]):
    """An `HttpClient` for one broker in one mode, with a pool of its own.

    It speaks to the given origins (`https://host[:port]`) and to nothing else, so that a live gateway cannot reach a
    simulator nor a test gateway a real broker. `tls` replaces the system's trusted certificates. `breaker` notes how
    every exchange ends, and holds up those that may wait (`Request.may_rest`). `source` is the address of this machine
    that it leaves by, `proxy` (`http://…`) one that it goes through.
    """

    def __init__(
        self,
        broker: str,
        origins: Iterable[str],
        *,
        mode: str = "live",
        pool_size: int = 64,
        tls: ssl.SSLContext | None = None,
        source: str = "",
        proxy: str = "",
    ) -> None:
        self.breaker = Breaker(broker, mode)
        self._broker = broker
        self._origins = frozenset(_origin(origin) for origin in origins)
        self._pool_size = pool_size
        self._tls = tls
        self._source = (source, 0) if source else None
        self._proxy = proxy or None
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def health(self) -> Health:
        return self.breaker.health

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        """See `HttpClient.send`. Raises `ConfigurationError` for a URL of another origin, before a socket opens."""
        url = self._target(request)
        if self._closed or seconds <= 0:
            raise TransportFailure("this client is closed" if self._closed else "no time was left", sent=False)
        if request.may_rest and (rest := self.breaker.rest()):
            raise TransportFailure("the broker does not answer and is left alone for a while", sent=False, rest=rest)
        headers, body = _with_body(request)
        began = time.monotonic()
        context = SimpleNamespace(connected=False)
        answer: Answer | None = None
        why: str | None = None
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(request.method, url, headers, body, context)
            return answer
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = reason(error)
            raise TransportFailure(why, sent=context.connected) from None
        except TransportFailure as failure:
            why = failure.reason
            raise
        finally:
            took = time.monotonic() - began
            self._judge(answer, given_up=why is None and answer is None, took=took)
            self._note(request.method, url.path, answer, context.connected, why, took)

    def _judge(self, answer: Answer | None, *, given_up: bool, took: float) -> None:
        if answer is not None and answer.status < 500:
            self.breaker.answered(took)
        elif not given_up or took >= GIVEN_UP_SECONDS:
            self.breaker.failed()

    def _note(
        self, method: str, path: str, answer: Answer | None, connected: bool, why: str | None, seconds: float
    ) -> None:
        result = f"{answer.status // 100}xx" if answer else "unsure" if connected else "not_sent"
        BROKER_CALL.labels(self._broker, result).observe(seconds)
        ms = round(seconds * 1000)
        if answer:
            log_exchange(
                "broker.call",
                broker=self._broker,
                method=method,
                path=redact(path),
                status=answer.status,
                ms=ms,
            )
        else:
            log.info("broker.call", broker=self._broker, method=method, path=path, status=result, reason=why, ms=ms)

    async def close(self) -> None:
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _target(self, request: Request) -> URL:
        try:
            url = URL(request.url, encoded=True)
            known = "@" not in url.raw_authority and url.origin() in self._origins
        except ValueError:
            known = False
        if not known:
            # The URL may hold a secret: say no more than the broker's name.
            raise ConfigurationError(f"the client of {self._broker} does not speak to the origin of this URL")
        if request.query:
            joint = "&" if url.raw_query_string else "?"
            url = URL(request.url + joint + urlencode(request.query), encoded=True)
        return url

    async def download(
        self, request: Request, into: BinaryIO, *, limit: int, seconds: float = DOWNLOAD_SECONDS
    ) -> Answer:
        """Write the body of a 200 to this file as it comes, still compressed if it was sent so; the answer's own body
        is empty then, as it is for every other status. Memory does not grow with the body.

        Raises `TransportFailure` for a body of more than `limit` bytes or one that breaks off, when the file holds a
        part of it, and like `send`. The breaker does not hear of it: files live on other servers than orders.
        """
        url = self._target(request)
        if self._closed:
            raise TransportFailure("this client is closed", sent=False)
        context = SimpleNamespace(connected=False)
        why, began, answer = None, time.monotonic(), None
        try:
            async with (
                asyncio.timeout(seconds),
                self._answering(request.method, url, request.headers, None, context, unpack=False) as response,
            ):
                if response.status == 200 and not await copy_body(response, into, limit):
                    raise TransportFailure(f"the file is larger than {limit // 1_000_000} MB", sent=True)
                answer = Answer(response.status, plain_headers(response), b"")
            return answer
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = reason(error)
            raise TransportFailure(why, sent=context.connected) from None
        except TransportFailure as failure:
            why = failure.reason
            raise
        finally:
            self._note(request.method, url.path, answer, context.connected, why, time.monotonic() - began)

    async def _exchange(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, context: SimpleNamespace
    ) -> Answer:
        async with self._answering(method, url, headers, body, context, unpack=True) as response:
            collected = bytearray()
            async for chunk in response.content.iter_any():
                collected += chunk
                if len(collected) > LARGEST_ANSWER:
                    response.close()
                    raise TransportFailure("the answer is larger than 4 MB", sent=True)
            return Answer(response.status, plain_headers(response), bytes(collected))

    @asynccontextmanager
    async def _answering(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        body: bytes | None,
        context: SimpleNamespace,
        *,
        unpack: bool,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=self._pool_size,
                keepalive_timeout=KEEP_ALIVE,
                ssl=self._tls if self._tls is not None else True,
                local_addr=self._source,
            )
            self._session = new_session(connector, decompress=True)
        async with self._session.request(
            method,
            url,
            headers=headers,
            data=body,
            allow_redirects=False,
            trace_request_ctx=context,
            proxy=self._proxy,
            auto_decompress=unpack,
        ) as response:
            yield response


def _origin(text: str) -> URL:
    try:
        url = URL(text)
        if url.scheme in ("http", "https") and url.raw_host and url.path in ("", "/") and "@" not in url.raw_authority:
            return url.origin()
    except ValueError:
        pass
    raise ConfigurationError(f"not an origin (scheme, host, port): {text!r}")


def _with_body(request: Request) -> tuple[dict[str, str], bytes | None]:
    headers = dict(request.headers)
    if request.json is not None:
        headers.setdefault("Content-Type", "application/json")
        return headers, request.json
    if request.form is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return headers, urlencode(request.form).encode()
    return headers, None
