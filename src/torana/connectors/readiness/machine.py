"""This machine against the broker: whether its hosts are reached, whether the clocks agree, from where orders leave."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from torana.connectors.contract import ExecutionMode, Hosts, Keys
from torana.connectors.egress import Way, seen_address
from torana.connectors.hosts import live_hosts, origin, sandbox_hosts
from torana.connectors.readiness.finding import Candidate, Finding, Verdict, known
from torana.kit.http import Answer, HttpClient, Request, TransportFailure

CLOCK_SECONDS = 10.0
"""By so much the machine's clock may differ from the broker's: some one-time codes live for 30 seconds (5paisa), and an
answer's `Date` has whole seconds."""


def hosts_of(candidate: Candidate, keys: Keys | None) -> Hosts:
    """Those that are called; without keys the ones that do not come from a key."""
    broker = candidate.broker
    if candidate.sandbox_url is not None:
        return sandbox_hosts(broker, candidate.sandbox_url)
    if keys is not None:
        return live_hosts(broker, keys)
    urls = {role: host.real for role, host in broker.hosts.items() if isinstance(host.real, str)}
    called = frozenset(origin(url) for role, url in urls.items() if broker.hosts[role].called)
    return Hosts(urls, called)


async def reached(
    candidate: Candidate, client: HttpClient, url: str, answers: list[tuple[datetime, Answer]]
) -> Finding:
    """Any answer will do. It is noted with the machine's time in the middle of the call."""
    subject, began = f"host {url}", candidate.clock.now()
    try:
        answer = await client.send(Request("GET", f"{url}/"))
    except TransportFailure as failure:
        remedy = (
            "Look at this machine's name service, firewall and trusted certificates, and at the broker's status page."
        )
        return Finding(subject, Verdict.FAILED, f"no answer: {failure.reason}", remedy)
    answers.append((began + (candidate.clock.now() - began) / 2, answer))
    over = "over TLS" if url.startswith("https://") else "without TLS, which a simulator does not have"
    return Finding(subject, Verdict.OK, f"answers {over}")


def clock(candidate: Candidate, answers: list[tuple[datetime, Answer]]) -> Finding:
    for here, answer in answers:
        if (there := _date_of(answer)) is not None:
            off = (here - there).total_seconds()
            text = f"this machine's clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the broker's"
            if abs(off) > CLOCK_SECONDS:
                remedy = "Have the time of this machine set by NTP. One-time codes and the ends of logins depend on it."
                return Finding("clock", Verdict.FAILED, text, remedy)
            return Finding("clock", Verdict.OK, text)
    return Finding(
        "clock", Verdict.NOT_KNOWN, "no answer told the broker's time", "Have this machine's time set by NTP."
    )


def _date_of(answer: Answer) -> datetime | None:
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


async def address(candidate: Candidate, way: Way | None, mode: ExecutionMode) -> Finding:
    """The address that orders leave from, against the one that the settings name as registered."""
    rules = candidate.broker.onboarding
    subject = f"address of {way.account or 'every account'}" if way is not None else "address"
    if candidate.sandbox_url is not None:
        return Finding(subject, Verdict.OK, "the simulated broker takes orders from every address")
    if mode is ExecutionMode.REDIRECT_BASKET:
        return Finding(subject, Verdict.OK, "orders leave from the broker's own page: no address is looked at")
    registered = _registered(candidate, way)
    rule = (
        "orders are taken from registered addresses only"
        if rules.checks_addresses
        else ("not known of this broker; the exchanges ask it of all that orders come from a registered address")
    )
    remedy = f"Register it at {candidate.name}. {known(rules.addresses)}".strip()
    if candidate.address_service is None:
        said = f"; the settings say {registered}" if registered else ""
        ask = "Name a service that answers with the address it sees (--ask URL)"
        return Finding(
            subject, Verdict.NOT_KNOWN, f"{rule}{said}. What the broker sees is not known", f"{ask}. {remedy}"
        )
    try:
        seen = await seen_address(candidate.address_service, way)
    except TransportFailure as failure:
        return Finding(subject, Verdict.NOT_KNOWN, f"the address service gave no answer: {failure.reason}", remedy)
    if seen is None:
        return Finding(subject, Verdict.NOT_KNOWN, "the address service answered no address", remedy)
    if not registered:
        return Finding(subject, Verdict.NOT_KNOWN, f"orders leave from {seen}; {rule}", remedy)
    if seen != registered:
        text = f"orders leave from {seen}, and the settings say that {registered} is registered"
        return Finding(subject, Verdict.FAILED, text, f"Send them by {registered}, or change both. {remedy}")
    return Finding(subject, Verdict.OK, f"orders leave from {seen}, as the settings say", remedy)


def _registered(candidate: Candidate, way: Way | None) -> str:
    """What the operator said that the broker sees: of the way out, or the key that is told with each call."""
    told = (way.address or way.source) if way is not None else ""
    return told or candidate.given.get("public_ip", "")
