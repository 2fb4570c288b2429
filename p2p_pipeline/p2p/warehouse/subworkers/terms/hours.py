"""Working hours in a text: `9am to 6pm`, `с 9 до 21`, `8h đến 22h`, around the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from p2p_pipeline.p2p.warehouse.subworkers.terms.text import ReadText

_TIME = r"(?P<{0}h>\d{{1,2}})(?:[:.h](?P<{0}m>\d{{2}}))?[ ]?(?P<{0}x>am|pm|a\.m\.?|p\.m\.?|h(?:rs|s)?\b|点|时)?"
_TO_WORDS = "to till until до a hasta hasta&las a&las as ate den ile الى sampai"
_TO = rf"[ ]{{0,2}}(?:[-–—~至到]|s/d|(?:{_TO_WORDS.replace(' ', '|').replace('&', ' ')})\b)[ ]{{0,2}}"
_ranges = re.compile(
    rf"(?<![\d:.,/-]){_TIME.format('from')}{_TO}{_TIME.format('to')}(?![\d:.,/%]*\d)(?P<after>[ ]?[^\W\d_]{{0,12}}|%)"
).finditer
_is_other_unit = re.compile(
    r"[ ]?(?:%|min|мин|хв|phut|dk|dakika|sec|сек|seg|giay|day|дн|dia|gun|ngay|usd|usdt|rub|руб|тыс|k$|к$|mil|"
    r"分|秒|天|menit|دقيق|يوم)"
).match
_WORK_WORDS = (
    r"work~|open|online|available|hours|hour|schedule|active|работ~|график~|на связи|онлайн|мск|msk|utc|gmt|прац~|"
    r"графік~|horario~|atencion|atend~|disponib~|gio|lam viec|hoat dong|calis~|saat~|mesai|jam|buka|heure~|horaire~"
).replace("~", r"[^\W_]{0,8}")
_speaks_of_work = re.compile(rf"(?<![^\W_])(?:{_WORK_WORDS})(?![^\W_])|营业|工作|在线|时间|ساعات|دوام|متاح").search
_always = re.compile(
    r"(?<!\d)24[ ]?[/x][ ]?7(?!\d)|(?<!\d)7[ ]?/[ ]?24(?!\d)|круглосуточн[^\W_]{0,3}|цілодобово|"
    r"(?:round|around) the clock|24 часа в сутки|24 horas al dia|24 horas por dia|24[ ]?小时|24 jam|"
    r"علي مدار الساعه"
).finditer


def working_hours(text: ReadText) -> Iterator[tuple[str, int, int]]:
    """Spans such as `09:00-18:00` and `24/7`, each with where it stands in `text.plain`."""
    for match in _always(text.plain):
        yield "24/7", match.start(), match.end()
    for match in _ranges(text.plain):
        if _is_other_unit(match["after"] or "") or not _is_marked(text, match):
            continue
        begin, end = _clock(match, "from"), _clock(match, "to")
        if begin is not None and end is not None and begin != end:
            yield f"{begin}-{end}", match.start(), match.end("after") if match["tox"] is None else match.end("tox")


def _is_marked(text: ReadText, match: re.Match[str]) -> bool:
    """Whether it is about hours: both sides say so themselves, or the statement does."""
    if all(match[f"{side}m"] or match[f"{side}x"] for side in ("from", "to")):
        return True
    statement = text.statement(match.start())
    begins = text.ends[statement - 1] if statement else 0
    ends = text.ends[statement] if statement < len(text.ends) else len(text.plain)
    # Looked for only nearby: a long text of many numbers would be gone through for each of them.
    return _speaks_of_work(text.plain, max(begins, match.start() - 60), min(ends, match.end() + 60)) is not None


def _clock(match: re.Match[str], side: str) -> str | None:
    hour, minute = int(match[f"{side}h"]), int(match[f"{side}m"] or 0)
    half = (match[f"{side}x"] or "")[:1]
    if half in ("a", "p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour <= 24 and minute < 60 else None
