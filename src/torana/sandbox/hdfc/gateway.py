"""What both simulated products of HDFC Securities have: the login and its token, what every call brings, what is asked
of an order, prices."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from torana.market.models import Security
from torana.sandbox import reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Route, by_query_code
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import OTP, PASSWORD, Login, code_as
from torana.sandbox.order_form import Fault, OrderForm, objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.refusal_table import Table
from torana.sandbox.securities import by_token
from torana.sandbox.web import Request, Response
from torana.sandbox.wire import Shape
from torana.sandbox.world import App

HOURS = 8
PRICES_IN_A_REQUEST = 10


@dataclass(frozen=True, slots=True)
class Gateway:
    """One product. Its table has rows for `app`, `login`, `request`, `security`, `prices` and the headers."""

    broker: str
    name: str
    table: Table
    price: Shape[QuoteView]
    number: str
    """The field of an order with the client's number."""
    security: Callable[[dict[str, Any]], Security | None]
    """What an order is for, by its fields."""

    def app_of(self, call: Call) -> App:
        return call.known_app(call.request.query.get("api_key", ""), self.table.refused("app"))

    @property
    def login(self) -> Login:
        return Login(
            broker=self.broker, name=self.name, until="eight hours from now", user_id_form="00000000",
            ends=lambda now: (now + timedelta(hours=HOURS)).replace(microsecond=0),
            app_of=self.app_of, back=code_as("request_token"), code_seconds=300.0, typed=(PASSWORD, OTP),
        )  # fmt: skip

    def routes(self) -> tuple[Route, ...]:
        """The login's page, and the exchange of what it brings."""
        whose = by_query_code("request_token")
        token = Route("POST", "/oapi/v1/access-token", On.TOKEN, self._token, session=False, whose=whose)
        return (*self.login.routes("/oapi/v1/login", page=True), token)

    def check(self, call: Call) -> None:
        """Of every call: who asks, and for which app."""
        self.table.check_headers(call.request)
        self.app_of(call)

    async def prices(self, call: Call) -> Response:
        """By the exchange's token, a text in the request and a number in the answer."""
        body = await call.json_object(wrong := self.table.refused("request"))
        wanted = objects(body.get("data"), wrong, least=0)
        if len(wanted) > PRICES_IN_A_REQUEST:
            raise self.table.refused("prices")
        named = (by_token(str(one.get("token")), str(one.get("exchange"))) for one in wanted)
        told = {"data": reads.prices(call, self.price, named), "meta": {"statusCode": "OK", "statusMsg": "OK"}}
        return web.json(told)

    def order(self, given: dict[str, Any], of: OrderTable) -> OrderForm:
        """An order by its table. The client's number is one in JSON; a limit has a price."""
        told = given.get(self.number)
        if isinstance(told, int) and not isinstance(told, bool):
            given = given | {self.number: str(told)}
        form = of.form(given, self.security, self.table.refused("security"))
        if form.order_type == "LIMIT" and not form.price:
            raise self.table.of_field("price", Fault.INVALID, 0)
        return form

    async def _token(self, call: Call) -> Response:
        given, wrong = await call.json_object(self.table.refused("request")), self.table.refused("login")
        app = call.proven_app(call.request.query.get("api_key"), given.get("apiSecret"), self.table.refused("app"))
        account, token = self.login.redeem(call, app, call.request.query.get("request_token", ""), wrong)
        return web.json({"accessToken": _jwt(call, account, app, token)})


def _jwt(call: Call, account: Account, app: App, token: str) -> str:
    """What the access token says of itself: three parts, of which the last one is what the simulator knows it by.

    Its times are real ones, wherever the exchange's clock was set to: who reads them goes by his own clock.
    """
    session, ahead = call.sessions.find(token), call.exchange.time.offset
    claims = {
        "sub": account.user_id, "exp": int((session.ends_at - ahead).timestamp()) if session else 0,
        "iat": int((call.exchange.now() - ahead).timestamp()), "merchant": "Sandbox", "merchant_api_key": app.key,
    }  # fmt: skip
    told = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in ({"alg": "HS384"}, claims)]
    return ".".join([*(part.rstrip("=") for part in told), token])


def credentials(request: Request) -> Credentials | None:
    """The token stands alone in its head, without a scheme."""
    token = request.headers.get("authorization", "")
    if not token or " " in token:
        return None
    return Credentials(token.rpartition(".")[2], request.query.get("api_key", ""))
