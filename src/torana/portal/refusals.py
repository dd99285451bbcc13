"""Pages for browsers that cannot go on: not admitted, unproven, or met a fault. Each says what to do next."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from torana.api.refusals import DATABASE_AWAY, UNSTORABLE
from torana.api.request_ids import request_id
from torana.kit.errors import ToranaError
from torana.kit.overload import Overloaded
from torana.portal.admit import FlowOver, NotAdmitted, Suspended
from torana.portal.log_in import ForeignLogin
from torana.portal.security import page_headers
from torana.portal.views import Action, Message, Tone, View, render
from torana.portal.words import end_of, stranger_frame
from torana.transactions.outcomes import IN_PROCESS, INVALID_TRANSACTION

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger(__name__)

HTML = "text/html"
_GO_BACK = "Close this window and go back to the app that sent you: it knows how your request stands."


class Stranger(ToranaError):
    """The browser did not prove that the visit is its own, or that the form is ours."""


def page(view: View, status: int = 200, *, form_hosts: tuple[str, ...] = ()) -> Response[bytes]:
    """A page as it is sent."""
    return Response(render(view), status_code=status, media_type=HTML, headers=page_headers(form_hosts=form_hosts))


def not_admitted(_: AnyRequest, error: NotAdmitted) -> Response[bytes]:
    title = "This page may not open Torana" if error.status == 403 else "This request cannot be opened"
    text = (error.message, "This is for the people who build the app that sent you.")
    frame = stranger_frame(error.gateway)
    return page(Message(frame, Tone.BAD, title, text, code=error.name), error.status)


def suspended(_: AnyRequest, error: Suspended) -> Response[bytes]:
    """For the investor, who can do nothing about it."""
    name = "This app" if error.gateway is None else error.gateway.display_name
    text = (
        f"Torana takes no new requests from {name} for the moment. Nothing was placed here.",
        "Orders that you have confirmed before go on.",
        _GO_BACK,
    )
    frame = stranger_frame(error.gateway)
    return page(Message(frame, Tone.NOTE, "No new requests just now", text, code=error.name), error.status)


def flow_over(_: AnyRequest, over: FlowOver) -> Response[bytes]:
    status = {INVALID_TRANSACTION: 404, IN_PROCESS: 409}.get(over.error, 410)
    return page(end_of(stranger_frame(None), None, over.error), status)


def foreign_login(_: AnyRequest, error: ForeignLogin) -> Response[bytes]:
    text = (
        "It was not begun here, or it was used already, or this browser keeps no cookies. It changed nothing.",
        _GO_BACK,
    )
    show = Action("Show my request", href=error.home) if error.home else None
    title = "This login does not belong to this window"
    return page(Message(stranger_frame(None), Tone.BAD, title, text, primary=show), 403)


def stranger(_: AnyRequest, error: Stranger) -> Response[bytes]:
    log.info("portal.stranger", why=str(error))
    text = ("This browser cannot show that the page is its own.", _GO_BACK)
    return page(Message(stranger_frame(None), Tone.NOTE, "This window lost its place", text), 403)


def http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return failed(request, error)
    return page(Message(stranger_frame(None), Tone.NOTE, "There is nothing here", (_GO_BACK,)), error.status_code)


def unstorable(_: AnyRequest, _error: Exception) -> Response[bytes]:
    return page(Message(stranger_frame(None), Tone.NOTE, "There is nothing here", (_GO_BACK,)), 400)


def away(_: AnyRequest, error: Exception) -> Response[bytes]:
    log.warning("portal.database_away", error=repr(error))
    text = (
        "It takes a few seconds. Load this page again; nothing is sent twice.",
        "If you have placed orders already, they go on.",
    )
    return page(Message(stranger_frame(None), Tone.QUEUE, "We are catching our breath", text), 503)


def overloaded(_: AnyRequest, error: Overloaded) -> Response[bytes]:
    text = ("Many people are here at this moment. Load this page again in a few seconds; nothing has begun.",)
    answer = page(Message(stranger_frame(None), Tone.QUEUE, "We are catching our breath", text), error.status)
    answer.headers.update(error.headers)
    return answer


def failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    log.error("portal.failed", method=request.method, path=request.scope["path"], exc_info=error)
    text = (
        "Load this page again; nothing is sent twice. If it stays like this, tell the people of the app this number:",
    )
    view = Message(stranger_frame(None), Tone.BAD, "Something broke on our side", text, code=request_id() or "")
    return page(view, 500)


HANDLERS: dict[int | type[Exception], Any] = {
    NotAdmitted: not_admitted,
    Suspended: suspended,
    FlowOver: flow_over,
    ForeignLogin: foreign_login,
    Stranger: stranger,
    Overloaded: overloaded,
    HTTPException: http,
    **dict.fromkeys(UNSTORABLE, unstorable),
    **dict.fromkeys(DATABASE_AWAY, away),
    Exception: failed,
}
