"""One exchange over HTTP with aiohttp: sent once, no redirect, no cookie, no proxy from the environment."""

from importlib.metadata import version
from types import SimpleNamespace
from typing import BinaryIO

import aiohttp

from torana.kit.addresses import AddressRefused

KEEP_ALIVE = 4.0
"""Seconds. Shorter than what servers commonly allow, so that we seldom write to a connection that is just closing."""


class Broken(aiohttp.ClientError):
    """A connection that broke after it was handed to a request."""


async def only_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp sends GET, PUT and DELETE a second time when a kept-alive connection turns out dead.

    It does so on two exceptions; under another name they pass through.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Broken(reason(error)) from error


def mark_connected() -> aiohttp.TraceConfig:
    """Sets `connected` on the context of a request once it holds a connection: from then on a byte may have left."""
    trace = aiohttp.TraceConfig()

    async def connected(_session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object) -> None:
        context.trace_request_ctx.connected = True

    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "no answer in time"),
    (aiohttp.ServerDisconnectedError, "the connection was closed without an answer"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
    (aiohttp.ClientResponseError, "the answer is not valid HTTP"),
)


def reason(error: BaseException) -> str:
    """What went wrong, without a URL: the libraries' own texts quote it with its query."""
    if isinstance(error, Broken):
        return str(error)
    for kind, words in _WORDS:
        if isinstance(error, kind) and not isinstance(error, aiohttp.ClientConnectorError):
            return words
    if isinstance(error, aiohttp.ClientConnectorError):
        inner = error.os_error
        if isinstance(inner, AddressRefused):
            return str(inner)
        return f"{type(error).__name__}: {inner.strerror or inner}"
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__


def new_session(connector: aiohttp.TCPConnector, *, decompress: bool) -> aiohttp.ClientSession:
    """A session that does what we say and no more. Give each request a `trace_request_ctx` with `connected=False`."""
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # we set the deadline ourselves
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"Torana/{version('torana')}"},
        trust_env=False,
        middlewares=(only_once,),
        trace_configs=[mark_connected()],
        max_line_size=8190,
        max_field_size=8190,
        max_headers=100,
        auto_decompress=decompress,
    )


def plain_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    return headers


async def copy_body(response: aiohttp.ClientResponse, into: BinaryIO, limit: int) -> bool:
    """Write the body to a file as it comes; False, with the rest unread, when it is longer than `limit` bytes."""
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            response.close()
            return False
        into.write(chunk)
    return True
