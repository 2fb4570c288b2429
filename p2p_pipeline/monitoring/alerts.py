"""Tell a person about trouble once, and once more when it is over.

What to tell is decided by a pure function over what was told before. What is told goes to the log and, when a webhook
is configured, into an outbox. Posting is another call, which only the watch makes: so a receiver that is slow or down
for a while loses nothing, and never holds up who raises an alert.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import httpx
import orjson

from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings import AlertSettings

OUTBOX_LIMIT = 200
"""Messages kept for a receiver that is down; the oldest go first."""
POST_TIMEOUT_SECONDS = 3.0
DELIVERY_SECONDS = 5.0
"""No message is begun after this long in one delivery; the next one goes on."""

logger = logging.getLogger("p2p_pipeline.alerts")


class Kind(StrEnum):
    """Why a message is sent."""

    RAISED = "raised"
    REPEATED = "repeated"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now. The key says what it is the same trouble as: `stale/bybit.USDT-RUB BUY`."""

    key: str
    title: str
    detail: str
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """A trouble that has been told and isn't over."""

    title: str
    severity: str
    since: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell."""

    kind: Kind
    key: str
    title: str
    detail: str
    severity: str
    since: datetime
    at: datetime

    @property
    def text(self) -> str:
        """The message as one line for a person."""
        if self.kind is Kind.RECOVERED:
            return f"Over: {self.title} (since {self.since:%Y-%m-%d %H:%M} UTC)"
        again = f" (since {self.since:%Y-%m-%d %H:%M} UTC)" if self.kind is Kind.REPEATED else ""
        return f"{self.title}{again}: {self.detail}"


def decide(
    open_alerts: Mapping[str, OpenAlert],
    troubles: Sequence[Trouble],
    is_watched: Callable[[str], bool],
    now: datetime,
    repeat_after: timedelta,
) -> tuple[list[Message], dict[str, OpenAlert]]:
    """What to tell, and what is open afterwards.

    A trouble is told when it is new, and again after `repeat_after`. An open alert is over when `is_watched` says that
    this caller would see it and it isn't among the troubles.
    """
    messages = []
    after = dict(open_alerts)
    for trouble in troubles:
        known = after.get(trouble.key)
        # A clock that was set back must not silence an alert until it has caught up.
        is_due = known is not None and (now - known.told_at >= repeat_after or known.told_at > now)
        if known is None or is_due:
            since = min(known.since, now) if known else now
            kind = Kind.REPEATED if known else Kind.RAISED
            messages.append(Message(kind, trouble.key, trouble.title, trouble.detail, trouble.severity, since, now))
            after[trouble.key] = OpenAlert(trouble.title, trouble.severity, since, now)
    present = {trouble.key for trouble in troubles}
    for key, alert in open_alerts.items():
        if key not in present and is_watched(key):
            messages.append(Message(Kind.RECOVERED, key, alert.title, "It is over.", alert.severity, alert.since, now))
            del after[key]
    return messages, after


Post = Callable[[str, bytes], None]


def post_json(url: str, body: bytes) -> None:
    """POST JSON; raises httpx.HTTPError when the receiver did not take it."""
    headers = {"content-type": "application/json"}
    # The status is all that counts: an answer's body could come drop by drop.
    with httpx.stream("POST", url, content=body, headers=headers, timeout=POST_TIMEOUT_SECONDS) as answer:
        answer.raise_for_status()


class Alerts:
    """Raised alerts of one data folder, kept in `state/alerts.json` so that a restart tells nothing twice."""

    def __init__(
        self, state_folder: Path, webhook_url: str | None, repeat_after: timedelta, post: Post = post_json
    ) -> None:
        self._path = state_folder / "alerts.json"
        self._webhook_url = webhook_url
        self._repeat_after = repeat_after
        self._post = post

    @classmethod
    def configured(
        cls, paths: DataPaths, settings: AlertSettings, environment: Mapping[str, str] = os.environ
    ) -> Alerts:
        """As the settings say; the webhook's URL comes from the environment."""
        url = environment.get(settings.webhook_variable) or None
        return cls(paths.state, url, timedelta(hours=settings.repeat_after_hours))

    def report(
        self, troubles: Sequence[Trouble], is_watched: Callable[[str], bool], now: datetime
    ) -> tuple[Message, ...]:
        """Tell the log what is new, again due, or over (see decide), and leave it for `deliver`."""
        with self._locked("lock"):
            open_alerts, outbox = self._read()
            messages, after = decide(open_alerts, troubles, is_watched, now, self._repeat_after)
            for message in messages:
                logger.log(logging.INFO if message.kind is Kind.RECOVERED else logging.WARNING, "%s", message.text)
            if messages:
                added = [] if self._webhook_url is None else [_payload(message) for message in messages]
                self._write(after, [*outbox, *added][-OUTBOX_LIMIT:])
        return tuple(messages)

    def deliver(self) -> int:
        """Post what waits, oldest first, for a few seconds at most; say how many messages were taken.

        Each is posted at least once: again only when this process dies between a post and its note. Never raises for
        a webhook that does not work.
        """
        if self._webhook_url is None:
            return 0
        # A lock of its own, for nobody who raises an alert may wait for the receiver.
        with self._locked("delivery"):
            taken = self._post_for_a_while(self._webhook_url, self._read()[1])
            if taken:
                with self._locked("lock"):
                    open_alerts, outbox = self._read()
                    self._write(open_alerts, [payload for payload in outbox if payload not in taken])
        return len(taken)

    def open_alerts(self) -> dict[str, OpenAlert]:
        """What has been told and isn't over."""
        return self._read()[0]

    def _post_for_a_while(self, url: str, outbox: Sequence[dict[str, str]]) -> list[dict[str, str]]:
        began, taken = time.monotonic(), []
        for payload in outbox:
            if time.monotonic() - began >= DELIVERY_SECONDS:
                break
            try:
                self._post(url, orjson.dumps(payload))
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                # Not the URL: it often carries a token.
                logger.warning("the alert webhook did not take a message (%s); it is tried again", type(error).__name__)
                break
            taken.append(payload)
        return taken

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(f".{name}").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> tuple[dict[str, OpenAlert], list[dict[str, str]]]:
        try:
            stored = orjson.loads(self._path.read_bytes())
            alerts = {key: _open_alert(entry) for key, entry in stored["open"].items()}
            outbox = list(stored["outbox"])
        except FileNotFoundError:
            return {}, []
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("%s could not be read and starts anew; open alerts are told again", self._path)
            return {}, []
        return alerts, outbox

    def _write(self, alerts: Mapping[str, OpenAlert], outbox: Sequence[Mapping[str, str]]) -> None:
        text = orjson.dumps(
            {"open": {key: asdict(alert) for key, alert in alerts.items()}, "outbox": outbox},
            option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z,
        )
        aside = self._path.with_suffix(".new")
        with aside.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)


def _payload(message: Message) -> dict[str, str]:
    times = {"since": message.since.isoformat(), "at": message.at.isoformat()}
    words = {"title": shown(message.title), "detail": shown(message.detail), "text": shown(message.text)}
    return {**asdict(message), **times, "kind": message.kind.value, **words}


def _open_alert(entry: Mapping[str, str]) -> OpenAlert:
    return OpenAlert(
        title=entry["title"],
        severity=entry["severity"],
        since=datetime.fromisoformat(entry["since"]).astimezone(UTC),
        told_at=datetime.fromisoformat(entry["told_at"]).astimezone(UTC),
    )
