"""Keep passwords out of what is written for people: log lines and traces."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
_IN_URL = re.compile(r"(?P<before>[a-z][a-z0-9+.\-]*://[^\s/:@'\"]*:)[^\s/'\"]+(?=@)", re.IGNORECASE)
_NAMED = re.compile(
    r"(?P<before>\b(?:password|passwd|pwd|token|secret|api_key)\s*[=:]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&'\"]+)",
    re.IGNORECASE,
)
_SHORTEST_LITERAL = 4
"""A shorter password would be found in innocent words; the patterns above still hide it in URLs."""


def redactor(environment: Mapping[str, str] = os.environ) -> Callable[[str], str]:
    """A function that hides passwords in a text: those in URLs, those that say so, and the environment's own ones."""
    literal = sorted(_secrets_of(environment), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, literal))) if literal else None

    def hide(text: str) -> str:
        if known is not None:
            text = known.sub(HIDDEN, text)
        return _NAMED.sub(rf"\g<before>{HIDDEN}", _IN_URL.sub(rf"\g<before>{HIDDEN}", text))

    return hide


def _secrets_of(environment: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for name, value in environment.items():
        if name.upper().endswith(("PASSWORD", "_TOKEN", "_SECRET", "_WEBHOOK")):
            found.add(value)
        if name.upper().startswith("OTEL_EXPORTER_OTLP_") and name.upper().endswith("HEADERS"):
            found |= _header_values(value)
        if "://" in value:
            found |= _passwords_in(value)
    return {secret for secret in found if len(secret) >= _SHORTEST_LITERAL}


def _header_values(headers: str) -> set[str]:
    """Of `authorization=Basic%20abc,api-key=def`: each value as it stands, as it is sent, and without its scheme."""
    values = {header.partition("=")[2].strip() for header in headers.split(",")}
    sent = {unquote(value) for value in values}
    return {headers} | values | sent | {value.split()[-1] for value in sent if value.strip()}


def _passwords_in(url: str) -> set[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()
