"""Pages for browsers that cannot go on: not admitted, unproven, or met a fault. Each says what to do next."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from torana.api.refusals import DATABASE_AWAY, UNSTORABLE
from torana.api.request_ids import request_id
from torana.kit.errors import ToranaError
from torana.kit.overload import Overloaded
from torana.pages.ends import end_of
from torana.pages.frames import unproven_frame, way_back
from torana.pages.views import Action, Message, Tone
from torana.partners.models import Gateway
from torana.portal.admission.admit import FlowOver, NotAdmitted, Suspended
from torana.portal.language import texts_for
from torana.portal.login.broker_login import ForeignLogin
from torana.portal.page_response import sent
from torana.transactions.outcomes import IN_PROCESS, INVALID_TRANSACTION

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger(__name__)


class UnprovenBrowser(ToranaError):
    """The browser did not prove that the visit is its own, or that the form is ours. `gateway` is the one of the
    address."""

    def __init__(self, why: str, gateway: Gateway | None = None) -> None:
        super().__init__(why)
        self.gateway = gateway


def not_admitted(request: AnyRequest, error: NotAdmitted) -> Response[bytes]:
    texts = texts_for(request)
    title = texts.refused.forbidden_title if error.status == 403 else texts.refused.unopened_title
    frame = unproven_frame(error.gateway, texts)
    text = (error.message, texts.refused.for_developers)
    return sent(Message(frame, Tone.BAD, title, text, code=error.name), error.status)


def suspended(request: AnyRequest, error: Suspended) -> Response[bytes]:
    """For the investor, who can do nothing about it."""
    texts = texts_for(request)
    words = texts.refused
    text = (words.suspended_text(app=error.app), words.suspended_goes_on, words.go_back)
    frame = unproven_frame(error.gateway, texts)
    return sent(Message(frame, Tone.NOTE, words.suspended_title, text, ending=way_back(frame)), error.status)


def flow_over(request: AnyRequest, over: FlowOver) -> Response[bytes]:
    status = {INVALID_TRANSACTION: 404, IN_PROCESS: 409}.get(over.error, 410)
    frame = unproven_frame(over.gateway, texts_for(request), over.return_url)
    return sent(end_of(frame, over.gateway, over.error), status)


def foreign_login(request: AnyRequest, error: ForeignLogin) -> Response[bytes]:
    texts = texts_for(request)
    words = texts.refused
    show = Action(words.foreign_show, href=error.home) if error.home else None
    text = (words.foreign_text, words.go_back)
    frame = unproven_frame(error.gateway, texts)
    over = None if show else way_back(frame)
    return sent(Message(frame, Tone.BAD, words.foreign_title, text, primary=show, ending=over), 403)


def unproven_browser(request: AnyRequest, error: UnprovenBrowser) -> Response[bytes]:
    log.info("portal.unproven_browser", why=str(error))
    words = texts_for(request).refused
    text = (words.unproven_text(host=request.url.hostname or ""), words.go_back)
    return _plain(request, Tone.NOTE, words.unproven_title, 403, *text, gateway=error.gateway)


def http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return failed(request, error)
    words = texts_for(request).refused
    return _plain(request, Tone.NOTE, words.nothing_here, error.status_code, words.go_back)


def unstorable(request: AnyRequest, _error: Exception) -> Response[bytes]:
    words = texts_for(request).refused
    return _plain(request, Tone.NOTE, words.nothing_here, 400, words.go_back)


def away(request: AnyRequest, error: Exception) -> Response[bytes]:
    log.warning("portal.database_away", error=repr(error))
    words = texts_for(request).refused
    return _plain(request, Tone.QUEUE, words.busy_title, 503, words.away_text, words.away_goes_on)


def overloaded(request: AnyRequest, error: Overloaded) -> Response[bytes]:
    words = texts_for(request).refused
    answer = _plain(request, Tone.QUEUE, words.busy_title, error.status, words.overloaded_text)
    answer.headers.update(error.headers)
    return answer


def failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    log.error("portal.failed", method=request.method, path=request.scope["path"], exc_info=error)
    texts = texts_for(request)
    text = (texts.refused.failed_text,)
    title = texts.refused.failed_title
    return sent(Message(unproven_frame(None, texts), Tone.BAD, title, text, code=request_id() or ""), 500)


def _plain(
    request: AnyRequest, tone: Tone, title: str, status: int, *text: str, gateway: Gateway | None = None
) -> Response[bytes]:
    frame = unproven_frame(gateway, texts_for(request))
    return sent(Message(frame, tone, title, text, ending=way_back(frame)), status)


HANDLERS: dict[int | type[Exception], Any] = {
    NotAdmitted: not_admitted,
    Suspended: suspended,
    FlowOver: flow_over,
    ForeignLogin: foreign_login,
    UnprovenBrowser: unproven_browser,
    Overloaded: overloaded,
    HTTPException: http,
    **dict.fromkeys(UNSTORABLE, unstorable),
    **dict.fromkeys(DATABASE_AWAY, away),
    Exception: failed,
}
