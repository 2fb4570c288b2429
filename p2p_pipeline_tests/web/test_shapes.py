"""The shapes of the API have the fields and the nulls of the tables and of the values that they show."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from p2p_pipeline.exchanges.board import ExchangeHealth, Watched
from p2p_pipeline.exchanges.scan.results import BookUsed, Eaten
from p2p_pipeline.p2p.answers.compared import Comparison
from p2p_pipeline.p2p.answers.gap_reasons import GapReason
from p2p_pipeline.p2p.answers.recorded_verdicts import Verdict
from p2p_pipeline.p2p.answers.windows_size import AskedSize
from p2p_pipeline.p2p.metrics.behaviour.by_hour import HourTraffic
from p2p_pipeline.p2p.metrics.behaviour.owners import Concentration, OwnerShare
from p2p_pipeline.p2p.metrics.behaviour.price_steps import PriceSteps
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ENDINGS, LIFETIMES, STABILITY
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION
from p2p_pipeline.p2p.metrics.markets.figures import Premium, SideFigures
from p2p_pipeline.p2p.metrics.markets.hands import Advertiser, PaidBy
from p2p_pipeline.p2p.metrics.markets.hours import HourOfMarket
from p2p_pipeline.p2p.metrics.markets.ranking import Rank
from p2p_pipeline.p2p.metrics.timing.waiting import Standing
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.offers.schema import QUARANTINE
from p2p_pipeline.paper import board
from p2p_pipeline.paper.results import parts
from p2p_pipeline.paper.sessions import about
from p2p_pipeline.web.api.shapes import anomalies as anomaly_shapes
from p2p_pipeline.web.api.shapes import arbitrage as arbitrage_shapes
from p2p_pipeline.web.api.shapes import behaviour as behaviour_shapes
from p2p_pipeline.web.api.shapes import checks as check_shapes
from p2p_pipeline.web.api.shapes import history as history_shapes
from p2p_pipeline.web.api.shapes import market as market_shapes
from p2p_pipeline.web.api.shapes import markets as markets_shapes
from p2p_pipeline.web.api.shapes import paper, paper_results
from p2p_pipeline.web.api.shapes import quality as quality_shapes
from p2p_pipeline.web.api.shapes import scores as score_shapes
from p2p_pipeline.web.api.shapes import standing as standing_shapes
from p2p_pipeline.web.api.shapes import windows as windows_shapes
from p2p_pipeline.web.api.shapes.units import Shape

KINDS = {
    "list": "array",
    "timestamp": "date-time",
    "decimal": "decimal",
    "string": "string",
    "int": "integer",
    "double": "number",
}
"""By what a column's type has in its name."""
NOT_SHOWN = {"sample"}
"""Markdown of a check's page."""


@pytest.mark.parametrize(
    ("shape", "table"),
    [
        (behaviour_shapes.Lifetimes, LIFETIMES),
        (behaviour_shapes.Ending, ENDINGS),
        (behaviour_shapes.Stability, STABILITY),
        (quality_shapes.QuarantinedRow, QUARANTINE),
    ],
)
def test_rows_of_a_table_have_its_columns(shape: type[Shape], table: Any) -> None:
    assert shape.model_fields.keys() == table.schema.columns.keys()
    assert kinds_of_fields(shape) == kinds_of_columns(table)


@pytest.mark.parametrize(
    "shape",
    [
        score_shapes.Calibration,
        score_shapes.HeldShare,
        score_shapes.ChanceCalibration,
        score_shapes.ChanceBin,
    ],
)
def test_calibrations_of_scores_are_as_their_table_keeps_them(shape: type[Shape]) -> None:
    """No small service has any: they take days of followed deals."""
    columns = kinds_of_columns(SCORE_CALIBRATION)
    told = {name: kind for name, kind in kinds_of_fields(shape).items() if name in columns}
    assert len(told) >= 2
    assert told == {name: columns[name] for name in told}


def test_a_judged_hour_has_the_columns_of_its_table_but_for_the_market_which_the_answer_names() -> None:
    of_market = {"market_key", "venue", "asset", "fiat"}
    columns = {name: kind for name, kind in kinds_of_columns(ANOMALIES).items() if name not in of_market}
    assert kinds_of_fields(anomaly_shapes.JudgedHour) == columns


@pytest.mark.parametrize(
    ("shape", "of", "besides"),
    [
        (arbitrage_shapes.BookUsed, BookUsed, set()),
        (arbitrage_shapes.ExchangeHealth, ExchangeHealth, set()),
        (arbitrage_shapes.Level, Eaten, set()),
        (arbitrage_shapes.Watched, Watched, set()),
        (behaviour_shapes.BiggestOwner, OwnerShare, {"name"}),
        (behaviour_shapes.Concentration, Concentration, set()),
        (behaviour_shapes.PriceSteps, PriceSteps, set()),
        (behaviour_shapes.HourTraffic, HourTraffic, set()),
        (check_shapes.CheckVerdict, Verdict, set()),
        (history_shapes.ChartGap, GapReason, {"start", "end", "seconds"}),
        (history_shapes.SeriesComparison, Comparison, set()),
        (market_shapes.BookAdvertiser, Advertiser, set()),
        (market_shapes.MarketHour, HourOfMarket, set()),
        (market_shapes.MarketRank, Rank, set()),
        (market_shapes.PaidBy, PaidBy, set()),
        (markets_shapes.Premium, Premium, set()),
        (markets_shapes.SideFigures, SideFigures, set()),
        (standing_shapes.Standing, Standing, set()),
        (windows_shapes.AskedSize, AskedSize, set()),
    ],
)
def test_a_shape_has_the_fields_of_what_it_shows_and_nulls_where_that_has_none(
    shape: type[Shape], of: type, besides: set[str]
) -> None:
    """What small services never answer with, long histories and other answers do."""
    hints = get_type_hints(of)
    kinds = {name: type(None) in get_args(kind) for name, kind in hints.items() if name not in NOT_SHOWN}
    told = {name: type(None) in get_args(field.annotation) for name, field in shape.model_fields.items()}
    assert told.keys() == kinds.keys() | besides
    assert {name: told[name] for name in kinds} == kinds


def kinds_of_columns(table: Any) -> dict[str, tuple[str, bool]]:
    """What each holds, and whether it may be empty."""
    return {
        name: (next(kind for part, kind in KINDS.items() if part in str(column.dtype)), bool(column.nullable))
        for name, column in table.schema.columns.items()
    }


def kinds_of_fields(shape: type[Shape]) -> dict[str, tuple[str, bool]]:
    found = {}
    for name, one in shape.model_json_schema(mode="serialization")["properties"].items():
        told = one.get("anyOf", [one])
        found[name] = (told[0].get("format") or told[0].get("type", ""), {"type": "null"} in told)
    return found


def test_the_shapes_of_a_sessions_board_have_its_fields_and_no_other() -> None:
    pairs = (
        (board.SessionBoard, paper.PaperBoard), (board.SymbolRow, paper.PaperSymbol),
        (board.OrderRow, paper.PaperOrder),
        (board.PositionRow, paper.PaperPosition), (board.ConnectionRow, paper.PaperConnection),
        (board.ModelRow, paper.PaperModel), (about.Summary, paper.PaperSummary),
    )  # fmt: skip
    for struct, shape in pairs:
        assert {field.name for field in msgspec.structs.fields(struct)} == shape.model_fields.keys()


def test_the_shapes_of_results_have_their_fields_and_no_other() -> None:
    pairs = (
        (parts.Trade, paper_results.PaperTrade), (parts.OpenPosition, paper_results.PaperOpenPosition),
        (parts.EquityPoint, paper_results.PaperEquityPoint), (parts.ShownEquity, paper_results.PaperShownEquity),
        (parts.Drawdown, paper_results.PaperDrawdown), (parts.Sums, paper_results.PaperSums),
        (parts.Costs, paper_results.PaperCosts), (parts.Orders, paper_results.PaperOrders),
        (parts.Money, paper_results.PaperMoney), (parts.Disagreement, paper_results.PaperDisagreement),
    )  # fmt: skip
    for found, shape in pairs:
        assert set(found._fields) == shape.model_fields.keys()
    assert {field.name for field in fields(parts.Results)} == paper_results.PaperResults.model_fields.keys()
