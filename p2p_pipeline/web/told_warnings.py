"""What is wrong with the data behind an answer, as pages and the API give it: a code, a sentence, a link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from p2p_pipeline.p2p.answers.data_warnings import DataWarning, Subject, WarningCode
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.recorded import warnings_about
from p2p_pipeline.web.words.languages import LANGUAGES, Words
from p2p_pipeline.web.words.trust import warning_text


async def told_warnings(edges: Edges, sides: Iterable[MarketSide], subject: Subject) -> list[dict[str, str]]:
    """What is wrong with the data of market sides now, as the API's `warnings`."""
    return [warning_json(one, edges.settings, edges.now()) for one in await warnings_about(edges, sides, subject)]


def warning_json(warning: DataWarning, settings: Settings, now: datetime) -> dict[str, str]:
    """As the API gives it, in English; times in it are of the settings' zone."""
    figures = Figures(Words(LANGUAGES[0]), ZoneInfo(settings.timezone))
    return {
        "code": warning.code,
        "text": warning_text(warning, figures.words, figures, now),
        "link": warning.link,
    }


def warning_lines(warnings: Iterable[DataWarning], figures: Figures, now: datetime) -> list[tuple[str, str, str]]:
    """As the template data_warnings.html takes them: sentence, link, code; each sentence once."""
    # That all of it is simulated stands at the head of every page.
    told = [one for one in warnings if one.code is not WarningCode.SIMULATED]
    found = {warning_text(one, figures.words, figures, now): (one.link, one.code.value) for one in told}
    return [(text, *rest) for text, rest in found.items()]
