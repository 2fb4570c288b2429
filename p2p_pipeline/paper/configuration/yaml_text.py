"""A configuration as YAML: with what each line means for a person to start from, or bare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from p2p_pipeline.paper.configuration.parameters import Parameter, parameters, value_at, value_text
from p2p_pipeline.paper.settings import PaperSettings

HEAD = (
    "# A paper session's configuration: `p2p paper start --config FILE`, or Import on the page /paper/new.\n"
    "# A line that is left out has the default. Percentages are of 100.\n"
)
_OFF = "null switches this direction off"
_SECTIONS = {
    "long": f"Buys when both moves since the candle closed are reached; {_OFF}.",
    "short": f"Sells when both are reached; {_OFF}.",
    "entry": "The order that opens a position.",
    "exit": "Where a position is closed, from its entry's price.",
    "fees_pct": "Of each fill's price times quantity.",
    "fee_of": "Which fee each kind of fill pays.",
    "account": "What the session starts with.",
    "universe": "Which symbols take part.",
    "funding_cooldown": "No new entry around a funding time; orders and positions go on.",
}


def commented_yaml(settings: PaperSettings) -> str:
    """Every parameter with what it means, its unit and what is allowed. Read back it is the same configuration."""
    lines = [HEAD]
    section = ""
    for one in parameters().values():
        if one.section and one.section != section and is_on(settings, one.section):
            lines.append(f"\n# {_SECTIONS[one.section]}\n{one.section}:\n")
        elif one.section and one.section != section:
            lines.append(f"\n# {_SECTIONS[one.section]}\n{one.section}: null\n")
        elif not one.section:
            lines.append("\n")
        section = one.section
        if not section or is_on(settings, section):
            lines += _parameter(one, settings)
    return "".join(lines)


def _parameter(one: Parameter, settings: PaperSettings) -> Iterator[str]:
    indent = "  " if one.section else ""
    unit = f" [{one.unit}]" if one.unit else ""
    yield f"{indent}# {one.title}{unit}: {one.meaning}\n{indent}# Allowed: {one.allowed}. Default: {one.default}.\n"
    yield f"{indent}{one.name}: {_scalar(value_at(settings, one.path))}\n"


def is_on(settings: PaperSettings, section: str) -> bool:
    """Whether a section is there: a direction may be switched off."""
    return getattr(settings, section) is not None


def _scalar(value: Any) -> str:
    if isinstance(value, tuple):
        # A symbol may be written so that YAML would read a number, a date or true in it.
        return yaml.safe_dump(list(value), default_flow_style=True, width=10**9, allow_unicode=True).strip()
    return value_text(value)
