"""`/combos`: one fiat into another, both ways to look at it: what comes out, and over which route."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.answers.combo import ComboAnswer, NoRoute, answer_combo
from p2p_pipeline.p2p.answers.data_warnings import Subject, WarningCode
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.asked import ComboAsked, sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import warnings_about
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)

FIELDS = ("from", "to", "amount", "profile", "max_splits", "pay", "at")


@dataclass(frozen=True, slots=True)
class CombosView:
    """The page's values."""

    form: dict[str, str]
    mistake: str | None
    missing: str | None
    answer: ComboAnswer | None
    fiats: list[str]
    profiles: list[str]

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200

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
        rate=rate_text,
        data_warnings=warning_lines(warnings, Figures(Words(reader.language), reader.zone), edges.now()),
    )


def combos_view(edges: Edges, given: dict[str, str]) -> CombosView:
    """Answer what stands in an address; a mistake costs no other part of the page."""
    settings = edges.settings
    fiats = list(dict.fromkeys(entry.market.fiat for entry in settings.markets))
    form = {"from": fiats[0] if fiats else "", "to": fiats[1] if len(fiats) > 1 else "", "amount": "", **given}
    form = {name: value for name, value in form.items() if name in FIELDS}
    mistake = missing = answer = None
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
    profiles = [one.name for one in settings.all_profiles()]
    return CombosView(form, mistake, missing, answer, fiats, profiles)


def _usual_amount(edges: Edges, fiat: str) -> str:
    for entry in edges.settings.markets:
        if entry.market.fiat == fiat and entry.amounts_fiat:
            return format(entry.amounts_fiat[len(entry.amounts_fiat) // 2].normalize(), "f")
    return "1000"


def rate_text(rate: Decimal) -> Decimal:
    """A rate of one fiat in another with four significant digits, which is what one compares."""
    return rate.quantize(Decimal(1).scaleb(rate.adjusted() - 3)) if rate else rate
