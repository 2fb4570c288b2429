"""What went wrong, as programs read it (RFC 9457): one table of codes for answers, documents and tests."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.requests import Request

from p2p_pipeline.exchanges.answers.opportunities import NoOpportunity
from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.answers.batches import UnknownBatch
from p2p_pipeline.p2p.answers.behaviour import NothingProcessed
from p2p_pipeline.p2p.answers.checks import UnknownCheck
from p2p_pipeline.p2p.answers.combo import NoRoute
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.answers.quarantine import NotQuarantined
from p2p_pipeline.p2p.settings import SettingsError
from p2p_pipeline.p2p.steps.series import NoSeries
from p2p_pipeline.p2p.warehouse.questions.catalogue import QuestionError
from p2p_pipeline.paper.actions.sessions import SessionFailed
from p2p_pipeline.paper.results.reading import NoResults
from p2p_pipeline.paper.sessions.running import SessionRuns
from p2p_pipeline.paper.sessions.status import NoSuchSession
from p2p_pipeline.paper.settings import PaperSettingsError
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.guard.access import NotAllowed
from p2p_pipeline.web.starts_by_key import KeyWasUsed
from p2p_pipeline.web.workers import Busy, TooSlow

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 5


class Code(StrEnum):
    """The kinds of problems."""

    INVALID_VALUE = "invalid-value"
    NOT_ALLOWED = "not-allowed"
    NO_DATA = "no-data"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    OTHER_SITE = "other-site"
    UNKNOWN_HOST = "unknown-host"
    TOO_LONG = "too-long"
    TOO_LARGE = "too-large"
    TOO_MANY_HEADERS = "too-many-headers"
    SENT_TOO_SLOWLY = "sent-too-slowly"
    TOO_OFTEN = "too-often"
    CONFLICT = "conflict"
    BUSY = "busy"
    TOO_SLOW = "too-slow"
    UNAVAILABLE = "unavailable"
    BUG = "bug"


STATUS = {
    Code.INVALID_VALUE: 422,
    Code.NOT_ALLOWED: 401,
    Code.NO_DATA: 404,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.OTHER_SITE: 403,
    Code.UNKNOWN_HOST: 421,
    Code.TOO_LONG: 414,
    Code.TOO_LARGE: 413,
    Code.TOO_MANY_HEADERS: 431,
    Code.SENT_TOO_SLOWLY: 408,
    Code.TOO_OFTEN: 429,
    Code.CONFLICT: 409,
    Code.BUSY: 503,
    Code.TOO_SLOW: 503,
    Code.UNAVAILABLE: 503,
    Code.BUG: 500,
}
TITLES = {
    Code.INVALID_VALUE: "A value can't be read",
    Code.NOT_ALLOWED: "The token is missing or wrong",
    Code.NO_DATA: "Nothing is known of that",
    Code.NOT_FOUND: "There is no such address",
    Code.METHOD_NOT_ALLOWED: "The address doesn't take that method",
    Code.OTHER_SITE: "Another site's page asked",
    Code.UNKNOWN_HOST: "The service isn't known by that name",
    Code.TOO_LONG: "The address is too long",
    Code.TOO_LARGE: "What was sent is too large",
    Code.TOO_MANY_HEADERS: "The headers are too long",
    Code.SENT_TOO_SLOWLY: "What was sent came too slowly",
    Code.TOO_OFTEN: "One client asks too often",
    Code.CONFLICT: "It can't be done as things are",
    Code.BUSY: "Too many questions just now",
    Code.TOO_SLOW: "The answer took too long",
    Code.UNAVAILABLE: "A store is away",
    Code.BUG: "A mistake of ours",
}


PROBLEMS_TOLD = {
    401: TITLES[Code.NOT_ALLOWED],
    403: TITLES[Code.OTHER_SITE],
    404: TITLES[Code.NO_DATA],
    405: TITLES[Code.METHOD_NOT_ALLOWED],
    408: TITLES[Code.SENT_TOO_SLOWLY],
    409: TITLES[Code.CONFLICT],
    413: TITLES[Code.TOO_LARGE],
    414: TITLES[Code.TOO_LONG],
    421: TITLES[Code.UNKNOWN_HOST],
    422: TITLES[Code.INVALID_VALUE],
    429: TITLES[Code.TOO_OFTEN],
    431: TITLES[Code.TOO_MANY_HEADERS],
    500: TITLES[Code.BUG],
    503: "A store is away, or too much is asked just now; `Retry-After` says when to ask again",
}
"""What may come instead of any answer, by status: for the document."""


class TooLarge(ClearError):
    """What was sent is more than a request may hold."""


class SentTooSlowly(ClearError):
    """What was sent did not come in time."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that is none."""

    code: Code
    detail: str
    """One sentence with what to do, as the commands print it."""
    errors: tuple[dict[str, str], ...] = ()
    trace_id: str = ""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.code]

    def to_json(self, instance: str) -> dict[str, Any]:
        """As RFC 9457 writes it."""
        told: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": TITLES[self.code],
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        return {
            **told,
            **({"errors": list(self.errors)} if self.errors else {}),
            **({"trace_id": self.trace_id} if self.trace_id else {}),
        }


_CODES: tuple[tuple[type[ClearError], Code], ...] = (
    (NotAllowed, Code.NOT_ALLOWED),
    (NoSnapshot, Code.NO_DATA),
    (NoSeries, Code.NO_DATA),
    (NoRoute, Code.NO_DATA),
    (NotQuarantined, Code.NO_DATA),
    (UnknownBatch, Code.NO_DATA),
    (UnknownCheck, Code.NO_DATA),
    (NothingProcessed, Code.NO_DATA),
    (NoOpportunity, Code.NO_DATA),
    (NoSuchSession, Code.NO_DATA),
    (NoResults, Code.NO_DATA),
    (PaperSettingsError, Code.INVALID_VALUE),
    (QuestionError, Code.INVALID_VALUE),
    (SettingsError, Code.INVALID_VALUE),
    (InvalidInput, Code.INVALID_VALUE),
    (SessionFailed, Code.CONFLICT),
    (SessionRuns, Code.CONFLICT),
    (KeyWasUsed, Code.CONFLICT),
    (TooLarge, Code.TOO_LARGE),
    (SentTooSlowly, Code.SENT_TOO_SLOWLY),
    (Busy, Code.BUSY),
    (TooSlow, Code.TOO_SLOW),
    (ClearError, Code.UNAVAILABLE),
)


def problem_of(error: ClearError) -> Problem:
    """What an error written for people is; of a configuration each mistake with its parameter."""
    mistakes = error.mistakes if isinstance(error, PaperSettingsError) else {}
    errors = tuple({"pointer": f"config.{name}", "detail": told} for name, told in mistakes.items())
    return Problem(next(code for kind, code in _CODES if isinstance(error, kind)), str(error), errors)


def problem_of_bug(error: Exception) -> Problem:
    """A bug: it is logged with its traceback under an id, and only the id is shown."""
    trace_id = secrets.token_hex(8)
    log.error("a bug, trace_id %s", trace_id, exc_info=error)
    return Problem(
        Code.BUG,
        Told("this is a mistake of the program; its log has the details under {trace_id}", trace_id=trace_id),
        (),
        trace_id,
    )


def problem_answer(request: Request, problem: Problem) -> ExactJson:
    """The HTTP answer, as programs read it; people get a page (pages/problem.py)."""
    return ExactJson(
        problem.to_json(request.url.path),
        status_code=problem.status,
        headers=headers_of(problem),
        media_type=PROBLEM_JSON,
    )


def headers_of(problem: Problem) -> dict[str, str]:
    """What the answer's headers tell besides."""
    if problem.status == 503:
        return {"Retry-After": str(RETRY_SECONDS)}
    return {"WWW-Authenticate": "Bearer"} if problem.code is Code.NOT_ALLOWED else {}
