"""Tell a person about trouble once, and once more when it is over.

What to tell is decided by a pure function over what was told before. What is told goes to the log and, when a webhook
is configured, into an outbox that is posted until the receiver took it: a receiver that is down for a while loses
nothing, and never stops anything.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import httpx
import orjson

from p2p_pipeline.paths import DataPaths
from p2p_pipeline.settings import AlertSettings

OUTBOX_LIMIT = 200
"""Messages kept for a receiver that is down; the oldest go first."""
POST_TIMEOUT_SECONDS = 5.0

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
    answer = httpx.post(url, content=body, headers={"content-type": "application/json"}, timeout=POST_TIMEOUT_SECONDS)
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
        """Tell what is new, again due, or over; see decide.

        Posts what earlier calls could not. Never raises for a webhook that does not work.
        """
        with self._locked():
            open_alerts, outbox = self._read()
            messages, after = decide(open_alerts, troubles, is_watched, now, self._repeat_after)
            for message in messages:
                logger.log(logging.INFO if message.kind is Kind.RECOVERED else logging.WARNING, "%s", message.text)
            if self._webhook_url is not None:
                outbox = [*outbox, *(_payload(message) for message in messages)][-OUTBOX_LIMIT:]
            # Written before posting as well: a process that dies while posting must not forget what it had to tell.
            if messages:
                self._write(after, outbox)
            remaining = self._deliver(outbox)
            if len(remaining) != len(outbox):
                self._write(after, remaining)
        return tuple(messages)

    def open_alerts(self) -> dict[str, OpenAlert]:
        """What has been told and isn't over."""
        return self._read()[0]

    def _deliver(self, outbox: list[dict[str, str]]) -> list[dict[str, str]]:
        if self._webhook_url is None:
            return outbox
        for place, payload in enumerate(outbox):
            try:
                self._post(self._webhook_url, orjson.dumps(payload))
            except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
                # Not the URL: it often carries a token.
                logger.warning("the alert webhook did not take a message (%s); it is tried again", type(error).__name__)
                return outbox[place:]
        return []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("a") as lock:
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
    return {**asdict(message), **times, "kind": message.kind.value, "text": message.text}


def _open_alert(entry: Mapping[str, str]) -> OpenAlert:
    return OpenAlert(
        title=entry["title"],
        severity=entry["severity"],
        since=datetime.fromisoformat(entry["since"]).astimezone(UTC),
        told_at=datetime.fromisoformat(entry["told_at"]).astimezone(UTC),
    )
