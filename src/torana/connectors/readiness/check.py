"""Everything that is looked at, in its order. Nothing is placed and nobody is logged in.

Each finding says what to do. No key is ever repeated, not even where the broker's words have it in them.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from http import HTTPStatus
from itertools import islice
from tempfile import TemporaryFile

from torana.connectors.contract import Setup
from torana.connectors.egress import Way
from torana.connectors.instrument_files import instrument_files, sources
from torana.connectors.readiness.app_keys import OwnVault, configured, keys_proved, page_of_login, to_register
from torana.connectors.readiness.finding import Candidate, Finding, Verdict
from torana.connectors.readiness.machine import address, clock, hosts_of, reached
from torana.connectors.registry import client_by_egress
from torana.kit.errors import ConfigurationError
from torana.kit.file_formats import CHUNK, UnreadableFile, unpacked
from torana.kit.http import Answer, Request, TransportFailure
from torana.market.refresh import LARGEST_CONTENT, LARGEST_FILE, Source
from torana.market.sorting import Tally

_ROWS = 50
"""Of an instrument file that are read."""


async def findings(candidate: Candidate) -> AsyncIterator[Finding]:
    """One after the other, as they are found. What needs the keys is left out where they cannot be right."""
    keys, mode, about_keys = configured(candidate)
    yield about_keys
    hosts = hosts_of(candidate, keys)
    client = client_by_egress(candidate.egress)(
        "test" if candidate.sandbox_url else "live", candidate.key, hosts.origins
    )
    try:
        answers = list[tuple[datetime, Answer]]()
        called = {url: None for role, url in hosts.urls.items() if candidate.broker.hosts[role].called}
        for url in called:
            yield await reached(candidate, client, url, answers)
        yield clock(candidate, answers)
        ways: list[Way | None] = [way for way in candidate.egress.ways if way.broker == candidate.key]
        for way in ways or [None]:
            yield await address(candidate, way, mode)
        for finding in await _instrument_file(candidate):
            yield finding
        if keys is None:
            yield to_register(candidate)
            return
        setup = Setup(client, hosts, keys, candidate.redirect, mode, vault=OwnVault())
        try:
            login = candidate.broker.bound(setup).login
        except ConfigurationError as error:
            yield Finding("keys", Verdict.FAILED, str(error))
            return
        yield await page_of_login(candidate, login, client)
        yield await keys_proved(candidate, login)
    finally:
        await client.close()


async def _instrument_file(candidate: Candidate) -> list[Finding]:
    if not any(file.broker == candidate.key for file in instrument_files()):
        return [
            Finding("instrument file", Verdict.OK, "none is needed: orders name securities by the exchange's codes")
        ]
    async with sources([candidate.key], candidate.sandbox_url) as found:
        return [await _file(source, url) for source in found for url in source.urls]


async def _file(source: Source, url: str) -> Finding:
    subject = f"instrument file {url}"
    remedy = "Orders name securities by it. Try `torana instruments refresh`; look at the broker's status page."
    with TemporaryFile() as spool:
        try:
            answer = await source.client.download(Request("GET", url, source.headers), spool, limit=LARGEST_FILE)
        except TransportFailure as failure:
            return Finding(subject, Verdict.FAILED, f"no answer: {failure.reason}", remedy)
        if answer.status != HTTPStatus.OK:
            return Finding(subject, Verdict.FAILED, f"the server answers {answer.status}", remedy)
        spool.seek(0)
        chunks = iter(partial(spool.read, CHUNK), b"")
        try:
            rows = list(islice(source.read(unpacked(chunks, limit=LARGEST_CONTENT), Tally()), _ROWS))
        except UnreadableFile as broken:
            return Finding(subject, Verdict.FAILED, f"cannot be read: {broken}", remedy)
    if not rows:
        return Finding(subject, Verdict.FAILED, "lists no security", remedy)
    return Finding(subject, Verdict.OK, "answers, and its rows can be read")
