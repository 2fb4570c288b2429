"""`/score`: is that a good deal? The card on *Now*, and a page by itself where there is no script."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.answers.score import ScoredAnswer
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.asked import sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.now_view import question_of
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.scored import scored
from p2p_pipeline.web.words.grades import short_figure
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.sentences import part_titles

router = APIRouter(include_in_schema=False)


@router.get("/score")
async def score_page(request: Request) -> Response:
    """The score of what stands in the address."""
    edges = edges_of(request)
    given = dict(request.query_params)
    told = await edges.workers.ask(("score page", *sorted(given.items())), lambda: _told(edges, given))
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    figures = Figures(words, reader.zone)
    found, mistake = told
    return render(
        request,
        "score.html",
        found=found,
        mistake=mistake,
        titles=part_titles(words),
        short_figure=lambda grade: short_figure(grade, figures),
        now_address=address("/now", given),
    )


def _told(edges: Edges, given: dict[str, str]) -> tuple[ScoredAnswer | None, str]:
    try:
        return scored(edges, question_of(edges, given)), ""
    except ValidationError as error:
        return None, sentence_of(error.errors())
    except ClearError as error:
        return None, str(error)
