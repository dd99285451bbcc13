"""What a caller may be told. Anything else that is raised is a bug of ours and is answered as one."""

from collections.abc import Sequence


class ToranaError(Exception):
    """Base of all errors that this program raises on purpose."""


class ConfigurationError(ToranaError):
    """The installation is set up in a way that cannot work; the message says what to change."""


class ApiError(ToranaError):
    """A request that we refuse.

    `message` says what to do, in words of the caller's. `error_type` is one of the interface's
    `InputException`, `AccessDenied`, `InternalError`, `MFCException`. `anchor` names the paragraph of the error guide.
    `errors` are the names or the single faults that programs may look at; without them the message stands alone.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        error_type: str = "InputException",
        anchor: str = "input",
        headers: dict[str, str] | None = None,
        errors: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_type = error_type
        self.anchor = anchor
        self.headers = headers or {}
        self.errors = tuple(errors) or (message,)


class NotFound(ApiError):
    """What was asked for is not there, or belongs to somebody else: the answer is the same."""

    def __init__(self, message: str, *, errors: Sequence[str] = ()) -> None:
        super().__init__(message, status=404, anchor="not-found", errors=errors)


class AccessDenied(ApiError):
    """The caller did not prove who they are, or may not do this."""

    def __init__(self, message: str, *, status: int = 401, anchor: str = "access", errors: Sequence[str] = ()) -> None:
        super().__init__(message, status=status, error_type="AccessDenied", anchor=anchor, errors=errors)
