"""Around a page, and on many of them: who sent the investor, which broker, where the page leads in the end."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from torana.connectors.contract import Capabilities
from torana.pages.palette import is_colour, monogram_fill
from torana.pages.search import search_words
from torana.pages.texts.keys import Texts
from torana.pages.views import Broker, Ending, Frame, Partner
from torana.partners.gateway_details import LINKS
from torana.partners.models import Gateway, Mode

RETURN_PARAMETER = "torana_transaction"
COUNTDOWN_SECONDS = 10


def partner_of(gateway: Gateway) -> Partner:
    """As drawn in the head; branding that cannot be used is left out."""
    logo, accent = gateway.branding.get("logo"), gateway.branding.get("accent", "").lower()
    return Partner(
        gateway.display_name,
        logo if logo and logo.startswith("data:image/") else None,
        accent if is_colour(accent) else None,
        {name: gateway.links[name] for name in LINKS if name in gateway.links},
    )


def broker_of(capabilities: Capabilities, remark: str = "") -> Broker:
    """`remark` stands below its name where it is offered."""
    known = capabilities
    search = search_words(known.broker, known.name, *known.other_names)
    return Broker(known.broker, known.name, known.monogram, monogram_fill(known.hue), remark, search)


def unproven_frame(gateway: Gateway | None, texts: Texts, return_url: str | None = None) -> Frame:
    """Around a page for a browser that has proven nothing."""
    return Frame(
        None if gateway is None else partner_of(gateway),
        return_url=return_url,
        test=gateway is not None and gateway.mode is Mode.TEST,
        texts=texts,
    )


def return_address(url: str, transaction_id: str) -> str:
    """Where the redirect way ends: the partner's page, which learns from it which transaction it was."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != RETURN_PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (RETURN_PARAMETER, transaction_id)])))


def way_back(frame: Frame) -> Ending:
    """Out of a page on which nothing can be done: to the partner's app where it is known."""
    words = frame.texts.page
    return Ending(words.close_this if frame.partner is None else words.back_to(app=frame.partner.name))


def ending(frame: Frame, app: str, *, counted: bool = True) -> Ending:
    """The way back to the partner's app, by itself after a countdown or by the investor's tap."""
    return Ending(frame.texts.page.back_to(app=app), COUNTDOWN_SECONDS if counted else None)
