"""What calls raise."""

from __future__ import annotations

from typing import Any, Mapping

# The HTTP status of each code; a job's error has a code only.
STATUS_OF: Mapping[str, int] = {
    "INVALID_ARGUMENT": 400,
    "SYNTAX_ERROR": 400,
    "NO_SUCH_COLUMN": 400,
    "NO_SUCH_SNAPSHOT": 400,
    "TYPE_MISMATCH": 400,
    "CONSTRAINT_VIOLATION": 400,
    "INVALID_DATA": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NO_SUCH_ENDPOINT": 404,
    "NO_SUCH_TABLE": 404,
    "NO_SUCH_NAMESPACE": 404,
    "NO_SUCH_WAREHOUSE": 404,
    "NO_SUCH_FILE": 404,
    "NO_SUCH_JOB": 404,
    "NO_SUCH_SCHEDULE": 404,
    "NO_SUCH_CONNECTION": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_SUPPORTED": 406,
    "ALREADY_EXISTS": 409,
    "COMMIT_CONFLICT": 409,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RESOURCE_LIMIT": 429,
    "CANCELLED": 499,
    "COMMIT_STATE_UNKNOWN": 500,
    "IO_FAILED": 500,
    "INTERNAL": 500,
    "DISK_FULL": 503,
    "OUT_OF_MEMORY": 503,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
}


class TarnError(Exception):
    """A call was refused, or its job failed.

    code: stable, such as NO_SUCH_TABLE. message: what failed, and which object. hint: what to do, or "".
    status: the HTTP status. job_id: the job that failed, if one did. request_id: the call in the server's log, or "".
    """

    def __init__(self, code: str, message: str, *, status: int = 500, hint: str = "", job_id: str | None = None,
                 request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.hint = hint
        self.job_id = job_id
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class NotFoundError(TarnError):
    """No such table, namespace, file, job, schedule, connection or call."""


class AccessError(TarnError):
    """Nobody signed in, or who did may not do this."""


class ConflictError(TarnError):
    """It exists already, or somebody else's change came first."""


class CancelledError(TarnError):
    """Somebody cancelled the job."""


class UnreachableError(TarnError):
    """The server did not answer; whether it did what was asked for is not known."""


_BY_STATUS: Mapping[int, type[TarnError]] = {
    401: AccessError,
    403: AccessError,
    404: NotFoundError,
    409: ConflictError,
    499: CancelledError,
}


def _text(value: Any, otherwise: str = "") -> str:
    return value if isinstance(value, str) else otherwise


def error_of(answer: Mapping[str, Any], status: int | None = None, *, job_id: str | None = None) -> TarnError:
    """The exception for an error's JSON: a call's, which has a status, or a job's, whose status follows from its code."""
    code = _text(answer.get("code"), "INTERNAL" if status is None else f"HTTP_{status}")
    if status is None:
        status = STATUS_OF.get(code, 500)
    return _BY_STATUS.get(status, TarnError)(
        code, _text(answer.get("message")) or f"The server answered {status}", status=status, hint=_text(answer.get("hint")),
        job_id=job_id or _text(answer.get("job_id")) or None, request_id=_text(answer.get("request_id")))
