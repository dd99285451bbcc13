"""The keys: whether what is set can be right, and where the broker tells without an investor whether it knows them."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from torana.connectors.contract import (
    BrokerError,
    Callback,
    Entry,
    ExecutionMode,
    KeyProof,
    Keys,
    LoginRefused,
    Logins,
)
from torana.connectors.hosts import live_hosts
from torana.connectors.readiness.finding import Candidate, Finding, Verdict, known
from torana.connectors.registry import MODE, checked_keys
from torana.connectors.serving import mode_for
from torana.kit.errors import ConfigurationError
from torana.kit.http import HttpClient, Request, TransportFailure

_TICKET = "torana-check"
_OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_FIRST_LOGIN = "Log in once with an account of your own: that proves them."


def configured(candidate: Candidate) -> tuple[Keys | None, ExecutionMode, Finding]:
    """The keys, None where no connector can be made of what is set; and how orders go."""
    broker, given = candidate.broker, candidate.given
    if candidate.sandbox_url is not None:
        mode, keys = broker.default_mode, Keys(given)
        return keys, mode, Finding("keys", Verdict.OK, f"those of the simulated app; orders go by {mode}")
    try:
        keys = checked_keys(broker, given)
        mode = mode_for(broker, given.get(MODE, ""), candidate.serves, candidate.approval, keys)
        live_hosts(broker, keys)
    except ConfigurationError as error:
        remedy = f"Where keys come from: {broker.onboarding.keys}"
        return None, broker.default_mode, Finding("keys", Verdict.FAILED, str(error), remedy)
    text = f"all that are needed are set, in a possible form; orders go by {mode}"
    return keys, mode, Finding("keys", Verdict.OK, text)


def to_register(candidate: Candidate) -> Finding:
    subject, text = "redirect address", f"whether {candidate.redirect} is registered with the app no call tells"
    parts = urlsplit(candidate.public_url)
    if candidate.sandbox_url is None and parts.scheme != "https" and parts.hostname not in _OWN_MACHINE:
        text = f"{candidate.redirect} is no https address, and a broker leads investors back to it"
        return Finding(subject, Verdict.FAILED, text, "Set TORANA_PUBLIC_URL to the https address of `torana serve`.")
    if candidate.sandbox_url is None and parts.hostname in _OWN_MACHINE:
        text = f"{candidate.redirect} can be reached by a browser on this machine alone; {text}"
    remedy = f"Compare it with what is registered. {known(candidate.broker.onboarding.registered)}".strip()
    return Finding(subject, Verdict.NOT_KNOWN, text, remedy)


async def page_of_login(candidate: Candidate, login: Logins, client: HttpClient) -> Finding:
    """The page on which a login begins is opened where it tells whether the app and its address are known."""
    proof, unseen = candidate.broker.key_proof, to_register(candidate)
    if unseen.verdict is Verdict.FAILED or proof is None or not proof.wrong_address:
        return unseen
    try:
        start = await login.begin(_TICKET, candidate.redirect)
        answer = await client.send(Request("GET", start.go.url))
    except (BrokerError, TransportFailure) as failure:
        return replace(unseen, text=f"{unseen.text}: {candidate.without_secrets(str(failure))}")
    body = answer.body.decode("utf-8", "replace")
    if any(code in body for code in proof.wrong_address):
        text = f"{candidate.name} knows no app with this key that leads back to {candidate.redirect}"
        return Finding(unseen.subject, Verdict.FAILED, text, unseen.remedy)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return replace(unseen, text=f"{unseen.text}: HTTP {answer.status}")
    return Finding(
        unseen.subject, Verdict.OK, f"{candidate.name} begins a login that leads back to {candidate.redirect}"
    )


async def keys_proved(candidate: Candidate, login: Logins) -> Finding:
    """By a call of the login, where the broker has one that needs no investor."""
    subject, proof, told = "keys at the broker", candidate.broker.key_proof, None
    if proof is None:
        why = candidate.broker.onboarding.unproved
        text = f"nothing tells before the first login whether {candidate.name} knows them: {why}"
        return Finding(subject, Verdict.NOT_KNOWN, text, _FIRST_LOGIN)
    try:
        if not proof.callback:
            await login.begin(_TICKET, f"{candidate.redirect}/{_TICKET}")
            return Finding(subject, Verdict.OK, f"{candidate.name} began a login with them")
        await login.finish(Callback(proof.callback), {}, candidate.clock.now())
    except BrokerError as error:
        told = error
    return about_keys_told(candidate, proof, told)


def about_keys_told(candidate: Candidate, proof: KeyProof, told: BrokerError | None) -> Finding:
    """What a refusal says of the keys."""
    subject, name = "keys at the broker", candidate.name
    if told is None:
        return Finding(subject, Verdict.NOT_KNOWN, f"{name} took a one-time code that nobody was given", _FIRST_LOGIN)
    said = candidate.without_secrets(f"{told.message}{f' ({told.code})' if told.code else ''}")
    remedy = f"Compare the keys with those at the broker. {candidate.broker.onboarding.keys}"
    if not proof.callback:
        first = "" if isinstance(told, LoginRefused) else "Try again later: it may be none of the keys. "
        return Finding(subject, Verdict.FAILED, f"no login can be begun at {name}: {said}", f"{first}{remedy}")
    if not isinstance(told, LoginRefused):
        return Finding(subject, Verdict.NOT_KNOWN, f"no clear answer: {said}", _FIRST_LOGIN)
    if told.code in proof.wrong_keys:
        return Finding(subject, Verdict.FAILED, f"{name} refuses them: {said}", remedy)
    if told.code in proof.wrong_code:
        text = f"{name} refused a made-up one-time code and not them; whether it looks at keys first is not documented"
        return Finding(subject, Verdict.NOT_KNOWN, text, _FIRST_LOGIN)
    return Finding(subject, Verdict.NOT_KNOWN, f"{name} refused a made-up one-time code: {said}", _FIRST_LOGIN)


class OwnVault:
    """For one check alone: what it asks of the broker is kept nowhere."""

    def __init__(self) -> None:
        self._kept: dict[str, Entry] = {}

    async def read(self, name: str) -> Entry | None:
        return self._kept.get(name)

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        if value is None:
            self._kept.pop(name, None)
        else:
            self._kept[name] = Entry(value, b"")
        return self._kept.get(name)
