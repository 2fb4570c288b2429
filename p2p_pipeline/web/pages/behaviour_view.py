"""What the page *Behaviour* shows: both sides of a market beside each other, on the same scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.behaviour import BehaviourAnswer, NothingProcessed
from p2p_pipeline.p2p.answers.behaviour_sides import SideTold
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.by_hour import HourTraffic
from p2p_pipeline.web.advised import behaved
from p2p_pipeline.web.asked import BehaviourAsked, sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.pages.survival_picture import SurvivalPicture, longest_drawn, survival_picture
from p2p_pipeline.web.workers import TooSlow

FIELDS = ("market", "side", "days", "to", "rest_hours", "tz")
BARS_HEIGHT, BAR_WIDTH = 60, 25
NAMED = 8


@dataclass(frozen=True, slots=True)
class HourBar:
    """One hour of coming and going: how many on such an hour, and how high that is drawn."""

    hour: int
    came: float | None
    gone: float | None
    came_height: str
    gone_height: str


@dataclass(frozen=True, slots=True)
class SideShown:
    """One side of the market."""

    side: Side
    all: Mapping[str, Any]
    """The row of `lifetimes` of all its offers."""
    places: tuple[Mapping[str, Any], ...]
    endings: tuple[tuple[int, Mapping[str, Mapping[str, Any]]], ...]
    """By hours, and by how they ended."""
    stability: tuple[Mapping[str, Any], ...]
    told: SideTold | None
    picture: SurvivalPicture | None
    bars: tuple[HourBar, ...]


@dataclass(frozen=True, slots=True)
class BehaviourView:
    """The page's values."""

    form: dict[str, str]
    mistake: str | None
    missing: str | None
    is_pending: bool
    answer: BehaviourAnswer | None
    sides: tuple[SideShown, ...]
    most_an_hour: float
    """How many come or go in the busiest hour of either side: the top of all bars."""
    markets: list[str]

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 202 if self.is_pending else 200

    @property
    def last_look_at(self) -> datetime | None:
        """The newest look that any of it knows."""
        looks = [one.all["last_look_at"] for one in self.sides if one.all["last_look_at"]]
        return max(looks, default=None)


async def behaviour_view(edges: Edges, given: dict[str, str], zone: str) -> BehaviourView:
    """Answer what stands in an address; a mistake costs no other part of the page."""
    markets = [entry.market.key for entry in edges.settings.markets]
    form = {"market": markets[0] if markets else "", "days": "14"}
    form |= {name: given[name] for name in FIELDS if name in given}
    mistake = missing = answer = None
    is_pending = False
    try:
        asked = BehaviourAsked.model_validate({"tz": zone, **form})
        answer = await behaved(edges, asked, edges.page_patience_seconds)
    except ValidationError as error:
        mistake = sentence_of(error.errors())
    except InvalidInput as error:
        mistake = str(error)
    except NothingProcessed as error:
        missing = str(error)
    except TooSlow:
        is_pending = True
    most = 0.0 if answer is None else _most_an_hour(answer)
    sides = () if answer is None else _sides(answer, most)
    return BehaviourView(form, mistake, missing, is_pending, answer, sides, most, markets)


def _sides(answer: BehaviourAnswer, most: float) -> tuple[SideShown, ...]:
    lifetimes, longest = answer.lifetimes, longest_drawn([row for row in answer.lifetimes if row["place"] == "all"])
    told = {one.side: one for one in answer.told}
    found = []
    for side in answer.question.sides:
        rows = [row for row in lifetimes if row["side"] == side]
        if not rows:
            continue
        hours = told[side].by_hour if side in told else ()
        found.append(
            SideShown(
                side,
                rows[0],
                tuple(rows),
                _endings([row for row in answer.endings if (row["side"], row["place"]) == (side, "all")]),
                # Looks an hour apart give the same numbers for the next look and for an hour later.
                tuple({row["elapsed_seconds"]: row for row in answer.stability if row["side"] == side}.values()),
                told.get(side),
                survival_picture(rows[0], longest),
                tuple(_bar(hour, most) for hour in hours),
            )
        )
    return tuple(found)


def _endings(rows: list[dict[str, Any]]) -> tuple[tuple[int, Mapping[str, Mapping[str, Any]]], ...]:
    hours = dict.fromkeys(row["hours"] for row in rows)
    return tuple((hour, {row["ending"]: row for row in rows if row["hours"] == hour}) for hour in hours)


def _most_an_hour(answer: BehaviourAnswer) -> float:
    seen = [hour for side in answer.told for hour in side.by_hour if hour.hours_seen]
    return max((max(hour.came, hour.gone) / hour.hours_seen for hour in seen), default=0.0)


def _bar(hour: HourTraffic, most: float) -> HourBar:
    if not hour.hours_seen or not most:
        return HourBar(hour.hour, None, None, "0", "0")
    came, gone = hour.came / hour.hours_seen, hour.gone / hour.hours_seen
    return HourBar(hour.hour, came, gone, f"{BARS_HEIGHT * came / most:.1f}", f"{BARS_HEIGHT * gone / most:.1f}")
