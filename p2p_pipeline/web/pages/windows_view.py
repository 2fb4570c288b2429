"""What the page *Best windows* shows: the advice as figures, and its heat as cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.windows_now import NowOrWait, now_or_wait
from p2p_pipeline.p2p.answers.windows_size import AskedSize
from p2p_pipeline.p2p.answers.windows_words import Money
from p2p_pipeline.p2p.metrics.timing.advice import Advice, HourEffect
from p2p_pipeline.p2p.metrics.timing.few_hours import FewHours, WithinADay, few_best, within_a_day
from p2p_pipeline.p2p.metrics.timing.holes import WeekState
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.walk_forward import WalkForward, summary
from p2p_pipeline.p2p.steps.series import NoSeries
from p2p_pipeline.p2p.steps.windows import WindowsAnswer
from p2p_pipeline.web.advised import Advised, advice_version, advised
from p2p_pipeline.web.asked import WindowsAsked, sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.pages.interval_picture import IntervalPicture, hours_picture, weeks_picture
from p2p_pipeline.web.workers import TooSlow

FIELDS = ("market", "side", "measure", "profile", "amount", "from", "to", "tz", "between")
SHOWN_WEEKS = 26
HEAT_STEPS = (0.0005, 0.002, 0.005)
"""From these shares of the price on a cell is one class warmer, for better and for worse alike."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """An hour in the heatmap."""

    effect: HourEffect | None
    """None where too few looks are known."""
    heat: int
    """-3 (worse) to 3 (better)."""
    is_sure: bool
    """Whether its interval leaves 0 out."""
    is_recommended: bool


@dataclass(frozen=True, slots=True)
class WindowsTold:
    """All that is told of one series."""

    found: WindowsAnswer
    judged: WalkForward
    now: NowOrWait
    few: tuple[FewHours, ...]
    soon: WithinADay | None
    money: Money | None
    size: AskedSize | None
    rows: list[tuple[int | None, list[HeatCell]]]
    """A row for every day of the week, or one for all days: 24 cells each."""
    hours: IntervalPicture | None
    """Each hour with its interval."""
    weeks: IntervalPicture | None
    """What the last weeks' hours gave, each in the interval told before."""
    weeks_judged: int
    weeks_seen: int


@dataclass(frozen=True, slots=True)
class WindowsView:
    """The page's values."""

    form: dict[str, str]
    mistake: str | None
    missing: str | None
    is_pending: bool
    told: WindowsTold | None
    markets: list[str]
    minimum_weeks: int
    """Of history, before hours are compared."""

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 202 if self.is_pending else 200


async def windows_view(edges: Edges, given: dict[str, str], zone: str) -> WindowsView:
    """Answer what stands in an address; a mistake costs no other part of the page."""
    markets = [entry.market.key for entry in edges.settings.markets]
    form = {"market": markets[0] if markets else "", "side": "BUY"}
    form |= {name: given[name] for name in FIELDS if name in given}
    mistake = missing = told = None
    is_pending = False
    try:
        asked = WindowsAsked.model_validate({"tz": zone, **form})
        made = await advised(edges, asked, edges.page_patience_seconds)
        minute = edges.now().replace(second=0, microsecond=0)
        version = (await run_in_threadpool(advice_version, edges), edges.settings_digest, minute)
        told = await edges.workers.ask_once(
            ("windows told", asked.model_dump_json()), version, lambda: _told(made, minute)
        )
    except ValidationError as error:
        mistake = sentence_of(error.errors())
    except InvalidInput as error:
        mistake = str(error)
    except NoSeries as error:
        missing = str(error)
    except TooSlow:
        is_pending = True
    return WindowsView(form, mistake, missing, is_pending, told, markets, edges.settings.analytics.minimum_weeks)


def _told(made: Advised, now: datetime) -> WindowsTold:
    found = made.found
    return WindowsTold(
        found,
        summary(found.weeks),
        now_or_wait(found, now),
        few_best(found.advice, found.trading),
        within_a_day(found.advice, found.trading),
        Money.of(found, made.size),
        made.size,
        heat_rows(found.advice),
        hours_picture(found.advice.effects, found.advice.hours),
        weeks_picture(found.weeks[-SHOWN_WEEKS:]),
        sum(week.state is WeekState.JUDGED for week in found.seen),
        len(found.seen),
    )


def heat_rows(advice: Advice) -> list[tuple[int | None, list[HeatCell]]]:
    """The cells of the heatmap; no rows where nothing could be compared."""
    effects = {effect.at: effect for effect in advice.effects}
    recommended = frozenset(advice.hours)
    days: tuple[int | None, ...] = (None,) if not advice.by_weekday else (0, 1, 2, 3, 4, 5, 6)
    if not effects:
        return []
    return [(day, [_cell(effects.get(LocalHour(day, hour)), recommended) for hour in range(24)]) for day in days]


def _cell(effect: HourEffect | None, recommended: frozenset[LocalHour]) -> HeatCell:
    if effect is None:
        return HeatCell(None, 0, False, False)
    strength = sum(abs(effect.improvement) >= step for step in HEAT_STEPS)
    is_sure = effect.low > 0 or effect.high < 0
    return HeatCell(effect, strength if effect.improvement > 0 else -strength, is_sure, effect.at in recommended)
