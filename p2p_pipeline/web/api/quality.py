"""`/api/v1/quality/slots` and `/api/v1/quarantine`: what was collected, and what could not be trusted."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from p2p_pipeline.p2p.answers.checks import checks_named
from p2p_pipeline.p2p.answers.dagster_records import RecordsAway
from p2p_pipeline.p2p.answers.quarantine import QuarantineKey, quarantined_after
from p2p_pipeline.p2p.answers.slots import slot_lines
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.paging import Page, PageAsked, answer_page, cursors_of, cut_to
from p2p_pipeline.web.api.shapes.checks import ChecksNamed, DataChecks
from p2p_pipeline.web.api.shapes.quality import Quarantine, Slots
from p2p_pipeline.web.api.shapes.warnings import DataWarnings
from p2p_pipeline.web.asked import WarningsAsked
from p2p_pipeline.web.recorded import checks_now, checks_version, judged_with
from p2p_pipeline.web.told_warnings import told_warnings

router = APIRouter(tags=["quality"])


@router.get("/quality/slots", response_model=Slots, summary="Which slots of the last day were collected")
async def get_slots(request: Request) -> Response:
    """A line for each watched market side, half an hour a cell: how many snapshots were wanted, and how many came."""
    edges = edges_of(request)
    return await answer(
        request,
        lambda: raw_version(edges),
        lambda: {
            "items": [line.to_json() for line in slot_lines(edges.reader, edges.lake, edges.settings, edges.now())]
        },
    )


@router.get("/quality/checks", response_model=DataChecks, summary="What each check of the data says")
async def get_checks(request: Request) -> Response:
    """Every check of every asset, those that do not hold first, each with what it said last.

    `source` is `computed` where nobody recorded verdicts: then those that take no seconds are judged for this answer.
    """
    edges = edges_of(request)
    checks = await checks_now(edges)
    if checks.missing:
        raise RecordsAway(checks.missing)
    return await answer(
        request, lambda: checks_version(edges), lambda: {"items": [one.to_json() for one in checks.found]}
    )


@router.get("/quality/checks/{name}", response_model=ChecksNamed, summary="What a check said, run by run")
async def get_check(request: Request, name: Annotated[str, Path(max_length=80, examples=["schema_drift"])]) -> Response:
    """The checks of one name, an asset each, with all that is kept of what they said; newest first."""
    edges = edges_of(request)
    return await answer(
        request,
        lambda: checks_version(edges),
        lambda: {
            "name": name,
            "items": [one.to_whole_json() for one in checks_named(judged_with(edges), name, edges.now())],
        },
    )


@router.get("/quality/warnings", response_model=DataWarnings, summary="What is wrong with the data of a market side")
async def get_warnings(request: Request, asked: Annotated[WarningsAsked, Query()]) -> Response:
    """What the pages say of it in a quiet line: a code, a sentence, and the page that shows it whole."""
    edges = edges_of(request)
    told = await told_warnings(edges, [asked.market_side], asked.subject)
    return await answer(request, lambda: repr(told), lambda: {"items": told})


class QuarantineAsked(PageAsked):
    """Which records."""

    days: int = Field(7, ge=1, le=366, description="How many UTC days back.")


@router.get("/quarantine", response_model=Quarantine, summary="Records that could not be trusted")
async def get_quarantine(request: Request, asked: Annotated[QuarantineAsked, Query()]) -> Response:
    """The newest days first, each with its reason and the way back to its bytes."""
    edges = edges_of(request)
    place = cursors_of(request).read(asked.cursor)
    after = cast("QuarantineKey", place.after) if place else None

    def found() -> tuple[Page[Any], dict[str, Any]]:
        rows = quarantined_after(edges.lake, edges.now().date(), asked.days, asked.limit + 1, after)
        page = cut_to(rows, lambda one: one[0], asked.limit)
        return Page([row for _, row in page.items], page.next), {}

    return await answer_page(request, lambda: lake_version(edges), found)
