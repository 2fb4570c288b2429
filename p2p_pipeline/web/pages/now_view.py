"""What the page *Now* shows: the question as it was understood, and its answer or what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from pydantic import ValidationError

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.answers.asked import asked_market
from p2p_pipeline.p2p.answers.board import BoardRow, usual_amount
from p2p_pipeline.p2p.answers.depth import ladder_of
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.answers.passed_over import PassedOver, passed_over
from p2p_pipeline.p2p.answers.priced import PricedAnswer, PriceQuestion, priced
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.pricing.depth import Level
from p2p_pipeline.web.asked import DepthAsked, PriceAsked, sentence_of
from p2p_pipeline.web.board import kept_board
from p2p_pipeline.web.edges import Edges

USUAL_SPLITS = 3


@dataclass(frozen=True, slots=True)
class NowForm:
    """What stands in the fields, as the person left it."""

    market: str
    side: str
    amount: str
    profile: str
    max_splits: str
    pay: str
    at: str
    tz: str

    def address_values(self) -> dict[str, str]:
        """For an address; defaults are left out."""
        usual = {"side": Side.BUY.value, "profile": "wide", "max_splits": str(USUAL_SPLITS)}
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) != usual.get(name)}


@dataclass(frozen=True, slots=True)
class NowView:
    """The page's values."""

    form: NowForm
    notices: tuple[str, ...]
    """Names in the address that are none."""
    mistake: str | None
    """What can't be read, as one sentence."""
    missing: str | None
    """Why there is no answer, and what to do."""
    answer: PricedAnswer | None
    passed_over: list[PassedOver]
    ladder: list[Level]
    rows: list[BoardRow]
    markets: list[Market]
    profiles: list[str]

    @property
    def market(self) -> Market | None:
        """The market that is asked about; None for what is none."""
        try:
            return asked_market(self.form.market)
        except InvalidInput:
            return None

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200


def now_view(edges: Edges, given: dict[str, str]) -> NowView:
    """Answer what stands in an address; a mistake in it costs no other part of the page."""
    settings, now = edges.settings, edges.now()
    markets = [entry.market for entry in settings.markets]
    form = _form(given, markets)
    notices = tuple(sorted(set(given) - set(NowForm.__slots__)))
    rows = kept_board(edges, now)
    mistake = missing = answer = None
    over: list[PassedOver] = []
    ladder: list[Level] = []
    try:
        question, form = _question(edges, form)
        answer = priced(edges.desk, settings, question, now)
        over = passed_over(answer.found)
        ladder = list(ladder_of(answer.found.view))
    except ValidationError as error:
        mistake = sentence_of(error.errors())
    except NoSnapshot as error:
        missing = str(error)
    except ClearError as error:
        mistake = str(error)
    return NowView(
        form,
        notices,
        mistake,
        missing,
        answer,
        over,
        ladder,
        rows,
        markets,
        [one.name for one in settings.all_profiles()],
    )


def question_of(edges: Edges, given: dict[str, str]) -> PriceQuestion:
    """The question of an address, with its defaults; raises InvalidInput, NoSnapshot, SettingsError."""
    return _question(edges, _form(given, [entry.market for entry in edges.settings.markets]))[0]


def _form(given: dict[str, str], markets: list[Market]) -> NowForm:
    usual = {"market": markets[0].key if markets else "", "side": Side.BUY.value, "profile": "wide"}
    usual["max_splits"] = str(USUAL_SPLITS)
    return NowForm(**{name: given.get(name, "").strip() or usual.get(name, "") for name in NowForm.__slots__})


def _question(edges: Edges, form: NowForm) -> tuple[PriceQuestion, NowForm]:
    """The question, and the form with the amount that is usual where none was named."""
    now = edges.now()
    if not form.amount:
        asked = DepthAsked.model_validate({"market": form.market, "side": form.side.upper(), "at": form.at or None})
        view = edges.desk.newest(asked.market_side, asked.moment(now))
        amount = usual_amount(edges.settings, asked.market_side.market, view)
        form = replace(form, amount=format((amount or Decimal(1)).normalize(), "f"))
    given = {name: value for name in form.__slots__ if name != "tz" and (value := getattr(form, name))}
    return PriceAsked.model_validate({**given, "side": form.side.upper()}).question(now), form
