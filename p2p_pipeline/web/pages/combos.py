"""`/combos`: one fiat into another and back: what comes out, over which route, and what it was worth lately."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.answers.combo import ComboAnswer, NoRoute, Question, answer_combo
from p2p_pipeline.p2p.answers.combo_history import HistoryQuestion, answer_combo_history
from p2p_pipeline.p2p.answers.data_warnings import Subject, WarningCode
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.steps.series import NoSeries
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import ComboAsked, sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rate_picture import RatePicture, rate_picture
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import warnings_about
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)

HISTORY_DAYS = 14
FIELDS = ("from", "to", "amount", "profile", "max_splits", "pay", "at")


@dataclass(frozen=True, slots=True)
class ComboPast:
    """What a combo was worth lately."""

    picture: RatePicture | None
    """None where nothing is kept."""
    size: Decimal
    """Which amount it is of."""
    address: str
    """Of the same in the API."""


@dataclass(frozen=True, slots=True)
class CombosView:
    """The page's values."""

    form: dict[str, str]
    mistake: str | None
    missing: str | None
    answer: ComboAnswer | None
    back: ComboAnswer | None
    """The other way round, with what comes out of this one."""
    no_back: str | None
    """Why there is none."""
    fiats: list[str]
    profiles: list[str]

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200

    @property
    def came_back(self) -> Decimal | None:
        """What is there again after changing the amount and all that came out of it back; None where it can't be."""
        best = self.back.best.combo if self.back and self.back.best else None
        return best.target_received if best else None

    @property
    def turned(self) -> str:
        """The address of the same question the other way round, with what comes out of this one."""
        best = self.answer.best.combo if self.answer and self.answer.best else None
        received = best.target_received if best else None
        turned = {**self.form, "from": self.form["to"], "to": self.form["from"]}
        return address("/combos", {**turned, "amount": format(received, "f") if received else turned["amount"]})

    @property
    def sides_now(self) -> list[MarketSide]:
        """The two books of the best way, where it is asked of now."""
        if self.answer is None or self.answer.question.is_of_past:
            return []
        route = self.answer.routes[0].route
        return [MarketSide(route.buy_market, Side.BUY), MarketSide(route.sell_market, Side.SELL)]


@router.get("/combos")
async def combos_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    view = await edges.workers.ask(("combos page", *sorted(given.items())), lambda: combos_view(edges, given))
    reader = reader_of(request, edges.settings.timezone)
    told = {WarningCode.STALE, WarningCode.CUT_SHORT}
    warnings = await warnings_about(edges, view.sides_now, Subject.PRICES, told)
    return render(
        request,
        "combos.html",
        status=view.status,
        view=view,
        past=await _past(edges, view.answer),
        rate=rate_text,
        api=address("/api/v1/combos", view.form),
        data_warnings=warning_lines(warnings, Figures(Words(reader.language), reader.zone), edges.now()),
    )


def combos_view(edges: Edges, given: dict[str, str]) -> CombosView:
    """Answer what stands in an address; a mistake costs no other part of the page."""
    settings = edges.settings
    fiats = list(dict.fromkeys(entry.market.fiat for entry in settings.markets))
    form = {"from": fiats[0] if fiats else "", "to": fiats[1] if len(fiats) > 1 else "", "amount": "", **given}
    form = {name: value for name, value in form.items() if name in FIELDS}
    mistake = missing = answer = back = no_back = None
    try:
        form["amount"] = form["amount"] or _usual_amount(edges, form["from"])
        question = ComboAsked.model_validate(form).question(settings, edges.now())
        answer = answer_combo(edges.desk, settings, question, question.asked_at if question.is_of_past else None)
    except ValidationError as error:
        mistake = sentence_of(error.errors())
    except (NoRoute, NoSnapshot) as error:
        missing = str(error)
    except (InvalidInput, ClearError) as error:
        mistake = str(error)
    if answer is not None and answer.best is not None and answer.best.combo is not None:
        back, no_back = _turned(edges, answer.question, answer.best.combo.target_received)
    profiles = [one.name for one in settings.all_profiles()]
    return CombosView(form, mistake, missing, answer, back, no_back, fiats, profiles)


def _turned(edges: Edges, asked: Question, received: Decimal | None) -> tuple[ComboAnswer | None, str | None]:
    if not received:
        return None, None
    turned = replace(asked, source=asked.target, target=asked.source, amount=received)
    try:
        return answer_combo(edges.desk, edges.settings, turned, asked.asked_at if asked.is_of_past else None), None
    except ClearError as none:
        return None, str(none)


async def _past(edges: Edges, answer: ComboAnswer | None) -> ComboPast | None:
    """What the best route was worth in the last days, up to the time asked about; kept while nothing is added."""
    if answer is None:
        return None
    asked, last = answer.question, answer.question.asked_at.date()
    days = (last - timedelta(days=HISTORY_DAYS - 1), last)
    question = HistoryQuestion(asked.source, asked.target, asked.amount, asked.profile.name, *days)
    version = await run_in_threadpool(lake_version, edges, ROLLUPS)
    return await edges.workers.ask_once(("combo past", question), version, lambda: _found_past(edges, question))


def _found_past(edges: Edges, asked: HistoryQuestion) -> ComboPast:
    named = {"from": asked.source, "to": asked.target, "amount": format(asked.amount, "f"), "profile": asked.profile}
    told = address("/api/v1/combos/history", named)
    try:
        found = answer_combo_history(edges.lake, asked)
    except NoSeries:
        return ComboPast(None, asked.amount, told)
    return ComboPast(rate_picture(found.hours.to_pylist()), found.size, told)


def _usual_amount(edges: Edges, fiat: str) -> str:
    for entry in edges.settings.markets:
        if entry.market.fiat == fiat and entry.amounts_fiat:
            return format(entry.amounts_fiat[len(entry.amounts_fiat) // 2].normalize(), "f")
    return "1000"


def rate_text(rate: Decimal) -> Decimal:
    """A rate of one fiat in another with four significant digits, which is what one compares."""
    return rate.quantize(Decimal(1).scaleb(rate.adjusted() - 3)) if rate else rate
