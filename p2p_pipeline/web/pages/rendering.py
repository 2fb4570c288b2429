"""Templates become pages: escaped, in the reader's language, with the nonce that scripts and htmx need."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from p2p_pipeline.kernel.foreign_text import shown, shown_lines
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.freshness import Freshness
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures, places_of_price
from p2p_pipeline.web.pages.navigation import places
from p2p_pipeline.web.reader import Reader, reader_of
from p2p_pipeline.web.version import VERSION
from p2p_pipeline.web.words.languages import LANGUAGES, Words, translations
from p2p_pipeline.web.words.recalled import recalled
from p2p_pipeline.web.words.saying import Filling

MOST_STRANGER_CHARACTERS = 200
_CODE = Markup("<code>{}</code>")
_BIDI_ISOLATED = Markup('<bdi class="stranger">{}</bdi>')


@cache
def _environment(language: str) -> Environment:
    words = Words(language)
    found = Environment(
        loader=PackageLoader("p2p_pipeline.web"),
        autoescape=select_autoescape(default=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: told_html(value, words) if isinstance(value, Told) else _harmless(value),
    )
    texts = translations(language)
    # jinja2.ext.i18n adds this at run time.
    found.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    for name in ("gettext", "ngettext"):
        found.globals[name] = _saying(cast("Callable[..., str]", found.globals[name]), words)
    found.filters["stranger"] = lambda text: _shown(text, words)
    found.filters["code"] = lambda text: code(told_html(text, words) if isinstance(text, Told) else text)
    found.filters["recalled"] = lambda text: _shown(recalled(str(text)), words)
    found.filters["shown_lines"] = shown_lines
    found.filters["payment_name"] = payment_name
    # What is expected is a statistic: its digits are those that are shown.
    found.filters["decimal"] = lambda value: Decimal(repr(float(value)))
    return found


def _harmless(value: object) -> object:
    """Any text as it may stand in a page: a link can hold what turns a line around, and a form shows what was asked."""
    return shown_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def stranger(text: object) -> Markup:
    """A stranger's words: escaped, on their own line direction, what is hidden in them spelled out, cut."""
    line = shown(re.sub(r"\s+", " ", str(text)).strip())
    return _BIDI_ISOLATED.format(
        line[: MOST_STRANGER_CHARACTERS - 1] + "…" if len(line) > MOST_STRANGER_CHARACTERS else line
    )


def payment_name(code: str) -> str:
    """A payment method as people call it; its code where the map doesn't know it."""
    method = PaymentMap.load().methods.get(code)
    return method.name if method else code


def code(text: str) -> Markup:
    """A text of ours in which `backticks` hold what is typed or sent as it stands."""
    parts = [escape(part) for part in text.split("`")]
    parts[1::2] = [_CODE.format(part) for part in parts[1::2]]
    return Markup("").join(parts)


def told_html(told: Told, words: Words) -> Markup:
    """A sentence in the reader's language: its template is ours, any text among its values a stranger's."""
    filling = Filling(words.language, lambda one: told_html(one, words), stranger)
    return Markup(filling.fill(str(escape(words.template_of(told))), told.values))  # noqa: S704 - escaped part by part


def _shown(text: object, words: Words) -> Markup:
    return told_html(text, words) if isinstance(text, Told) else stranger(text)


def _saying(text: Callable[..., str], words: Words) -> Callable[..., str]:
    """A function of texts for templates that says the sentences among its values too."""

    @pass_context
    def said(context: Context, *messages: Any, **values: Any) -> str:
        told = {name: told_html(one, words) if isinstance(one, Told) else one for name, one in values.items()}
        return text(context, *messages, **told)

    return said


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    freshness: Freshness | None = None,
    is_simulated: bool | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page. Besides its values a template has the reader, figures, and where in the site it is.

    What is not of collected books says how fresh it is and whether it is simulated.
    """
    edges = edges_of(request)
    reader: Reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    now = edges.now()
    fresh = freshness or Freshness.of(
        edges.settings.collection.interval_seconds, edges.settings.quality.stale_after_seconds
    )
    text = (
        _environment(reader.language)
        .get_template(template)
        .render(
            **values,
            reader=reader,
            languages=LANGUAGES,
            figures=Figures(words, reader.zone),
            places_of_price=places_of_price,
            places=places(words),
            path=request.url.path,
            here=address(request.url.path, dict(request.query_params)),
            now=now,
            nonce=request.state.nonce,
            static=f"/static/{VERSION}",
            version=VERSION,
            freshness_of=fresh,
            is_simulated=edges.reader.realm() is Source.SIMULATED if is_simulated is None else is_simulated,
            level_of=fresh.level,
        )
    )
    return HTMLResponse(text, status, headers={"Vary": "Accept-Language, Cookie", "Content-Language": reader.language})


def address(path: str, values: dict[str, Any]) -> str:
    """An address with these values, without the empty ones."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
