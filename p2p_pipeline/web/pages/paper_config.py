"""`/paper/new`: every parameter of a session, and Start; `/paper/{session}/config`: the frozen ones of one.

Like everything of the service they are for whoever reaches it (guard/): a POST of another site's page is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.paper.configuration.parameters import parameters
from p2p_pipeline.paper.configuration.presets import presets
from p2p_pipeline.paper.configuration.yaml_text import commented_yaml
from p2p_pipeline.paper.settings import PaperSettings, PaperSettingsError, parse_paper_settings
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.guard.sizes import MOST_QUERY_BYTES
from p2p_pipeline.web.pages.paper_form import RUN_FIELDS, PaperForm, base_of, form_of, form_values
from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.paper_sources import source_from_web
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper_config as words_of
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)
YAML = "application/yaml"
MOST_FORM_BYTES = 128 * 1024
MOST_OTHERS = 50
"""Sessions to compare with, the newest."""


@router.get("/paper/new")
async def paper_new_page(request: Request) -> Response:
    """The form: what the address says, over a preset or another session's configuration."""
    form = await _asked_form(request)
    return _form_page(request, form, status=200 if form.is_usable else 400)


@router.post("/paper/new")
async def start_paper(request: Request) -> Response:
    """Start a session and show how it runs; with a mistake the form again, which says what can be used."""
    edges, form = edges_of(request), form_of(await _sent(request), PaperSettings())
    if form.settings is None or not form.is_usable:
        return _form_page(request, form, status=400)
    usual = edges.paper.usual_source(edges.exchanges.source, os.environ)
    try:
        source = source_from_web(form.run["source"], usual)
        seen = await run_in_threadpool(edges.paper.start, form.settings, source, form.seconds)
    except ClearError as error:
        return _form_page(request, form, status=400, failed=str(error))
    return RedirectResponse(f"/paper/{seen.session}/runtime", 303)


@router.post("/paper/new/import")
async def import_paper_config(request: Request) -> Response:
    """A configuration's YAML into the form; a mistake in it is told with its line, and the text kept."""
    text = (await _sent(request)).get("config_yaml", "")
    try:
        settings = parse_paper_settings(text, "YAML")
    except PaperSettingsError as error:
        return _form_page(request, form_of({}, PaperSettings()), status=400, imported=text, failed=str(error))
    place = address("/paper/new", form_values(settings))
    if len(place) > MOST_QUERY_BYTES:
        return _form_page(request, form_of({}, settings))
    return RedirectResponse(place, 303)


@router.get("/paper/new/config.yaml")
async def export_paper_config(request: Request) -> Response:
    """What the form says, as a file for `p2p paper start --config`; a mistake in it shows the form."""
    form = await _asked_form(request)
    if form.settings is None:
        return _form_page(request, form, status=400)
    return _yaml(form.settings, "paper.yaml")


@router.get("/paper/{session}/config")
async def paper_config_page(request: Request, session: str) -> Response:
    """What a session was started with, and how that differs from the defaults, or from another session's (`with=`)."""
    seen, paper = await session_seen(request, session), edges_of(request).paper
    settings = await run_in_threadpool(paper.settings, seen.session)
    other = request.query_params.get("with", "")
    against = await run_in_threadpool(paper.settings, other) if other else PaperSettings()
    others = [one.session for one in await run_in_threadpool(paper.sessions) if one.session != seen.session]
    values = _form_values(request, form_of({}, settings))
    return session_page(
        request,
        seen,
        "config",
        "paper_config.html",
        **values,
        other=other,
        others=others[:MOST_OTHERS],
        against=form_of({}, against),
    )


@router.get("/paper/{session}/config.yaml")
async def export_session_config(request: Request, session: str) -> Response:
    """The same as a file."""
    settings = await run_in_threadpool(edges_of(request).paper.settings, session)
    return _yaml(settings, f"{session}.yaml")


async def _asked_form(request: Request) -> PaperForm:
    given = dict(request.query_params)
    cloned, base = given.get("clone"), base_of(given.get("preset", ""))
    if cloned:
        base = await run_in_threadpool(edges_of(request).paper.settings, cloned)
    return form_of(given, base)


async def _sent(request: Request) -> Mapping[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM_BYTES:
            raise InvalidInput("a form is at most {most_bytes} bytes", most_bytes=MOST_FORM_BYTES)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _form_page(
    request: Request, form: PaperForm, *, status: int = 200, imported: str = "", failed: str = ""
) -> Response:
    edges = edges_of(request)
    usual = edges.paper.usual_source(edges.exchanges.source, os.environ)
    given = request.query_params
    known = {*parameters(), *RUN_FIELDS, "long", "short", "preset", "clone", "tz"}
    return render(
        request,
        "paper_new.html",
        status=status,
        is_simulated=bool(form.run["source"] or usual),
        usual_source=usual,
        presets=presets(),
        chosen_preset=given.get("preset", ""),
        cloned=given.get("clone", ""),
        unknown=sorted(set(given) - known) if request.method == "GET" else [],
        imported=imported,
        failed=failed,
        **_form_values(request, form),
    )


def _form_values(request: Request, form: PaperForm) -> dict[str, Any]:
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    settings = form.settings
    return {
        "form": form,
        "groups": form.groups(),
        "group_texts": words_of.group_texts(words),
        "section_texts": words_of.section_texts(words),
        "sentences": words_of.sentences_of(settings, words, Figures(words, reader.zone)) if settings else [],
        "say": words.say,
        "number": Decimal,
        "text_of": words.text,
        "changed": sum(one.is_changed for one in form.fields.values()) + sum(not on for on in form.switched.values()),
    }


def _yaml(settings: PaperSettings, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(commented_yaml(settings), headers=headers, media_type=YAML)
