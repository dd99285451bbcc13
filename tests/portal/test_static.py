"""Files: kept for ever under the name of their content, small on the wire."""

import gzip

from litestar import Litestar
from litestar.testing import TestClient

from torana.pages.assets import ASSETS
from torana.portal.routes import SDK_FOLDER, SDK_TYPES, static_router

APP = Litestar([static_router], openapi_config=None, logging_config=None)


def test_a_file_is_kept_for_ever_under_its_name() -> None:
    path = ASSETS.path("portal.css")

    with TestClient(APP) as client:
        sent = client.get(path, headers={"accept-encoding": "identity"})
        again = client.get(path, headers={"if-none-match": sent.headers["etag"]})

    assert sent.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sent.headers["cache-control"]
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["etag"].strip('"') in path
    assert again.status_code == 304
    assert again.content == b""


def test_a_file_travels_zipped_to_those_who_can_unzip() -> None:
    path = ASSETS.path("portal.js")

    with TestClient(APP) as client:
        zipped = client.get(path, headers={"accept-encoding": "gzip, br"})
        plain = client.get(path, headers={"accept-encoding": "gzip;q=0"})

    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < len(plain.content) / 2
    assert zipped.headers["vary"] == "Accept-Encoding"


def test_a_partners_accent_comes_with_the_style_sheet() -> None:
    ours, theirs = ASSETS.path("portal.css"), ASSETS.sheet("#0f766e")
    other = theirs.rsplit("/", 1)[1].replace("0f766e", "0f766f")

    with TestClient(APP) as client:
        sheet = client.get(theirs)

        assert ASSETS.sheet(None) == ASSETS.sheet("red") == ours
        assert sheet.text.startswith(client.get(ours).text)
        assert ":root{--accent:#0f766e" in sheet.text
        assert "immutable" in sheet.headers["cache-control"]
        for name in (other, "portal.0f766e.css", "accent-0f766e.css", "nothing.css", "%2e%2e%2fviews.py", "portal.css"):
            assert client.get(f"/portal/static/{name}").status_code == 404


def test_the_sdk_is_served_where_the_interface_says() -> None:
    there = [name for name in SDK_TYPES if (SDK_FOLDER / name).is_file()]

    with TestClient(APP) as client:
        for name in there:
            sent = client.get(f"/scdk/2.0.0/{name}")
            assert sent.status_code == 200
            assert sent.headers["content-type"].startswith(SDK_TYPES[name].partition(";")[0])
            assert sent.headers["content-type"].endswith("; charset=utf-8")
            assert sent.headers["access-control-allow-origin"] == "*"
            assert sent.headers["cross-origin-resource-policy"] == "cross-origin"
            assert sent.text == (SDK_FOLDER / name).read_text()
        assert client.get("/scdk/2.0.0/other.js").status_code == 404
        assert client.get("/scdk/2.0.0/%2e%2e%2fportal.css").status_code == 404


def test_the_zipped_bytes_are_the_file() -> None:
    asset = ASSETS.find(ASSETS.path("mark.svg").rsplit("/", 1)[1])

    assert asset is not None
    assert gzip.decompress(asset.zipped) == asset.body
