"""The way out to a URL that a stranger gave us: addresses are judged when the socket is opened. See `outbound.py`."""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from types import SimpleNamespace, TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from torana.kit.addresses import AddressRefused, Allowed, check_url, literal_address
from torana.kit.http import Answer, TransportFailure
from torana.kit.http_session import KEEP_ALIVE, new_session, plain_headers, reason
from torana.kit.resolve import GuardedResolver, SystemResolver

EXCERPT = 1024
"""Bytes that are kept of a stranger's answer."""
PUBLIC_SECONDS = 15.0
_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 64 * 1024


class PublicClient(AbstractAsyncContextManager["PublicClient"]):
    """Posts to URLs that strangers gave us. Addresses are judged when the socket is opened, at every attempt.

    `allowed` are the operator's exceptions, see `Allowed`. `resolver` and `tls` replace the system's.
    """

    def __init__(
        self,
        allowed: Iterable[str] | Allowed = (),
        *,
        seconds: float = PUBLIC_SECONDS,
        pool_size: int = 256,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed if isinstance(allowed, Allowed) else Allowed(allowed)
        self._seconds = seconds
        self._pool_size = pool_size
        self._resolver = resolver or SystemResolver()
        self._tls = tls
        self._guarded: aiohttp.ClientSession | None = None
        self._trusting: aiohttp.ClientSession | None = None
        self._closed = False

    async def check(self, url: str) -> None:
        """Raise `AddressRefused` if this URL must not be called now; the text is for who gave it to us."""
        checked = check_url(url, self._allowed)
        host, port = _host_and_port(checked)
        if self._allowed.host(host, port) or literal_address(host) is not None:
            return
        try:
            async with asyncio.timeout(5):
                await GuardedResolver(self._resolver, self._allowed).resolve(host, port)
        except AddressRefused:
            raise AddressRefused(f"the name {host} leads to an address that is not on the public internet") from None
        except OSError:
            raise AddressRefused(f"the name {host} cannot be resolved") from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once. The answer's body is its first `EXCERPT` bytes at most; the rest is not read.

        Raises `TransportFailure`, also when the URL or its address is refused (`sent` is False then).
        """
        if self._closed:
            raise TransportFailure("this client is closed", sent=False)
        context = SimpleNamespace(connected=False)
        try:
            target = check_url(url, self._allowed)
            async with asyncio.timeout(self._seconds):
                return await self._exchange(target, body, headers, context)
        except AddressRefused as refused:
            raise TransportFailure(str(refused), sent=False) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            late = isinstance(error, TimeoutError)
            why = f"no answer within {self._seconds:g} seconds" if late else reason(error)
            raise TransportFailure(why, sent=context.connected) from None

    async def close(self) -> None:
        self._closed = True
        for session in (self._guarded, self._trusting):
            if session is not None:
                await session.close()
        await self._resolver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _exchange(self, url: URL, body: bytes, headers: Mapping[str, str], context: SimpleNamespace) -> Answer:
        session = self._session_for(*_host_and_port(url))
        async with session.post(
            url,
            data=body,
            headers={"Accept-Encoding": "identity", **headers},
            allow_redirects=False,
            trace_request_ctx=context,
        ) as response:
            excerpt = await _excerpt(response)
            return Answer(response.status, plain_headers(response), excerpt)

    def _session_for(self, host: str, port: int) -> aiohttp.ClientSession:
        if self._allowed.host(host, port):
            if self._trusting is None:
                self._trusting = new_session(self._connector(self._resolver, guarded=False), decompress=False)
            return self._trusting
        if self._guarded is None:
            resolver = GuardedResolver(self._resolver, self._allowed)
            self._guarded = new_session(self._connector(resolver, guarded=True), decompress=False)
        return self._guarded

    def _connector(self, resolver: AbstractResolver, *, guarded: bool) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,
            limit=self._pool_size,
            keepalive_timeout=KEEP_ALIVE,
            socket_factory=self._open_socket if guarded else None,
            ssl=self._tls if self._tls is not None else True,
        )

    def _open_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, proto, _, where = address
        self._allowed.address(str(where[0]))
        return socket.socket(family, kind, proto)


def _host_and_port(url: URL) -> tuple[str, int]:
    return url.raw_host or "", url.port or 0


async def _excerpt(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body. A short rest is read so that the connection can serve again; else it is dropped."""
    kept = bytearray()
    seen = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in response.content.iter_any():
                kept += chunk[: EXCERPT - len(kept)]
                seen += len(chunk)
                if seen > _DRAIN_BYTES:
                    break
            else:
                return bytes(kept)
    except (aiohttp.ClientError, OSError):
        pass  # the status has come: that counts
    response.close()
    return bytes(kept)
