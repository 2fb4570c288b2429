"""What went wrong, as a page for browsers and as a problem for programs; `/problems/{code}` explains each kind."""

from __future__ import annotations

import logging
from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.named_from_data import named_from
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.problems import STATUS, Code, Problem, headers_of, problem_answer, problem_of_bug
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.problem_words import problem_words

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

FOR_PROGRAMS = ("/api/", "/health", "/metrics", "/openapi.json", "/asyncapi.json", "/static/", "/ws/")
"""What lies here is read by programs, whatever they say they accept."""
SAID_BY_ITS_KIND = frozenset({Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED, Code.BUG})
"""Their sentence says no more to a person than their kind does."""


def told(request: Request, problem: Problem) -> Response:
    """The answer to a request that went wrong: a page where a browser asked for one."""
    problem = replace(problem, detail=named_from(edges_of(request).paths.root, problem.detail))
    if request.url.path.startswith(FOR_PROGRAMS) or "text/html" not in request.headers.get("accept", ""):
        return problem_answer(request, problem)
    try:
        answer = render(
            request,
            "error.html",
            status=problem.status,
            problem=problem,
            words=_words(request)[problem.code],
            has_sentence=problem.code not in SAID_BY_ITS_KIND,
        )
    except Exception:
        # Whatever is wrong with the page must not hide what went wrong before.
        log.exception("the page of a problem could not be made")
        return problem_answer(request, problem)
    answer.headers.update({**headers_of(problem), "Vary": "Accept, Accept-Language, Cookie"})
    return answer


def told_of_bug(request: Request, error: Exception) -> Response:
    """The answer to a request that met a mistake of ours."""
    return told(request, problem_of_bug(error))


@router.get("/problems")
async def list_problems(request: Request) -> Response:
    """All kinds."""
    return render(request, "problems.html", kinds=_words(request), statuses=STATUS, chosen=None)


@router.get("/problems/{code}")
async def explain_problem(request: Request, code: str) -> Response:
    """What a kind of problem means and what to do: where `type` of a problem leads."""
    if code not in list(Code):
        return told(
            request, Problem(Code.NOT_FOUND, Told("there is no problem {code!r}; /problems lists all", code=code[:60]))
        )
    return render(request, "problems.html", kinds=_words(request), statuses=STATUS, chosen=Code(code))


def _words(request: Request) -> dict[Code, object]:
    reader = reader_of(request, edges_of(request).settings.timezone)
    return dict(problem_words(Words(reader.language)))
