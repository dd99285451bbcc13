"""A gateway of a few lines that speaks the protocol of the SDK, and a partner's pages on another origin."""

import asyncio
import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

FILES = Path(__file__).parents[2] / "src/torana/portal/static/scdk"
TOKEN = "header.payload.signature"
FRESH = 5
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".ts": "text/plain"}


@dataclass
class Visit:
    """What the gateway knows of one transaction. `unsure`: it would not take "looks closed" for closed;
    `ends`: unless no login comes back."""

    stage: str = "opening"
    version: int = 1
    settled: bool = False
    placed: bool = False
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    unsure: bool = False
    ends: bool = False
    flow: str | None = None
    opened_at: float = 0
    apart: bool = False

    def state(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "stage": self.stage,
            "settled": self.settled,
            "placed": self.placed,
            "result": self.result,
            "error": self.error,
            "unsure": self.unsure and not self.settled,
            "ends": self.ends and not self.settled,
        }


@dataclass
class FakeGateway:
    """`calls` are the SDK's requests as (path, body); `opened` the forms that a window or the page was sent with, and
    `origins` where the browser said that they came from, `hosts` where they went. `address`: a public one that pages
    are told. `strangers`: tokens of investors whose transactions these are not. `asked_for`: transactions that a page
    asked for and that are not there yet; that takes `create_delay`. `words`: those of another language, by the English
    ones; `warns`: what the page's developer is told."""

    url: str = ""
    visits: dict[str, Visit] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    opened: list[dict[str, str]] = field(default_factory=list)
    origins: list[str | None] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    asked_for: set[str] = field(default_factory=set)
    refusal: tuple[int, str] | None = None
    address: str = ""
    words: dict[str, str] = field(default_factory=dict)
    warns: list[str] = field(default_factory=list)
    down: bool = False
    dropped: int = 0
    page_headers: dict[str, str] = field(default_factory=dict)
    open_delay: float = 0
    create_delay: float = 0
    session_delay: float = 0
    hold: float = 25
    tells_after: float = 0
    finish_script: str = "setTimeout(() => window.close(), 300)"

    def visit(self, transaction_id: str) -> Visit:
        return self.visits.setdefault(transaction_id, Visit())

    async def reach(self, transaction_id: str, stage: str) -> None:
        await self._change(transaction_id, stage=stage)

    async def place(self, transaction_id: str) -> None:
        await self._change(transaction_id, placed=True)

    async def resolve(self, transaction_id: str, **result: Any) -> None:
        await self._change(
            transaction_id, stage="done", settled=True, result={"transactionId": transaction_id, **result}
        )

    async def reject(self, transaction_id: str, name: str, code: int, data: dict[str, Any] | None = None) -> None:
        error = {"message": name, "code": code} | ({"data": data} if data else {})
        await self._change(transaction_id, stage="done", settled=True, error=error)

    async def _change(self, transaction_id: str, **values: Any) -> None:
        visit = self.visit(transaction_id)
        if not visit.settled:
            for name, value in values.items():
                setattr(visit, name, value)
            visit.version += 1

    def paths(self) -> list[str]:
        return [path for path, _ in self.calls]

    def closings(self) -> list[dict[str, Any]]:
        return [body for path, body in self.calls if path == "close"]

    # HTTP

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/scdk/2.0.0/{name}", self._file),
            web.post("/portal/sdk/{call}", self._sdk),
            web.post("/portal/open", self._open),
            web.get("/portal/{transaction_id}", self._page),
            web.post("/portal/{transaction_id}/apart", self._apart),
            web.get("/broker", self._broker),
        ]

    async def _file(self, request: web.Request) -> web.Response:
        file = FILES / request.match_info["name"]
        headers = {"Access-Control-Allow-Origin": "*"}
        return web.Response(text=file.read_text("utf-8"), content_type=TYPES[file.suffix], headers=headers)

    async def _sdk(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            self.dropped += 1
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = json.loads(await request.text())
        call = request.match_info["call"]
        assert request.headers["Content-Type"] == "text/plain;charset=UTF-8", "a preflight would be needed"
        assert not request.cookies
        self.calls.append((call, body))
        status, name = self.refusal or (200, "")
        if name:
            answer: dict[str, Any] = {
                "success": False,
                "errors": [name],
                "errorType": "InputException",
                "message": "why",
            }
        else:
            answer = {"success": True, "errors": None, "data": await getattr(self, f"_{call}")(body) | self._moved()}
        headers = {"Access-Control-Allow-Origin": request.headers["Origin"]}
        return web.json_response(answer, status=status, headers=headers)

    def _moved(self) -> dict[str, str]:
        return {"address": self.address} if self.address else {}

    async def _session(self, body: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(self.session_delay)
        known = {"connected": False, "broker": None, "brokers": [{"key": "alpha", "name": "Alpha"}]}
        return known | ({"words": self.words} if self.words else {}) | ({"warnings": self.warns} if self.warns else {})

    async def _watch(self, body: dict[str, Any]) -> dict[str, Any]:
        visit = self.visit(body["transactionId"])
        if body["authToken"] in self.strangers:
            return self._unknown()
        deadline = asyncio.get_running_loop().time() + self.hold
        while visit.version == body["since"] and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        return self._refused_to_others(visit, body) or visit.state()

    def _unknown(self) -> dict[str, Any]:
        error = {"message": "invalid_transactionId", "code": 3002}
        return {"version": 0, "stage": "done", "settled": True, "result": None, "error": error}

    async def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked_for.add(body["transactionId"])
        await asyncio.sleep(self.create_delay)
        self.asked_for.discard(body["transactionId"])
        return self.visit(body["transactionId"]).state()

    async def _close(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["transactionId"] in self.asked_for:
            return self._unknown()
        visit = self.visit(body["transactionId"])
        codes = {"opening": 1010, "choosing": 1010, "at_broker": 1011, "reviewing": 1012}
        asks = visit.stage in codes and not body.get("sure")
        unsure = visit.unsure or (asks and await self._cut(visit))
        if visit.stage in codes and (body.get("sure") or not unsure):
            await self.reject(body["transactionId"], "user_cancelled", codes[visit.stage])
        state = {key: visit.state()[key] for key in ("settled", "result", "error", "ends")}
        return state | {"unsure": unsure and not visit.settled}

    async def _cut(self, visit: Visit) -> bool:
        """A window that was opened just now may need a moment to tell that it is open."""
        deadline = min(visit.opened_at + FRESH, asyncio.get_running_loop().time() + 1)
        while not visit.apart and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        return visit.apart

    async def _apart(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.tells_after)
        self.visit(request.match_info["transaction_id"]).apart = True
        return web.Response()

    def _refused_to_others(self, visit: Visit, body: dict[str, Any]) -> dict[str, Any] | None:
        if visit.flow in (None, body["flow"]) or not visit.settled:
            return None
        return {**visit.state(), "result": None, "error": {"message": "transaction_expired", "code": 3001}}

    async def _open(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        await asyncio.sleep(self.open_delay)
        self.opened.append(form)
        self.origins.append(request.headers.get("Origin"))
        self.hosts.append(request.headers["Host"])
        visit = self.visit(form["transactionId"])
        visit.flow, visit.opened_at, visit.apart = form["flow"], asyncio.get_running_loop().time(), False
        if visit.stage == "opening":
            await self.reach(form["transactionId"], "choosing")
        return web.Response(status=303, headers={"Location": f"/portal/{form['transactionId']}"})

    async def _page(self, request: web.Request) -> web.Response:
        transaction_id = request.match_info["transaction_id"]
        text = f"""<!doctype html><title>Gateway</title><h1>Gateway</h1><p id=id>{escape(transaction_id)}</p>
            <script>opener || fetch(location.pathname + "/apart", {{ method: "POST" }})</script>
            <button onclick="{escape(self.finish_script)}">Finish</button>"""
        return web.Response(text=text, content_type="text/html", headers=self.page_headers)

    async def _broker(self, request: web.Request) -> web.Response:
        """A broker that keeps its page apart from every opener."""
        headers = {"Cross-Origin-Opener-Policy": "same-origin"}
        return web.Response(text="<!doctype html><title>Broker</title>", content_type="text/html", headers=headers)


@dataclass
class Partner:
    """The partner's site. Its page loads the SDK as `kind` says and keeps what the promises did in `outcomes`."""

    url: str = ""
    gateway: FakeGateway | None = None

    def page(
        self,
        kind: str = "script",
        *,
        csp: str = "",
        coop: bool = False,
        referrer: str = "",
        start: str = "",
        **config: Any,
    ) -> str:
        """The address of a page. `csp` adds a policy: "strict" is the documented one; `referrer` is a Referrer-Policy;
        `start` runs when it loads."""
        how = {"kind": kind, "csp": csp, "coop": coop, "referrer": referrer, "start": start, "config": config}
        options = json.dumps(how)
        return f"{self.url}/?{urlencode({'options': options})}"

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self._page), web.get("/page.js", self._script), web.get("/elsewhere", self._elsewhere)]

    async def _page(self, request: web.Request) -> web.Response:
        assert self.gateway is not None
        options = json.loads(request.query["options"])
        kind = options["kind"]
        sdk = f"{self.gateway.url}/scdk/2.0.0/scdk"
        query = escape(request.rel_url.raw_query_string)
        loader = f'<script src="{sdk}.js"></script>' * {"script": 1, "twice": 2}.get(kind, 0)
        style = "body{font:16px system-ui;margin:40px;background:Canvas;color:CanvasText;color-scheme:light dark}"
        text = f"""<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width">
            <title>Partner</title><link rel="icon" href="data:,">
            <link rel=stylesheet href="/page.js?css={escape(style)}">
            <h1>Partner</h1><p>Ten shares of something.</p><button id=pay>Buy</button>
            {loader}<script type=module src="/page.js?{query}"></script>"""
        policy = {
            "strict": STRICT,
            "no form": STRICT.replace("form-action {gateway}", "form-action 'none'"),
            "no connect": STRICT.replace("connect-src {gateway};", ""),
            "other connect": STRICT.replace("connect-src {gateway}", "connect-src 'self'"),
        }.get(options["csp"])
        headers = {"Content-Security-Policy": policy.format(gateway=self.gateway.url)} if policy else {}
        if options["coop"]:
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if options["referrer"]:
            headers["Referrer-Policy"] = options["referrer"]
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _script(self, request: web.Request) -> web.Response:
        if "css" in request.query:
            return web.Response(text=request.query["css"], content_type="text/css")
        assert self.gateway is not None
        options = json.loads(request.query["options"])
        sdk = f"{self.gateway.url}/scdk/2.0.0/scdk.mjs"
        load = f'import scDK from "{sdk}";' if options["kind"] == "module" else "const scDK = window.scDK;"
        text = PAGE % {"load": load, "config": json.dumps(options["config"]), "start": options["start"], "token": TOKEN}
        return web.Response(text=text, content_type="text/javascript")

    async def _elsewhere(self, request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Elsewhere</title>", content_type="text/html")


STRICT = (
    "default-src 'none'; script-src 'self' {gateway}; connect-src {gateway}; form-action {gateway}; style-src 'self'; "
    "img-src data:; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

PAGE = """%(load)s
window.outcomes = [];
window.record = (promise) => promise.then(
  (result) => outcomes.push({ result }),
  ({ message, code, data, description }) => outcomes.push({ message, code, data, description }),
);
window.gw = new scDK({ gateway: "demo", smallcaseAuthToken: "%(token)s", config: %(config)s });
window.transactionId = "TRX_" + "a".repeat(32);
window.buy = (more) => record(gw.triggerTransaction({ transactionId, ...more }));
document.getElementById("pay").onclick = () => buy();
window.SDK = scDK;
%(start)s
window.ready = true;
"""
