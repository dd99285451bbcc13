"""Every request leaves one line in the log that says which transaction it was about, and holds no secret."""

from litestar import Litestar, post
from structlog.testing import capture_logs

from tests.support.brokers import OTHER_BROKER
from tests.support.gateway import calling
from torana.api.request_ids import RequestIds, about


@post("/postback/{broker:str}/{secret:str}")
async def postback(broker: str, secret: str) -> str:
    return "taken"


@post("/order/{name:str}")
async def order(name: str) -> str:
    about("TRX_of_the_test")
    return "made"


app = RequestIds(Litestar([postback, order], openapi_config=None, logging_config=None))


async def test_a_request_is_logged_with_its_status_and_without_its_query() -> None:
    async with calling(app) as client:
        with capture_logs() as lines:
            await client.post("/order/x?token=secret-of-the-test")

    line = next(line for line in lines if line["event"] == "http.request")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/order/x", 201)
    assert "secret-of-the-test" not in str(lines)


async def test_the_secret_in_a_postbacks_address_is_not_logged() -> None:
    async with calling(app) as client:
        with capture_logs() as lines:
            await client.post(f"/postback/{OTHER_BROKER}/secret-of-the-test")

    assert "secret-of-the-test" not in str(lines)
    assert any(line.get("path") == f"/postback/{OTHER_BROKER}/…" for line in lines)
