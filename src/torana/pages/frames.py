"""Around a page, and on many of them: who sent the investor, which broker, where the page leads in the end."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from torana.connectors.contract import Capabilities
from torana.pages.palette import is_colour, monogram_fill
from torana.pages.texts.keys import Texts
from torana.pages.views import Broker, Ending, Frame, Partner
from torana.partners.models import Gateway, Mode

RETURN_PARAMETER = "torana_transaction"
COUNTDOWN_SECONDS = 3


def partner_of(gateway: Gateway) -> Partner:
    """As drawn in the head; branding that cannot be used is left out."""
    logo, accent = gateway.branding.get("logo"), gateway.branding.get("accent", "").lower()
    return Partner(
        gateway.display_name,
        logo if logo and logo.startswith("data:image/") else None,
        accent if is_colour(accent) else None,
    )


def broker_of(capabilities: Capabilities) -> Broker:
    return Broker(capabilities.broker, capabilities.name, capabilities.monogram, monogram_fill(capabilities.hue))


def unproven_frame(gateway: Gateway | None, texts: Texts) -> Frame:
    """Around a page for a browser that has proven nothing."""
    return Frame(
        None if gateway is None else partner_of(gateway),
        test=gateway is not None and gateway.mode is Mode.TEST,
        texts=texts,
    )


def return_address(url: str, transaction_id: str) -> str:
    """Where the redirect way ends: the partner's page, which learns from it which transaction it was."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != RETURN_PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (RETURN_PARAMETER, transaction_id)])))


def ending(frame: Frame, app: str, *, counted: bool = True) -> Ending:
    """The way back to the partner's app, by itself after a countdown or by the investor's tap."""
    return Ending(frame.texts.page.back_to(app=app), COUNTDOWN_SECONDS if counted else None)
