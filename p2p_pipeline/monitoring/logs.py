"""Log lines: plain text, or one JSON object a line where P2P_LOG_FORMAT=json asks for it. Never a password.

A line carries what its context is about (batch_id, venue, …; see tracing.log_context) and what `extra` gives it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from p2p_pipeline.kernel.foreign_text import shown, shown_json, shown_lines
from p2p_pipeline.kernel.tracing import log_fields
from p2p_pipeline.monitoring.redaction import redactor

LOG_FORMAT_VARIABLE = "P2P_LOG_FORMAT"
LOG_LEVEL_VARIABLE = "P2P_LOG_LEVEL"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "dagster_meta"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the fields, then what went wrong."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """Values that JSON has no word for become text; a line break stays inside its string."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._hide(record.getMessage()),
        }
        line |= {name: self._plain(value) for name, value in _fields(record).items() if name not in line}
        if record.exc_info:
            line["error"] = self._hide(self.formatException(record.exc_info))
        # A lone surrogate, as in a file name of another encoding, has no bytes in UTF-8.
        text = orjson.dumps(_whole(line), default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()
        return shown_json(text)

    def _plain(self, value: object) -> object:
        return value if value is None or isinstance(value, bool | int | float) else self._hide(str(value))


class PlainLines(logging.Formatter):
    """`2026-11-21 05:41:45 WARNING p2p_pipeline.p2p.capture: message [batch_id=…]`, in UTC."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        """The fields come last, in brackets."""
        moment = f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%d %H:%M:%S}"
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        said = record.getMessage() + (f" [{fields}]" if fields else "")
        text = f"{moment} {record.levelname} {record.name}: {shown(said)}"
        if record.exc_info:
            text += "\n" + shown_lines(self.formatException(record.exc_info))
        return self._hide(text)


def set_up_logging(environment: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> None:
    """Send this package's lines to stderr. Called once a process; a second call replaces what the first set up.

    Other libraries' loggers keep what they have: Dagster shows its own, and httpx tells every request.
    """
    hide = redactor(environment)
    is_json = environment.get(LOG_FORMAT_VARIABLE, "").strip().lower() == "json"
    handler = _OurHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(JsonLines(hide) if is_json else PlainLines(hide))
    ours = logging.getLogger("p2p_pipeline")
    for present in list(ours.handlers):
        if isinstance(present, _OurHandler):
            ours.removeHandler(present)
    ours.addHandler(handler)
    level = environment.get(LOG_LEVEL_VARIABLE, "").strip().upper()
    ours.setLevel(level if level in logging.getLevelNamesMapping() else logging.INFO)
    ours.propagate = False


class _OurHandler(logging.StreamHandler[TextIO]):
    """Known again by its class."""


def _fields(record: logging.LogRecord) -> dict[str, object]:
    given = {name: value for name, value in vars(record).items() if name not in _STANDARD and name[0] != "_"}
    return {name: value for name, value in {**log_fields(), **given}.items() if value is not None}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_whole(name): _whole(inner) for name, inner in value.items()}
    return value
