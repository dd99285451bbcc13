"""Allowed origins as an operator writes them."""

import pytest

from torana.kit.errors import ConfigurationError
from torana.partners.origins import is_allowed, normal_origin


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://app.acme.in", "https://app.acme.in"),
        (" HTTPS://App.Acme.IN/ ", "https://app.acme.in"),
        ("https://app.acme.in:443", "https://app.acme.in"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://app.acme.in.", "https://app.acme.in"),
        ("https://*.acme.in", "https://*.acme.in"),
        ("https://*.acme.in:8443/", "https://*.acme.in:8443"),
        ("https://München.de", "https://xn--mnchen-3ya.de"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_what_can_be_meant_as_an_origin_is_kept_as_browsers_send_it(given: str, kept: str) -> None:
    assert normal_origin(given) == kept
    assert normal_origin(kept) == kept


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("*", "every page"),
        ("https://*", "stands alone"),
        ("https://*.in", "a name of your own"),
        ("https://a.*.acme.in", "stands alone"),
        ("https://*.10.0.0.1", "a name of your own"),
        ("app.acme.in", "begin with https://"),
        ("ftp://app.acme.in", "begin with https://"),
        ("https://app.acme.in/shop", "without path"),
        ("https://user@app.acme.in", "without path"),
        ("https://a://b", "without path"),
        ("https://evil.com#.acme.in", "without path"),
        ("https://evil.com%2f.acme.in", "without path"),
        ("https://app.acme.in:port", "cannot be read"),
        ("https://a..acme.in", "cannot be read"),
        ("https://", "cannot be read"),
        ("", "begin with https://"),
        ("null", "begin with https://"),
    ],
)
def test_what_cannot_is_refused_with_the_reason(given: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        normal_origin(given)


@pytest.mark.parametrize(
    ("given", "allowed", "fits"),
    [
        ("https://app.acme.in", ["https://app.acme.in"], True),
        ("https://app.acme.in", ["https://APP.acme.in/"], True),
        ("https://app.acme.in", [], False),
        ("https://app.acme.in", ["https://appx.acme.in", "https://app.acme.inx"], False),
        ("https://app.acme.in", ["https://*.acme.in"], True),
        ("https://a.b.acme.in", ["https://*.acme.in"], True),
        ("https://acme.in", ["https://*.acme.in"], False),
        ("https://evilacme.in", ["https://*.acme.in"], False),
        ("http://app.acme.in", ["https://*.acme.in"], False),
        ("https://app.acme.in:8443", ["https://*.acme.in"], False),
        ("https://app.acme.in:8443", ["https://*.acme.in:8443"], True),
        ("https://evil.in/.acme.in", ["https://*.acme.in"], False),
        ("https://app.acmé.in", ["https://*.in"], False),
        # two stars are no wildcard: none is kept so, and none fits it
        ("https://a.b.acme.in", ["https://a.*.*.acme.in", "https://*.*.acme.in"], False),
    ],
)
def test_an_origin_fits_its_own_name_or_a_wildcard_above_it(given: str, allowed: list[str], *, fits: bool) -> None:
    assert is_allowed(given, allowed) is fits
